//! Who is who at a tracker.

use crate::{
    app::Context,
    config::{Config, OutsideTracker},
    domain::{
        contact::MethodKind,
        ids::{PersonId, TrackerId},
        people::{Actor, TRACKER_ACCOUNT},
        tracker::{TrackerAccount, TrackerPerson},
    },
    store::{Reads, StoreError},
};

/// The longest name of an account that is shown.
const LONGEST_NAME: usize = 60;

/// The account of a person at a tracker, by `[[people]] accounts`.
pub fn account_of(config: &Config, tracker: &TrackerId, person: &PersonId) -> Option<TrackerAccount> {
    config.person(person)?.tracker_accounts.get(tracker).cloned()
}

/// The person with an account at a tracker: by `[[people]] accounts`, otherwise by a mail address that both sides verified.
pub(super) fn person_of(
    reads: &Reads<'_>,
    config: &Config,
    tracker: &TrackerId,
    known: &TrackerPerson,
) -> Result<Option<PersonId>, StoreError> {
    let has = |account: &TrackerAccount| account.0.eq_ignore_ascii_case(&known.account.0);
    let named = config.people.iter().find(|person| person.tracker_accounts.get(tracker).is_some_and(has));
    if let Some(person) = named {
        return Ok(Some(person.id.clone()));
    }
    let Some(email) = &known.email else { return Ok(None) };
    let methods = reads.contact_methods_at(email)?;
    let proven = methods.into_iter().find(|method| method.kind == MethodKind::Mail && method.verified_at.is_some());
    // An account of somebody else's must not become this person's.
    let free = |person: &PersonId| account_of(config, tracker, person).is_none();
    Ok(proven.map(|method| method.person).filter(|person| config.person(person).is_some() && free(person)))
}

/// Who acts here for somebody at a tracker.
pub(super) fn actor_of(
    reads: &Reads<'_>,
    cx: Context<'_>,
    outside: &OutsideTracker,
    known: Option<&TrackerPerson>,
) -> Result<Actor, StoreError> {
    let Some(known) = known else { return Ok(machine(outside.kind.title())) };
    let person = person_of(reads, cx.config, &outside.id(), known)?;
    Ok(person.map_or_else(|| machine(&author(outside, known)), Actor::Person))
}

fn machine(name: &str) -> Actor {
    Actor::Machine(format!("{TRACKER_ACCOUNT}{name}"))
}

/// The name of an account with its origin: `Eve Adams (Jira)`.
pub(super) fn author(outside: &OutsideTracker, known: &TrackerPerson) -> String {
    let name = crate::domain::text::Untrusted::from(known.name.as_str()).shown(LONGEST_NAME);
    format!("{name} ({})", outside.kind.title())
}

/// The name of whoever wrote something at a tracker, for the room.
pub(super) fn shown(
    reads: &Reads<'_>,
    cx: Context<'_>,
    outside: &OutsideTracker,
    known: &TrackerPerson,
) -> Result<String, StoreError> {
    let person = person_of(reads, cx.config, &outside.id(), known)?;
    let named = person.and_then(|person| cx.config.person(&person)).map(|person| person.name.clone());
    Ok(named.map_or_else(|| author(outside, known), |name| format!("{name} ({})", outside.kind.title())))
}
