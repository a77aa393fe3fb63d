//! Messages of a chat on the timeline: kept, followed, offered as updates; and words taken out of the record.

use std::{collections::BTreeSet, sync::Arc};

use serde::Serialize;

use super::{CommandResult, status_page};
use crate::app::App;
use crate::app::Context;
use crate::app::incidents;
use crate::app::reactor::{self, FollowUp, WorkList};
use crate::chat::Post;
use crate::chat::bot::TimelineEdit;
use crate::chat::builtin;
use crate::domain::Timestamp;
use crate::domain::effect::EffectKey;
use crate::domain::effect::{Audience, ChatEffect};
use crate::domain::event::Event;
use crate::domain::event::RecordedEvent;
use crate::domain::ids::IncidentId;
use crate::domain::ids::PlatformId;
use crate::domain::ids::RoomId;
use crate::domain::incident;
use crate::domain::incident::ChatMessage;
use crate::domain::incident::Command;
use crate::domain::incident::Incident;
use crate::domain::incident::Redaction;
use crate::domain::incident::{IncidentEvent, IncidentKind, LifecycleEvent, TimelineEvent, TrackerEvent};
use crate::domain::people::Actor;
use crate::domain::refusal::IncidentRefusal;
use crate::domain::text::Untrusted;
use crate::render::{MessageRenderer, Renderer};
use crate::store::TimelineMessage;
use crate::store::Tx;
use crate::store::body_hash;
use crate::store::content_hash;
use crate::store::{Reads, StoreError};

/// How many effects one event has at most: its messages are known by their keys.
const EFFECTS: usize = 8;

/// A command about a message of a chat.
#[derive(Clone, Copy)]
pub(in crate::app) struct MessageCommand<'a> {
    pub(in crate::app) command: &'a Command,
    pub(in crate::app) message: &'a ChatMessage,
}

/// The entry whose words are taken out of the record, and why.
#[derive(Clone, Copy)]
pub(in crate::app) struct EntryRedaction<'a> {
    pub(in crate::app) entry: u64,
    pub(in crate::app) reason: Option<&'a Untrusted>,
}

/// What the messages of a room are rendered with.
#[derive(Clone, Copy)]
pub(in crate::app) struct Texts<'a> {
    pub(in crate::app) renderer: &'a Renderer,
    pub(in crate::app) cx: Context<'a>,
}

impl Texts<'_> {
    fn message_renderer(&self) -> MessageRenderer<'_> {
        MessageRenderer::new(self.renderer, self.cx.config, self.cx.now)
    }
}

/// The command that a message is recorded with.
pub(in crate::app) fn of_message(command: &Command, message: &ChatMessage) -> Command {
    if let Command::AddTimeline { at, text } = command {
        return Command::KeepMessage { at: *at, text: text.clone(), message: message.clone() };
    }
    if let Command::PostUpdate { text, .. } = command {
        return Command::DraftUpdate { author: message.author.clone(), text: text.clone() };
    }
    command.clone()
}

/// Carries a command about a message out, once for each message.
pub(in crate::app) fn mark(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: IncidentId,
    given: MessageCommand<'_>,
) -> Result<CommandResult, StoreError> {
    let MessageCommand { command, message } = given;
    let command = of_message(command, message);
    let mark = mark_of(&command, &message.id);
    if tx.timeline_message(&mark)?.is_some() {
        let refusal =
            IncidentRefusal::Already { what: "this message".into(), value: "recorded".into(), by: None }.into();
        return Ok(Err(refusal));
    }
    let done = incidents::command_in(tx, cx, work, id, &command)?;
    let Ok(written) = &done else { return Ok(done) };
    for (entry, event) in &written.events {
        let IncidentEvent::Timeline(TimelineEvent::TimelineAdded { text, .. }) = event else {
            tx.save_timeline_message(
                &mark,
                &TimelineMessage { incident: id, entry: *entry, content_hash: String::new() },
            )?;
            continue;
        };
        let said = content_hash(Some(text.verbatim().trim()));
        tx.save_timeline_message(&mark, &TimelineMessage { incident: id, entry: *entry, content_hash: said })?;
        for file in &message.files {
            if let Some(sha256) = &file.sha256 {
                tx.attach_file(id, *entry, sha256, &file.name)?;
            }
        }
    }
    Ok(done)
}

/// A message is kept once and drafted once.
fn mark_of(command: &Command, message: &str) -> String {
    if matches!(command, Command::DraftUpdate { .. }) { format!("draft/{message}") } else { message.to_owned() }
}

impl App {
    /// Whether a message stands on a timeline, or is a draft.
    pub async fn is_marked(&self, message: &str, as_draft: bool) -> Result<bool, StoreError> {
        let mark = if as_draft { format!("draft/{message}") } else { message.to_owned() };
        self.store.read(move |reads| Ok(reads.timeline_message(&mark)?.is_some())).await
    }

    /// Records that a message was edited, or, without a text, deleted. If it is on a timeline, the change is noted
    /// beside the old text.
    pub async fn on_message_changed(
        self: &Arc<Self>,
        message: String,
        edit: TimelineEdit,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let TimelineEdit { author, text } = edit;
        let work = move |tx: &mut Tx<'_>| {
            let said = content_hash(text.as_deref().map(str::trim));
            let Some(kept) = tx
                .timeline_message(&message)?
                .filter(|kept| !kept.content_hash.is_empty() && kept.content_hash != said)
            else {
                return Ok(());
            };
            let actor = Actor::Machine("discord".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &message, expect: None };
            let author = author_of(tx, &kept)?.unwrap_or_else(|| author.clone());
            let text = text.as_deref().map(Untrusted::new);
            let change = Command::ChangeMessage { entry: kept.entry, author, at, text };
            reactor::run(tx, cx, |tx, work| incidents::command_in(tx, cx, work, kept.incident, &change))?.ok();
            tx.save_timeline_message(&message, &TimelineMessage { content_hash: said, ..kept })
        };
        self.store.transact_urgent(work).await
    }
}

fn author_of(tx: &Tx<'_>, kept: &TimelineMessage) -> Result<Option<String>, StoreError> {
    let recorded = tx.event(&Incident::stream(kept.incident), kept.entry)?;
    Ok(recorded.and_then(|recorded| match recorded.event {
        Event::Incident(IncidentEvent::Timeline(TimelineEvent::TimelineAdded { message, .. })) => {
            message.map(|message| message.author)
        }
        Event::Incident(_)
        | Event::OnCall(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => None,
    }))
}

/// By which ways texts of an incident left that cannot be taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::app) struct SentBefore {
    /// Kinds of contact methods that were sent pages of it.
    kinds: BTreeSet<&'static str>,
    /// Webhooks that are told of it.
    webhooks: Vec<String>,
    /// The issue whose comments stay.
    issue: Option<String>,
}

/// Finds by which ways texts of an incident may have left.
pub(in crate::app) fn sent_before(
    reads: &Reads<'_>,
    cx: Context<'_>,
    incident: &Incident,
) -> Result<SentBefore, StoreError> {
    let mut kinds = BTreeSet::new();
    for page in reads.pages_of_incident(incident.id)? {
        let contacts = page.attempts.iter().flat_map(|attempt| &attempt.contacts);
        kinds.extend(contacts.filter(|contact| contact.outcome.is_sent()).map(|contact| contact.kind.name()));
    }
    let told = |private: bool| incident.kind != IncidentKind::Drill && (private || !incident.private);
    let webhooks = cx.config.webhooks.iter().filter(|webhook| told(webhook.private));
    Ok(SentBefore {
        kinds,
        webhooks: webhooks.map(|webhook| webhook.id.to_string()).collect(),
        issue: incident.issue.as_ref().map(|issue| issue.issue.key.clone()),
    })
}

/// Redacts an entry: its event and every later one that repeats its text, its messages in the built-in chat, the
/// delivery it came in, and its files. Who wrote it and when is kept.
pub(in crate::app) fn take_out(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    texts: Texts<'_>,
    incident: &Incident,
    redaction: EntryRedaction<'_>,
) -> Result<CommandResult, StoreError> {
    let EntryRedaction { entry, reason } = redaction;
    if tx.legal_hold(incident.id)?.is_some() {
        return Ok(Err(IncidentRefusal::OnLegalHold { key: incident.key.clone() }.into()));
    }
    let stream = Incident::stream(incident.id);
    let history = tx.events_of(&stream, 0, usize::MAX)?;
    let Removal { found, texts: removed } = removal(&history, entry);
    if found.is_empty() {
        return Ok(Err(IncidentRefusal::NoEntry { number: entry }.into()));
    }
    let mut entries = Vec::new();
    for (recorded, left) in &found {
        entries.push(Redaction { entry: recorded.seq, sha256: body_hash(left)? });
    }
    let command = Command::TakeOut { entries, reason: reason.cloned() };
    let Ok(mut written) = incidents::command_in(tx, texts.cx, work, incident.id, &command)? else {
        return Ok(Err(IncidentRefusal::NoEntry { number: entry }.into()));
    };
    let (by, _) = tx.log_head()?;
    for (recorded, left) in &found {
        tx.redact_event(&stream, recorded.seq, left, by)?;
        tx.redact_commands_at(recorded.at)?;
        forget_message(tx, texts, incident.id, recorded.seq)?;
        tx.detach_files(incident.id, recorded.seq)?;
    }
    written.incident = refold(tx, incident.id, &stream)?.unwrap_or(written.incident);
    redact_elsewhere(tx, texts.cx, &written.incident, &removed)?;
    work.push(texts.cx, FollowUp::TextsRedacted { incident: incident.id, texts: removed });
    // Announcements show the title that the incident had.
    if found.iter().any(|(recorded, _)| has_title(&recorded.event)) {
        super::revise_announcements(tx, texts.cx, &written.incident)?;
    }
    for (recorded, left) in found {
        say_again(tx, texts, &written.incident, &RecordedEvent { event: left, ..recorded.clone() })?;
    }
    Ok(Ok(written))
}

/// What a redaction removes.
struct Removal<'a> {
    /// The events that lose text, each with what is left of it.
    found: Vec<(&'a RecordedEvent, Event)>,
    /// The texts.
    texts: BTreeSet<String>,
}

/// Finds the texts of an entry, of the later edits of its message, and wherever the same text stands again.
fn removal(history: &[RecordedEvent], entry: u64) -> Removal<'_> {
    let of = |recorded: &RecordedEvent| match &recorded.event {
        Event::Incident(
            IncidentEvent::Timeline(TimelineEvent::MessageChanged { entry, .. })
            | IncidentEvent::Tracker(TrackerEvent::IssueCommentChanged { entry, .. }),
        ) => *entry,
        Event::Incident(_)
        | Event::OnCall(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => recorded.seq,
    };
    let root = history.iter().find(|recorded| recorded.seq == entry).map_or(entry, of);
    let of_entry = history.iter().filter(|recorded| of(recorded) == root);
    let written = of_entry.filter_map(|recorded| in_incident(&recorded.event)).flat_map(IncidentEvent::texts);
    let texts: BTreeSet<String> =
        written.filter(|text| !text.is_blank()).map(|text| text.verbatim().to_owned()).collect();
    let mut found = Vec::new();
    for recorded in history {
        let Some(event) = in_incident(&recorded.event) else { continue };
        let whole = of(recorded) == root;
        let left = event.without_texts(|text| whole || texts.contains(text.verbatim()));
        if left != *event {
            found.push((recorded, Event::Incident(left)));
        }
    }
    Removal { found, texts }
}

fn has_title(event: &Event) -> bool {
    let Some(IncidentEvent::Lifecycle(event)) = in_incident(event) else { return false };
    matches!(event, LifecycleEvent::Declared { .. } | LifecycleEvent::Renamed { .. })
}

fn in_incident(event: &Event) -> Option<&IncidentEvent> {
    if let Event::Incident(event) = event { Some(event) } else { None }
}

/// Removes texts from the public post of an incident, which a merge may have moved, and from the pages, which show the
/// title.
fn redact_elsewhere(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    incident: &Incident,
    texts: &BTreeSet<String>,
) -> Result<(), StoreError> {
    for id in [Some(incident.id), incident.merged_into].into_iter().flatten() {
        status_page::redact(tx, cx, id, |text| texts.contains(text.verbatim()))?;
    }
    let redacted = format!("{}/redacted/{}", Incident::stream(incident.id), incident.version);
    for page in tx.pages_of_incident(incident.id)? {
        for (n, attempt) in page.attempts.iter().enumerate() {
            let (page, person, attempt) = (page.id(), attempt.person.clone(), attempt.n);
            let update = ChatEffect::UpdatePage { page, person, attempt };
            tx.enqueue(&EffectKey::new(&format!("{redacted}/{page}"), 0, n), &update.into(), cx.now)?;
        }
    }
    Ok(())
}

/// The record is the fold of its events: also of those that have lost their words.
fn refold(tx: &mut Tx<'_>, id: IncidentId, stream: &str) -> Result<Option<Incident>, StoreError> {
    let history = tx.events_of(stream, 0, usize::MAX)?;
    let events = history.iter().filter_map(|recorded| match &recorded.event {
        Event::Incident(event) => Some((event, recorded.at, &recorded.actor)),
        Event::OnCall(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => None,
    });
    let Some(incident) = incident::replay(events).filter(|incident| incident.id == id) else { return Ok(None) };
    tx.rewrite_record(&incident)?;
    Ok(Some(incident))
}

/// Stops following the message of an entry, and blanks it in the built-in chat.
fn forget_message(tx: &mut Tx<'_>, texts: Texts<'_>, incident: IncidentId, entry: u64) -> Result<(), StoreError> {
    let Some(message) = tx.message_of_entry(incident, entry)? else { return Ok(()) };
    tx.save_timeline_message(&message, &TimelineMessage { incident, entry, content_hash: String::new() })?;
    let id = PlatformId::new(message.trim_start_matches("draft/"));
    let text = texts.message_renderer().reply("taken_out", ());
    let blank = Post { withdraws: true, ..text };
    if let Some(local) = tx.received_anywhere(&id)? {
        return rewrite(tx, texts.cx.now, local, &blank, false);
    }
    let likeness = tx.mirror_mark(&id)?.and_then(|known_by| known_by.strip_prefix("message/")?.parse().ok());
    likeness.map_or(Ok(()), |local| rewrite(tx, texts.cx.now, local, &blank, true))
}

/// Replaces the text of a message, and blanks what was delivered with it. `mirrored`: the bot posted it on the other
/// platform as well.
fn rewrite(tx: &mut Tx<'_>, now: Timestamp, id: i64, post: &Post, mirrored: bool) -> Result<(), StoreError> {
    let Some(message) = tx.message(id)? else { return Ok(()) };
    tx.redact_commands_at(message.at)?;
    builtin::rewrite(tx, &message, post, now, mirrored)
}

/// Posts the messages of an event again without its text.
fn say_again(tx: &mut Tx<'_>, texts: Texts<'_>, incident: &Incident, left: &RecordedEvent) -> Result<(), StoreError> {
    let Context { config, now, .. } = texts.cx;
    let voice = texts.message_renderer();
    let stream = Incident::stream(incident.id);
    let feed = config.chat.incidents_feed.clone();
    let mut told: Vec<(i64, Audience)> = Vec::new();
    for n in 0..EFFECTS {
        let key = EffectKey::new(&stream, left.seq, n).to_string();
        let found = incident.room.as_ref().map(|room| tx.message_by_key(room, &key)).transpose()?.flatten();
        told.extend(found.map(|id| (id, Audience::HotRoom)));
    }
    // A message that offers an action is edited when the action is done, so it is found by its mark.
    let mark = format!("incident/{}/{}", incident.id, left.seq);
    let edited = incident.room.as_ref().map(|room| tx.message_by_mark(room, &mark)).transpose()?.flatten();
    told.extend(edited.map(|message| (message.id, Audience::HotRoom)));
    let announced = tx.message_by_mark(&feed, &mark)?;
    told.extend(announced.map(|message| (message.id, Audience::Feed(RoomId::new(feed.as_str())))));
    for (id, to) in told {
        if let Some(post) = voice.event(incident, left, &to) {
            let post = Post { withdraws: true, ..post };
            rewrite(tx, now, id, &post, true)?;
        }
    }
    Ok(())
}
