//! Access to the channel of a room.

use super::{
    Discord,
    channel::{ChannelSpec, HISTORY, MEMBER, Overwrite, ROLE, SEND, VIEW},
};
use crate::chat::discord::client::{rest::Failure, snowflake::UserId};

impl Discord {
    /// Returns the permission overwrites of a channel: a private one is visible only to its members and the bot, and in
    /// an archived one only the bot writes.
    pub(in crate::chat::discord::outbound) async fn overwrites(
        &self,
        wanted: &ChannelSpec,
        members: &[UserId],
        inherited: &[Overwrite],
    ) -> Result<Vec<Overwrite>, Failure> {
        let everyone = self.guild()?.0;
        let bot = Overwrite::new(self.me().await?.0, MEMBER, VIEW | SEND | HISTORY, 0);
        let send = if wanted.archived { 0 } else { SEND };
        if wanted.private {
            let deny = VIEW | if wanted.archived { SEND } else { 0 };
            let mut all = vec![Overwrite::new(everyone, ROLE, 0, deny), bot];
            all.extend(members.iter().map(|user| Overwrite::new(user.0, MEMBER, VIEW | HISTORY | send, 0)));
            return Ok(all);
        }
        let mut all = inherited.to_vec();
        if wanted.archived {
            let bits = |text: &str| text.parse::<u64>().unwrap_or(0);
            for other in &mut all {
                other.allow = (bits(&other.allow) & !SEND).to_string();
            }
            match all.iter_mut().find(|other| other.id == everyone) {
                Some(other) => other.deny = (bits(&other.deny) | SEND).to_string(),
                None => all.push(Overwrite::new(everyone, ROLE, 0, SEND)),
            }
            all.retain(|other| other.id != bot.id);
            all.push(bot);
        }
        Ok(all)
    }
}
