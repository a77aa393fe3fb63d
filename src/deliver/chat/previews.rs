//! The card below a message that refers to something.

use super::{
    ChatCall,
    prepare::{CallResult, NO_SUBJECT, Preparation},
};
use crate::{
    app::{PREVIEW_PAUSE, PreviewRules},
    deliver::adapter::PreparedCall,
    domain::{
        alert::AlertGroup,
        ids::{GroupId, Key, RoomId},
        preview::PreviewReference,
        tracker::IssueCard,
    },
    render::PreviewFacts,
    store::StoreError,
};

impl Preparation<'_> {
    /// The card below a message that refers to incidents or alert groups. It shows what everyone in the room may see; of
    /// anything else nothing, so that nobody learns that it exists. One that was posted is edited when an incident becomes
    /// private or public again.
    pub(super) fn preview(&self, room: &RoomId, message: i64) -> CallResult {
        let Some(noted) = self.reads.previews(room, message)? else { return Ok(NO_SUBJECT) };
        let rules = PreviewRules::of_room(self.reads, &self.cx.config, room)?;
        let mut facts = PreviewFacts::default();
        for reference in noted.references.iter().filter_map(|text| PreviewReference::parse(text)) {
            match reference {
                // In its own room everybody knows an incident.
                PreviewReference::Incident(key) => match self.reads.incident_by_key(&key)? {
                    Some(incident) if incident.private || incident.room.as_ref() == Some(room) => {}
                    Some(incident) => facts.incidents.push(incident),
                    None => facts.issues.extend(self.issue_card(&rules, &key)?),
                },
                PreviewReference::Message(feed, id) => facts.groups.extend(self.group_of_message(&feed, id)?),
                PreviewReference::PullRequest(repository, number) if rules.shows(&repository) => {
                    facts.pulls.extend(self.reads.pull_request_of(&repository, number)?);
                }
                PreviewReference::PullRequest(..) => {}
            }
        }
        let (room, mark) = (room.clone(), format!("preview/{message}"));
        if facts.is_empty() {
            return Ok(PreparedCall::Call(ChatCall::Amend { room, mark, post: self.withdrawal() }));
        }
        let post = Box::new(self.message_renderer().reference_card(&facts));
        let is_recent = (self.cx.now - noted.at).to_std().map_or(true, |age| age <= PREVIEW_PAUSE);
        // What was not shown when the message was written is not shown long after it.
        Ok(PreparedCall::Call(if is_recent {
            ChatCall::Upsert { room, mark, post }
        } else {
            ChatCall::Amend { room, mark, post }
        }))
    }

    /// An issue that belongs to no incident, as it was read a short time ago.
    fn issue_card(&self, rules: &PreviewRules, key: &Key) -> Result<Option<IssueCard>, StoreError> {
        if !rules.shows(&key.prefix) {
            return Ok(None);
        }
        // The reading is a little later than the message.
        let known = self.reads.issue_card(key, self.cx.now - PREVIEW_PAUSE * 2)?;
        Ok(known.and_then(|known| known.card))
    }

    /// The alert group that a message shows, unless its feed is private.
    fn group_of_message(&self, feed: &RoomId, message: i64) -> Result<Option<AlertGroup>, StoreError> {
        let posted = self.reads.message(message)?;
        if posted.is_none_or(|posted| posted.room != *feed) || self.reads.is_room_private(feed)? {
            return Ok(None);
        }
        let mark = self.reads.message_mark(message)?.unwrap_or_default();
        let id = mark.strip_prefix("group/").and_then(|rest| rest.split('/').next());
        id.and_then(GroupId::parse).map_or(Ok(None), |id| self.reads.group(id))
    }
}
