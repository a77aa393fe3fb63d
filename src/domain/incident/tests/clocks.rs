//! Named times, the clock of updates, and statuses that the workflow lost.

use super::*;

#[test]
fn a_corrected_time_belongs_to_the_outage_in_which_it_lies() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    let at = |desk: &Desk| desk.now;
    desk.minutes(10);
    desk.says(Command::Resolve { summary: None, cause: None }).unwrap();
    let first = at(&desk);
    desk.minutes(10);
    desk.says(Command::Reopen { reason: Some("it is back".into()) }).unwrap();
    desk.minutes(10);
    desk.says(Command::SetTime { name: TimeName::Mitigated, at: at(&desk) }).unwrap();
    assert_eq!(desk.incident.times[&TimeName::Mitigated], NamedTime { first, last: at(&desk) });
    let earlier = first - TimeDelta::minutes(2);
    desk.says(Command::SetTime { name: TimeName::Mitigated, at: earlier }).unwrap();
    assert_eq!(desk.incident.times[&TimeName::Mitigated], NamedTime { first: earlier, last: at(&desk) });
}

#[test]
fn customers_may_be_affected_after_monitoring_noticed() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    desk.minutes(30);
    desk.says(Command::SetTime { name: TimeName::Impact, at: desk.now }).unwrap();
    let late = desk.says(Command::SetTime { name: TimeName::Mitigated, at: desk.now - TimeDelta::minutes(5) });
    let Err(Refusal::Incident(IncidentRefusal::OutOfOrder { given, name, .. })) = late else { panic!("{late:?}") };
    assert_eq!((given.as_str(), name.as_str()), ("mitigated", "mitigated"), "a later time is needed");
}

#[test]
fn raising_the_severity_keeps_an_earlier_promise_and_the_next_update_is_bounded() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    let promised = desk.incident.update_due;
    desk.minutes(29);
    desk.says(Command::SetSeverity { to: Severity::Sev1, reason: None }).unwrap();
    assert_eq!(desk.incident.update_due, promised);
    desk.says(Command::SetSeverity { to: Severity::Sev2, reason: None }).unwrap();
    assert_eq!(desk.incident.update_due, Some(desk.now + TimeDelta::minutes(30)), "lowering starts the clock again");
    let update = |next| Command::PostUpdate {
        text: "looking".into(),
        impact: None,
        affected: None,
        cause: None,
        estimate: None,
        next: Some(next),
    };
    let far = desk.says(update(Duration::from_secs(300 * 24 * 3600)));
    assert!(matches!(far, Err(Refusal::Incident(IncidentRefusal::BadWait { max_minutes: 1440, .. }))), "{far:?}");
}

#[test]
fn an_incident_in_a_status_that_the_workflow_lost_can_go_on() {
    let mut desk = Desk::open(ann(), Severity::Sev2);
    desk.incident.status = "fixing".into();
    desk.says(to("monitoring")).unwrap();
    desk.incident.status = "fixing".into();
    desk.says(Command::Resolve { summary: None, cause: None }).unwrap();
    assert_eq!(desk.incident.category, Category::Resolved);
}
