//! Removes texts that were redacted in the record of an incident from what was written about it afterwards.

use std::collections::BTreeSet;

use super::documents;
use crate::{
    app::Context,
    domain::{
        event::Event,
        ids::IncidentId,
        incident::Redaction,
        review::{FollowUpEvent, FollowUpItem, Postmortem, PostmortemEvent},
        text::{Untrusted, visible},
    },
    store::{Append, StoreError, Tx, body_hash},
};

/// Removes what repeats texts that left the record of an incident from its post-mortem: from every version of its sections,
/// from comments and reasons. A prefilled section has them as templates show them.
pub(in crate::app) fn redact(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    id: IncidentId,
    texts: &BTreeSet<String>,
) -> Result<(), StoreError> {
    let stream = Postmortem::stream(id);
    let needles: Vec<String> = texts.iter().map(|text| needle(text)).filter(|text| !text.is_empty()).collect();
    let left = |event: &Event| match event {
        Event::Review(event) => {
            let mut removed = false;
            let event = event.clone().map_texts(&mut |text| note(&mut removed, &needles, text));
            Some(Event::Review(if removed { event.map_texts(&mut |_| Untrusted::default()) } else { event }))
        }
        Event::Incident(_)
        | Event::OnCall(_)
        | Event::Alert(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => None,
    };
    let record = |entries| Event::Review(PostmortemEvent::PostmortemRedacted { entries });
    if redact_stream(tx, cx, &stream, StreamRedaction { left: &left, record: &record })?
        && let Some(replayed) = tx.replay_postmortem(id)?
    {
        tx.save_postmortem(&replayed)?;
        tx.rewrite_postmortem(&replayed)?;
    }
    redact_followups(tx, cx, id, &needles)?;
    documents::write_again(tx, cx, id)
}

/// Removes what repeats redacted texts from the follow-ups of an incident.
fn redact_followups(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: IncidentId,
    needles: &[String],
) -> Result<(), StoreError> {
    let last = tx.last_followup_number(incident)?;
    for number in 1..=last {
        let Some(item) = tx.followup_by_number(incident, number)? else { continue };
        let stream = FollowUpItem::stream(item.id);
        let left = |event: &Event| match event {
            Event::FollowUp(event) => {
                let mut removed = false;
                let event = event.clone().map_texts(&mut |text| note(&mut removed, needles, text));
                Some(Event::FollowUp(if removed { event.map_texts(&mut |_| Untrusted::default()) } else { event }))
            }
            Event::Incident(_)
            | Event::OnCall(_)
            | Event::Alert(_)
            | Event::Review(_)
            | Event::Maintenance(_)
            | Event::System(_) => None,
        };
        let record = |entries| Event::FollowUp(FollowUpEvent::FollowUpRedacted { entries });
        if redact_stream(tx, cx, &stream, StreamRedaction { left: &left, record: &record })?
            && let Some(replayed) = tx.replay_followup(item.id)?
        {
            tx.save_followup(&replayed)?;
            tx.rewrite_followup(&replayed)?;
        }
    }
    Ok(())
}

/// How the events of a stream are redacted.
struct StreamRedaction<'a> {
    /// An event without the texts; `None` if it is of another kind.
    left: &'a dyn Fn(&Event) -> Option<Event>,
    /// The event that records the redaction.
    record: &'a dyn Fn(Vec<Redaction>) -> Event,
}

/// Redacts the events of a stream. True if one lost a text.
fn redact_stream(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    stream: &str,
    redaction: StreamRedaction<'_>,
) -> Result<bool, StoreError> {
    let mut found = Vec::new();
    for recorded in tx.events_of(stream, 0, usize::MAX)? {
        let left = (redaction.left)(&recorded.event).filter(|left| *left != recorded.event);
        found.extend(left.map(|left| (recorded.seq, left)));
    }
    if found.is_empty() {
        return Ok(false);
    }
    let mut entries = Vec::new();
    for (entry, left) in &found {
        entries.push(Redaction { entry: *entry, sha256: body_hash(left)? });
    }
    let append = Append { stream, expected_seq: None, actor: cx.actor, at: cx.now, request: cx.request };
    tx.append(&append, &[(redaction.record)(entries)])?;
    let (by, _) = tx.log_head()?;
    for (seq, left) in &found {
        tx.redact_event(stream, *seq, left, by)?;
    }
    Ok(true)
}

/// Notes whether a text has one of these. An event that repeats one loses all of its texts, because it is redacted once.
fn note(removed: &mut bool, needles: &[String], text: Untrusted) -> Untrusted {
    *removed |= repeats(text.verbatim(), needles);
    text
}

/// True if a text has one of these.
fn repeats(text: &str, needles: &[String]) -> bool {
    let text = plain(text);
    needles.iter().any(|needle| text.contains(needle.as_str()))
}

/// How much of a text is compared: a prefilled section may have cut the rest.
const COMPARED: usize = 200;

/// The beginning of a text without what templates add or change: escapes, line breaks and invisible characters.
fn needle(text: &str) -> String {
    plain(text).chars().take(COMPARED).collect()
}

/// A text as it is compared.
fn plain(text: &str) -> String {
    visible(text).replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ")
}
