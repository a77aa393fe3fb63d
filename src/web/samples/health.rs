//! Samples of the health page.

use super::{alerts::sources, framed, time};
use crate::{
    config::Config,
    render::Sample,
    web::pages::{
        frame::Nav,
        health::{
            ChatHealth, ContactKindView, Database, DiscordHealth, DueLane, GivenUp, HealthView, Mood,
            SenderWarningView, StatusMirrorView, Timers, TroubledPage, UnreadableView, WebhookView,
        },
        heartbeats::Beat,
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let text = |text: &str| Some(text.to_owned());
    let broken = |database| HealthView { overall: Mood::Critical, database, ..good() };
    let sample = |case, view| Sample::new("web/health.html", case, framed(config, Nav::Health, view));
    vec![
        sample("good", good()),
        sample("late", late()),
        sample("discord", HealthView { discord: Some(discord(Mood::Good)), ..good() }),
        sample("discord lost", HealthView { discord: Some(discord(Mood::Warning)), ..good() }),
        sample("failed", broken(Database { failed: text("the disk said EIO"), ..database(Mood::Critical) })),
        sample("full", broken(Database { full: true, ..database(Mood::Critical) })),
        sample("file", broken(Database { file: text("it was moved away"), ..database(Mood::Critical) })),
        sample("corrupt", broken(Database { corrupt: text("page 7 is malformed"), ..database(Mood::Critical) })),
    ]
}

fn database(tone: Mood) -> Database {
    Database {
        tone,
        queued: if tone == Mood::Good { 0 } else { 700 },
        queue: 1024,
        last_commit_ms: (tone == Mood::Good).then_some(1_500),
        full: false,
        failed: None,
        corrupt: None,
        file: None,
    }
}

fn discord(tone: Mood) -> DiscordHealth {
    let lost = tone != Mood::Good;
    DiscordHealth {
        tone,
        link: if lost { "lost, tried again: it was <closed>".to_owned() } else { "connected".to_owned() },
        since: Some(time(-30)),
        gap: Some((time(-45), time(-40))),
        waiting: if lost { 12 } else { 0 },
        refused: if lost { 7 } else { 0 },
        stopped: lost.then(|| "Discord refused the bot's token (401)".to_owned()),
        unmatched: if lost { 3 } else { 0 },
        channels: Some((if lost { 470 } else { 120 }, 500)),
    }
}

fn good() -> HealthView {
    HealthView {
        overall: Mood::Good,
        database: database(Mood::Good),
        chat: ChatHealth { tone: Mood::Good, rooms: 5, open_pages: 1 },
        discord: None,
        paused: None,
        held: 0,
        backup: Some(time(-60)),
        timers: Timers { count: 4, next: Some(time(4)) },
        lanes: Vec::new(),
        given_up: Vec::new(),
        sources: sources(),
        heartbeats: vec![beat("backup", false)],
        pages: Vec::new(),
        contacts: vec![contact(Mood::Good, false), contact(Mood::Good, true)],
        webhooks: vec![webhook(false, false)],
        status_mirrors: vec![status_mirror(None)],
        warnings: Vec::new(),
        unreadable: Vec::new(),
    }
}

fn beat(name: &str, expired: bool) -> Beat {
    Beat {
        name: name.to_owned(),
        source: "opsgenie-api".to_owned(),
        every: "10 minutes".to_owned(),
        enabled: true,
        expired,
        last: (!expired).then(|| time(-3)),
    }
}

fn contact(tone: Mood, accepted: bool) -> ContactKindView {
    let failed = tone != Mood::Good;
    ContactKindView {
        kind: "sms",
        tone,
        last_success: accepted.then(|| time(-90)),
        failed_at: failed.then(|| time(-5)),
        why: failed.then(|| "30003 <unreachable>".to_owned()),
    }
}

fn webhook(failing: bool, disabled: bool) -> WebhookView {
    WebhookView {
        id: "crm".to_owned(),
        failing_since: failing.then(|| time(-1_500)),
        disabled_at: disabled.then(|| time(-60)),
        why: failing.then(|| "HTTP 500 <b>".to_owned()),
    }
}

fn status_mirror(why: Option<&str>) -> StatusMirrorView {
    StatusMirrorView {
        id: "statuspage".to_owned(),
        behind_since: why.map(|_| time(-20)),
        incidents: u64::from(why.is_some()),
        why: why.map(str::to_owned),
    }
}

fn given_up(unknown: bool, why: &str, incident: Option<&str>) -> GivenUp {
    GivenUp {
        id: "9".to_owned(),
        what: "page person".to_owned(),
        unknown,
        why: why.to_owned(),
        at: time(-30),
        attempts: 9,
        incident: incident.map(str::to_owned),
    }
}

/// Everything is late, has failed or could not be parsed.
fn troubled(trouble: &'static str, key: Option<&str>) -> TroubledPage {
    TroubledPage {
        key: key.map(str::to_owned),
        incident: key.is_none_or(|key| key.starts_with("HOT")),
        trouble,
        since: time(-40),
    }
}

fn late() -> HealthView {
    let lane = |tone, incident: Option<&str>, why: Option<&str>| DueLane {
        name: "chat/0192".to_owned(),
        incident: incident.map(str::to_owned),
        depth: 3,
        oldest: time(-6),
        attempts: 4,
        why: why.map(str::to_owned),
        tone,
    };
    let warning = |kind, detail: &str, count| SenderWarningView {
        source: "generic".to_owned(),
        kind,
        detail: detail.to_owned(),
        count,
        last: time(-5),
        recent: true,
    };
    HealthView {
        overall: Mood::Warning,
        database: database(Mood::Warning),
        paused: Some("a copy of the database was started".to_owned()),
        backup: None,
        timers: Timers::default(),
        pages: vec![
            troubled("unanswered", Some("HOT-12")),
            troubled("nobody_on_call", Some("PAGE-7")),
            troubled("unreached", None),
        ],
        lanes: vec![
            lane(Mood::Critical, Some("HOT-12"), Some("the room is gone")),
            lane(Mood::Warning, None, None),
            lane(Mood::Good, None, None),
        ],
        given_up: vec![given_up(true, "no answer in 10 s", Some("HOT-12")), given_up(false, "", None)],
        contacts: vec![contact(Mood::Critical, false), contact(Mood::Warning, true)],
        webhooks: vec![webhook(true, false), webhook(true, true)],
        status_mirrors: vec![status_mirror(Some("HTTP 503 <b>")), status_mirror(None)],
        heartbeats: vec![beat("<b>backup</b>", true), Beat { enabled: false, ..beat("cron", false) }],
        warnings: vec![
            warning("unknown_severity", "<b>Katastrophe</b>", 12),
            warning("unknown_severity", "", 3),
            warning("unknown_state", "purple", 1),
            warning("odd_field", "labels", 1),
            warning("odd_time", "", 2),
            warning("truncated", "hot", 13),
        ],
        unreadable: vec![UnreadableView {
            id: "7".to_owned(),
            source: "generic".to_owned(),
            at: time(-3),
            why: "line 1: no JSON".to_owned(),
            raw: "<oops>".to_owned(),
        }],
        ..good()
    }
}
