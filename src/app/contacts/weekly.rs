//! The weekly test: a person who wants it gets a message each week, by one method, in working hours.

use super::reach_tests::{self, AskedPerson, NewTest};
use crate::{
    app::Context,
    domain::{
        contact::{TestOrigin, WEEKLY_TEST_ANSWER, WeeklyTest, may_begin_weekly_test, next_weekly_test, weekly_method},
        effect::{EffectKey, Timer},
        ids::PersonId,
    },
    store::{ContactSettings, StoreError, Tx},
};

/// Sets what the weekly test of a person is, or switches it off.
pub fn set(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    person: &PersonId,
    weekly_test: Option<WeeklyTest>,
) -> Result<ContactSettings, StoreError> {
    let settings = ContactSettings { weekly_test, ..tx.contact_settings(person)? };
    tx.save_contact_settings(person, &settings)?;
    plan(tx, cx, person)?;
    Ok(settings)
}

/// Waits for the next test of everybody who wants one: people may have come back into `bot.toml`.
pub fn plan_all(tx: &mut Tx<'_>, cx: Context<'_>) -> Result<(), StoreError> {
    cx.config.people.iter().try_for_each(|person| plan(tx, cx, &person.id))
}

/// Waits for the next test of a person, if the person wants one.
fn plan(tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId) -> Result<(), StoreError> {
    let Some(known) = cx.config.person(person) else { return Ok(()) };
    if tx.contact_settings(person)?.weekly_test.is_none() {
        return Ok(());
    }
    let due = next_weekly_test(person, known.timezone, cx.now);
    let key = EffectKey(format!("weekly-test/{person}/{}/{}", cx.now.timestamp_millis(), due.timestamp_millis()));
    tx.enqueue(&key, &Timer::WeeklyTest { person: person.clone() }.into(), due).map(drop)
}

/// Sends the test of this week, if the person still wants it, and waits for the next one.
pub fn on_wake(tx: &mut Tx<'_>, cx: Context<'_>, person: &PersonId) -> Result<(), StoreError> {
    let (Some(known), Some(chosen)) = (cx.config.person(person), tx.contact_settings(person)?.weekly_test) else {
        return Ok(());
    };
    // A timer that is late may come at night: the test of that week is left out.
    if may_begin_weekly_test(known.timezone, cx.now) {
        let methods = reach_tests::testable(tx, cx, person)?;
        if let Some(method) = weekly_method(&methods, chosen) {
            let asked = AskedPerson { person: person.clone(), methods: vec![method.clone()] };
            let new = NewTest { origin: TestOrigin::Weekly, until: cx.now + WEEKLY_TEST_ANSWER };
            reach_tests::start(tx, cx, new, vec![asked])?;
        }
    }
    plan(tx, cx, person)
}
