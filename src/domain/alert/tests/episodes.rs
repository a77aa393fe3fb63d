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
}
