//! The weekly digest of follow-ups: what a person has to do, and what is overdue in the teams that the person manages.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::{
    app::Context,
    domain::{
        effect::{ChatEffect, EffectKey, Timer},
        ids::{PersonId, ServiceId},
        incident::IncidentKind,
        people::Person,
        review::{FollowUpItem, FollowUpState, next_digest},
        tracker::{PullRequest, PullRequestState},
    },
    store::{FollowUpFilter, ListViewer, Reads, StoreError, Tx},
    tracker::TrackerKind,
};

/// How many open follow-ups are looked at. Those that are left out are in the console.
const MOST: usize = 500;

/// What a digest says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUpDigest {
    /// The open follow-ups that the person owns.
    pub own: Vec<FollowUpItem>,
    /// The overdue follow-ups of others in teams that the person manages.
    pub overdue: Vec<FollowUpItem>,
    /// True if others have open follow-ups there, overdue or not.
    pub manages: bool,
    /// The pull requests of the last week that name no issue: those of the person, and those of teams that the person manages.
    pub pulls: Vec<PullRequest>,
}

impl FollowUpDigest {
    /// True if there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.own.is_empty() && self.overdue.is_empty() && self.pulls.is_empty()
    }
}

/// Reads what the digest of a person says now. What drills left is not in it.
pub fn digest(reads: &Reads<'_>, cx: Context<'_>, person: &PersonId) -> Result<FollowUpDigest, StoreError> {
    let viewer = ListViewer::Person(person.clone());
    let filter = FollowUpFilter { viewer, state: Some(FollowUpState::Open), limit: MOST, ..FollowUpFilter::default() };
    let mut digest = FollowUpDigest { pulls: pulls_without_key(reads, cx, person)?, ..FollowUpDigest::default() };
    for item in reads.list_followups(&filter)?.items {
        let Some(incident) = reads.incident(item.incident)? else { continue };
        if incident.kind == IncidentKind::Drill {
            continue;
        }
        if item.owner.as_ref() == Some(person) {
            digest.own.push(item);
        } else if managers(cx, incident.service.as_ref()).contains(person) {
            digest.manages = true;
            if item.is_overdue(cx.now) {
                digest.overdue.push(item);
            }
        }
    }
    Ok(digest)
}

/// The pull requests of the last week that name no issue and concern a person.
fn pulls_without_key(reads: &Reads<'_>, cx: Context<'_>, person: &PersonId) -> Result<Vec<PullRequest>, StoreError> {
    if cx.config.tracker.pull_requests.is_none() {
        return Ok(Vec::new());
    }
    let mut pulls = reads.pull_requests_without_key(cx.now - TimeDelta::days(7), MOST)?;
    pulls.retain(|pull| is_listed(pull) && concerned(cx, pull).contains(person));
    Ok(pulls)
}

/// A draft may still get a key, and one that was closed needs none.
fn is_listed(pull: &PullRequest) -> bool {
    match pull.state {
        PullRequestState::Open | PullRequestState::Merged => pull.mentions.is_empty(),
        PullRequestState::Draft | PullRequestState::Closed => false,
    }
}

/// Who reads that a pull request names no issue: its author, and the managers of the team of its repository.
fn concerned(cx: Context<'_>, pull: &PullRequest) -> BTreeSet<PersonId> {
    let github = TrackerKind::Github.id();
    let is_author = |person: &&Person| {
        person.tracker_accounts.get(&github).is_some_and(|account| account.0.eq_ignore_ascii_case(&pull.author))
    };
    let mut people: BTreeSet<PersonId> =
        cx.config.people.iter().filter(is_author).map(|person| person.id.clone()).collect();
    let settings = cx.config.tracker.pull_requests.iter().flat_map(|settings| &settings.repositories);
    let listed = settings.filter(|listed| listed.name.eq_ignore_ascii_case(&pull.repository));
    let teams = listed.filter_map(|listed| cx.config.team(listed.team.as_ref()?));
    people.extend(teams.flat_map(|team| team.managers.iter().cloned()));
    people
}

/// Sets the timers of the digests that list a pull request.
pub(in crate::app) fn note_pull_request(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    pull: &PullRequest,
) -> Result<(), StoreError> {
    if !is_listed(pull) {
        return Ok(());
    }
    for person in concerned(cx, pull) {
        set_timer(tx, cx, &person)?;
    }
    Ok(())
}

/// Sets the timers of the digests that name a follow-up: its owner's, and those of the managers.
pub(super) fn schedule(tx: &mut Tx<'_>, cx: Context<'_>, item: &FollowUpItem) -> Result<(), StoreError> {
    let service = tx.incident(item.incident)?.and_then(|incident| incident.service);
    let mut people = managers(cx, service.as_ref());
    people.extend(item.owner.clone());
    for person in people {
        set_timer(tx, cx, &person)?;
    }
    Ok(())
}

/// Sends the digest of a person, if it says something, and sets the timer of the next one while there is something to do.
pub(in crate::app) fn digest_due(tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId) -> Result<(), StoreError> {
    let digest = digest(tx, cx, person)?;
    if !digest.is_empty() {
        let effect = ChatEffect::FollowUpDigest { person: person.clone() };
        tx.enqueue(&key(cx, person, "digest"), &effect.into(), cx.now)?;
    }
    if digest.own.is_empty() && !digest.manages { Ok(()) } else { set_timer(tx, cx, person) }
}

fn set_timer(tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId) -> Result<(), StoreError> {
    let zone = cx.config.person(person).map_or(chrono_tz::Tz::UTC, |person| person.timezone);
    let timer = Timer::FollowUpDigest { person: person.clone() };
    tx.enqueue(&key(cx, person, "timer"), &timer.into(), next_digest(zone, cx.now)).map(drop)
}

/// A key for each person and moment: a timer is set anew with each follow-up.
fn key(cx: Context<'_>, person: &PersonId, what: &str) -> EffectKey {
    EffectKey(format!("followups/{what}/{person}/{}", cx.now.timestamp_millis()))
}

fn managers(cx: Context<'_>, service: Option<&ServiceId>) -> BTreeSet<PersonId> {
    let service = service.and_then(|service| cx.config.service(service.as_str()));
    let team = service.and_then(|service| service.team.as_ref()).and_then(|team| cx.config.team(team));
    team.map(|team| team.managers.iter().cloned().collect()).unwrap_or_default()
}
