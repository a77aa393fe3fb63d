//! When a group's message is due.

use std::time::Duration;

use super::{Alert, at, firing};
use crate::domain::{
    Timestamp,
    alert::{
        AlertGroup, AlertState, GroupKey, GroupSilence, NewGroup, Timing,
        flow::{self, DueTimes, GroupUpdate, NextNotification, Notification, Suppression, TickOutcome},
    },
    ids::{GroupId, PersonId, RoomId, RouteId},
    severity::Severity,
};

const TIMING: Timing = Timing {
    group_wait: Duration::from_secs(30),
    group_interval: Duration::from_secs(300),
    repeat_interval: Duration::from_secs(4 * 3600),
};

/// A group that was opened at `now` for an alert that began then.
fn opened(now: i64) -> AlertGroup {
    let first = firing(now);
    let new = NewGroup {
        id: GroupId::new(at(now)),
        number: 1,
        route: RouteId::new("root"),
        key: GroupKey("k".to_owned()),
        feed: RoomId::new("alerts"),
        labels: first.labels.clone(),
        silence: GroupSilence::default(),
    };
    let mut group = AlertGroup::open(new, &first);
    group.count_fired(&first);
    group.schedule.next_flush = Some(flow::first_flush(&first, TIMING, at(now)));
    group
}

/// A group whose message was posted at 30.
fn posted() -> AlertGroup {
    let mut group = opened(0);
    assert_eq!(tick(&mut group, 30).tell, Notification::NewAlerts);
    group
}

fn tick(group: &mut AlertGroup, now: i64) -> TickOutcome {
    flow::on_tick(group, TIMING, false, at(now)).expect("the tick is due")
}

fn resolve(group: &mut AlertGroup, now: i64) -> DueTimes {
    group.count_resolved(&firing(now), 0, at(now));
    flow::on_change(group, GroupUpdate::Quiet, TIMING, at(now))
}

fn fire(group: &mut AlertGroup, now: i64) -> DueTimes {
    group.count_fired(&firing(now));
    flow::on_change(group, GroupUpdate::NewAlerts, TIMING, at(now))
}

fn due(edit: Option<i64>, look: Option<i64>) -> DueTimes {
    DueTimes { edit: edit.map(at), look: look.map(at) }
}

#[test]
fn a_new_group_waits_for_company() {
    let mut group = opened(0);
    assert_eq!(group.schedule.next_flush, Some(at(30)));
    assert_eq!(flow::on_tick(&mut group, TIMING, false, at(29)), None, "too early a look does nothing");
    assert_eq!(tick(&mut group, 30).tell, Notification::NewAlerts);
    assert_eq!((group.schedule.flushed_at, group.counts.new_alerts), (Some(at(30)), 0));
}

#[test]
fn a_group_whose_first_alert_is_old_does_not_wait() {
    let old = Alert { starts_at: at(-60), ..firing(0) };
    assert_eq!(flow::first_flush(&old, TIMING, at(0)), at(0));
    assert_eq!(flow::first_flush(&firing(0), TIMING, at(0)), at(30));
    let zero = Timing { group_wait: Duration::ZERO, ..TIMING };
    assert_eq!(flow::first_flush(&firing(0), zero, at(0)), at(0));
}

#[test]
fn what_is_over_before_the_first_tick_makes_no_noise() {
    let mut group = opened(0);
    assert_eq!(resolve(&mut group, 10), DueTimes::default());
    assert_eq!(tick(&mut group, 30), TickOutcome { tell: Notification::None, close: true, look: None });
    assert!(!group.open);
}

#[test]
fn news_waits_for_the_next_tick_and_a_resolve_does_not() {
    let mut group = posted();
    assert_eq!(fire(&mut group, 100), due(None, Some(330)));
    assert_eq!(fire(&mut group, 120), DueTimes::default(), "the tick is planned already");
    assert_eq!(resolve(&mut group, 130), due(Some(130), None));
    assert_eq!(tick(&mut group, 330).tell, Notification::NewAlerts);
}

#[test]
fn ticks_keep_their_distance_from_the_one_before() {
    let mut group = posted();
    fire(&mut group, 1000);
    assert_eq!(group.schedule.next_flush, Some(at(1230)), "30 + 4 * 300");
    assert_eq!(tick(&mut group, 1231).tell, Notification::NewAlerts);
    fire(&mut group, 1240);
    assert_eq!(group.schedule.next_flush, Some(at(1531)));
}

#[test]
fn a_group_that_still_fires_is_posted_again_at_the_tick_after_the_repeat_interval() {
    let mut group = posted();
    let odd = Timing { repeat_interval: Duration::from_secs(700), ..TIMING };
    group.schedule.next_flush = None;
    group.schedule.ticked_at = Some(at(30));
    fire(&mut group, 40);
    let told = flow::on_tick(&mut group, odd, false, at(330)).unwrap();
    assert_eq!(told.look, Some(at(330 + 900)), "700 s are rounded up to three ticks");
    let again = flow::on_tick(&mut group, odd, false, at(1230)).unwrap();
    assert_eq!(again.tell, Notification::Reminder, "with a fresh message");
}

#[test]
fn no_reminder_is_posted_while_a_group_is_acknowledged_or_its_incident_is_open() {
    let late = 30 + 4 * 3600 + 300;
    let mut taken = posted();
    taken.acknowledgement.by = Some(PersonId::new("ann"));
    taken.acknowledgement.at = Some(at(60));
    let later = Some(at(late + 4 * 3600));
    assert_eq!(tick(&mut taken, late), TickOutcome { tell: Notification::None, close: false, look: later });
    let mut linked = posted();
    let looked = flow::on_tick(&mut linked, TIMING, true, at(late)).unwrap();
    assert_eq!(looked, TickOutcome { tell: Notification::None, close: false, look: later });
    let again = flow::on_tick(&mut linked, TIMING, false, at(late + 4 * 3600)).unwrap();
    assert_eq!(again.tell, Notification::Reminder, "the incident was closed and it fires still");
}

#[test]
fn new_alerts_after_an_acknowledgement_are_announced_and_not_acknowledged() {
    let mut group = posted();
    group.acknowledgement.by = Some(PersonId::new("ann"));
    group.acknowledgement.at = Some(at(60));
    assert_eq!(group.state(at(61)), AlertState::Acknowledged);
    fire(&mut group, 100);
    assert_eq!(group.state(at(101)), AlertState::Firing);
    assert_eq!(tick(&mut group, 330).tell, Notification::NewAlerts);
}

#[test]
fn a_silence_keeps_news_back_and_lets_resolves_show() {
    let mut group = posted();
    group.silence.until = Some(at(700));
    assert_eq!(fire(&mut group, 100), DueTimes::default(), "the end of the silence looks again");
    assert_eq!(resolve(&mut group, 400).edit, Some(at(400)));
    assert_eq!(heard_again(&mut group, 700), due(Some(700), Some(930)), "the silence is over");
    assert_eq!(tick(&mut group, 930).tell, Notification::NewAlerts);
}

#[test]
fn a_group_that_opens_in_silence_gets_its_message_when_the_silence_ends() {
    let mut group = opened(0);
    group.silence.until = Some(at(200));
    assert_eq!(tick(&mut group, 30), TickOutcome { tell: Notification::None, close: false, look: None });
    assert_eq!(heard_again(&mut group, 200), due(None, Some(330)));
    assert_eq!(tick(&mut group, 330).tell, Notification::NewAlerts);
}

fn heard_again(group: &mut AlertGroup, now: i64) -> DueTimes {
    assert!(group.set_silence(GroupSilence::default()));
    flow::on_change(group, GroupUpdate::Quiet, TIMING, at(now))
}

#[test]
fn an_alert_that_is_muted_is_no_news_and_is_news_when_it_is_heard_again() {
    let mut group = posted();
    let muted = Alert { muted: true, ..firing(100) };
    let telling = group.count_fired(&muted);
    assert_eq!((telling, group.counts.firing, group.counts.muted, group.counts.new_alerts), (0, 2, 1, 0));
    assert_eq!(flow::on_change(&mut group, GroupUpdate::Quiet, TIMING, at(100)).look, None);
    assert_eq!(group.count_unmuted(&muted, telling), 2, "the second telling can have it");
    assert_eq!((group.counts.muted, group.counts.new_alerts), (0, 1));
    assert_eq!(flow::on_change(&mut group, GroupUpdate::Quiet, TIMING, at(200)).look, Some(at(330)));
    assert_eq!((tick(&mut group, 330).tell, group.counts.new_alerts), (Notification::NewAlerts, 0));
}

#[test]
fn an_alert_of_the_latest_flush_is_not_new_after_it_was_muted() {
    let mut group = posted();
    let known = firing(0);
    let muted = group.count_muted(1);
    assert_eq!((muted, group.visible(at(40)), group.state(at(40))), (1, 0, AlertState::Silenced));
    assert_eq!((group.count_unmuted(&known, muted), group.counts.new_alerts), (1, 0));
    group.count_muted(1);
    fire(&mut group, 100);
    assert_eq!(tick(&mut group, 330).tell, Notification::NewAlerts);
    assert_eq!((group.count_unmuted(&known, 1), group.counts.new_alerts), (3, 1), "a telling went without it");
}

#[test]
fn an_alert_that_is_resolved_before_it_was_announced_is_not_new() {
    let mut group = posted();
    let brief = firing(100);
    let telling = group.count_fired(&brief);
    group.count_resolved(&brief, telling, at(110));
    assert_eq!((group.counts.firing, group.counts.new_alerts), (1, 0));
}

#[test]
fn a_group_in_which_all_is_over_closes_at_its_next_tick_and_not_before() {
    let mut group = posted();
    assert_eq!(resolve(&mut group, 100), due(Some(100), Some(330)));
    assert_eq!(group.closed_at, Some(at(100)));
    assert!(group.open);
    assert_eq!(fire(&mut group, 110), DueTimes::default(), "it comes back into the same message at the planned tick");
    assert_eq!((group.closed_at, group.counts.new_alerts), (None, 1));
    resolve(&mut group, 120);
    assert!(tick(&mut group, 330).close);
}

#[test]
fn edits_by_machine_are_few_and_edits_by_hand_are_at_once() {
    let mut group = posted();
    let mut edits: Vec<Timestamp> = Vec::new();
    for now in 100..160 {
        edits.extend(flow::on_change(&mut group, GroupUpdate::Quiet, TIMING, at(now)).edit);
    }
    let seconds: Vec<i64> = edits.iter().map(|edit| (*edit - at(0)).num_seconds()).collect();
    assert_eq!(seconds, [100, 101, 102, 105, 110, 115, 120, 125, 130, 135, 140, 145, 150, 155, 160]);
    assert_eq!(flow::on_change(&mut group, GroupUpdate::ByHand, TIMING, at(156)).edit, Some(at(156)));
}

#[test]
fn a_message_that_is_nearly_an_hour_old_is_edited_once_a_minute() {
    let mut group = posted();
    let mut edits = 0;
    for now in 3400..4000 {
        edits += usize::from(flow::on_change(&mut group, GroupUpdate::Quiet, TIMING, at(now)).edit.is_some());
    }
    assert!((10..=13).contains(&edits), "{edits}");
}

#[test]
fn looks_that_come_late_happen_once_and_go_on_from_now() {
    let mut group = posted();
    fire(&mut group, 100);
    let six_hours = 6 * 3600;
    assert_eq!(tick(&mut group, six_hours).tell, Notification::NewAlerts);
    assert_eq!(flow::on_tick(&mut group, TIMING, false, at(six_hours)), None);
    assert!(group.schedule.next_flush.is_some_and(|next| next > at(six_hours)));
}

#[test]
fn a_group_has_the_most_severe_severity_that_fires_or_fired_last() {
    let mut group = opened(0);
    let critical = Alert { severity: Some(Severity::Sev1), service: Some("api".to_owned()), ..firing(5) };
    group.count_fired(&critical);
    assert_eq!((group.severity, group.counts.firing, &group.service), (Some(Severity::Sev1), 2, &None));
    group.count_judged(Some(Severity::Sev1), Some(Severity::Sev2));
    assert_eq!(group.severity, Some(Severity::Sev2));
    group.count_resolved(&firing(0), 1, at(9));
    group.count_resolved(&Alert { severity: Some(Severity::Sev2), ..critical }, 1, at(10));
    assert_eq!((group.severity, group.counts.firing, group.counts.resolved), (Some(Severity::Sev2), 0, 2));
}

#[test]
fn the_next_notification_is_what_the_next_tick_announces() {
    let free = Suppression::default();
    let next = |group: &AlertGroup, suppression| flow::next_notification(group, TIMING, suppression, at(60));
    assert_eq!(next(&opened(0), free), NextNotification::NewAlerts { at: Some(at(30)) });
    let told = posted();
    assert_eq!(next(&told, free), NextNotification::Reminder { at: told.schedule.next_flush });
    assert_eq!(next(&told, Suppression { in_hand: true, ..free }), NextNotification::IncidentOpen);
    assert_eq!(
        next(&told, Suppression { in_hand: true, route: true }),
        NextNotification::RouteQuiet { at: told.schedule.next_flush }
    );
    let mut taken = told.clone();
    taken.acknowledge(&PersonId::new("bob"), None, at(40));
    assert_eq!(next(&taken, free), NextNotification::Acknowledged);
    let mut news = taken;
    fire(&mut news, 50);
    assert_eq!(
        next(&news, Suppression { in_hand: true, ..free }),
        NextNotification::NewAlerts { at: Some(at(330)) },
        "news is told anyway"
    );
    let mut silenced = told.clone();
    silenced.set_silence(GroupSilence { until: Some(at(100)), until_over: false });
    assert_eq!(next(&silenced, free), NextNotification::Silenced);
    let mut over = told;
    resolve(&mut over, 55);
    assert_eq!(next(&over, free), NextNotification::Over);
}
