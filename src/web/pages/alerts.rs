//! `/alerts`: current groups, silences, the state of sources, and noise statistics.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    groups::{self, GroupItem},
    health::{self, SourceView},
    page_context::PageContext,
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

/// Maximum number of groups listed.
const GROUPS: usize = 100;

/// Maximum number of silences listed of each state.
const SILENCES: usize = 100;

/// The period that the storm summary covers.
const WINDOW: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// The context of `templates/web/alerts.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlertsView {
    /// Counts of deliveries, alerts, groups and incidents in the last 24 hours.
    pub storm: RecentCounts,
    /// Counts for the last seven days, by source.
    pub noise: Vec<NoiseView>,
    /// Number of firing alerts.
    pub firing: u64,
    /// Firing groups, newest first; if there is space, some resolved ones follow.
    pub groups: Vec<GroupItem>,
    /// Active and pending silences.
    pub silences: Vec<SilenceView>,
    /// True if there are more silences than these.
    pub more_silences: bool,
    /// The alert sources.
    pub sources: Vec<SourceView>,
}

/// The noise of one source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoiseView {
    /// The source; empty for incidents without an alert.
    pub source: String,
    /// The counts.
    pub noise: NoiseCounts,
}

/// A silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SilenceView {
    /// Its id.
    pub id: String,
    /// Its matchers.
    pub matchers: String,
    /// The number of the maintenance that it belongs to.
    pub maintenance: Option<u32>,
    /// When it starts.
    pub from: String,
    /// When it ends; `None` if it lasts until the alerts it matches are resolved.
    pub until: Option<String>,
    /// Who created it.
    pub by: String,
    /// The reason.
    pub comment: String,
    /// Number of firing alerts it matches.
    pub holds: u64,
    /// The button that expires it.
    pub end: ButtonView,
}

/// Reads the page for this reader.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>) -> Result<AlertsView, StoreError> {
    let now = context.now;
    let list = |firing, limit| {
        let filter = GroupFilter { firing: Some(firing), limit, ..GroupFilter::default() };
        reads.list_groups(&filter, now).map(|page| page.items)
    };
    let mut shown = list(true, GROUPS)?;
    if shown.len() < GROUPS {
        shown.extend(list(false, (GROUPS - shown.len()).min(20))?);
    }
    let (mut shown_silences, mut more_silences) = (Vec::new(), false);
    for state in [SilenceState::Active, SilenceState::Pending] {
        let filter = SilenceFilter { state: Some(state), limit: SILENCES + 1, ..SilenceFilter::default() };
        let found = silences::listed(reads, &filter, now)?;
        more_silences |= found.len() > SILENCES;
        shown_silences.extend(found.iter().take(SILENCES).map(|held| silence_view(context, held)));
    }
    let sources: Vec<&str> = context.config.sources.iter().map(|source| source.id.as_str()).collect();
    Ok(AlertsView {
        storm: reads.recent_counts(context.reader, &sources, now - WINDOW)?,
        noise: noise(reads, now)?,
        firing: reads.count_firing_alerts()?,
        groups: shown.iter().map(|group| groups::view(reads, context, group, false)).collect::<Result<_, _>>()?,
        silences: shown_silences,
        more_silences,
        sources: health::sources(reads, context.words(), now, &reads.unreadable_deliveries(100)?)?,
    })
}

/// The last seven days, the source with the most events first.
fn noise(reads: &Reads<'_>, now: Timestamp) -> Result<Vec<NoiseView>, StoreError> {
    let mut sources: BTreeMap<String, NoiseCounts> = BTreeMap::new();
    for day in reads.noise_since(now - chrono::TimeDelta::days(6))? {
        *sources.entry(day.source).or_default() += day.noise;
    }
    let mut lines: Vec<NoiseView> = sources.into_iter().map(|(source, noise)| NoiseView { source, noise }).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.noise.events));
    Ok(lines)
}

fn silence_view(context: PageContext<'_>, held: &SilenceMatch) -> SilenceView {
    let silence = &held.silence;
    let matchers: Vec<String> =
        silence.matchers().iter().map(|matcher| Untrusted::new(matcher.to_string()).shown(100)).collect();
    SilenceView {
        id: silence.id.to_string(),
        matchers: match (matchers.join(", "), silence.snoozes()) {
            (labels, _) if labels.is_empty() => "one group".to_owned(),
            (labels, Some(_)) => format!("one alert: {labels}"),
            (labels, None) => labels,
        },
        maintenance: silence.of_maintenance(),
        from: words::at(silence.from),
        until: silence.until.map(words::at),
        by: context.words().person(&PersonId::new(silence.by.shown(60))),
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
