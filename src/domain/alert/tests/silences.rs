//! The life of a silence.

use super::{at, labels};
use crate::domain::{
    alert::{
        GroupKey, Matcher, NewSilence, Silence, SilenceChange, SilenceFault, SilenceScope, SilenceState, Silences,
    },
    ids::SilenceId,
    text::Untrusted,
};

fn scope(matchers: &str) -> SilenceScope {
    SilenceScope::Alerts(Matcher::parse_list(matchers).unwrap())
}

fn wanted(matchers: &str, from: Option<i64>, until: Option<i64>) -> NewSilence {
    let (by, comment) = (Untrusted::new("ann"), Untrusted::new("known"));
    NewSilence { scope: scope(matchers), from: from.map(at), until: until.map(at), by, comment }
}

fn silence(matchers: &str, from: i64, until: Option<i64>) -> Silence {
    Silence::new(wanted(matchers, Some(from), until), at(0)).unwrap()
}

#[test]
fn it_holds_from_its_beginning_until_just_before_its_end() {
    let planned = silence("a=1", 100, Some(200));
    let states = [0, 99, 100, 199, 200].map(|now| planned.state(at(now)));
    let [pending, active, expired] = [SilenceState::Pending, SilenceState::Active, SilenceState::Expired];
    assert_eq!(states, [pending, pending, active, active, expired]);
    assert_eq!([0, 100, 200].map(|now| planned.next_look(at(now))), [Some(at(100)), Some(at(200)), None]);
    assert_eq!(silence("a=1", 0, None).state(at(1_000_000)), SilenceState::Active);
}

#[test]
fn what_cannot_be_is_refused() {
    let refused = |matchers, from, until| Silence::new(wanted(matchers, from, until), at(0)).unwrap_err();
    assert_eq!(refused("", None, Some(10)), SilenceFault::NoMatchers);
    assert_eq!(refused("a!=1,b=~\".*\"", None, Some(10)), SilenceFault::TooWide);
    assert_eq!(refused("a=1", None, Some(0)), SilenceFault::EndsInThePast);
    assert_eq!(refused("a=1", Some(20), Some(20)), SilenceFault::EndsBeforeItBegins);
    assert_eq!(refused(&format!("a={}", "x".repeat(5000)), None, Some(9)), SilenceFault::TooLong);
    assert_eq!(
        Silence::new(wanted("a=1", Some(-50), Some(9)), at(0)).unwrap().from,
        at(0),
        "from now on at the earliest"
    );
}

#[test]
fn an_active_silence_may_end_otherwise_and_anything_else_makes_another() {
    let active = silence("a=1", 0, Some(100));
    let SilenceChange::Changed(longer) = active.edit(wanted("a=1", None, Some(500)), at(50)).unwrap() else {
        panic!("the same")
    };
    assert_eq!((longer.id, longer.from, longer.until), (active.id, at(0), Some(at(500))));
    for other in [wanted("a=2", None, Some(500)), wanted("a=1", Some(60), Some(500))] {
        let SilenceChange::Replaced { old: Some(old), new } = active.edit(other, at(50)).unwrap() else {
            panic!("another")
        };
        assert_eq!((old.id, old.until, old.state(at(50))), (active.id, Some(at(50)), SilenceState::Expired));
        assert_ne!(new.id, active.id);
    }
    let SilenceChange::Replaced { old: None, new } = active.edit(wanted("a=1", None, Some(500)), at(100)).unwrap()
    else {
        panic!("what is over stays over")
    };
    assert_eq!(new.from, at(100));
}

#[test]
fn a_silence_that_is_to_come_may_begin_otherwise() {
    let planned = silence("a=1", 100, Some(200));
    let SilenceChange::Changed(sooner) = planned.edit(wanted("a=1", Some(60), Some(200)), at(50)).unwrap() else {
        panic!("same")
    };
    assert_eq!((sooner.id, sooner.from), (planned.id, at(60)));
    let gone = planned.ended(at(50));
    assert_eq!((gone.from, gone.until, gone.state(at(50))), (at(50), Some(at(50)), SilenceState::Expired));
    assert_eq!(gone.ended(at(70)), gone);
}

#[test]
fn among_many_those_that_hold_and_fit_are_found() {
    let group = SilenceScope::Group { key: GroupKey("k".to_owned()), labels: labels(&[("a", "1")]), shelved: false };
    let silences = [
        silence("a=1,b=~\"x.*\"", 0, Some(100)),
        silence("a=1", 50, Some(100)),
        silence("a=1,c=\"\"", 0, None),
        Silence { scope: group, id: SilenceId::new(at(0)), ..silence("a=1", 0, Some(100)) },
        silence("a=2", 0, Some(100)),
    ];
    let index = Silences::new(silences.iter().cloned().map(std::sync::Arc::new));
    let covering = |pairs: &[(&str, &str)], now| -> Vec<usize> {
        let labels = labels(pairs);
        let found = index.covering(&labels, at(now));
        found.iter().map(|one| silences.iter().position(|known| known.id == one.id).unwrap()).collect()
    };
    assert_eq!(covering(&[("a", "1"), ("b", "xy")], 0), [0, 2]);
    assert_eq!(covering(&[("a", "1"), ("b", "xy")], 60), [0, 1, 2]);
    assert_eq!(covering(&[("a", "1"), ("c", "z")], 60), [1]);
    assert_eq!(covering(&[("a", "1")], 100), [2]);
}

#[test]
fn it_comes_back_from_its_stored_form_with_its_patterns() {
    let stored = serde_json::to_string(&scope("a=~\"x|y\",b!=1")).unwrap();
    let back: SilenceScope = serde_json::from_str(&stored).unwrap();
    assert_eq!(back, scope("a=~\"x|y\",b!=1"));
    let silence = Silence { scope: back, ..silence("a=1", 0, None) };
    assert!(silence.covers(&labels(&[("a", "y")])) && !silence.covers(&labels(&[("a", "z")])));
    assert!(serde_json::from_str::<SilenceScope>(&stored.replace("x|y", "[")).is_err());
}
