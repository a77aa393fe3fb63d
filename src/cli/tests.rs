//! The output of each command.

mod log;
mod mail;
mod records;
mod reports;

use std::path::{Path, PathBuf};

use clap::Parser;

use super::*;
use crate::{
    app::{Context, incidents, reactor},
    config::Config,
    domain::{
        Timestamp,
        effect::{ChatEffect, EffectKey},
        ids::PersonId,
        incident::{Declare, IncidentKind},
        people::Actor,
    },
    store::{Delivery, InboxState, ReceiveResult, Scan, Sender, Settlement, Store, StoreOptions},
};

struct Home {
    dir: tempfile::TempDir,
    config: Config,
}

/// Returns a Monday, 10:00 UTC.
fn now() -> Timestamp {
    Timestamp::from_timestamp_millis(1_763_978_400_000).expect("in range")
}

fn home(extra: &str) -> Home {
    let dir = tempfile::tempdir().expect("a folder");
    let text = format!("[store]\npath = \"{}\"\n{extra}", dir.path().join("hotroom.db").display());
    let env = [("T", "a-token-of-a-source"), ("API", "the-token-of-the-api")];
    let env = env.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let config = Config::from_text("bot.toml", &text, env).expect("no mistake");
    Home { dir, config }
}

impl Home {
    fn open(&self) -> Store {
        let store = &self.config.store;
        let options = StoreOptions { path: store.path.clone(), queue: store.queue, batch: store.batch };
        Store::open(&options, now()).expect("opens")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn doctor(&self, repair: bool, later: i64) -> Report {
        let remedies = Remedies { repair, ..Remedies::default() };
        self.plain(doctor(&self.config, remedies, now() + chrono::TimeDelta::seconds(later)))
    }

    /// Returns the report without values that differ between runs.
    fn plain(&self, mut report: Report) -> Report {
        let hash = regex::Regex::new("[0-9a-f]{64}").expect("a pattern");
        let id = regex::Regex::new("[0-9a-f]{8}-[0-9a-f-]{27}").expect("a pattern");
        let shipped = regex::Regex::new(r"shipped bot.toml:\d+").expect("a pattern");
        for line in &mut report.lines {
            *line = shipped.replace_all(line, "shipped bot.toml").into_owned();
            *line = line.replace(&self.dir.path().display().to_string(), "DIR");
            *line = hash.replace_all(line, "HASH").into_owned();
            *line = id.replace_all(line, "ID").into_owned();
        }
        report
    }

    async fn declare(&self, store: &Store) {
        let config = Config::shipped();
        let declared = store.transact(move |tx| {
            let actor = Actor::Person(PersonId::from("ann"));
            let act = Context { config: &config, now: now(), actor: &actor, request: "test", expect: None };
            let wanted = Declare {
                title: "Checkout is down".into(),
                description: "".into(),
                severity: None,
                judged: None,
                affected: None,
                service: None,
                kind: IncidentKind::Real,
                own_kind: None,
                private: false,
                group: None,
                impact_since: None,
            };
            reactor::run(tx, act, |tx, work| incidents::declare_in(tx, act, work, &wanted))
        });
        declared.await.expect("written").expect("declared");
    }
}

fn write(path: &Path, text: &str) {
    std::fs::write(path, text).expect("written");
}

#[test]
fn without_a_command_the_bot_runs() {
    let parse = |words: &[&str]| Args::try_parse_from(words).expect("understood");
    assert_eq!(parse(&["hotroom"]).command(), CliCommand::Run { new: false });
    let args = parse(&["hotroom", "--config", "x.toml", "backup", "b.db"]);
    assert_eq!(args.command(), CliCommand::Backup { file: "b.db".into() });
    assert_eq!(args.config(), Some("x.toml".into()));
    assert_eq!(parse(&["hotroom", "check", "y.toml", "--config", "x.toml"]).config(), Some("y.toml".into()));
    assert!(Args::try_parse_from(["hotroom", "chek"]).is_err());
}

#[test]
fn check_says_that_a_file_is_good_and_what_is_in_it() {
    let report = check(None, Vec::new(), false, now());
    assert_eq!(report.exit, Exit::Good);
    insta::assert_snapshot!(report.text(), @"
    the shipped bot.toml is valid: 4 people, 1 team, 3 services, 1 schedule, 1 escalation, 50 sources; listens on 127.0.0.1:8080, writes to hotroom.db
    Discord is not set up: set HOTROOM_DISCORD_TOKEN, or token under [chat.discord], to use it
    ");
}

#[test]
fn check_says_that_a_proxy_decides_which_addresses_are_reached() {
    let env = vec![("HOTROOM_NET__PROXY".to_owned(), "http://proxy.example.com:3128".to_owned())];
    let report = check(None, env, false, now());
    assert_eq!(report.exit, Exit::Good);
    let line = report.lines.iter().find(|line| line.contains("proxy")).expect("a line");
    insta::assert_snapshot!(line, @"calls to other systems go through the proxy http://proxy.example.com:3128, which decides which addresses are reached: hotroom checks no resolved address, except for the hosts of [net] no_proxy");
}

#[test]
fn check_names_every_mistake_and_hints_from_the_shipped_file() {
    let home = home("");
    let path = home.file("bot.toml");
    write(
        &path,
        "[server]\nlisen = \"127.0.0.1:1\"\n[[people]]\nid = \"ann\"\naccess = \"amdin\"\n[severity.sev2]\nupdate_every = 30\n",
    );
    let report = home.plain(check(Some(&path), Vec::new(), true, now()));
    assert_eq!(report.exit, Exit::Wrong);
    insta::assert_snapshot!(report.text(), @r#"
    DIR/bot.toml:2: [server] lisen: unknown key; did you mean "listen"?
        # Address and port to listen on. Any address but loopback needs `api_token`, and a `token` or `signing_secret` on every source that you change; those that equal the shipped ones accept requests from this machine only until they have one.
        listen = "127.0.0.1:8080" under [server]
    DIR/bot.toml:3: people: these replace the shipped people, whom the shipped [[teams]], [[schedules]] still name; write these with your own people too, as "Your own people" in docs/configure.md shows
    DIR/bot.toml:5: [[people]] "ann" access: "amdin" is not one of reporter, responder, admin; did you mean "admin"?
        # reporter: declare and read; responder: acknowledge, take roles, page, change state; admin: also reload and invite.
        access = "admin" under [[people]]
    DIR/bot.toml:7: [severity.sev2] update_every: must be a duration in quotes such as "5m", not a whole number; "never" turns the clock off
        update_every = "30m" under [severity.sev2]
    4 mistakes
    "#);
}

#[test]
fn check_reads_the_templates_of_the_operator() {
    let home = home("");
    let path = home.file("bot.toml");
    std::fs::create_dir_all(home.file("mine/chat/reply")).expect("made");
    write(&home.file("mine/chat/reply/admin_invite.md"), "A link:\n{{ lnik }}");
    write(&path, &format!("templates_dir = \"{}\"\n", home.file("mine").display()));
    let report = check(Some(&path), Vec::new(), false, now());
    assert_eq!(report.exit, Exit::Wrong, "{report:?}");
    assert!(report.text().contains("admin_invite.md"), "{report:?}");
}

#[tokio::test]
async fn a_backup_is_made_while_the_bot_runs() {
    let home = home("");
    let store = home.open();
    home.declare(&store).await;
    assert!(Scan::in_use(&home.config.store.path).expect("seen"));
    let report = home.plain(backup(&home.config.store.path, &home.file("copy.db"), now()));
    assert_eq!(report.exit, Exit::Good, "{report:?}");
    assert!(report.lines[0].starts_with("DIR/copy.db holds a copy of DIR/hotroom.db, "), "{report:?}");
    home.declare(&store).await;
    let copy = Scan::open(&home.file("copy.db")).expect("opens");
    let listed = copy.read(|r| r.list_incidents(&Default::default())).expect("read");
    assert_eq!(listed.items.len(), 1, "what happened after the copy is not in it");
    assert!(copy.read(|r| r.sending_paused()).expect("read").is_some());
    let again = home.plain(backup(&home.config.store.path, &home.file("copy.db"), now()));
    insta::assert_snapshot!(again.text(), @"no backup was made: DIR/copy.db exists already");
    assert_eq!(again.exit, Exit::Failed);
}

#[test]
fn a_backup_of_nothing_says_so() {
    let home = home("");
    let report = home.plain(backup(&home.config.store.path, &home.file("copy.db"), now()));
    assert_eq!(report.exit, Exit::Failed);
    insta::assert_snapshot!(report.text(), @"cannot use DIR/hotroom.db: there is no such file; start `hotroom` once, or name the file in `[store] path`");
}

#[tokio::test]
async fn a_link_made_beside_the_running_bot_signs_in_once() {
    let home = home("[server]\npublic_url = \"https://hot.example\"\n");
    let store = home.open();
    let report = invite(&home.config, "@cho", now());
    let token = report.text().strip_prefix("https://hot.example/sign-in/").expect("a link").to_owned();
    let taken = |token: String, at| store.transact(move |tx| tx.redeem_sign_in_link(&token, at));
    assert_eq!(taken(token.clone(), now()).await.expect("read"), Some(PersonId::from("cho")));
    assert_eq!(taken(token, now()).await.expect("read"), None, "once");
    let late = invite(&home.config, "cho", now()).text();
    let late = late.rsplit('/').next().expect("a token").to_owned();
    assert_eq!(taken(late, now() + chrono::TimeDelta::hours(1)).await.expect("read"), None, "for an hour");
    let report = invite(&home.config, "zed", now());
    insta::assert_snapshot!(report.text(), @"there is no person zed; known: ann, bob, cho, dee");
    assert_eq!(report.exit, Exit::Wrong);
}

#[tokio::test]
async fn the_doctor_finds_nothing_in_a_fresh_file() {
    let home = home("");
    drop(home.open());
    let report = home.doctor(false, 0);
    assert_eq!(report.exit, Exit::Good, "{report:?}");
    insta::assert_snapshot!(report.text(), @r#"
    nothing has happened yet: the log of events is empty
    0 records of incidents compared with the log, 0 pages and 0 rows of the outbox as well
    DIR/hotroom.db is healthy
    "#);
}

#[tokio::test]
async fn an_incident_without_a_room_is_half_made_after_a_minute_and_can_be_repaired() {
    let home = home("");
    let store = home.open();
    home.declare(&store).await;
    assert_eq!(home.doctor(false, 59).exit, Exit::Good, "it may still be under way");
    let found = home.doctor(false, 61);
    assert_eq!(found.exit, Exit::Failed);
    insta::assert_snapshot!(found.text(), @r#"
    2 events, the chain is whole, its head is HASH
    HOT-1 has no room; to make one: hotroom doctor --repair
    1 record of incidents compared with the log, 0 pages and 5 rows of the outbox as well
    "#);
    let repaired = home.doctor(true, 61);
    assert_eq!(repaired.exit, Exit::Good);
    insta::assert_snapshot!(repaired.text(), @r#"
    2 events, the chain is whole, its head is HASH
    the room of HOT-1 is being made
    1 record of incidents compared with the log, 0 pages and 5 rows of the outbox as well
    DIR/hotroom.db is healthy
    "#);
    let rows = store.read(|r| r.open_rows(100)).await.expect("read");
    let opens = rows.iter().filter(|row| row.effect.contains("\"open_room\""));
    assert_eq!(opens.count(), 1, "the row that waits opens it");
    assert!(store.read(|r| r.verify_log()).await.expect("read").fault.is_none(), "the repair is in the chain");
}

/// These commands are needed most when someone has just broken the file.
#[tokio::test]
async fn the_doctor_and_the_place_of_the_database_do_not_need_a_file_without_mistakes() {
    let home = home("");
    let store = home.open();
    home.declare(&store).await;
    let path = home.file("bot.toml");
    let database = home.config.store.path.clone();
    for wrong in ["[server]\nlisen = 1\n", "[server\n", "[[people]]\nid = \"zoe\"\n"] {
        write(&path, &format!("[store]\npath = \"{}\"\n{wrong}", database.display()));
        let mistakes = Config::load(Some(&path), []).expect_err("mistakes");
        assert_eq!(Config::store_path(Some(&path), []), database, "{wrong}");
        let later = now() + chrono::TimeDelta::seconds(61);
        let report = home.plain(doctor_despite(&mistakes, &database, Remedies::default(), later));
        assert_eq!(report.exit, Exit::Failed);
        let text = report.text();
        assert!(text.contains("configuration: DIR/bot.toml:"), "{text}");
        assert!(text.contains("HOT-1 has no room") && text.contains("on-call schedules are checked"), "{text}");
    }
    let env = [("HOTROOM_STORE__PATH".to_owned(), "/elsewhere.db".to_owned())];
    assert_eq!(Config::store_path(Some(&path), env), Path::new("/elsewhere.db"));
    assert_eq!(Config::store_path(None, []), Path::new("hotroom.db"));
}

#[tokio::test]
async fn a_stuck_row_is_named_and_put_back() {
    let home = home("");
    let store = home.open();
    let effect = ChatEffect::UpdateCard { incident: crate::domain::ids::IncidentId::new(now()) }.into();
    let key = EffectKey("incident/x/1/0".to_owned());
    store.transact(move |tx| tx.enqueue(&key, &effect, now())).await.expect("written");
    let claimed = store.transact(|tx| tx.claim(now(), std::time::Duration::from_secs(30), 10)).await.expect("claimed");
    let row = claimed[0].clone();
    let dead = Settlement::Dead { why: "the room is gone".to_owned() };
    assert!(store.transact(move |tx| tx.settle(row.id, row.fence, &dead, now())).await.expect("settled"));
    let found = home.doctor(false, 0);
    assert_eq!(found.exit, Exit::Failed);
    insta::assert_snapshot!(found.text(), @r#"
    nothing has happened yet: the log of events is empty
    stuck: incident/x/1/0 of lane chat/ID (1 attempt): the room is gone; to send it again: hotroom doctor --repair
    0 records of incidents compared with the log, 0 pages and 1 row of the outbox as well
    "#);
    let repaired = home.doctor(true, 0);
    assert_eq!(repaired.exit, Exit::Good, "{repaired:?}");
    assert_eq!(store.read(|r| r.open_rows(10)).await.expect("read").len(), 1);
    assert_eq!(home.doctor(false, 0).exit, Exit::Good);
}

#[tokio::test]
async fn what_could_not_be_read_is_named_and_put_back_to_be_read_again() {
    let home = home("");
    let store = home.open();
    let unreadable = |sender: Sender<'static>| {
        let delivery = Delivery { sender, delivery: Some("d1".to_owned()), at: now(), body: b"{" };
        store.transact(move |tx| {
            let ReceiveResult::New(id) = tx.receive(&delivery)? else { panic!("it is new") };
            tx.settle_delivery(id, &InboxState::Unreadable("no JSON".to_owned()))
        })
    };
    unreadable(Sender::Source("generic")).await.expect("written");
    unreadable(Sender::Origin("console")).await.expect("written");
    insta::assert_snapshot!(home.doctor(false, 0).text(), @r#"
    nothing has happened yet: the log of events is empty
    delivery 2 from @console: no JSON
    delivery 1 from generic: no JSON
    to read them again, after a new mapping or an upgrade: hotroom doctor --repair
    0 records of incidents compared with the log, 0 pages and 0 rows of the outbox as well
    DIR/hotroom.db is healthy
    "#);
    insta::assert_snapshot!(home.doctor(true, 0).text(), @r#"
    nothing has happened yet: the log of events is empty
    delivery 2 from @console: no JSON
    delivery 1 from generic: no JSON
    1 delivery waits to be read again, when the bot runs
    0 records of incidents compared with the log, 0 pages and 0 rows of the outbox as well
    DIR/hotroom.db is healthy
    "#);
    let waits = store.read(|r| r.pending_deliveries(&["generic", "@console"], 9, 9)).await.expect("read");
    assert_eq!(waits.iter().map(|one| one.source.as_str()).collect::<Vec<_>>(), ["generic"]);
    assert_eq!(home.doctor(false, 0).exit, Exit::Good);
}

#[tokio::test]
async fn a_restored_backup_sends_nothing_until_it_is_told_to() {
    let mut home = home("");
    drop(home.open());
    let copy = home.file("copy.db");
    assert_eq!(backup(&home.config.store.path, &copy, now()).exit, Exit::Good);
    home.config.store.path = copy;
    let found = home.doctor(false, 0);
    assert_eq!(found.exit, Exit::Failed);
    insta::assert_snapshot!(found.text(), @r#"
    nothing has happened yet: the log of events is empty
    nothing is sent: this is a restored backup; to send what is new: /admin resume in the console; to send everything: hotroom doctor --resume-sending
    0 records of incidents compared with the log, 0 pages and 0 rows of the outbox as well
    "#);
    let remedies = Remedies { resume_sending: true, ..Remedies::default() };
    assert_eq!(doctor(&home.config, remedies, now()).exit, Exit::Good);
    assert_eq!(home.doctor(false, 0).exit, Exit::Good);
}

#[tokio::test]
async fn hours_without_anybody_and_people_a_page_would_not_reach_are_named() {
    let open = "
        [server]
        listen = \"0.0.0.0:8080\"
        public_url = \"https://hot.example\"
        api_token = \"env:API\"
        [[sources]]
        id = \"alertmanager\"
        kind = \"alertmanager\"
        token = \"env:T\"
        [[schedules]]
        id = \"primary\"
        timezone = \"Europe/Berlin\"
        [[schedules.layers]]
        people = [\"ann\", \"\"]
        start = \"2025-11-24 09:00\"
        turn = \"1w\"
        [[escalations]]
        id = \"default\"
        [[escalations.steps]]
        targets = [\"schedule:primary\", \"person:bob\"]
        delay = \"5m\"
    ";
    let home = home(open);
    let store = home.open();
    let link = invite(&home.config, "bob", now()).text();
    assert!(link.starts_with("https://"));
    let span = crate::store::SessionSpan { from: now(), until: now() + chrono::TimeDelta::days(1) };
    store.transact(move |tx| tx.add_session("token", &PersonId::from("bob"), span)).await.expect("written");
    let found = home.doctor(false, 0);
    assert_eq!(found.exit, Exit::Failed);
    insta::assert_snapshot!(found.text(), @r#"
    1 event, the chain is whole, its head is HASH
    0 records of incidents compared with the log, 0 pages and 0 rows of the outbox as well
    schedule primary: nobody is on call from Mon 01 Dec 09:00 CET to Mon 08 Dec 09:00 CET
    ann may be paged and is signed in nowhere; send them a link: hotroom invite ann
    "#);
}
