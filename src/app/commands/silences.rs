//! Commands about silences.

use std::time::Duration;

use minijinja::{context, value::Serde};

use super::invocation::Invocation;
use super::replies;
use crate::app::Context;
use crate::app::alerts;
use crate::app::reactor::{self, WorkList};
use crate::app::silences;
use crate::app::silences::SilenceMatch;
use crate::chat::Reply;
use crate::command::SilenceRequest;
use crate::command::SilenceTarget;
use crate::command::say;
use crate::command::{Act, Action, Request};
use crate::domain::alert::Matcher;
use crate::domain::alert::NewSilence;
use crate::domain::alert::SilenceFault;
use crate::domain::alert::SilencePreview;
use crate::domain::alert::SilenceScope;
use crate::domain::alert::SilenceState;
use crate::domain::ids::{GroupId, PersonId, SilenceId};
use crate::domain::later;
use crate::domain::refusal::{AlertRefusal, IncidentRefusal, Refusal};
use crate::domain::text::Untrusted;
use crate::render::SilenceLine;
use crate::store::Reads;
use crate::store::SilenceFilter;
use crate::store::StoreError;
use crate::store::Tx;

/// How many silences a list in chat shows, of each state.
const LISTED: usize = 20;
/// The shortest and the longest silence of a group, in minutes.
const GROUP_MINUTES: (u64, u64) = (1, 7 * 24 * 60);
/// The shortest and the longest silence of matchers, in minutes.
const MINUTES: (u64, u64) = (1, 90 * 24 * 60);

/// How a person wants a group to be silenced.
#[derive(Clone, Debug)]
pub(in crate::app) struct GroupSilenceRequest {
    pub(in crate::app) group: GroupId,
    /// For how long; `None`: until nothing in it fires.
    pub(in crate::app) wait: Option<Duration>,
    pub(in crate::app) reason: Untrusted,
    /// True if alerts that still fire afterwards are posted again.
    pub(in crate::app) shelved: bool,
}

impl GroupSilenceRequest {
    /// Shelves a group.
    pub(in crate::app) fn shelving(group: GroupId, wait: Duration, reason: &Untrusted) -> Self {
        Self { group, wait: Some(wait), reason: reason.clone(), shelved: true }
    }
}

/// Silences a group, or the alerts that match. A wide silence has to be confirmed.
pub(in crate::app) fn silence(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    wanted: &SilenceRequest,
) -> Result<Reply, StoreError> {
    match &wanted.what {
        SilenceTarget::Group(group) => {
            let reason = wanted.comment.clone().unwrap_or_default();
            let wanted = GroupSilenceRequest { group: *group, wait: wanted.wait, reason, shelved: false };
            silence_group(tx, work, invocation, Act::AlertSilence, &wanted)
        }
        SilenceTarget::Matching(matchers) => {
            let reach = silences::reach(tx, matchers)?;
            let created = match bounded(wanted.wait).and_then(|()| confirmed(wanted, reach)) {
                Err(refusal) => Err(refusal),
                Ok(()) => silences::create(tx, invocation.cx, work, of_matchers(invocation, matchers, wanted))?,
            };
            Ok(match created {
                Err(refusal) => replies::refused(invocation.app, &refusal),
                Ok(silence) => {
                    let held = SilenceMatch { silence, holds: reach.held, group: None };
                    silenced(invocation, Act::AlertSilence, &held, Some(reach))
                }
            })
        }
    }
}

/// Silences a group, or shelves it.
pub(in crate::app) fn silence_group(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    act: Act,
    wanted: &GroupSilenceRequest,
) -> Result<Reply, StoreError> {
    Ok(match create_group_silence(tx, invocation.cx, work, invocation.person, wanted)? {
        Err(refusal) => replies::refused(invocation.app, &refusal),
        Ok(held) => silenced(invocation, act, &held, None),
    })
}

/// Silences a group for a while, also when it closes and opens again. A shorter silence does not end a longer one.
pub(in crate::app) fn create_group_silence(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    person: &PersonId,
    wanted: &GroupSilenceRequest,
) -> Result<Result<SilenceMatch, Refusal>, StoreError> {
    let (min_minutes, max_minutes) = GROUP_MINUTES;
    let allowed = Duration::from_secs(min_minutes * 60)..=Duration::from_secs(max_minutes * 60);
    if wanted.wait.is_some_and(|wait| !allowed.contains(&wait)) {
        return Ok(Err(IncidentRefusal::BadWait { min_minutes, max_minutes }.into()));
    }
    let Some(group) = tx.group(wanted.group)? else { return Ok(Err(alerts::unknown(wanted.group))) };
    if wanted.wait.is_none() && !group.fires() {
        return Ok(Err(alerts::over(&group)));
    }
    let silence = NewSilence {
        scope: SilenceScope::Group { key: group.key, labels: group.labels, shelved: wanted.shelved },
        from: None,
        until: wanted.wait.map(|wait| later(cx.now, wait)),
        by: Untrusted::new(person.as_str()),
        comment: wanted.reason.clone(),
    };
    let silence = match silences::create(tx, cx, work, silence)? {
        Ok(silence) => silence,
        Err(refusal) => return Ok(Err(refusal)),
    };
    reactor::settle(tx, cx, work)?;
    let Some(group) = tx.group(wanted.group)? else { return Ok(Err(alerts::unknown(wanted.group))) };
    let holds = u64::from(group.counts.firing + group.counts.children_firing);
    Ok(Ok(SilenceMatch { silence, holds, group: Some(group) }))
}

/// Ends a silence.
pub(in crate::app) fn expire(
    tx: &mut Tx<'_>,
    work: &mut WorkList,
    invocation: &Invocation<'_>,
    id: SilenceId,
) -> Result<Reply, StoreError> {
    let before = tx.silence(id)?.map(|silence| silences::held(tx, silence)).transpose()?;
    match silences::expire(tx, invocation.cx, work, id)? {
        Err(refusal) => Ok(replies::refused(invocation.app, &refusal)),
        Ok(silence) => {
            let held = before.map_or(SilenceMatch { silence: silence.clone(), holds: 0, group: None }, |held| {
                SilenceMatch { silence, ..held }
            });
            Ok(silenced(invocation, Act::AlertExpire, &held, None))
        }
    }
}

/// What a silence would match now.
pub(in crate::app) fn preview(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    silence: &SilenceRequest,
) -> Result<Reply, StoreError> {
    let said = |silence: SilenceRequest| say(&Request::Action(Action::AlertSilence { silence, version: None }));
    match &silence.what {
        SilenceTarget::Group(id) => {
            let Some(group) = reads.group(*id)? else {
                return Ok(replies::refused(invocation.app, &AlertRefusal::UnknownGroup { id: id.to_string() }.into()));
            };
            let held = u64::from(group.counts.firing + group.counts.children_firing);
            let reach = SilencePreview { held, looked_at: held, firing: reads.count_firing_alerts()? };
            let command = said(silence.clone());
            Ok(replies::preview(invocation, reach, &command))
        }
        SilenceTarget::Matching(matchers) => {
            let reach = silences::reach(reads, matchers)?;
            let command = said(SilenceRequest { sure: reach.is_wide(), ..silence.clone() });
            Ok(replies::preview(invocation, reach, &command))
        }
    }
}

/// The silences of a state; without one the active ones, then the pending ones.
pub(in crate::app) fn listed(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    state: Option<SilenceState>,
) -> Result<Reply, StoreError> {
    let states = state.map_or_else(|| vec![SilenceState::Active, SilenceState::Pending], |state| vec![state]);
    let (mut lines, mut more) = (Vec::new(), false);
    for state in states {
        let filter = SilenceFilter { state: Some(state), limit: LISTED + 1, ..SilenceFilter::default() };
        let found = silences::listed(reads, &filter, invocation.cx.now)?;
        more |= found.len() > LISTED;
        lines.extend(found.iter().take(LISTED).map(|held| line(invocation, held)));
    }
    Ok(replies::silences(invocation, &lines, more))
}

fn line(invocation: &Invocation<'_>, held: &SilenceMatch) -> SilenceLine {
    let person = invocation.cx.config.person(&held.silence.by.verbatim().into()).map(|person| person.id.clone());
    SilenceLine::new(&held.silence, held.holds, held.group.as_ref(), person, invocation.cx.now)
}

fn silenced(invocation: &Invocation<'_>, act: Act, held: &SilenceMatch, reach: Option<SilencePreview>) -> Reply {
    let line = line(invocation, held);
    let data = serde_json::to_value(&line).ok();
    let until = held.group.as_ref().and_then(|group| group.silence.until.max(held.silence.until));
    let until = until.or(held.silence.until);
    Reply {
        data,
        ..invocation.plain(act, context! { silence => Serde(line), until => Serde(until), reach => Serde(reach) })
    }
}

fn bounded(wait: Option<Duration>) -> Result<(), Refusal> {
    let (min_minutes, max_minutes) = MINUTES;
    let allowed = Duration::from_secs(min_minutes * 60)..=Duration::from_secs(max_minutes * 60);
    if wait.is_none_or(|wait| allowed.contains(&wait)) {
        Ok(())
    } else {
        Err(IncidentRefusal::BadWait { min_minutes, max_minutes }.into())
    }
}

/// Checks that a person has confirmed a silence that matches so much.
fn confirmed(silence: &SilenceRequest, reach: SilencePreview) -> Result<(), Refusal> {
    if silence.wait.is_none() && reach.held == 0 && reach.looked_at >= reach.firing {
        return Err(AlertRefusal::BadSilence { why: SilenceFault::NothingFires }.into());
    }
    if reach.is_wide() && !silence.sure {
        let silence = SilenceRequest { sure: true, ..silence.clone() };
        let command = say(&Request::Action(Action::AlertSilence { silence, version: None }));
        return Err(AlertRefusal::WideSilence { reach, command }.into());
    }
    Ok(())
}

fn of_matchers(invocation: &Invocation<'_>, matchers: &[Matcher], wanted: &SilenceRequest) -> NewSilence {
    NewSilence {
        scope: SilenceScope::Alerts(matchers.to_vec()),
        from: None,
        until: wanted.wait.map(|wait| later(invocation.cx.now, wait)),
        by: Untrusted::new(invocation.person.as_str()),
        comment: wanted.comment.clone().unwrap_or_default(),
    }
}
