//! Rate limits with given responses and times.

use super::*;

const ROUTE: &str = "POST /channels/{}/messages";

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn lane(route: &'static str, major: &str) -> RateLane {
    RateLane { route, major: major.to_owned(), bot: true, urgent: false }
}

fn told(remaining: u32) -> RateLimitInfo {
    RateLimitInfo {
        status: 200,
        bucket: Some("b".to_owned()),
        limit: Some(5),
        remaining: Some(remaining),
        reset_after: Some(s(5)),
        ..RateLimitInfo::default()
    }
}

fn refused(status: u16) -> RateLimitInfo {
    RateLimitInfo { status, ..RateLimitInfo::default() }
}

/// Makes one call that gets its response at once.
fn call(book: &mut RateLimits, now: Duration, lane: &RateLane, heard: &RateLimitInfo) -> Permit {
    let permit = book.ask(now, lane);
    if permit == Permit::Go {
        book.hear(now, lane, heard);
    }
    permit
}

#[test]
fn the_first_call_of_a_route_finds_out_what_the_others_wait_for() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    assert_eq!(book.ask(ms(0), &lane), Permit::Go);
    assert_eq!(book.ask(ms(1), &lane), Permit::Wait(PROBE));
    book.hear(ms(2), &lane, &told(4));
    for _ in 0..4 {
        assert_eq!(book.ask(ms(3), &lane), Permit::Go);
    }
    assert_eq!(book.ask(ms(4), &lane), Permit::Wait(ms(4998)));
}

#[test]
fn an_answer_that_was_overtaken_by_a_later_one_lets_no_more_go() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    assert_eq!(call(&mut book, ms(0), &lane, &told(4)), Permit::Go);
    assert_eq!([book.ask(ms(1), &lane), book.ask(ms(2), &lane)], [Permit::Go, Permit::Go]);
    book.hear(ms(3), &lane, &told(2));
    book.hear(ms(4), &lane, &told(3));
    assert_eq!([book.ask(ms(5), &lane), book.ask(ms(6), &lane)], [Permit::Go, Permit::Go]);
    assert!(matches!(book.ask(ms(7), &lane), Permit::Wait(_)));
}

#[test]
fn a_first_call_without_an_answer_does_not_shut_its_route() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    assert_eq!(book.ask(s(0), &lane), Permit::Go);
    book.lose(s(1), &lane);
    assert_eq!(book.ask(s(1), &lane), Permit::Go);
    book.hear(s(2), &lane, &refused(503));
    assert_eq!(book.ask(s(2), &lane), Permit::Go);
    assert_eq!(book.ask(s(2), &lane), Permit::Wait(PROBE));
}

#[test]
fn channels_are_counted_apart_once_the_kind_is_known() {
    let mut book = RateLimits::default();
    call(&mut book, s(0), &lane(ROUTE, "1"), &told(0));
    assert!(matches!(book.ask(s(1), &lane(ROUTE, "1")), Permit::Wait(_)));
    for _ in 0..5 {
        assert_eq!(book.ask(s(1), &lane(ROUTE, "2")), Permit::Go);
    }
    assert!(matches!(book.ask(s(1), &lane(ROUTE, "2")), Permit::Wait(_)));
}

#[test]
fn routes_that_share_a_bucket_share_what_is_left() {
    let (mut book, edit) = (RateLimits::default(), lane("PATCH /channels/{}/messages/{}", "1"));
    call(&mut book, s(0), &lane(ROUTE, "1"), &told(4));
    call(&mut book, s(0), &edit, &told(0));
    assert!(matches!(book.ask(s(1), &lane(ROUTE, "1")), Permit::Wait(_)));
}

#[test]
fn those_who_wait_are_given_turns() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    call(&mut book, s(0), &lane, &told(0));
    let waits: Vec<Permit> = (0..11).map(|_| book.ask(s(0), &lane)).collect();
    assert_eq!(waits[..5], [Permit::Wait(s(5)); 5]);
    assert_eq!(waits[5..10], [Permit::Wait(s(10)); 5]);
    assert_eq!(waits[10], Permit::Wait(s(15)));
    assert_eq!(book.ask(s(15), &lane), Permit::Go);
}

#[test]
fn no_wait_is_told_twice_when_each_comes_back_at_its_time() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    call(&mut book, s(0), &lane, &told(4));
    let mut due: Vec<(Duration, u32)> = vec![(s(0), 0); 100];
    let (mut worst, mut opened, mut left) = (0, s(0), 4);
    while let Some(at) = due.iter().map(|(at, _)| *at).min() {
        let place = due.iter().position(|(due, _)| *due == at).unwrap();
        let (now, tries) = due.remove(place);
        match book.ask(now, &lane) {
            Permit::Wait(wait) => due.push((now + wait, tries + 1)),
            Permit::Go => {
                if now >= opened + s(5) {
                    (opened, left) = (now, 5);
                }
                left -= 1;
                book.hear(now, &lane, &RateLimitInfo { reset_after: Some(opened + s(5) - now), ..told(left) });
                worst = worst.max(tries);
            }
            Permit::Stopped(..) => panic!("nothing was refused"),
        }
    }
    assert!(worst <= 4, "a call was sent away {worst} times");
}

#[test]
fn forty_five_calls_a_second_go_out_and_answers_to_interactions_besides() {
    let mut book = RateLimits::default();
    let majors: Vec<RateLane> = (0..60).map(|n| lane("GET /channels/{}", &n.to_string())).collect();
    let gone = majors.iter().filter(|lane| book.ask(ms(0), lane) == Permit::Go).count();
    assert_eq!(gone, PER_SECOND);
    assert_eq!(book.ask(ms(400), &majors[59]), Permit::Wait(ms(600)));
    let interaction = RateLane { bot: false, ..lane("POST /interactions/{}/{}/callback", "9") };
    assert_eq!(book.ask(ms(400), &interaction), Permit::Go);
    assert_eq!(book.ask(ms(1000), &majors[59]), Permit::Go);
}

#[test]
fn a_global_limit_holds_up_everything_and_a_shared_one_its_own_bucket() {
    let mut book = RateLimits::default();
    let global = RateLimitInfo { global: true, retry_after: Some(s(7)), ..refused(429) };
    call(&mut book, s(0), &lane(ROUTE, "1"), &global);
    assert_eq!(book.ask(s(1), &lane("GET /users/@me", "")), Permit::Wait(s(6)));
    assert_eq!(book.ask(s(7), &lane("GET /users/@me", "")), Permit::Go);

    let shared = RateLimitInfo { shared: true, retry_after: Some(s(9)), ..refused(429) };
    call(&mut book, s(8), &lane(ROUTE, "1"), &shared);
    assert_eq!(book.invalid(s(8)), 1, "what others used up is not held against the bot");
    assert!(matches!(book.ask(s(8), &lane(ROUTE, "1")), Permit::Wait(_)));
    assert_eq!(book.ask(s(17), &lane(ROUTE, "1")), Permit::Go);
}

#[test]
fn a_refused_token_stops_everything_at_once_and_is_tried_again_by_one_call() {
    let (mut book, lane) = (RateLimits::default(), lane("GET /users/@me", ""));
    call(&mut book, s(0), &lane, &refused(401));
    assert_eq!(book.ask(s(1), &lane), Permit::Stopped(s(899), Stop::TokenRefused));
    assert_eq!(book.stop(s(1)), Some(Stop::TokenRefused));
    assert_eq!(book.ask(s(900), &lane), Permit::Go);
    assert!(matches!(book.ask(s(901), &lane), Permit::Stopped(..)));
    book.hear(s(901), &lane, &refused(200));
    assert_eq!(book.stop(s(901)), None);
}

#[test]
fn the_token_of_an_old_interaction_says_nothing_about_the_bots_own() {
    let mut book = RateLimits::default();
    let edit = RateLane { bot: false, ..lane("PATCH /webhooks/{}/{}/messages/@original", "1") };
    call(&mut book, s(0), &edit, &refused(401));
    assert_eq!(book.ask(s(1), &lane("GET /users/@me", "")), Permit::Go);
}

#[test]
fn refused_calls_stop_the_bot_long_before_discord_does() {
    let mut book = RateLimits::default();
    let mut sent = 0;
    for n in 0..10_000_u64 {
        let lane = lane("GET /channels/{}", &(n % 50).to_string());
        if call(&mut book, ms(n * 25), &lane, &refused(403)) == Permit::Go {
            sent += 1;
        }
    }
    assert_eq!(sent, MOST_INVALID);
    let Permit::Stopped(wait, why) = book.ask(ms(250_000), &lane("GET /users/@me", "")) else { panic!("it goes") };
    assert_eq!(why, Stop::TooManyInvalid(MOST_INVALID));
    assert_eq!(book.ask(ms(250_000) + wait, &lane("GET /users/@me", "")), Permit::Go);
}

#[test]
fn waits_are_read_from_header_body_and_date_and_are_bounded() {
    let date = Some("Sat, 21 Nov 2026 12:00:00 GMT");
    let read = |header: &str, body| retry_after(Some(header), date, body);
    assert_eq!(read("0", None), SHORTEST);
    assert_eq!(read("1.5", None), ms(1500));
    assert_eq!(read("3600", None), s(3600));
    assert_eq!(read("99999999999999999999", None), LONGEST);
    assert_eq!(read("Sat, 21 Nov 2026 12:01:30 GMT", None), s(90));
    assert_eq!(retry_after(Some("Sat, 21 Nov 2026 12:01:30 GMT"), None, None), UNTOLD);
    for junk in ["-5", "soon", "", "NaN", "inf", "1e999"] {
        assert_eq!(read(junk, None), UNTOLD, "{junk:?}");
        assert_eq!(read(junk, Some(2.5)), ms(2500), "{junk:?}");
    }
    assert_eq!(read("1", Some(0.3)), s(1));
    assert_eq!(retry_after(None, None, Some(f64::NAN)), UNTOLD);
}

#[test]
fn idle_buckets_are_forgotten() {
    let mut book = RateLimits::default();
    for n in 0..10_000_u64 {
        call(&mut book, ms(n * 100), &lane(ROUTE, &n.to_string()), &told(4));
    }
    assert!(book.buckets.len() <= MOST_BUCKETS, "{}", book.buckets.len());
}

#[test]
fn what_is_urgent_does_not_queue_behind_those_that_wait() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    call(&mut book, s(0), &lane, &told(0));
    let patient: Vec<Permit> = (0..12).map(|_| book.ask(s(1), &lane)).collect();
    let urgent = book.ask(s(1), &RateLane { urgent: true, ..lane });
    assert_eq!(urgent, patient[0], "the next window");
    assert_ne!(urgent, patient[11]);
}

#[test]
fn a_place_is_kept_for_what_is_urgent_for_one_window_whoever_asks_first() {
    let (mut book, lane) = (RateLimits::default(), lane(ROUTE, "1"));
    let urgent = RateLane { urgent: true, ..lane.clone() };
    call(&mut book, s(0), &lane, &told(0));
    assert_eq!(book.ask(s(1), &urgent), Permit::Wait(s(4)));
    let go = |book: &mut RateLimits, now| (0..6).filter(|_| book.ask(now, &lane) == Permit::Go).count();
    assert_eq!(go(&mut book, s(5)), 4);
    assert_eq!(book.ask(s(5), &urgent), Permit::Go);
    assert!(matches!(book.ask(s(5), &urgent), Permit::Wait(_)), "there are five places");
    for _ in 0..5 {
        book.hear(s(6), &lane, &told(0));
    }
    assert_eq!(go(&mut book, s(11)), 4, "the second urgent one is waited for");
    for _ in 0..4 {
        book.hear(s(12), &lane, &told(0));
    }
    assert_eq!(go(&mut book, s(17)), 5, "and not for ever");
}
