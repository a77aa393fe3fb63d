//! The card below a message that refers to incidents or alert groups. Everyone in the room may see what it shows; of anything
//! else it shows nothing, so that nobody learns that it exists.

use super::{
    ChatCall,
    prepare::{CallResult, Preparation},
};
use crate::{
    app::PREVIEW_PAUSE,
    deliver::adapter::PreparedCall,
    domain::{
        alert::AlertGroup,
        effect::SkipReason,
        ids::{GroupId, RoomId},
        incident::Incident,
        preview::PreviewReference,
    },
    render::PreviewFacts,
    store::StoreError,
};

/// The card of a message. One that was posted is edited when an incident becomes private or public again.
pub(super) fn prepare(of: &Preparation<'_>, room: &RoomId, message: i64) -> CallResult {
    let Some(noted) = of.reads.previews(room, message)? else {
        return Ok(PreparedCall::Skip(SkipReason::NoSubject));
    };
    let mut facts = PreviewFacts::default();
    for reference in noted.references.iter().filter_map(|text| PreviewReference::parse(text)) {
        match reference {
            PreviewReference::Incident(key) => {
                let incident = of.reads.incident_by_key(&key)?;
                facts.incidents.extend(incident.filter(|incident| is_shown(incident, room)));
            }
            PreviewReference::Message(feed, id) => facts.groups.extend(group(of, &feed, id)?),
        }
    }
    let mark = format!("preview/{message}");
    let room = room.clone();
    if facts.is_empty() {
        return Ok(PreparedCall::Call(ChatCall::Amend { room, mark, post: of.withdrawal() }));
    }
    let post = Box::new(of.voice().reference_card(&facts));
    let is_recent = (of.cx.now - noted.at).to_std().map_or(true, |age| age <= PREVIEW_PAUSE);
    // What was not shown when the message was written is not shown long after it.
    Ok(PreparedCall::Call(if is_recent {
        ChatCall::Upsert { room, mark, post }
    } else {
        ChatCall::Amend { room, mark, post }
    }))
}

/// In its own room everybody knows an incident.
fn is_shown(incident: &Incident, room: &RoomId) -> bool {
    !incident.private && incident.room.as_ref() != Some(room)
}

/// The alert group of a message, unless its feed is private.
fn group(of: &Preparation<'_>, feed: &RoomId, message: i64) -> Result<Option<AlertGroup>, StoreError> {
    let posted = of.reads.message(message)?;
    if posted.is_none_or(|posted| posted.room != *feed) || of.reads.is_room_private(feed)? {
        return Ok(None);
    }
    let mark = of.reads.message_mark(message)?.unwrap_or_default();
    let id = mark.strip_prefix("group/").and_then(|rest| rest.split('/').next());
    match id.and_then(GroupId::parse) {
        Some(id) => of.reads.group(id),
        None => Ok(None),
    }
}
