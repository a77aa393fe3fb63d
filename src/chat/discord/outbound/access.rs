//! Access to the channel of a room.

use serde::{Deserialize, Serialize};

use super::{Discord, rooms::ChannelSpec};
use crate::chat::discord::client::{
    rest::Failure,
    snowflake::{Snowflake, UserId},
};

/// Permission bits. Overwrites are never parsed into a type that drops unknown bits.
pub(in crate::chat::discord::outbound) const VIEW: u64 = 1 << 10;
pub(in crate::chat::discord::outbound) const SEND: u64 = 1 << 11;
pub(in crate::chat::discord::outbound) const HISTORY: u64 = 1 << 16;
/// The kinds of subjects of an overwrite.
const ROLE: u8 = 0;
pub(in crate::chat::discord::outbound) const MEMBER: u8 = 1;

/// The permissions of one role or member in a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::chat::discord::outbound) struct Overwrite {
    id: Snowflake,
    #[serde(rename = "type")]
    kind: u8,
    #[serde(default = "none")]
    allow: String,
    #[serde(default = "none")]
    deny: String,
}

fn none() -> String {
    "0".to_owned()
}

impl Overwrite {
    pub(in crate::chat::discord::outbound) fn new(id: Snowflake, kind: u8, allow: u64, deny: u64) -> Self {
        Self { id, kind, allow: allow.to_string(), deny: deny.to_string() }
    }
}

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
