//! Property tests: no input panics, and every request can be written as text and parsed back.

mod records;

use std::time::Duration;

use chrono::NaiveTime;
use proptest::{prelude::*, sample::select};

use self::records::{maintenance_requests, report_requests};
use super::*;
use crate::domain::{
    alert::{AlertState, MatchOp, Matcher, SilenceState},
    contact::{MethodKind, QuietHours, Urgency, WeeklyTest},
    ids::{ContactMethodId, GroupId, OverrideId, PageId, PersonId, SilenceId},
    incident::{Command, Declare, IncidentKind, Judgement, TimeName},
    oncall::OverrideKind,
    status::ComponentStatus,
    text::Untrusted,
};

/// Words that the parser knows.
const KNOWN: &[&str] = &[
    "/incident",
    "/inc",
    "/page",
    "/alert",
    "/oncall",
    "severity",
    "status",
    "role",
    "timeline",
    "task",
    "page",
    "statuspage",
    "silence",
    "sev1",
    "identified",
    "manager",
    "me",
    "@bob",
    "10m ago",
    "14:05",
    "Europe/Berlin",
    "cause:change",
    "components:api=up",
    "incident:HOT-12",
    "at:",
    "to=",
    "\"",
    "“",
    "'",
    "\\",
    "\\\"",
    "x:y",
    "-",
    "2026-03-29 02:30",
    "in 2h",
    "99999999999999999999h",
    "\u{202E}",
    "\n",
    "²",
];

/// Words that the parser knows, so that random lines reach deep into it.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![select(KNOWN).prop_map(str::to_owned), "\\PC{0,12}", ".{0,12}"]
}

fn said() -> impl Strategy<Value = Untrusted> {
    prop_oneof!["\\PC{1,40}", "[ -~\\n\"'“”\\\\:=@]{1,40}"].prop_map(Untrusted::new)
}

/// A non-empty text without line breaks.
fn line() -> impl Strategy<Value = Untrusted> {
    said().prop_map(|t| Untrusted::new(t.verbatim().replace(['\n', '\r'], " ")))
}

fn option<S: Strategy + 'static>(strategy: S) -> BoxedStrategy<Option<S::Value>> {
    proptest::option::of(strategy).boxed()
}

fn person() -> impl Strategy<Value = PersonId> {
    select(&["ann", "bob", "cho", "anna"][..]).prop_map(PersonId::from)
}

fn time() -> impl Strategy<Value = Timestamp> {
    (-300_000_000_000_i64..300_000_000_000).prop_map(|millis| now() + chrono::TimeDelta::milliseconds(millis))
}

fn wait() -> impl Strategy<Value = Duration> {
    (1_u64..366 * 24 * 3600).prop_map(Duration::from_secs)
}

fn severity() -> impl Strategy<Value = Severity> {
    select(&Severity::ALL[..])
}

fn group() -> impl Strategy<Value = GroupId> {
    any::<u128>().prop_map(|n| GroupId(uuid::Uuid::from_u128(n)))
}

fn key() -> impl Strategy<Value = Key> {
    (1_u64..10_000).prop_map(|n| Key::new("HOT", n))
}

fn updates() -> impl Strategy<Value = Command> {
    (said(), option(line()), option(line()), option(line()), option(line()), option(wait())).prop_map(
        |(text, impact, affected, cause, estimate, next)| Command::PostUpdate {
            text,
            impact,
            affected,
            cause,
            estimate,
            next,
        },
    )
}

fn status_posts() -> impl Strategy<Value = Command> {
    let status = select(
        &[PublicStatus::Investigating, PublicStatus::Identified, PublicStatus::Monitoring, PublicStatus::Resolved][..],
    );
    let shown = select(&[ComponentStatus::MajorOutage, ComponentStatus::Operational][..]);
    (status, said(), option(shown), option(line())).prop_map(|(status, body, shown, title)| Command::PostStatus {
        status,
        body,
        components: shown.map(|s| ("checkout".into(), s)).into_iter().collect(),
        title,
    })
}

fn commands() -> impl Strategy<Value = Command> {
    let statuses = select(&["triage", "identified", "in_progress"][..]);
    let times = select(&[TimeName::Impact, TimeName::Mitigated][..]);
    prop_oneof![
        updates(),
        status_posts(),
        (statuses, option(line())).prop_map(|(to, reason)| Command::SetStatus { to: to.into(), reason }),
        (severity(), option(line())).prop_map(|(to, reason)| Command::SetSeverity { to, reason }),
        option(person()).prop_map(|person| Command::AssignRole { role: "tech_lead".into(), person }),
        said().prop_map(|text| Command::AddNote { text }),
        (time(), said()).prop_map(|(at, text)| Command::AddTimeline { at, text }),
        (times, time()).prop_map(|(name, at)| Command::SetTime { name, at }),
        (1_u32..1000, person()).prop_map(|(number, person)| Command::AssignTask { number, person }),
        (1_u32..1000).prop_map(|number| Command::FinishTask { number }),
        wait().prop_map(|wait| Command::Snooze { wait }),
        any::<bool>().prop_map(|private| Command::SetPrivate { private }),
        (line(), any::<bool>()).prop_map(|(title, public)| Command::Rename { title, public }),
        // Without both, the command opens its form.
        (said(), option(Just("change".to_owned())))
            .prop_map(|(summary, cause)| Command::Resolve { summary: Some(summary), cause }),
        (line(), option(said())).prop_map(|(reason, message)| Command::Cancel { reason: Some(reason), message }),
        line().prop_map(|reason| Command::Close { reason: Some(reason) }),
        proptest::collection::btree_set(person(), 1..4)
            .prop_map(|people| Command::Invite { people: people.into_iter().collect() }),
        group().prop_map(|group| Command::LinkGroup { group }),
        Just(Command::Mark { name: TimeName::Diagnosed }),
        records::fields().prop_map(|fields| Command::SetFields { fields }),
    ]
}

fn declarations() -> impl Strategy<Value = Declare> {
    let judged = option(Just(Judgement { impact: "extensive".to_owned(), urgency: "low".to_owned() }));
    (line(), option(said()), option(severity()), judged, any::<(bool, bool)>(), option(time())).prop_map(
        |(title, description, severity, judged, (drill, private), impact_since)| Declare {
            title,
            description: description.unwrap_or_default(),
            severity,
            judged,
            service: drill.then(|| "checkout".into()),
            kind: if drill { IncidentKind::Drill } else { IncidentKind::Real },
            own_kind: if private && !drill { Some("security".into()) } else { None },
            private,
            group: None,
            impact_since,
            affected: private.then(|| Untrusted::from("about 40")),
        },
    )
}

fn silence_requests() -> impl Strategy<Value = SilenceRequest> {
    let matcher = ("[a-z_ \"]{1,8}", "[a-z \"\\\\,:=]{0,8}")
        .prop_map(|(label, value)| Matcher::new(label, MatchOp::NotEqual, value).unwrap());
    let what = prop_oneof![
        group().prop_map(SilenceTarget::Group),
        proptest::collection::vec(matcher, 1..4).prop_map(SilenceTarget::Matching),
    ];
    (what, option(wait()), option(line()), any::<bool>()).prop_map(|(what, wait, comment, sure)| SilenceRequest {
        what,
        wait,
        comment,
        sure,
    })
}

fn page_changes(whom: impl Strategy<Value = Whom>) -> impl Strategy<Value = PageChange> {
    prop_oneof![
        wait().prop_map(PageChange::Snooze),
        whom.prop_map(PageChange::Reassign),
        person().prop_map(PageChange::Add),
        Just(PageChange::Resolve),
    ]
}

fn requests() -> impl Strategy<Value = Request> {
    let answers = select(&[PageResponse::Acknowledge, PageResponse::Escalate, PageResponse::Decline][..]);
    let overrides = select(&[OverrideKind::Replace, OverrideKind::Add, OverrideKind::Remove][..]);
    let whom = prop_oneof![
        person().prop_map(Whom::Person),
        Just(Whom::Team("backend".into())),
        Just(Whom::Schedule("primary".into())),
        Just(Whom::Service("api".into())),
    ];
    let shown = select(&[ListScope::Open, ListScope::Resolved, ListScope::Over, ListScope::All][..]);
    prop_oneof![
        8 => (key(), commands()).prop_map(|(key, command)| Request::Action(Action::Incident { key: Some(key), command, version: None })),
        2 => declarations().prop_map(|value| Request::Action(Action::Declare(value))),
        1 => (key(), 1..99_999u64, option(line())).prop_map(|(key, entry, reason)| {
            Request::Action(Action::TakeOut { key: Some(key), entry, reason })
        }),
        1 => (key(), key()).prop_map(|(key, into)| Request::Action(Action::Merge { key: Some(key), into, version: None })),
        1 => (key(), whom.clone(), option(said())).prop_map(|(key, whom, message)| Request::Action(Action::Page { key: Some(key), whom, message })),
        1 => (option(any::<u128>()), page_changes(whom.clone())).prop_map(|(id, change)| {
            Request::Action(Action::PageChange { page: id.map(|id| PageId(uuid::Uuid::from_u128(id))), change })
        }),
        1 => (option(any::<u128>()), answers).prop_map(|(id, answer)| {
            let page = id.map(|id| PageId(uuid::Uuid::from_u128(id)));
            Request::Action(Action::PageAnswer { page, answer, version: None })
        }),
        1 => (shown, option(severity()), option(line())).prop_map(|(show, severity, text)| {
            Request::Query(Query::List({
            let field = severity.map(|_| ("text".to_owned(), "a b".to_owned()));
            ListFilter { show, severity, service: None, field, text }
        }))
        }),
        1 => silence_requests().prop_map(|silence| Request::Query(Query::SilencePreview(silence))),
        2 => silence_requests().prop_map(|silence| Request::Action(Action::AlertSilence { silence, version: None })),
        1 => any::<u128>().prop_map(|id| Request::Action(Action::AlertExpire { silence: SilenceId(uuid::Uuid::from_u128(id)) })),
        1 => Just(Request::Query(Query::OnCallReadiness)),
        1 => (option(Just("primary".into())), any::<bool>())
            .prop_map(|(schedule, sure)| Request::Action(Action::OnCallTest { schedule, sure })),
        1 => any::<bool>().prop_map(|attempts| Request::Query(Query::Contacts { attempts })),
        2 => contact_requests().prop_map(|contact| Request::Action(Action::Contact(contact))),
        1 => key().prop_map(|key| Request::Query(Query::Postmortem { key: Some(key) })),
        2 => (key(), postmortem_requests()).prop_map(|(key, request)| {
            Request::Action(Action::Postmortem { key: Some(key), request })
        }),
        1 => Just(Request::Query(Query::MyFollowUps)),
        1 => option(line()).prop_map(|name| Request::Query(Query::Board { name })),
        1 => line().prop_map(|text| Request::Query(Query::IssueSearch { text })),
        1 => key().prop_map(|key| Request::Query(Query::FollowUps { key: Some(key), scope: FollowUpScope::Overdue })),
        2 => (key(), followup_requests()).prop_map(|(key, request)| {
            Request::Action(Action::FollowUp { key: Some(key), request })
        }),
        1 => any::<bool>().prop_map(|all| Request::Query(Query::Maintenances { all })),
        2 => maintenance_requests().prop_map(|request| Request::Action(Action::Maintenance(request))),
        1 => any::<bool>().prop_map(|all| Request::Query(Query::UserReports { all })),
        2 => report_requests(),
        1 => group().prop_map(|group| Request::Query(Query::AlertWhy { group })),
        1 => option(Just(SilenceState::Pending)).prop_map(|state| Request::Query(Query::AlertSilences { state })),
        1 => (group(), wait(), line()).prop_map(|(group, wait, reason)| {
            Request::Action(Action::AlertShelve { group, wait, reason, version: None })
        }),
        1 => option(Just(AlertState::Silenced)).prop_map(|state| Request::Query(Query::AlertList { state })),
        1 => (person(), time(), option(time())).prop_map(|(person, until, from)| {
            let (schedule, kind, instead_of) = (Some("primary".into()), OverrideKind::Replace, None);
            Request::Action(Action::OnCallOverride(OverrideRequest { schedule, kind, person, instead_of, from, until }))
        }),
        1 => (person(), person(), time(), overrides).prop_map(|(person, absent, until, kind)| {
            let instead_of = if kind == OverrideKind::Replace { Some(absent) } else { None };
            let request = OverrideRequest { schedule: None, kind, person, instead_of, from: None, until };
            Request::Action(Action::OnCallOverride(request))
        }),
        1 => option(wait()).prop_map(|wait| Request::Action(Action::OnCallTake { schedule: None, wait })),
        1 => person().prop_map(|person| {
            Request::Action(Action::OnCallHandover { schedule: Some("primary".into()), person })
        }),
        1 => option(person()).prop_map(|person| {
            let revoke = person.is_none();
            Request::Action(Action::OnCallCalendar { of: person.map(Whom::Person), revoke })
        }),
        1 => Just(Request::Query(Query::OnCallGaps { schedule: None })),
        1 => any::<u128>().prop_map(|id| Request::Action(Action::OnCallCancel { id: OverrideId(uuid::Uuid::from_u128(id)) })),
        1 => person().prop_map(|person| Request::Action(Action::AdminInvite { person })),
        1 => (key(), line()).prop_map(|(key, reason)| Request::Action(Action::AdminJoin { key, reason })),
        1 => (key(), option(line())).prop_map(|(key, reason)| Request::Action(Action::AdminHold { key, reason })),
        1 => person().prop_map(|person| Request::Action(Action::AdminSignOut { person })),
        1 => Just(Request::Action(Action::AdminResume)),
        1 => (option(Just("off".to_owned())), option(line()))
            .prop_map(|(cards, projects)| Request::Action(Action::RoomPreviews { cards, projects })),
        1 => key().prop_map(|key| Request::Action(Action::CreateIssue { key: Some(key) })),
    ]
}

fn postmortem_requests() -> impl Strategy<Value = PostmortemRequest> {
    // Each person once, in any order.
    let approvers = || {
        proptest::collection::vec(person(), 1..3).prop_map(|mut people| {
            let mut seen = std::collections::BTreeSet::new();
            people.retain(|person| seen.insert(person.clone()));
            people
        })
    };
    prop_oneof![
        Just(PostmortemRequest::Open),
        (person(), option(approvers()))
            .prop_map(|(owner, approvers)| PostmortemRequest::Assign { owner: Some(owner), approvers }),
        approvers().prop_map(|approvers| PostmortemRequest::Assign { owner: None, approvers: Some(approvers) }),
        Just(PostmortemRequest::Submit),
        Just(PostmortemRequest::Approve),
        line().prop_map(|reason| PostmortemRequest::Return { reason }),
        Just(PostmortemRequest::Publish),
        Just(PostmortemRequest::Replace),
        line().prop_map(|reason| PostmortemRequest::Skip { reason }),
    ]
}

fn followup_requests() -> impl Strategy<Value = FollowUpRequest> {
    use crate::domain::review::{FollowUpClass, FollowUpKind};
    let details = || (option(person()), option(time()), option(line()));
    let (kind, class) = (select(&FollowUpKind::ALL[..]), select(&FollowUpClass::ALL[..]));
    prop_oneof![
        (line(), option(1_u32..1000), kind, class, details()).prop_map(
            |(title, task, kind, class, (owner, due, link))| {
                FollowUpRequest::Add { title: Some(title), task, kind, class, owner, due, link }
            }
        ),
        (1_u32..1000, details()).prop_map(|(number, (owner, due, link))| FollowUpRequest::Change {
            number,
            owner,
            due,
            link
        }),
        (1_u32..1000).prop_map(|number| FollowUpRequest::Done { number }),
        (1_u32..1000).prop_map(|number| FollowUpRequest::Reopen { number }),
        (1_u32..1000, line()).prop_map(|(number, reason)| FollowUpRequest::Drop { number, reason }),
    ]
}

fn contact_requests() -> impl Strategy<Value = ContactRequest> {
    use proptest::option::of;
    let method = prop_oneof![
        (1..=99u32).prop_map(MethodReference::Number),
        any::<u128>().prop_map(|id| MethodReference::Id(ContactMethodId(uuid::Uuid::from_u128(id)))),
    ];
    let method = move || method.clone();
    let urgency = || select(&Urgency::ALL[..]);
    let rule = (method(), 0..3_600u32).prop_map(|(method, after)| RuleRequest { method, after });
    let clock = || (0..24u32, 0..60u32).prop_map(|(h, m)| NaiveTime::from_hms_opt(h, m, 0).expect("a time"));
    let quiet = (clock(), clock()).prop_filter("a span", |(from, until)| from != until);
    let address = "[!-~]{1,40}".prop_map(Untrusted::new);
    prop_oneof![
        (select(&MethodKind::ALL[..]), address, of(line()), of(line()))
            .prop_map(|(kind, address, label, gateway)| { ContactRequest::Add { kind, address, label, gateway } }),
        (method(), "[0-9]{6}").prop_map(|(method, code)| ContactRequest::Verify { method, code: Untrusted::new(code) }),
        method().prop_map(|method| ContactRequest::SendCode { method }),
        method().prop_map(|method| ContactRequest::Test { method }),
        (method(), any::<bool>()).prop_map(|(method, on)| ContactRequest::Enable { method, on }),
        (method(), 1..=99u32).prop_map(|(method, place)| ContactRequest::Move { method, place }),
        (method(), any::<bool>()).prop_map(|(method, sure)| ContactRequest::Remove { method, sure }),
        (urgency(), proptest::collection::vec(rule, 0..4))
            .prop_map(|(urgency, rules)| { ContactRequest::Rules { urgency, rules } }),
        of(quiet).prop_map(|quiet| ContactRequest::Quiet(quiet.map(|(from, until)| QuietHours { from, until }))),
        of(any::<bool>()).prop_map(|chosen| ContactRequest::Weekly(chosen.map(|telephone| WeeklyTest { telephone }))),
        any::<u128>().prop_map(|id| ContactRequest::Answer { test: PageId(uuid::Uuid::from_u128(id)) }),
        any::<bool>().prop_map(|sure| ContactRequest::Erase { sure }),
    ]
}

proptest! {
    #[test]
    fn no_line_breaks_the_parser(words in proptest::collection::vec(word(), 0..12)) {
        let line = words.join(" ");
        if let Ok(request) = understood(&line) {
            prop_assert!(say(&request).len() <= line.len() * 4 + 400);
        }
    }

    #[test]
    fn no_form_breaks_the_parser(
        act in select(Act::ALL),
        options in proptest::collection::vec((word(), word()), 0..6),
    ) {
        let options: Vec<(String, String)> = options;
        let _ = parse(&Catalog::shipped(), &vocabulary(), &ParseInput::options(act.path(), &options), &place());
    }

    #[test]
    fn what_is_asked_can_be_said_and_means_the_same(request in requests()) {
        let line = say(&request);
        let again = understood(&line);
        prop_assert!(again.as_ref() == Ok(&request), "{line}\n{again:?}");
    }
}
