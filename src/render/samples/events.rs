//! At least one sample of each event.

use minijinja::{context, value::Serde};

use super::{Sample, SampleWorld, ann, at, bare, bob, by_ann, full, over, shared};
use crate::domain::{
    ids::{AlertId, GroupId, IncidentId, Key, PageId, TrackerId},
    incident::{
        Category, ChatMessage, DeliveryEvent, Fallback, Incident, IncidentEvent, JoinedAlert, LifecycleEvent,
        LinkedAlertsEvent, PeopleEvent, PublicEvent, Redaction, Resolution, Severity, Shortage, TimeName,
        TimelineEvent, TimelineFile, TrackerEvent,
    },
    people::Actor,
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
    tracker::{ChangeId, IssueRef},
};

/// Feed templates.
const FEED: [&str; 7] = [
    "merged",
    "nobody_on_call",
    "page_exhausted",
    "severity_changed",
    "status_changed",
    "status_posted",
    "update_posted",
];

pub(super) fn samples(world: &SampleWorld) -> Vec<Sample> {
    let mut out = Vec::new();
    let machine = Actor::Machine("rule checkout-down".to_owned());
    for (case, event) in events() {
        let (incident, actor) = match case {
            "bare" => (bare(), machine.clone()),
            "over" => (over(), by_ann()),
            _ => (full(), by_ann()),
        };
        out.extend(event_samples(world, case, &incident, &event, &actor));
    }
    out
}

fn event_samples(
    world: &SampleWorld,
    case: &'static str,
    incident: &Incident,
    event: &IncidentEvent,
    actor: &Actor,
) -> Vec<Sample> {
    let name = event.name();
    let sample = |folder: &str| {
        let context = context! {
            incident => Serde(world.view(incident)), e => Serde(event), actor => Serde(actor), at => Serde(at(0)),
            seq => 7,
        };
        let calls = if folder == "feed" { Vec::new() } else { vec![ann()] };
        Sample { calls, ..Sample::new(format!("chat/{folder}/{name}.md"), case, context) }
    };
    let mut out = vec![sample("room")];
    if FEED.contains(&name) {
        out.push(sample("feed"));
    }
    out
}

fn text(text: &str) -> Untrusted {
    Untrusted::from(text)
}

/// Every event, with each optional value once present and once absent.
pub(in crate::render) fn events() -> Vec<(&'static str, IncidentEvent)> {
    let mut out = vec![
        ("full", declared(full())),
        ("bare", declared(bare())),
        ("over", declared(over())),
        ("full", DeliveryEvent::RoomOpened { room: "hot-12".into() }.into()),
        ("full", PeopleEvent::PeopleInvited { people: vec![ann(), bob()] }.into()),
        ("full", PeopleEvent::PeopleInvited { people: vec![ann()] }.into()),
        ("full", PeopleEvent::AdminJoined { person: bob(), reason: text("everyone *left*") }.into()),
        ("bare", PeopleEvent::AdminJoined { person: bob(), reason: text("") }.into()),
        ("full", moved("identified", Category::Active, Some(text("The deploy of 13:50")))),
        ("bare", moved("monitoring", Category::Active, None)),
        ("over", moved("resolved", Category::Resolved, None)),
        ("over", moved("closed", Category::Closed, None)),
        ("over", moved("cancelled", Category::Cancelled, Some(text("false positive")))),
        ("full", severity(Severity::Sev3, Severity::Sev1, Some(text("All regions")))),
        ("bare", severity(Severity::Sev1, Severity::Sev3, None)),
        ("over", raised()),
        ("bare", raised()),
        ("full", LifecycleEvent::SeverityProposed { to: Severity::Sev1, because: joined() }.into()),
        ("bare", LifecycleEvent::SeverityProposed { to: Severity::Sev1, because: joined() }.into()),
        ("full", PeopleEvent::RoleAssigned { role: "tech_lead".into(), person: bob(), previous: Some(ann()) }.into()),
        ("full", PeopleEvent::RoleAssigned { role: "incident_manager".into(), person: ann(), previous: None }.into()),
        ("full", PeopleEvent::RoleReleased { role: "scribe".into(), previous: bob() }.into()),
        ("full", TimelineEvent::UpdateClockSet { due: Some(at(30)) }.into()),
        ("bare", TimelineEvent::UpdateClockSet { due: None }.into()),
        ("full", TimelineEvent::UpdateNudged { due: at(-2) }.into()),
        ("bare", TimelineEvent::UpdateNudged { due: at(-2) }.into()),
        ("full", TimelineEvent::Snoozed { until: at(15) }.into()),
        ("full", TimelineEvent::NoteAdded { text: text("Latency is back\n# not a heading") }.into()),
        ("bare", TimelineEvent::NoteAdded { text: text("") }.into()),
        (
            "full",
            TimelineEvent::TimelineAdded { at: at(-45), text: text("Deploy of checkout 1.9.2"), message: None }.into(),
        ),
        ("full", TimelineEvent::TimeSet { name: TimeName::Impact, at: at(-45) }.into()),
        ("full", PeopleEvent::TaskAdded { number: 1, text: text("Roll back"), assignee: Some(ann()) }.into()),
        ("bare", PeopleEvent::TaskAdded { number: 2, text: text("Check refunds"), assignee: None }.into()),
        ("full", PeopleEvent::TaskAssigned { number: 2, person: ann() }.into()),
        ("full", PeopleEvent::TaskDone { number: 1 }.into()),
        ("full", PeopleEvent::TasksClosed { numbers: vec![1, 2] }.into()),
        ("bare", PeopleEvent::TasksClosed { numbers: vec![2] }.into()),
        ("full", LifecycleEvent::PrivacyChanged { private: true }.into()),
        ("bare", LifecycleEvent::PrivacyChanged { private: false }.into()),
        ("full", LifecycleEvent::Renamed { from: text("Checkout slow"), to: text("Checkout is down") }.into()),
        ("full", LinkedAlertsEvent::AlertsLinked { group: GroupId(uuid::Uuid::nil()) }.into()),
        ("full", LinkedAlertsEvent::AlertsCleared { group: GroupId(uuid::Uuid::nil()) }.into()),
        ("bare", LinkedAlertsEvent::AlertsCleared { group: GroupId(uuid::Uuid::nil()) }.into()),
        ("full", LinkedAlertsEvent::AlertsAcknowledged { group: GroupId(uuid::Uuid::nil()), person: bob() }.into()),
    ];
    out.extend(kept());
    out.extend(updates());
    out.extend(public_changes());
    out.extend(super::pages::events());
    out.extend(super::outside_pages::events());
    out.extend(endings());
    out.extend(issues());
    out
}

/// The issue of an incident in a tracker.
fn issues() -> Vec<(&'static str, IncidentEvent)> {
    let issue = || IssueRef { id: "10012".to_owned(), key: "HOT-330".to_owned() };
    let url = || "https://jira.example/browse/HOT-330".to_owned();
    let tracker = || TrackerId::from("jira");
    let linked =
        |key, adopted| TrackerEvent::IssueLinked { tracker: tracker(), issue: issue(), url: url(), key, adopted };
    let commented = |said: &str| TrackerEvent::IssueCommented {
        comment: ChangeId("77".to_owned()),
        author: "Eve *Adams*".to_owned(),
        at: at(-3),
        text: text(said),
        summarized: false,
    };
    let changed = |said: Option<&str>| TrackerEvent::IssueCommentChanged {
        entry: 9,
        author: "Eve".to_owned(),
        text: said.map(text),
    };
    let missing = |possible: &[&str]| TrackerEvent::TransitionMissing {
        issue: "HOT-330".to_owned(),
        to: "Done".to_owned(),
        possible: possible.iter().map(|name| (*name).to_owned()).collect(),
    };
    let events = vec![
        ("full", linked(Some(Key::new("HOT", 330)), false)),
        ("bare", linked(None, false)),
        ("over", linked(Some(Key::new("HOT", 330)), true)),
        ("full", TrackerEvent::IssueNotCreated { tracker: tracker(), why: "*Summary* is required".to_owned() }),
        ("full", TrackerEvent::IssueOffered { tracker: tracker() }),
        ("bare", TrackerEvent::IssueOffered { tracker: tracker() }),
        ("full", missing(&["In Review", "Won't do"])),
        ("bare", missing(&[])),
        ("full", commented("The pool is *empty*")),
        ("bare", commented("")),
        ("full", changed(Some("The pool is full"))),
        ("bare", changed(Some(""))),
        ("over", changed(None)),
        (
            "full",
            TrackerEvent::IssueChangeRefused {
                author: "Eve".to_owned(),
                change: "status: Done".to_owned(),
                why: "there is no transition".to_owned(),
            },
        ),
        ("full", TrackerEvent::IssueCaughtUp { since: at(-60), comments: 3 }),
        ("bare", TrackerEvent::IssueCaughtUp { since: at(-60), comments: 0 }),
        ("full", TrackerEvent::IssueDeleted { issue: "HOT-330".to_owned() }),
        ("bare", TrackerEvent::IssueDeleted { issue: "HOT-330".to_owned() }),
        ("full", TrackerEvent::IssueLeftBehind { issue: "HOT-330".to_owned(), url: url(), comments: 2 }),
        ("bare", TrackerEvent::IssueLeftBehind { issue: "HOT-330".to_owned(), url: url(), comments: 0 }),
    ];
    events.into_iter().map(|(case, event)| (case, event.into())).collect()
}

/// Chat messages on the timeline, their later changes, and redacted text.
fn kept() -> Vec<(&'static str, IncidentEvent)> {
    let file = |sha256: Option<String>| TimelineFile { name: text("graph.png"), size: 20_480, sha256 };
    let message = ChatMessage {
        id: "900".to_owned(),
        author: "bob".to_owned(),
        link: Some("https://discord.com/channels/1/2/900".to_owned()),
        files: vec![file(Some("ab".repeat(32))), file(None)],
    };
    let bare = ChatMessage { link: None, files: Vec::new(), ..message.clone() };
    let changed = |text| TimelineEvent::MessageChanged { entry: 7, author: "bob".to_owned(), at: at(-45), text }.into();
    let drafted = |words: &str| TimelineEvent::UpdateDrafted { author: "bob".to_owned(), text: text(words) }.into();
    let behind = |why: &str, given_up| {
        let mirror = "statuspage".into();
        DeliveryEvent::StatusMirrorBehind { mirror, since: at(-10), why: why.to_owned(), given_up }.into()
    };
    let taken = |reason| {
        TimelineEvent::WordsTakenOut { entries: vec![Redaction { entry: 7, sha256: "ab".repeat(32) }], reason }.into()
    };
    vec![
        (
            "full",
            TimelineEvent::TimelineAdded { at: at(-45), text: text("we rolled back"), message: Some(message) }.into(),
        ),
        ("bare", TimelineEvent::TimelineAdded { at: at(-45), text: text(""), message: Some(bare) }.into()),
        ("full", changed(Some(text("we rolled back to 1.9.1")))),
        ("bare", changed(Some(text("")))),
        ("over", changed(None)),
        ("full", drafted("Payments work again")),
        ("bare", drafted("")),
        ("full", DeliveryEvent::AccountUnknown { person: bob() }.into()),
        ("bare", DeliveryEvent::AccountUnknown { person: bob() }.into()),
        ("full", DeliveryEvent::RoomElsewhere { fallback: Fallback::Thread, shortage: Shortage::Channels }.into()),
        ("bare", DeliveryEvent::RoomElsewhere { fallback: Fallback::Thread, shortage: Shortage::Permission }.into()),
        ("over", DeliveryEvent::RoomElsewhere { fallback: Fallback::Channel, shortage: Shortage::Threads }.into()),
        ("full", behind("HTTP 503: <b>down</b>", false)),
        ("bare", behind("", false)),
        ("over", behind("HTTP 422", true)),
        ("full", shared::fields_changed()),
        ("full", DeliveryEvent::StatusMirrorCaughtUp { mirror: "statuspage".into() }.into()),
        ("bare", DeliveryEvent::StatusMirrorCaughtUp { mirror: "statuspage".into() }.into()),
        ("full", taken(Some(text("a password")))),
        ("bare", taken(None)),
    ]
}

fn declared(of: Incident) -> IncidentEvent {
    LifecycleEvent::Declared {
        id: of.id,
        key: of.key,
        title: of.title,
        description: of.description,
        status: of.status,
        category: of.category,
        severity: of.severity,
        kind: of.kind,
        own_kind: None,
        private: of.private,
        service: of.service,
        impact_since: None,
        judgement: of.judgement,
        affected: Some(of.affected).filter(|affected| !affected.is_blank()),
    }
    .into()
}

fn moved(to: &str, category: Category, reason: Option<Untrusted>) -> IncidentEvent {
    LifecycleEvent::StatusChanged { from: "investigating".into(), to: to.into(), category, reason, stamps: Vec::new() }
        .into()
}

fn severity(from: Severity, to: Severity, reason: Option<Untrusted>) -> IncidentEvent {
    LifecycleEvent::SeverityChanged { from, to, reason, because: None, merged: None }.into()
}

fn raised() -> IncidentEvent {
    let (from, to) = (Severity::Sev3, Severity::Sev1);
    LifecycleEvent::SeverityChanged { from, to, reason: None, because: Some(joined()), merged: None }.into()
}

fn joined() -> JoinedAlert {
    JoinedAlert { alert: AlertId(uuid::Uuid::nil()), title: text("@everyone CheckoutDead on web-1") }
}

fn updates() -> Vec<(&'static str, IncidentEvent)> {
    let mut samples = internal_updates();
    samples.extend(public_updates());
    samples
}

fn internal_updates() -> Vec<(&'static str, IncidentEvent)> {
    vec![
        (
            "full",
            TimelineEvent::UpdatePosted {
                text: text("The deploy is being rolled back."),
                impact: Some(text("Half of the carts")),
                affected: Some(text("about 2000 customers")),
                cause: Some(text("deploy of 13:50")),
                estimate: Some(text("15:00")),
                next: Some(at(30)),
                draft: None,
            }
            .into(),
        ),
        (
            "bare",
            TimelineEvent::UpdatePosted {
                text: text("Nothing new."),
                impact: None,
                affected: None,
                cause: None,
                estimate: None,
                next: None,
                draft: None,
            }
            .into(),
        ),
    ]
}

fn public_updates() -> Vec<(&'static str, IncidentEvent)> {
    let component = |status| vec![("checkout".into(), status)];
    let posted = |components, before| {
        PublicEvent::StatusPosted {
            status: PublicStatus::Investigating,
            body: text("Some payments fail.\nWe are on it."),
            components,
            before,
            title: Some(text("Checkout <incident>")),
        }
        .into()
    };
    vec![
        ("full", posted(component(ComponentStatus::PartialOutage), component(ComponentStatus::Operational))),
        ("bare", posted(Vec::new(), Vec::new())),
        (
            "full",
            PublicEvent::StatusRestored {
                body: text("Payments work again."),
                components: component(ComponentStatus::Operational),
                title: None,
            }
            .into(),
        ),
        (
            "bare",
            PublicEvent::StatusRestored {
                body: text(""),
                components: component(ComponentStatus::MajorOutage),
                title: None,
            }
            .into(),
        ),
    ]
}

/// Changes of what customers read besides posts.
fn public_changes() -> Vec<(&'static str, IncidentEvent)> {
    vec![
        ("full", retitled(Some("Checkout incident"))),
        ("bare", retitled(None)),
        ("full", PublicEvent::StatusMoved { into: IncidentId(uuid::Uuid::nil()), key: Key::new("HOT", 13) }.into()),
        ("full", taken_over()),
    ]
}

fn retitled(from: Option<&str>) -> IncidentEvent {
    PublicEvent::PublicTitleChanged { from: from.map(text), to: text("Payments *fail*") }.into()
}

fn taken_over() -> IncidentEvent {
    let (other, key) = (IncidentId(uuid::Uuid::nil()), Key::new("HOT", 11));
    PublicEvent::StatusTakenOver { other, key, title: Some(text("Checkout incident")), before: Vec::new() }.into()
}

fn endings() -> Vec<(&'static str, IncidentEvent)> {
    let resolution = |cause: Option<&str>| {
        LifecycleEvent::ResolutionRecorded {
            resolution: Resolution { summary: text("Rolled back."), cause: cause.map(str::to_owned) },
        }
        .into()
    };
    let other = IncidentId(uuid::Uuid::nil());
    vec![
        ("full", resolution(Some("change"))),
        ("bare", resolution(None)),
        ("full", LifecycleEvent::Merged { into: other, key: Key::new("HOT", 13), tasks: vec![1, 2] }.into()),
        ("full", LifecycleEvent::Absorbed { other, key: Key::new("HOT", 11) }.into()),
        ("full", failed()),
        ("bare", failed()),
        ("full", unreachable()),
    ]
}

fn failed() -> IncidentEvent {
    DeliveryEvent::DeliveryFailed {
        what: "invite @bob to the room".to_owned(),
        why: "there is no such person any more".to_owned(),
    }
    .into()
}

fn unreachable() -> IncidentEvent {
    let why = "Cannot send messages to this user".to_owned();
    DeliveryEvent::PersonUnreachable { person: "bob".into(), why, page: Some(PageId(uuid::Uuid::nil())) }.into()
}
