//! `/oncall test`: sends a test to whoever is on call.

use minijinja::{Value, context};

use super::{invocation::Invocation, replies};
use crate::{
    app::{
        contacts::reach_tests::{self, OnCallOrigin},
        oncall::paging,
    },
    chat::Reply,
    command::{Act, OnCallAct},
    domain::ids::{PersonId, ScheduleId},
    store::{Reads, StoreError, Tx},
};

/// Starts a test once it is confirmed; before, the reply says who would be tested, and asks.
pub(super) fn perform(
    tx: &mut Tx<'_>,
    invocation: &Invocation<'_>,
    schedule: Option<&ScheduleId>,
    sure: bool,
) -> Result<Reply, StoreError> {
    let cx = invocation.cx;
    let people = on_call(tx, invocation, schedule)?;
    if let Some(refusal) = reach_tests::refusal(tx, cx, &people)? {
        return Ok(replies::refused(invocation.app, &refusal));
    }
    let schedule = schedule.map(ScheduleId::as_str);
    if !sure {
        let mut lines = Vec::new();
        for person in &people {
            let methods = reach_tests::testable(tx, cx, person)?;
            let kinds: Vec<&str> = methods.iter().map(|method| method.kind.name()).collect();
            lines.push(context! { person => person.as_str(), kinds });
        }
        return Ok(invocation.plain(Act::OnCall(OnCallAct::Test), context! { done => "asked", lines, schedule }));
    }
    let origin = OnCallOrigin { by: invocation.person, room: invocation.room };
    let test = reach_tests::start_on_call(tx, cx, &people, origin)?;
    let names: Vec<Value> = people.iter().map(|person| Value::from(person.as_str())).collect();
    let reply = invocation.plain(Act::OnCall(OnCallAct::Test), context! { done => "started", people => names });
    Ok(Reply { data: Some(serde_json::json!({ "test": test.id.to_string() })), ..reply })
}

/// Everybody who is on call now, each once.
fn on_call(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    schedule: Option<&ScheduleId>,
) -> Result<Vec<PersonId>, StoreError> {
    let mut people: Vec<PersonId> = Vec::new();
    for person in paging::on_call_now(reads, invocation.cx, schedule)?.into_iter().flat_map(|line| line.people) {
        if !people.contains(&person) {
            people.push(person);
        }
    }
    Ok(people)
}
