//! What people say about silences, done and answered.

use std::time::Duration;

use minijinja::{context, value::Serde};

use super::Asked;
use super::replies;
use crate::app::Context;
use crate::app::alerts;
use crate::app::alerts::GroupSilenceRequest;
use crate::app::silences;
use crate::app::silences::Held;
use crate::chat::Reply;
use crate::command::Request;
use crate::command::SilenceRequest;
use crate::command::SilenceTarget;
use crate::command::say;
use crate::domain::alert::Matcher;
use crate::domain::alert::NewSilence;
use crate::domain::alert::Silence;
use crate::domain::alert::SilenceFault;
use crate::domain::alert::SilencePreview;
use crate::domain::alert::SilenceScope;
use crate::domain::alert::SilenceState;
use crate::domain::alert::flow;
use crate::domain::ids::GroupId;
use crate::domain::ids::SilenceId;
use crate::domain::refusal::{AlertRefusal, IncidentRefusal, Refusal};
use crate::domain::text::Untrusted;
use crate::render::SilenceLine;
use crate::store::Reads;
use crate::store::SilenceFilter;
use crate::store::StoreError;
use crate::store::Tx;

/// How many silences a list in chat shows, of each state.
const LISTED: usize = 20;
/// The shortest and the longest silence of conditions, in minutes.
const MINUTES: (u64, u64) = (1, 90 * 24 * 60);

/// Silences a group, or what some conditions fit. A wide one is asked about first.
pub(in crate::app) fn silence(
    tx: &mut Tx<'_>,
    asked: &Asked<'_>,
    request: &Request,
    (hush, version): (&SilenceRequest, Option<u64>),
) -> Result<Reply, StoreError> {
    let asked_by = Context { expect: version, ..asked.cx };
    match &hush.what {
        SilenceTarget::Group(group) => of_group(tx, asked, request, (*group, hush.wait, hush.comment.as_ref(), false)),
        SilenceTarget::Matching(matchers) => {
            let reach = silences::reach(tx, matchers)?;
            match bounded(hush.wait).and_then(|()| meant(hush, reach)) {
                Err(refusal) => Ok(replies::refused(asked.app, &refusal)),
                Ok(()) => matching(tx, asked_by, (asked, request), (matchers, hush)),
            }
        }
    }
}

/// Puts a group away for a while.
pub(in crate::app) fn shelve(
    tx: &mut Tx<'_>,
    asked: &Asked<'_>,
    request: &Request,
    (group, wait, reason): (GroupId, Duration, &Untrusted),
) -> Result<Reply, StoreError> {
    of_group(tx, asked, request, (group, Some(wait), Some(reason), true))
}

/// Ends a silence.
pub(in crate::app) fn expire(
    tx: &mut Tx<'_>,
    asked: &Asked<'_>,
    request: &Request,
    id: SilenceId,
) -> Result<Reply, StoreError> {
    let before = tx.silence(id)?.map(|silence| silences::held(tx, silence)).transpose()?;
    match silences::expire(tx, asked.cx, id)? {
        Err(refusal) => Ok(replies::refused(asked.app, &refusal)),
        Ok(silence) => {
            let held = before
                .map_or(Held { silence: silence.clone(), holds: 0, group: None }, |held| Held { silence, ..held });
            Ok(told(asked, request, &held, None))
        }
    }
}

/// What a silence would hold now.
pub(in crate::app) fn preview(
    reads: &Reads<'_>,
    asked: &Asked<'_>,
    hush: &SilenceRequest,
) -> Result<Reply, StoreError> {
    let said = |hush: SilenceRequest| say(&Request::AlertSilence { hush, version: None });
    match &hush.what {
        SilenceTarget::Group(id) => {
            let Some(group) = reads.group(*id)? else {
                return Ok(replies::refused(asked.app, &AlertRefusal::UnknownGroup { id: id.to_string() }.into()));
            };
            let held = u64::from(group.counts.firing + group.counts.children_firing);
            let reach = SilencePreview { held, looked_at: held, firing: reads.count_firing_alerts()? };
            let command = said(SilenceRequest { preview: false, ..hush.clone() });
            Ok(replies::preview(asked, reach, &command))
        }
        SilenceTarget::Matching(matchers) => {
            let reach = silences::reach(reads, matchers)?;
            let command = said(SilenceRequest { preview: false, sure: reach.is_wide(), ..hush.clone() });
            Ok(replies::preview(asked, reach, &command))
        }
    }
}

/// The silences of a state; without one those that hold, then those that are to come.
pub(in crate::app) fn listed(
    reads: &Reads<'_>,
    asked: &Asked<'_>,
    state: Option<SilenceState>,
) -> Result<Reply, StoreError> {
    let states = state.map_or_else(|| vec![SilenceState::Active, SilenceState::Pending], |state| vec![state]);
    let mut lines = Vec::new();
    for state in states {
        let filter = SilenceFilter { state: Some(state), limit: LISTED, ..SilenceFilter::default() };
        let found = silences::listed(reads, &filter, asked.cx.now)?;
        lines.extend(found.iter().map(|held| line(asked, held)));
    }
    Ok(replies::silences(asked, &lines))
}

fn line(asked: &Asked<'_>, held: &Held) -> SilenceLine {
    let person = asked.cx.config.person(&held.silence.by.verbatim().into()).map(|person| person.id.clone());
    SilenceLine::of(&held.silence, (held.holds, held.group.as_ref()), person, asked.cx.now)
}

fn told(asked: &Asked<'_>, request: &Request, held: &Held, reach: Option<SilencePreview>) -> Reply {
    let line = line(asked, held);
    let data = serde_json::to_value(&line).ok();
    let until = held.group.as_ref().and_then(|group| group.silence.until.max(held.silence.until));
    let until = until.or(held.silence.until);
    Reply {
        data,
        ..asked.plain(request, context! { silence => Serde(line), until => Serde(until), reach => Serde(reach) })
    }
}

fn of_group(
    tx: &mut Tx<'_>,
    asked: &Asked<'_>,
    request: &Request,
    (group, wait, why, shelved): (GroupId, Option<Duration>, Option<&Untrusted>, bool),
) -> Result<Reply, StoreError> {
    let wanted = GroupSilenceRequest { group, wait, why: why.cloned().unwrap_or_default(), shelved };
    match alerts::hush(tx, asked.cx, asked.person, &wanted)? {
        Err(refusal) => Ok(replies::refused(asked.app, &refusal)),
        Ok((group, silence)) => {
            let holds = u64::from(group.counts.firing + group.counts.children_firing);
            Ok(told(asked, request, &Held { silence, holds, group: Some(group) }, None))
        }
    }
}

fn bounded(wait: Option<Duration>) -> Result<(), Refusal> {
    let (min_minutes, max_minutes) = MINUTES;
    let allowed = Duration::from_secs(min_minutes * 60)..=Duration::from_secs(max_minutes * 60);
    match wait.is_none_or(|wait| allowed.contains(&wait)) {
        true => Ok(()),
        false => Err(IncidentRefusal::BadWait { min_minutes, max_minutes }.into()),
    }
}

/// Whether a person means a silence that reaches so far.
fn meant(hush: &SilenceRequest, reach: SilencePreview) -> Result<(), Refusal> {
    if hush.wait.is_none() && reach.held == 0 && reach.looked_at >= reach.firing {
        return Err(AlertRefusal::BadSilence { why: SilenceFault::NothingFires }.into());
    }
    if reach.is_wide() && !hush.sure {
        let hush = SilenceRequest { sure: true, preview: false, ..hush.clone() };
        let command = say(&Request::AlertSilence { hush, version: None });
        return Err(AlertRefusal::WideSilence { reach, command }.into());
    }
    Ok(())
}

fn matching(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    (asked, request): (&Asked<'_>, &Request),
    (matchers, hush): (&[Matcher], &SilenceRequest),
) -> Result<Reply, StoreError> {
    let wanted = NewSilence {
        scope: SilenceScope::Alerts(matchers.to_vec()),
        from: None,
        until: hush.wait.map(|wait| flow::later(cx.now, wait)),
        by: Untrusted::new(asked.person.as_str()),
        comment: hush.comment.clone().unwrap_or_default(),
    };
    let made: Result<Silence, Refusal> = silences::create(tx, cx, wanted)?;
    match made {
        Err(refusal) => Ok(replies::refused(asked.app, &refusal)),
        Ok(silence) => {
            let reach = silences::reach(tx, matchers)?;
            let held = Held { silence, holds: reach.held, group: None };
            Ok(told(asked, request, &held, Some(reach)))
        }
    }
}
