//! What people do with reports, and what reporters read of it.

use std::time::Duration;

use hotroom::chat::ReplyOutcome;
use serde_json::{Value, json};

use super::{SIGNED_IN, fields, link, public, refused, submits, text};
use crate::{
    contacts::opens,
    fake_smtp::FakeSmtp,
    world::{World, done, show},
};

/// A report of a user who has confirmed the mail address.
async fn report(world: &World, server: &FakeSmtp, title: &str) {
    let before = server.taken().len();
    submits(world, &fields(title, "zoe@example.com"), "203.0.113.9", None).await;
    let path = link(&server.until_taken(before + 1).await.remove(before));
    opens(world, "POST", &path).await;
    world.settle().await;
    server.until_taken(before + 2).await;
}

/// The last mail after so many.
async fn last_mail(server: &FakeSmtp, count: usize) -> String {
    let taken = server.until_taken(count).await;
    assert_eq!(taken.len(), count);
    let mail = taken.last().expect("a mail");
    assert_eq!(mail.header("auto-submitted").as_deref(), Some("auto-generated"));
    format!("{}\n{}", mail.header("subject").expect("a subject"), text(mail))
}

#[tokio::test]
async fn a_report_becomes_an_incident_by_its_button() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    report(&world, &server, "I cannot pay").await;
    done(&world.presses("bob", "triage", "Declare incident").await);
    let incident = world.incident("HOT-1").await;
    assert_eq!(
        (incident.title.shown(100), incident.description.shown(100)),
        ("I cannot pay".into(), "Since noon.".into())
    );
    let feed = world.posts_of("triage").await;
    assert_eq!(feed.len(), 1);
    assert!(show(&feed[0]).contains("HOT-1") && feed[0].buttons.is_empty(), "{:?}", feed[0]);
    let mail = last_mail(&server, 3).await;
    assert!(!mail.contains("HOT-1") && mail.contains("/status"), "{mail}");
    // Nobody decides twice.
    assert_eq!(refused(&world.says("ann", "/report dismiss 1").await), "report_decided");
    assert_eq!(refused(&world.says("ann", "/report declare 1").await), "report_decided");
    assert_eq!(world.get("/api/v1/incidents").await["items"].as_array().map(Vec::len), Some(1));
    let audit = world.app.store.read(|reads| reads.user_report_by_number(1)).await.unwrap().expect("a report");
    let stream = hotroom::domain::user_report::UserReport::stream(audit.id);
    let events = world.app.store.read(move |reads| reads.events_of(&stream, 0, 100)).await.unwrap();
    let events: Vec<Value> = events.iter().map(|event| serde_json::to_value(&event.event).unwrap()).collect();
    let changes: Vec<&str> = events.iter().map(|event| event["change"].as_str().unwrap()).collect();
    assert_eq!(changes, ["received", "verified", "declared"]);
    let log = serde_json::to_string(&events).unwrap();
    assert!(!log.contains("zoe") && !log.contains("pay"), "what can be erased is not in the log: {log}");
    world.end().await;
}

#[tokio::test]
async fn a_duplicate_is_told_what_customers_read() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    done(&world.says("ann", "/incident declare \"Shard 7 of acme-db melts\" severity:sev2 service:checkout").await);
    done(
        &world
            .says(
                "ann",
                "/incident statuspage investigating \"We look into it.\" title:\"Payments fail\" incident:HOT-1",
            )
            .await,
    );
    done(&world.says("ann", "/incident note \"Acme is angry\" incident:HOT-1").await);
    report(&world, &server, "I cannot pay").await;
    let form = world.presses("bob", "triage", "Duplicate of…").await;
    assert_eq!(form.outcome, ReplyOutcome::Asked);
    done(&world.says("bob", "/report duplicate 1 HOT-1").await);
    let mail = last_mail(&server, 3).await;
    assert!(mail.contains("Payments fail"), "{mail}");
    for inside in ["Shard", "acme", "Acme", "HOT-1", "sev2", "SEV2"] {
        assert!(!mail.contains(inside), "{inside}: {mail}");
    }
    world.end().await;
}

#[tokio::test]
async fn reporters_read_when_customers_learn_of_the_incident_and_when_it_is_over() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    report(&world, &server, "I cannot pay").await;
    report(&world, &server, "The shop is down").await;
    done(&world.says("ann", "/report declare 1 title:\"Shard 7 melts\" severity:sev2 service:checkout").await);
    done(&world.says("ann", "/report duplicate 2 HOT-1").await);
    let before = server.until_taken(6).await.len();
    let post = |text: &str| format!("/incident statuspage {text} incident:HOT-1");
    done(&world.says("ann", &post("investigating \"We look into it.\" title:\"Payments fail\"")).await);
    world.settle().await;
    let published = server.until_taken(before + 2).await;
    for mail in &published[before..] {
        let text = text(mail);
        assert!(text.contains("We work on what you reported: Payments fail"), "{text}");
        assert!(!text.contains("Shard") && !text.contains("HOT-1"), "{text}");
    }
    // The next posts are on the status page, until it is over.
    done(&world.says("ann", &post("monitoring \"A fix is out.\"")).await);
    done(&world.says("ann", &post("resolved \"It works again.\"")).await);
    world.settle().await;
    let resolved = server.until_taken(before + 4).await;
    for mail in &resolved[before + 2..] {
        let subject = mail.header("subject").expect("a subject");
        assert!(subject.ends_with("solved: Payments fail") && text(mail).contains("is solved"), "{subject}");
    }
    // Opened again, and over again: nobody is written to twice.
    done(&world.says("ann", &post("investigating \"It is back.\"")).await);
    done(&world.says("ann", &post("resolved \"It works again.\"")).await);
    world.settle().await;
    assert_eq!(server.taken().len(), before + 4);
    world.end().await;
}

#[tokio::test]
async fn the_console_lists_reports_and_hides_private_incidents() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    for title in ["I cannot pay", "Somebody reads my data"] {
        report(&world, &server, title).await;
        world.advance(Duration::from_secs(3_700)).await;
    }
    done(&world.says("ann", "/report declare 2 private:yes").await);
    let page = |who: &'static str, path: &'static str| {
        let world = &world;
        async move {
            let cookie = world.signs_in(who).await;
            let (status, page) = world.get_signed_in(&cookie, path).await;
            assert_eq!(status, axum::http::StatusCode::OK, "{page}");
            page
        }
    };
    let open = page("bob", "/user-reports").await;
    assert!(open.contains("1. I cannot pay") && open.contains("/report declare 1"), "{open}");
    assert!(!open.contains("reads my data") && !open.contains("zoe@example.com"), "{open}");
    let (of_ann, of_dee) = (page("ann", "/user-reports?show=all").await, page("dee", "/user-reports?show=all").await);
    assert!(of_ann.contains("/incidents/HOT-1"), "{of_ann}");
    assert!(of_dee.contains("Closed") && !of_dee.contains("HOT-1"), "{of_dee}");
    world.end().await;
}

/// A report of which nobody confirmed the address is deleted; its number is not given to another.
#[tokio::test]
async fn no_number_is_given_twice() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    submits(&world, &fields("I cannot pay", "zoe@example.com"), "203.0.113.9", None).await;
    world.advance(Duration::from_secs(25 * 3_600)).await;
    report(&world, &server, "I still cannot pay").await;
    done(&world.says("ann", "/report dismiss 2").await);
    world.end().await;
}

/// Whatever is decided, a reporter cannot tell a private incident from none.
#[tokio::test]
async fn of_a_private_incident_the_reporter_reads_what_anybody_reads() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    let mut mails = Vec::new();
    for line in ["declare 1 private:yes", "dismiss 2", "declare 3", "duplicate 4 HOT-1"] {
        report(&world, &server, "Somebody reads my data").await;
        done(&world.says("ann", &format!("/report {line}")).await);
        world.settle().await;
        let count = server.taken().len();
        let mail = last_mail(&server, count).await;
        mails.push(mail.replace(|c: char| c.is_ascii_digit(), "N"));
        world.advance(Duration::from_secs(3_700)).await;
    }
    assert!(mails.iter().all(|mail| *mail == mails[0]), "{mails:?}");
    let feed = world.room("triage").await;
    assert!(feed.contains("HOT-2") && !feed.contains("HOT-1"), "everyone reads the feed: {feed}");
    let shown = |who| {
        let world = &world;
        async move { show(&done(&world.says(who, "/report list all").await).post) }
    };
    assert!(shown("ann").await.contains("HOT-1"));
    let of_dee = shown("dee").await;
    let state = |number: &str| {
        let line = of_dee.lines().find(|line| line.contains(number)).expect("a line");
        line.split(" (").nth(1).and_then(|rest| rest.split(')').next()).expect("a state").to_owned()
    };
    assert_eq!(state("1: "), state("2: "), "a private incident looks like none: {of_dee}");
    assert!(!shown("dee").await.contains("HOT-1"));
    let (_, listed) = world.get_as("dee", "/api/v1/reports").await;
    assert!(listed.contains("HOT-2") && !listed.contains("HOT-1"), "{listed}");
    let unknown = world.says("dee", "/report duplicate 4 HOT-1").await;
    assert_ne!(unknown.outcome, ReplyOutcome::Done);
    world.end().await;
}

#[tokio::test]
async fn what_is_not_an_incident_is_answered_and_the_reporter_is_erased() {
    let server = FakeSmtp::plain().await;
    let world = World::with(&public(server.port)).await;
    report(&world, &server, "I cannot pay").await;
    let (_, seen) = world.get_as("ann", "/api/v1/reports/1").await;
    assert!(seen.contains("zoe@example.com"), "{seen}");
    let answer = json!({"message": "Your card <expired>."});
    let (status, reply) = world.send("POST", "/api/v1/reports/1/dismiss", Some(&answer)).await;
    assert_eq!((status.as_u16(), &reply["data"]["state"]), (200, &json!("closed")), "{reply}");
    world.settle().await;
    let mail = last_mail(&server, 3).await;
    assert!(mail.contains("Your card <expired>."), "{mail}");
    assert!(server.taken()[2].text.contains("&lt;expired&gt;"), "the HTML part is escaped");
    world.advance(Duration::from_secs(31 * 24 * 3_600)).await;
    let (_, erased) = world.get_as("ann", "/api/v1/reports/1").await;
    assert!(!erased.contains("zoe") && !erased.contains("Zoe") && erased.contains("I cannot pay"), "{erased}");
    let feed = world.room("triage").await;
    assert!(!feed.contains("Zoe"), "{feed}");
    world.end().await;
}

const REPORTER: &str = "[reports]\nform = \"signed_in\"\n[[people]]\nid = \"rep\"\nname = \"Rep\"\naccess = \"reporter\"\n[[people]]\n\
    id = \"ann\"\nname = \"Ann\"\naccess = \"admin\"\n[[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"ann\"]\n[[schedules]]\n\
    id = \"primary\"\ntimezone = \"UTC\"\n[[schedules.layers]]\npeople = [\"ann\"]\nstart = \"2026-01-05 09:00\"\nturn = \"1w\"\n[pager]\n\
    fallback = \"ann\"\n";

#[tokio::test]
async fn who_may_not_respond_decides_nothing() {
    let world = World::with(REPORTER).await;
    done(&world.says("rep", "/report add \"The lift is stuck\"").await);
    for line in ["dismiss 1", "declare 1", "show 1"] {
        assert_eq!(world.says("rep", &format!("/report {line}")).await.outcome, ReplyOutcome::Forbidden, "{line}");
    }
    assert!(show(&done(&world.says("rep", "/report list").await).post).contains("The lift is stuck"));
    world.end().await;
}

#[tokio::test]
async fn people_report_by_command_and_by_the_api() {
    let world = World::with(SIGNED_IN).await;
    done(&world.says("dee", "/report add \"The lift is stuck\" details:\"Floor 3\"").await);
    let (status, reply) = world.send("POST", "/api/v1/reports", Some(&json!({"title": "The door too"}))).await;
    assert_eq!((status.as_u16(), &reply["data"]["number"]), (200, &json!(2)), "{reply}");
    world.settle().await;
    let listed = world.get("/api/v1/reports?state=open&limit=1").await;
    assert_eq!((listed["items"][0]["number"].as_u64(), listed["next"].as_str()), (Some(2), Some("2")));
    let second = world.get("/api/v1/reports?limit=1&cursor=2").await;
    assert_eq!((second["items"][0]["number"].as_u64(), second["next"].as_str()), (Some(1), None));
    assert_eq!(world.send("GET", "/api/v1/reports/9", None).await.0.as_u16(), 404);
    assert_eq!(world.send("POST", "/api/v1/reports/9/dismiss", None).await.0.as_u16(), 404);
    assert_eq!(world.send("POST", "/api/v1/reports/1/forget", None).await.0.as_u16(), 404);
    let shown = show(&done(&world.says("ann", "/report show 1").await).post);
    assert!(shown.contains("The lift is stuck") && shown.contains("Floor 3"), "{shown}");
    assert!(world.room("triage").await.contains("Dee"));
    world.end().await;
}
