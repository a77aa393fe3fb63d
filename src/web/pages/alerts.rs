//! `/alerts`: groups now, silences, sources last heard, and how much of the noise people saw.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    groups::{self, GroupView},
    health::{self, Source},
    incident::Desk,
    words::{self, ButtonView},
};
use crate::{
    app::silences::{self, SilenceMatch},
    chat::ButtonStyle,
    domain::{
        Timestamp,
        alert::{Silence, SilenceState},
        ids::PersonId,
        text::Untrusted,
    },
    store::{GroupFilter, NoiseCounts, Reads, RecentCounts, SilenceFilter, StoreError},
};

/// How many groups are listed.
const GROUPS: usize = 100;

/// How many silences are listed.
const SILENCES: usize = 100;

/// How far back the storm summary counts.
const WINDOW: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// What `templates/web/alerts.html` shows, besides the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertsView {
    /// What came in during the last day, and what people saw of it.
    pub storm: RecentCounts,
    /// The same of the last week, by source.
    pub noise: Vec<NoiseView>,
    /// How many alerts fire.
    pub firing: u64,
    /// Groups in which something fires, the newest first, then some of those that are over.
    pub groups: Vec<GroupView>,
    /// The silences that hold now, and those that are to come.
    pub silences: Vec<SilenceView>,
    /// Who sends alerts.
    pub sources: Vec<Source>,
}

/// The noise of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoiseView {
    /// The source; empty for incidents that came of no alert.
    pub source: String,
    /// How much.
    pub noise: NoiseCounts,
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SilenceView {
    /// Its id.
    pub id: String,
    /// What it covers.
    pub matchers: String,
    /// From then.
    pub from: String,
    /// Until then; none: until what it covers is over.
    pub until: Option<String>,
    /// Who asked for it.
    pub by: String,
    /// Why.
    pub comment: String,
    /// How many alerts that fire it holds now.
    pub holds: u64,
    /// What ends it.
    pub end: ButtonView,
}

/// Reads what the page shows to this reader.
///
/// # Errors
/// When the store fails.
pub fn read(reads: &Reads<'_>, desk: Desk<'_>) -> Result<AlertsView, StoreError> {
    let now = desk.now;
    let list = |firing, limit| {
        let filter = GroupFilter { firing: Some(firing), limit, ..GroupFilter::default() };
        reads.list_groups(&filter, now).map(|page| page.items)
    };
    let mut shown = list(true, GROUPS)?;
    if shown.len() < GROUPS {
        shown.extend(list(false, (GROUPS - shown.len()).min(20))?);
    }
    let mut shown_silences = Vec::new();
    for state in [SilenceState::Active, SilenceState::Pending] {
        let filter = SilenceFilter { state: Some(state), limit: SILENCES, ..SilenceFilter::default() };
        shown_silences.extend(silences::listed(reads, &filter, now)?.iter().map(|held| silence_view(desk, held)));
    }
    let sources: Vec<&str> = desk.config.sources.iter().map(|source| source.id.as_str()).collect();
    Ok(AlertsView {
        storm: reads.recent_counts(desk.reader, &sources, now - WINDOW)?,
        noise: noise(reads, now)?,
        firing: reads.count_firing_alerts()?,
        groups: shown.iter().map(|group| groups::view(reads, desk, group, false)).collect::<Result<_, _>>()?,
        silences: shown_silences,
        sources: health::sources(reads, (desk.words(), now), &reads.unreadable_deliveries(100)?)?,
    })
}

/// The last seven days, the loudest source first.
fn noise(reads: &Reads<'_>, now: Timestamp) -> Result<Vec<NoiseView>, StoreError> {
    let mut sources: BTreeMap<String, NoiseCounts> = BTreeMap::new();
    for day in reads.noise_since(now - chrono::TimeDelta::days(6))? {
        *sources.entry(day.source).or_default() += day.noise;
    }
    let mut lines: Vec<NoiseView> = sources.into_iter().map(|(source, noise)| NoiseView { source, noise }).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.noise.events));
    Ok(lines)
}

fn silence_view(desk: Desk<'_>, held: &SilenceMatch) -> SilenceView {
    let silence = &held.silence;
    let matchers: Vec<String> =
        silence.matchers().iter().map(|matcher| Untrusted::new(matcher.to_string()).shown(100)).collect();
    SilenceView {
        id: silence.id.to_string(),
        matchers: if matchers.is_empty() { "one group".to_owned() } else { matchers.join(", ") },
        from: words::at(silence.from),
        until: silence.until.map(words::at),
        by: desk.words().person(&PersonId::new(silence.by.shown(60))),
        comment: silence.comment.shown(200),
        holds: held.holds,
        end: end_button(silence),
    }
}

fn end_button(silence: &Silence) -> ButtonView {
    ButtonView {
        label: "End silence".to_owned(),
        command: format!("/alert expire {}", silence.id),
        style: ButtonStyle::Secondary,
        confirm: None,
        version: None,
    }
}
