//! What senders say, folded into episodes.

use super::{Alert, at, ends, fires, firing, signal, tell};
use crate::domain::alert::{Remark, episode};

/// Since when, its newest beginning, and its end if it is over.
fn shape(alert: &Alert) -> (i64, i64, Option<i64>) {
    let seconds = |time: crate::domain::Timestamp| (time - at(0)).num_seconds();
    assert_eq!(alert.firing, alert.ends_at.is_none());
    (seconds(alert.starts_at), seconds(alert.latest_start), alert.ends_at.map(seconds))
}

fn told(signals: &[crate::domain::alert::Signal]) -> (i64, i64, Option<i64>) {
    let mut stored = None;
    for (place, signal) in signals.iter().enumerate() {
        stored = tell(stored, signal, 100 + i64::try_from(place).expect("few"));
    }
    shape(&stored.expect("something was told"))
}

#[test]
fn an_alert_fires_and_is_resolved() {
    assert_eq!(told(&[fires(10), ends(10, 20)]), (10, 10, Some(20)));
}

#[test]
fn resolved_before_firing_is_a_record_that_the_late_firing_does_not_reopen() {
    assert_eq!(told(&[ends(10, 20), fires(10)]), (10, 10, Some(20)));
    assert_eq!(told(&[ends(10, 20), fires(10), fires(21)]), (21, 21, None), "a later beginning is a new episode");
}

#[test]
fn what_is_older_than_the_stored_episode_is_ignored() {
    assert_eq!(told(&[fires(30), fires(10)]), (30, 30, None));
    assert_eq!(told(&[fires(30), ends(10, 20)]), (30, 30, None));
    assert_eq!(told(&[ends(30, 40), fires(10)]), (30, 30, Some(40)));
}

#[test]
fn a_lost_resolve_does_not_make_a_second_episode() {
    assert_eq!(told(&[fires(10), fires(30)]), (10, 30, None));
    assert_eq!(told(&[fires(10), fires(30), ends(10, 20)]), (30, 30, None), "the resolve came late: since 30");
    assert_eq!(told(&[fires(10), fires(30), ends(30, 40)]), (10, 30, Some(40)));
}

#[test]
fn of_two_senders_that_differ_in_when_it_began_either_may_end_it() {
    assert_eq!(told(&[fires(10), ends(9, 50)]), (10, 10, Some(50)));
    assert_eq!(told(&[fires(10), fires(9), ends(9, 50)]), (10, 10, Some(50)));
}

#[test]
fn the_later_of_two_ends_counts() {
    assert_eq!(told(&[fires(10), ends(10, 20), ends(10, 30)]), (10, 10, Some(30)));
    assert_eq!(told(&[fires(10), ends(10, 30), ends(10, 20)]), (10, 10, Some(30)));
}

#[test]
fn a_sender_that_does_not_say_when_is_taken_at_its_word_in_the_order_it_speaks() {
    let fires = signal(true, None, None);
    let ends = signal(false, None, None);
    let first = tell(None, &fires, 100).unwrap();
    assert_eq!(shape(&first), (100, 100, None));
    let again = tell(Some(first.clone()), &fires, 101).unwrap();
    assert_eq!((shape(&again), again.id), ((100, 100, None), first.id));
    let over = tell(Some(again), &ends, 110).unwrap();
    assert_eq!(shape(&over), (100, 100, Some(110)));
    let next = tell(Some(over.clone()), &fires, 110).unwrap();
    assert_ne!(next.id, over.id);
    assert_eq!(tell(None, &ends, 100), None, "there is nothing to end");
}

#[test]
fn two_episodes_within_one_millisecond_are_told_apart() {
    let fires = signal(true, None, None);
    let over = tell(tell(None, &fires, 100), &signal(false, None, None), 100);
    let next = tell(over.clone(), &fires, 100).unwrap();
    assert!(next.starts_at > over.unwrap().starts_at);
}

#[test]
fn an_alert_that_nobody_repeats_expires_and_comes_back_when_it_is_repeated() {
    let alert = firing(10);
    assert_eq!(alert.expires_at, Some(at(610)));
    assert_eq!(episode::expire(&alert, at(609)), None);
    let gone = episode::expire(&alert, at(700)).unwrap();
    assert_eq!(shape(&gone), (10, 10, Some(610)));
    let back = tell(Some(gone.clone()), &fires(10), 800).unwrap();
    assert_eq!((shape(&back), back.id == alert.id), ((610, 10, None), false), "nobody had said that it was over");
    assert_eq!(shape(&tell(Some(back), &ends(10, 850), 900).unwrap()), (610, 10, Some(850)));
    let over = tell(Some(gone), &ends(10, 300), 900).unwrap();
    assert_eq!(shape(&over), (10, 10, Some(300)), "what the sender says counts more than the guess");
    assert_eq!(shape(&tell(Some(over), &fires(10), 901).unwrap()), (10, 10, Some(300)));
}

#[test]
fn a_repeat_postpones_the_timeout_and_an_end_in_the_future_sets_it() {
    let again = tell(Some(firing(10)), &fires(10), 500).unwrap();
    assert_eq!(again.expires_at, Some(at(1100)));
    let told = tell(Some(again), &signal(true, Some(10), Some(900)), 510).unwrap();
    assert_eq!(told.expires_at, Some(at(900)));
}

#[test]
fn a_beginning_in_the_future_or_before_2000_is_as_if_it_were_not_told() {
    let year = |text: &str| Some(text.parse().unwrap());
    let sane = |start, end| episode::check_times(true, start, end, at(0));
    assert_eq!(sane(year("9999-12-31T23:59:59Z"), None).remarks, [Remark::FutureStart]);
    assert_eq!(sane(year("9999-12-31T23:59:59Z"), None).starts_at, None);
    assert_eq!(sane(year("1969-07-20T00:00:00Z"), None).remarks, [Remark::AncientStart]);
    assert_eq!(sane(year("0001-01-01T00:00:00Z"), year("0001-01-01T00:00:00Z")), episode::CheckedTimes::default());
    assert_eq!(sane(Some(at(60)), None).starts_at, Some(at(60)), "clocks may differ by minutes");
    let odd = episode::check_times(false, Some(at(-10)), Some(at(-20)), at(0));
    assert_eq!((odd.ends_at, odd.remarks), (Some(at(-10)), vec![Remark::OddEnd]));
    let ahead = episode::check_times(false, Some(at(-10)), year("9999-12-31T23:59:59Z"), at(0));
    assert_eq!(ahead.ends_at, Some(at(0)));
    let a_little = episode::check_times(false, Some(at(-10)), Some(at(180)), at(0));
    assert_eq!((a_little.ends_at, a_little.remarks), (Some(at(0)), Vec::new()), "nothing is over in the future");
}

#[test]
fn a_firing_signal_with_a_known_start_begins_a_new_episode_after_the_hold() {
    let over = tell(tell(None, &fires(10), 10), &ends(10, 50), 50).unwrap();
    let held = tell(Some(over.clone()), &fires(10), 100).unwrap();
    assert_eq!((held.id, shape(&held)), (over.id, (10, 10, Some(50))), "nothing changes yet");
    assert_eq!(episode::reopen(&held, at(119)), None);
    let back = episode::reopen(&held, at(120)).unwrap();
    assert_eq!((shape(&back), back.first_seen), ((100, 10, None), at(120)));
    let repeated = tell(Some(held.clone()), &fires(10), 110).unwrap();
    assert!(episode::reopen(&repeated, at(120)).is_some(), "a repeat does not postpone it");
    assert_eq!(shape(&tell(Some(held.clone()), &fires(10), 121).unwrap()), (121, 10, None));
    let cancelled = tell(Some(held), &ends(10, 50), 115).unwrap();
    assert_eq!((cancelled.reopening.clone(), shape(&cancelled)), (None, (10, 10, Some(50))));
    assert_eq!(shape(&tell(Some(back), &ends(10, 50), 130).unwrap()), (100, 10, Some(100)), "a late resolve counts");
}

#[test]
fn a_lease_begins_a_new_episode_at_once_and_an_end_of_the_one_before_does_not_end_it() {
    let lease = signal(true, Some(9), Some(400));
    let over = tell(tell(None, &fires(10), 10), &ends(10, 50), 50);
    let back = super::tell_leased(over, &lease, 60).unwrap();
    assert_eq!(shape(&back), (60, 10, None));
    let again = super::tell_leased(Some(back), &ends(10, 50), 70).unwrap();
    assert_eq!(shape(&again), (60, 10, None), "its sender repeats the resolve");
    assert_eq!(shape(&super::tell_leased(Some(again), &ends(9, 80), 90).unwrap()), (60, 10, Some(80)));
}

#[test]
fn an_older_start_of_another_sender_keeps_an_alert_alive_and_brings_back_one_that_timed_out() {
    let alert = tell(Some(firing(30)), &fires(10), 500).unwrap();
    assert_eq!((shape(&alert), alert.expires_at), ((30, 30, None), Some(at(1100))));
    let gone = episode::expire(&alert, at(1100)).unwrap();
    assert!(tell(Some(gone), &fires(10), 1200).unwrap().firing);
}
