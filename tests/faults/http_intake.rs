//! What senders do wrong, and what is never their fault.

use std::{io::Write, sync::Arc};

use flate2::{Compression, write::GzEncoder};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tokio::{io::AsyncWriteExt, time::timeout};

use crate::{
    house::House,
    wire::{Answer, BOUND, Client},
};

const MIB: usize = 1 << 20;
const GENERIC: &str = "POST /intake/generic";

/// A JSON text of exactly this many bytes.
fn json_of(size: usize) -> Vec<u8> {
    let mut body = br#"{"name":""#.to_vec();
    body.resize(size - 2, b'x');
    body.extend_from_slice(b"\"}");
    body
}

fn packed(plain: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(plain).unwrap();
    gzip.finish().unwrap()
}

fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_body_of_the_limit_is_taken_and_one_byte_more_is_not() {
    let house = House::new().await;
    assert_eq!(house.ask(GENERIC, &[], json_of(2 * MIB)).await.status, 202);
    let over = house.ask(GENERIC, &[], json_of(2 * MIB + 1)).await;
    assert_eq!((over.status, over.problem().as_str()), (413, "too_large"));
    assert_eq!(house.stored("generic").await, 1);
}

#[tokio::test]
async fn too_large_is_known_before_a_byte_of_the_body_is_read() {
    let house = House::new().await;
    let mut client = Client::open(house.at).await;
    client.send("POST /intake/generic HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10000000000\r\n\r\n").await;
    assert_eq!(client.answer().await.status, 413);
}

#[tokio::test]
async fn ten_gigabytes_in_chunks_are_cut_off_at_a_bounded_cost() {
    let house = House::new().await;
    let mut client = Client::open(house.at).await;
    client.send("POST /intake/generic HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n").await;
    let chunk = format!("100000\r\n{}\r\n", "x".repeat(MIB));
    let mut taken = 0;
    let flood = async {
        while taken < 10_000 && client.0.write_all(chunk.as_bytes()).await.is_ok() {
            taken += 1;
        }
    };
    timeout(BOUND, flood).await.unwrap();
    assert!(taken < 64, "{taken} MiB were taken");
    assert_eq!(house.stored("generic").await, 0);
    assert_eq!(house.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_bombs_are_not() {
    let house = House::new().await;
    let gzip = [("content-encoding", "gzip")];
    assert_eq!(house.ask(GENERIC, &gzip, packed(br#"{"name":"a"}"#)).await.status, 202);
    let kept = house.read(|reads| reads.pending_deliveries(&["generic"], 1, usize::MAX)).await;
    assert_eq!(kept[0].body, br#"{"name":"a"}"#, "stored as it was before packing");
    let bomb = packed(&vec![0; 256 * MIB]);
    assert!(bomb.len() < MIB);
    assert_eq!(house.ask(GENERIC, &gzip, &bomb).await.problem(), "too_large");
    assert_eq!(house.ask(GENERIC, &gzip, "not packed").await.problem(), "bad_gzip");
    assert_eq!(house.ask(GENERIC, &[("content-encoding", "br")], "{}").await.status, 415);
    assert_eq!(house.stored("generic").await, 1);
}

/// Bodies that mean harm, each with whether an alert can be made of it.
fn nasty() -> Vec<(Vec<u8>, bool)> {
    let nested = |depth: usize| format!("{{\"name\":\"A\",\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let keys: Vec<String> = (0..150_000).map(|n| format!("\"k{n}\":1")).collect();
    let texts = [
        ("not json", false),
        ("null", false),
        ("[]", true),
        ("\"text\"", false),
        ("[null]", false),
        ("{\"name\":\"A\",\"name\":\"B\"}", true),
        ("{\"name\":\"A\",\"x\":NaN}", false),
        ("{\"name\":\"A\",\"starts_at\":1e999}", true),
        ("{\"name\":\"A\",\"starts_at\":9223372036854775809}", true),
        ("{\"name\":\"A\",\"x\":\"\\ud800\"}", true),
        ("{\"name\":\"nul \\u0000\"}", true),
        ("\u{feff}{\"name\":\"bom\"}", true),
        (&nested(63), true),
        (&nested(127), false),
        (&nested(128), false),
        (&nested(100_000), false),
        (&format!("{{\"name\":\"A\",{}}}", keys.join(",")), true),
        (&format!("{{\"name\":\"A\",\"x\":[{}1]}}", "1,".repeat(500_000)), false),
    ];
    let mut bodies: Vec<_> = texts.into_iter().map(|(text, good)| (text.as_bytes().to_vec(), good)).collect();
    bodies.push((b"{\"name\":\"\xDCberlast\"}".to_vec(), true));
    bodies.push((vec![b'{', 0xff, 0xfe, 0, b'}'], false));
    bodies
}

#[tokio::test]
async fn what_cannot_be_understood_is_kept_shown_and_never_refused() {
    let house = House::new().await;
    let mut unread = Vec::new();
    for (body, good) in nasty() {
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        assert_eq!(house.ask(GENERIC, &[], &body).await.status, 202, "{shown}");
        assert_eq!(house.stored("generic").await, 1);
        hotroom::app::alerts::route_pending(&house.app).await.unwrap();
        assert_eq!(house.stored("generic").await, 0, "it was routed: {shown}");
        let seen = house.read(|reads| reads.unreadable_deliveries(100)).await;
        assert_eq!(seen.len() - unread.len(), usize::from(!good), "{shown}");
        if !good {
            let id = seen[0].id;
            let kept = house.read(move |reads| reads.delivery(id)).await.unwrap();
            assert_eq!(kept.body, body, "byte for byte");
            assert!(!seen[0].why.is_empty());
        }
        unread = seen;
    }
    assert!(unread.len() >= 8);
}

/// Ids and hashes are kept as long as bodies, a month at least. After that a replay cannot be told from a delivery.
#[tokio::test]
async fn a_replay_is_known_for_as_long_as_bodies_are_kept_and_is_one_alert_even_after_that() {
    let house = House::new().await;
    let body = "{\"name\":\"Up\",\"service\":\"api\"}";
    let replay = async || {
        let answer = house.ask(GENERIC, &[("idempotency-key", "k1")], body).await;
        hotroom::app::alerts::route_pending(&house.app).await.unwrap();
        answer.json()["duplicate"].as_bool()
    };
    let now = house.app.clock.now();
    let alerts = || house.read(move |reads| Ok(reads.list_alerts(&Default::default(), now)?.items.len()));
    assert_eq!(replay().await, Some(false));
    for _ in 0..2 {
        house.later(chrono::TimeDelta::days(1));
        assert_eq!(replay().await, Some(true));
    }
    let forged = house.ask(GENERIC, &[("idempotency-key", "k1")], "{\"name\":\"Forged\"}").await;
    assert_eq!(forged.json()["duplicate"], true);
    let logged = house.read(|reads| reads.events_of("system", 0, 10)).await;
    assert!(format!("{logged:?}").contains("ReplayMismatch"), "an attack is in the audit log: {logged:?}");
    assert_eq!(alerts().await, 1);
    let kept = house.app.config.current().retention.settled;
    assert!(kept >= std::time::Duration::from_secs(30 * 86_400));
    house.later(chrono::TimeDelta::from_std(kept).unwrap());
    assert_eq!(house.ask(GENERIC, &[], "{\"name\":\"Other\"}").await.status, 202);
    house.app.store.prune(house.app.clock.now() - kept).await.unwrap();
    assert_eq!(replay().await, Some(false), "its id was forgotten");
    assert_eq!(alerts().await, 2, "and it is the alert that fires already");
}

#[tokio::test]
async fn nothing_and_forms_are_no_alerts() {
    let house = House::new().await;
    assert_eq!(house.ask(GENERIC, &[], "").await.problem(), "bad_body");
    let form = [("content-type", "multipart/form-data; boundary=x")];
    assert_eq!(house.ask(GENERIC, &form, "--x--").await.problem(), "bad_body");
    assert_eq!(house.ask("POST /intake/nobody", &[], "{}").await.problem(), "not_found");
    assert_eq!(house.ask("GET /intake/generic", &[], "").await.problem(), "wrong_method");
    let house = House::with("[[sources]]\nid = \"off\"\nkind = \"generic\"\nenabled = false\n", &[]).await;
    assert_eq!(house.ask("POST /intake/off", &[], "{}").await.problem(), "not_found");
}

#[tokio::test]
async fn a_thousand_repeats_at_once_are_one_delivery() {
    let house = Arc::new(House::new().await);
    let send = |n: usize| {
        let house = Arc::clone(&house);
        async move {
            let mut client = Client::open(house.at).await;
            let mut answers = Vec::new();
            for _ in 0..n {
                let head = "POST /intake/generic HTTP/1.1\r\nhost: localhost\r\nidempotency-key: k1\r\n";
                client.send(format!("{head}content-length: 12\r\n\r\n{{\"name\":\"a\"}}")).await;
                answers.push(client.answer().await);
            }
            answers
        }
    };
    let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(send(20))).collect();
    let mut answers: Vec<Answer> = Vec::new();
    for task in tasks {
        answers.extend(task.await.unwrap());
    }
    assert_eq!(answers.len(), 1000);
    assert!(answers.iter().all(|answer| answer.status == 202));
    let fresh = answers.iter().filter(|answer| answer.json()["duplicate"] == false).count();
    assert_eq!((fresh, house.stored("generic").await), (1, 1));
    let other = house.ask(GENERIC, &[("idempotency-key", "k1")], "{\"name\":\"b\"}").await;
    assert_eq!((other.status, other.json()["duplicate"].as_bool()), (202, Some(true)), "accepted, and not taken");
    assert_eq!(house.stored("generic").await, 1);
}

const SECRETS: &str = "[[sources]]\nid = \"a\"\nkind = \"generic\"\ntoken = \"env:A\"\nold_token = \"env:A_OLD\"\n\
    [[sources]]\nid = \"b\"\nkind = \"generic\"\nsigning_secret = \"env:B\"\nold_signing_secret = \"env:B_OLD\"\n\
    [[sources]]\nid = \"c\"\nkind = \"generic\"\nsigning_secret = \"env:C\"\n";
const ENV: [(&str, &str); 5] =
    [("A", "token-a"), ("A_OLD", "old-a"), ("B", "sign-b"), ("B_OLD", "old-b"), ("C", "sign-c")];

#[tokio::test]
async fn only_the_right_token_opens_a_source_that_has_one() {
    let house = House::with(SECRETS, &ENV).await;
    let basic = |pair: &str| format!("Basic {}", base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair));
    for good in ["Bearer token-a", "bearer old-a", &basic("anyone:token-a"), &basic(":old-a")] {
        let answer = house.ask("POST /intake/a", &[("authorization", good)], "{}").await;
        assert_eq!(answer.status, 202, "{good}");
    }
    let stored = house.stored("a").await;
    for bad in
        ["Bearer token-b", "Bearer token-", "Bearer ", "Bearer TOKEN-A", "token-a", &basic("token-a:"), "Basic !"]
    {
        let answer = house.ask("POST /intake/a", &[("authorization", bad)], "{}").await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"), "{bad}");
        assert!(!answer.body.contains("token-a") && !answer.body.contains("old-a"));
    }
    let two = [("authorization", "Bearer token-a"), ("authorization", "Bearer token-a")];
    assert_eq!(house.ask("POST /intake/a", &two, "{}").await.status, 401);
    assert_eq!(house.ask("POST /intake/a", &[], "{}").await.status, 401);
    assert_eq!(house.stored("a").await, stored);
}

#[tokio::test]
async fn only_one_good_signature_opens_a_source_that_signs() {
    let house = House::with(SECRETS, &ENV).await;
    let body = "{\"name\":\"a\"}";
    for secret in ["sign-b", "old-b"] {
        let answer = house.ask("POST /intake/b", &[("x-hotroom-signature", &sign(secret, body))], body).await;
        assert_eq!(answer.status, 202, "{secret}");
    }
    let good = sign("sign-b", body);
    let upper = format!("sha256={}", good["sha256=".len()..].to_uppercase());
    for bad in ["", "sha256=", &good[..good.len() - 1], &upper, &sign("sign-c", body), &sign("sign-b", "{}")] {
        let answer = house.ask("POST /intake/b", &[("x-hotroom-signature", bad)], body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (401, "unauthorized"), "{bad}");
    }
    let two = [("x-hotroom-signature", good.as_str()), ("x-hotroom-signature", good.as_str())];
    assert_eq!(house.ask("POST /intake/b", &two, body).await.status, 401);
    assert_eq!(house.ask("POST /intake/b", &[], body).await.status, 401);
    let after_rotation = [("x-hotroom-signature", sign("old-b", body))];
    let answer = house.ask("POST /intake/c", &[("x-hotroom-signature", &after_rotation[0].1)], body).await;
    assert_eq!(answer.status, 401);
    assert_eq!((house.stored("b").await, house.stored("c").await), (1, 0), "the same signed words are one delivery");
}

#[tokio::test]
async fn an_open_source_is_open_to_this_machine_alone() {
    let house = House::new().await;
    assert_eq!(house.ask(GENERIC, &[], "{}").await.status, 202);
    let proxied = house.ask(GENERIC, &[("x-forwarded-for", "203.0.113.9")], "{}").await;
    assert_eq!(proxied.problem(), "unauthorized");
}

#[tokio::test]
async fn a_store_that_is_closed_asks_to_be_asked_again() {
    let house = House::new().await;
    house.app.store.close().await.unwrap();
    let answer = house.ask(GENERIC, &[], "{}").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")));
    assert_eq!(answer.problem(), "stopping");
    let ready = house.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["ready"].as_bool()), (503, Some(false)));
    assert_eq!(house.get("/healthz").await.status, 200, "the process lives");
}

/// A restored copy waits for a person: it takes everything in, and is not reported as stuck.
#[tokio::test]
async fn while_sending_is_paused_readiness_says_so_and_what_waits_is_counted_without_its_bodies() {
    use hotroom::domain::{
        effect::{ChatEffect, EffectKey},
        ids::IncidentId,
    };
    let house = House::new().await;
    let now = house.app.clock.now();
    let left = move |tx: &mut hotroom::store::Tx<'_>| {
        let effect = ChatEffect::UpdateCard { incident: IncidentId::new(now) }.into();
        tx.enqueue(&EffectKey::new("a", 1, 0), &effect, now)?;
        tx.pause_sending(Some("this is a restored backup"))
    };
    house.app.store.transact(left).await.unwrap();
    for _ in 0..3 {
        assert_eq!(house.ask(GENERIC, &[], "{}").await.status, 202);
    }
    house.later(chrono::TimeDelta::hours(6));
    let ready = house.get("/readyz").await;
    assert_eq!((ready.status, ready.json()["unrouted"].as_u64()), (503, Some(3)), "{ready:?}");
    assert!(ready.body.contains("sending is paused") && !ready.body.contains("stuck"), "{ready:?}");
    house.app.store.transact(|tx| tx.pause_sending(None)).await.unwrap();
    let stuck = house.get("/readyz").await;
    assert_eq!(stuck.status, 503);
    assert!(stuck.body.contains("the delivery loop is stuck"), "{stuck:?}");
    house.app.store.note_settled(house.app.clock.now());
    assert_eq!(house.get("/readyz").await.status, 200, "while others are completed, a row only waits its turn");
}

const DOORS: &str = "[[sources]]\nid = \"generic\"\nkind = \"generic\"\n[[sources]]\nid = \"am\"\nkind = \"alertmanager-api\"\n\
    [[sources]]\nid = \"pd\"\nkind = \"pagerduty-events\"\n\
    [[sources]]\nid = \"og\"\nkind = \"opsgenie-api\"\n";

/// One good request at each door, with its source.
const AT_DOORS: [(&str, &str, &str); 5] = [
    ("generic", GENERIC, r#"{"name":"a"}"#),
    ("am", "POST /api/v2/alerts", r#"[{"labels":{"alertname":"a"}}]"#),
    (
        "pd",
        "POST /v2/enqueue",
        r#"{"routing_key":"k","event_action":"trigger","payload":{"summary":"a","source":"h","severity":"info"}}"#,
    ),
    ("og", "POST /v2/alerts", r#"{"message":"a"}"#),
    ("og", "POST /v2/heartbeats", r#"{"name":"b","interval":1,"intervalUnit":"days","enabled":true}"#),
];

async fn turned_away(house: &House, (source, line, body): (&str, &str, &str)) {
    let answer = house.ask(line, &[], body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("2")), "{source}: {answer:?}");
}

async fn taken(house: &House, (source, line, body): (&str, &str, &str)) {
    let answer = house.ask(line, &[], body).await;
    assert!((200..300).contains(&answer.status), "{source}: {answer:?}");
}

#[tokio::test]
async fn a_source_that_floods_is_asked_to_wait_at_every_door_and_the_others_go_on() {
    let house = House::with(DOORS, &[]).await;
    let share = house.app.config.current().store.queue / 2;
    for door in AT_DOORS {
        let held: Vec<_> = (0..share).map(|_| house.state.quota.take(door.0, share).unwrap()).collect();
        turned_away(&house, door).await;
        for other in AT_DOORS.iter().filter(|other| other.0 != door.0 && !other.1.ends_with("heartbeats")) {
            taken(&house, *other).await;
        }
        drop(held);
        taken(&house, door).await;
    }
}

#[tokio::test]
async fn bodies_that_nobody_reads_pile_up_to_a_bound_of_one_source_and_of_all() {
    let house = House::with(DOORS, &[]).await;
    let doors = || AT_DOORS.iter().filter(|door| !door.1.ends_with("heartbeats"));
    for door in doors() {
        taken(&house, *door).await;
    }
    // So many rows take too long to write; what is counted of them decides.
    for too_much in ["waiting = 50000", "waiting_bytes = 536870912"] {
        house.damages(&format!("UPDATE sources_heard SET {too_much} WHERE source = 'pd'"));
        for door in doors() {
            if door.0 == "pd" { turned_away(&house, *door).await } else { taken(&house, *door).await }
        }
        while hotroom::app::alerts::route_pending(&house.app).await.unwrap() > 0 {}
        house.app.store.transact(|tx| tx.recount_backlog()).await.unwrap();
        taken(&house, AT_DOORS[2]).await;
    }
    house.damages(
        "UPDATE sources_heard SET waiting = 49999; INSERT INTO sources_heard
        (source, first_heard, last_heard, deliveries, waiting) VALUES ('gone', 0, 0, 1, 200000)",
    );
    for door in doors() {
        turned_away(&house, *door).await;
    }
    assert_eq!(house.post("/api/v1/commands", "ann", &serde_json::json!({"text": "/incident list"})).await.status, 200);
}
