//! What may explain a new incident: what changed in the hours before it, and past incidents that are like it.

use super::{
    Context,
    alerts::silent_sources,
    incidents::{recent_changes, similar},
};
use crate::{
    domain::{
        Timestamp,
        event::{Event, SystemEvent},
        incident::{Incident, TimeName},
        text::Untrusted,
    },
    render::{BackgroundFacts, RecentKind, RecentLine, SimilarLine},
    store::{GroupFilter, Reads, StoreError},
};

/// How many lines of each sort are read, and how many are shown in all.
const EACH: usize = 5;
const SHOWN: usize = 10;
/// How many events of the bot itself, and how many firing groups, are looked through.
const LOOKED_THROUGH: usize = 200;

/// Gathers it for the room of an incident.
pub fn facts(reads: &Reads<'_>, cx: Context<'_>, incident: &Incident) -> Result<BackgroundFacts, StoreError> {
    let until = incident.times.get(&TimeName::Declared).map_or(incident.status_at, |time| time.first);
    let window = Window { from: until - recent_changes::SHORTLY, until };
    let mut recent = changes(reads, incident, window)?;
    recent.extend(reloads(reads, cx, window)?);
    recent.extend(silences(reads, cx, window)?);
    recent.extend(silent(reads, cx, window)?);
    recent.extend(flapping(reads, cx, incident, window)?);
    recent.sort_by_key(|line| std::cmp::Reverse(line.at));
    recent.truncate(SHOWN);
    let similar = similar::for_room(reads, incident.id)?.into_iter().map(|other| similar_line(cx, other)).collect();
    Ok(BackgroundFacts { recent, similar })
}

/// The hours before an incident.
#[derive(Clone, Copy)]
struct Window {
    from: Timestamp,
    until: Timestamp,
}

impl Window {
    fn has(self, at: Timestamp) -> bool {
        // The moment of the declaration itself still counts.
        self.from <= at && at <= self.until
    }
}

fn changes(reads: &Reads<'_>, incident: &Incident, window: Window) -> Result<Vec<RecentLine>, StoreError> {
    let found = recent_changes::between(reads, incident, window.from, window.until, EACH)?;
    let line = |stored: crate::store::StoredChange| RecentLine {
        at: stored.change.at,
        kind: RecentKind::Change,
        text: stored.change.summary,
        link: stored.change.links.first().map(|link| link.verbatim().to_owned()),
    };
    Ok(found.into_iter().map(line).collect())
}

fn reloads(reads: &Reads<'_>, cx: Context<'_>, window: Window) -> Result<Vec<RecentLine>, StoreError> {
    let last = reads.last_seq(SystemEvent::STREAM)?;
    let looked_through = u64::try_from(LOOKED_THROUGH).unwrap_or(u64::MAX);
    let events = reads.events_of(SystemEvent::STREAM, last.saturating_sub(looked_through), LOOKED_THROUGH)?;
    let is_reload = |event: &Event| matches!(event, Event::System(SystemEvent::ConfigReloaded { .. }));
    let found = events.into_iter().rev().filter(|recorded| is_reload(&recorded.event) && window.has(recorded.at));
    let line = |at| RecentLine { at, kind: RecentKind::Reload, text: Untrusted::default(), link: page(cx, "health") };
    Ok(found.take(EACH).map(|recorded| line(recorded.at)).collect())
}

fn page(cx: Context<'_>, name: &str) -> Option<String> {
    Some(format!("{}/{name}", cx.config.server.public_url.trim_end_matches('/')))
}

fn silences(reads: &Reads<'_>, cx: Context<'_>, window: Window) -> Result<Vec<RecentLine>, StoreError> {
    let mut lines = Vec::new();
    for silence in reads.silences_between(window.from, window.until, EACH)? {
        let line = |at, kind| RecentLine { at, kind, text: silence.comment.clone(), link: page(cx, "alerts") };
        if window.has(silence.from) {
            lines.push(line(silence.from, RecentKind::SilenceBegan));
        }
        if let Some(until) = silence.until.filter(|until| window.has(*until)) {
            lines.push(line(until, RecentKind::SilenceEnded));
        }
    }
    Ok(lines)
}

fn silent(reads: &Reads<'_>, cx: Context<'_>, window: Window) -> Result<Vec<RecentLine>, StoreError> {
    let found = silent_sources(reads, cx.config)?.into_iter().filter(|(_, since)| window.has(*since));
    let line = |source: crate::domain::ids::SourceId, at| RecentLine {
        at,
        kind: RecentKind::SourceSilent,
        text: Untrusted::new(source.as_str()),
        link: page(cx, "health"),
    };
    Ok(found.take(EACH).map(|(source, since)| line(source, since)).collect())
}

fn flapping(
    reads: &Reads<'_>,
    cx: Context<'_>,
    incident: &Incident,
    window: Window,
) -> Result<Vec<RecentLine>, StoreError> {
    let service = incident.service.as_ref().map(|service| service.as_str().to_owned());
    let filter = GroupFilter { firing: Some(true), service, limit: LOOKED_THROUGH, ..GroupFilter::default() };
    let found = reads.list_groups(&filter, cx.now)?.items.into_iter();
    let found = found.filter(|group| group.counts.flapping > 0 && window.has(group.last_fired));
    let line = |group: crate::domain::alert::AlertGroup| RecentLine {
        at: group.last_fired,
        kind: RecentKind::Flapping,
        text: group.title,
        link: page(cx, "alerts"),
    };
    Ok(found.take(EACH).map(line).collect())
}

fn similar_line(cx: Context<'_>, other: similar::SimilarIncident) -> SimilarLine {
    let record = page(cx, &format!("incidents/{}", other.incident.key)).unwrap_or_default();
    let cause = other.incident.cause().map(str::to_owned);
    let fix = other.incident.resolution.as_ref().map(|resolution| resolution.summary.clone());
    SimilarLine {
        key: other.incident.key.to_string(),
        title: other.incident.title.clone(),
        postmortem: other.has_postmortem.then(|| format!("{record}/postmortem")),
        record,
        likeness: other.likeness,
        cause,
        fix: fix.filter(|fix| !fix.is_blank()),
    }
}
