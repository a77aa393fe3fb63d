//! What mutes a group: the silences that cover it, and the alerts that inhibit some of its alerts.

use crate::{
    config::Config,
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, MutedBy, Silence},
        ids::{AlertId, SilenceId},
        text::Untrusted,
    },
    render::SilenceLine,
    store::{Reads, StoreError},
};

/// How many silences and how many inhibiting alerts are named.
const NAMED: usize = 3;

/// What mutes a group or some of its alerts: the first few of each kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MuteReasons {
    /// The silences.
    pub silences: Vec<SilenceLine>,
    /// The alerts that inhibit others, each by its title.
    pub inhibitors: Vec<Untrusted>,
}

/// What mutes a group, and those of its alerts that were read.
pub fn mute_reasons(
    reads: &Reads<'_>,
    config: &Config,
    group: &AlertGroup,
    alerts: &[Alert],
    now: Timestamp,
) -> Result<MuteReasons, StoreError> {
    let mut found = reads.silences_of_group(&group.key, now)?;
    if let Some(above) = reads.parent_of_group(group)? {
        found.extend(reads.silences_of_group(&above.key, now)?);
    }
    let (silences, inhibitors) = muters(alerts);
    for id in silences {
        found.extend(reads.silence(id)?);
    }
    found.truncate(NAMED);
    let line = |silence: &Silence| {
        let person = config.person(&silence.by.verbatim().into()).map(|person| person.id.clone());
        SilenceLine::new(silence, 0, None, person, now)
    };
    let titles = inhibitors.into_iter().map(|id| Ok(reads.alert(id)?.map(|alert| alert.title())));
    let titles: Vec<Option<Untrusted>> = titles.collect::<Result<_, StoreError>>()?;
    Ok(MuteReasons { silences: found.iter().map(line).collect(), inhibitors: titles.into_iter().flatten().collect() })
}

/// What mutes these alerts, each once.
fn muters(alerts: &[Alert]) -> (Vec<SilenceId>, Vec<AlertId>) {
    let (mut silences, mut inhibitors) = (Vec::new(), Vec::new());
    for by in alerts.iter().filter(|alert| alert.firing).flat_map(|alert| &alert.muted_by) {
        match by {
            MutedBy::Silence(id) if silences.len() < NAMED && !silences.contains(id) => silences.push(*id),
            MutedBy::Alert(id) if inhibitors.len() < NAMED && !inhibitors.contains(id) => inhibitors.push(*id),
            MutedBy::Silence(_) | MutedBy::Alert(_) => {}
        }
    }
    (silences, inhibitors)
}
