//! Tests of typed lines.

use super::*;
use crate::domain::{
    ids::{GroupId, PageId, PersonId},
    incident::{Command, IncidentKind, Judgement, TimeName},
    status::ComponentStatus,
    text::Untrusted,
};

const ID: &str = "0192f0c1-2345-7abc-8def-0123456789ab";

fn text(text: &str) -> Untrusted {
    Untrusted::from(text)
}

fn command(line: &str) -> Command {
    match understood(line) {
        Ok(Request::Action(Action::Incident { key: Some(key), command, version: None })) => {
            assert_eq!(key, Key::new("HOT", 12), "{line}");
            command
        }
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn severity_and_status_with_and_without_a_reason() {
    let sev1 = |reason| Command::SetSeverity { to: Severity::Sev1, reason };
    for line in ["/incident severity sev1", "/inc severity SEV1", "incident severity 1", "/INC Severity to:sev1"] {
        assert_eq!(command(line), sev1(None), "{line}");
    }
    assert_eq!(command("/incident severity sev1 all regions"), sev1(Some(text("all regions"))));
    assert_eq!(command("/incident severity sev1 reason=\"all regions\""), sev1(Some(text("all regions"))));
    let status = |to: &str| Command::SetStatus { to: to.into(), reason: None };
    assert_eq!(command("/incident status identified"), status("identified"));
    assert_eq!(command("/incident status in progress"), status("in_progress"));
    assert_eq!(command("/incident status \"In Progress\""), status("in_progress"));
    let moved = Command::SetStatus { to: "in_progress".into(), reason: Some(text("we know")) };
    assert_eq!(command("/incident status in progress we know"), moved);
}

#[test]
fn quotations_keep_words_together_and_the_last_text_needs_none() {
    let resolved = Command::Resolve { summary: Some(text("rolled back")), cause: Some("change".to_owned()) };
    for line in [
        "/inc resolve \"rolled back\" cause:Change",
        "/inc resolve 'rolled back' cause=change",
        "/inc resolve “rolled back” cause:“Change”",
        "/inc resolve „rolled back“ cause:change",
        "/inc resolve rolled back cause:change",
        "/inc resolve cause:change rolled back",
        "/inc resolve rolled cause:change back",
    ] {
        assert_eq!(command(line), resolved, "{line}");
    }
    let note = |t: &str| Command::AddNote { text: text(t) };
    assert_eq!(command("/inc note he said \"no\" twice, don't ask"), note("he said \"no\" twice, don't ask"));
    assert_eq!(command("/inc note see https://a.example/x?y=1 now"), note("see https://a.example/x?y=1 now"));
    assert_eq!(command("/inc note first\n  second line"), note("first\n  second line"));
    assert_eq!(command("/inc note cause: it was DNS"), note("cause: it was DNS"));
}

#[test]
fn people_are_named_with_or_without_their_sign() {
    let role = |role: &str, person: Option<&str>| Command::AssignRole {
        role: role.into(),
        person: person.map(PersonId::from),
    };
    assert_eq!(command("/incident role manager me"), role("incident_manager", Some("ann")));
    assert_eq!(command("/incident role incident manager @bob"), role("incident_manager", Some("bob")));
    assert_eq!(command("/incident role tech_lead Bob"), role("tech_lead", Some("bob")));
    assert_eq!(command("/incident role scribe"), role("scribe", Some("ann")), "whoever names nobody means himself");
    assert_eq!(command("/incident role tech nobody"), role("tech_lead", None));
    assert_eq!(command("/incident role tech lead Ann Lee"), role("tech_lead", Some("ann")));
    let invite = |people: &[&str]| Command::Invite { people: people.iter().map(|p| PersonId::from(*p)).collect() };
    assert_eq!(command("/incident invite @ann, @bob"), invite(&["ann", "bob"]));
    assert_eq!(command("/incident invite @ann @bob and cho"), invite(&["ann", "bob", "cho"]));
    assert_eq!(command("/incident invite Ann Lee, bob"), invite(&["ann", "bob"]));
    assert_eq!(command("/incident invite <@bob>"), invite(&["bob"]));
}

#[test]
fn times_of_several_words_come_before_their_text() {
    let entry = |at: &str| Command::AddTimeline { at: at.parse().unwrap(), text: text("deploy began") };
    assert_eq!(command("/incident timeline 14:05 deploy began"), entry("2026-11-21T13:05:00Z"));
    assert_eq!(command("/incident timeline yesterday 14:05 deploy began"), entry("2026-11-20T13:05:00Z"));
    assert_eq!(command("/incident timeline 14:05 UTC deploy began"), entry("2026-11-21T14:05:00Z"));
    assert_eq!(
        command("/incident timeline 2026-11-21 13:05 Europe/London deploy began"),
        entry("2026-11-21T13:05:00Z")
    );
    assert_eq!(command("/incident timeline 10m ago deploy began"), entry("2026-11-21T13:55:00Z"));
    assert_eq!(command("/incident timeline at:\"10m ago\" deploy began"), entry("2026-11-21T13:55:00Z"));
    assert_eq!(command("/incident timeline at:10m ago text:deploy began"), entry("2026-11-21T13:55:00Z"));
    let marked = Command::SetTime { name: TimeName::Impact, at: "2026-11-21T13:05:00Z".parse().unwrap() };
    assert_eq!(command("/incident timeline 14:05 marks:impact"), marked);
}

#[test]
fn tasks_are_added_given_and_finished() {
    let add = |assignee: Option<&str>| Command::AddTask {
        text: text("check the logs"),
        assignee: assignee.map(PersonId::from),
    };
    assert_eq!(command("/incident task check the logs"), add(None));
    assert_eq!(command("/incident task check the logs person:@bob"), add(Some("bob")));
    assert_eq!(command("/incident task number:3 person:bob"), Command::AssignTask { number: 3, person: "bob".into() });
    for line in ["/incident task done:3", "/incident task done 3", "/incident task done #3"] {
        assert_eq!(command(line), Command::FinishTask { number: 3 }, "{line}");
    }
}

#[test]
fn the_status_page_takes_pairs_of_component_and_status() {
    let posted =
        |status, body: &str, components| Command::PostStatus { status, body: text(body), components, title: None };
    let outage =
        vec![("checkout".into(), ComponentStatus::PartialOutage), ("api".into(), ComponentStatus::DegradedPerformance)];
    let line = "/incident statuspage identified \"We know why.\" components:checkout=partial_outage,api=degraded";
    assert_eq!(command(line), posted(PublicStatus::Identified, "We know why.", outage.clone()));
    let line = "/incident statuspage identified We know why. components.checkout:partial components.api:slow";
    assert_eq!(command(line), posted(PublicStatus::Identified, "We know why.", outage));
    let line = "/incident statuspage template:investigating";
    assert_eq!(command(line), posted(PublicStatus::Investigating, "We are looking into it.", Vec::new()));
}

#[test]
fn a_declaration_is_one_line_or_many_options() {
    let Ok(Request::Action(Action::Declare(one))) = understood("/incident declare Checkout is down") else { panic!() };
    assert_eq!((one.title.verbatim(), one.severity, one.kind), ("Checkout is down", None, IncidentKind::Real));
    let line =
        "/inc declare Checkout is down service:checkout impact:extensive urgency:critical since:10m ago drill:yes";
    let Ok(Request::Action(Action::Declare(many))) = understood(line) else { panic!("{:?}", understood(line)) };
    assert_eq!(many.title.verbatim(), "Checkout is down");
    assert_eq!(many.service, Some("checkout".into()));
    assert_eq!(many.judged, Some(Judgement { impact: "extensive".to_owned(), urgency: "critical".to_owned() }));
    assert_eq!(many.impact_since, Some("2026-11-21T13:55:00Z".parse().unwrap()));
    assert_eq!(many.kind, IncidentKind::Drill);
}

#[test]
fn pages_go_to_people_teams_schedules_and_services() {
    let whom = |line: &str| match understood(line) {
        Ok(Request::Action(Action::Page { whom, message, .. })) => (whom, message.map(|m| m.verbatim().to_owned())),
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(whom("/page @bob the db is full"), (Whom::Person("bob".into()), Some("the db is full".to_owned())));
    assert_eq!(whom("/page backend team the db"), (Whom::Team("backend".into()), Some("the db".to_owned())));
    assert_eq!(whom("/page primary"), (Whom::Schedule("primary".into()), None));
    assert_eq!(whom("/incident page checkout"), (Whom::Service("checkout".into()), None));
    assert_eq!(whom("/page service/api"), (Whom::Service("api".into()), None));
}

#[test]
fn what_buttons_say_is_understood() {
    let page = PageId::parse(ID);
    let group = GroupId::parse(ID).unwrap();
    let answer = |answer| Ok(Request::Action(Action::PageAnswer { page, answer, version: None }));
    assert_eq!(understood(&format!("/page ack {ID}")), answer(PageResponse::Acknowledge));
    assert_eq!(understood(&format!("/page escalate {ID}")), answer(PageResponse::Escalate));
    assert_eq!(understood(&format!("/page decline {ID}")), answer(PageResponse::Decline));
    let bare = Action::PageAnswer { page: None, answer: PageResponse::Acknowledge, version: None };
    assert_eq!(understood("/page ack"), Ok(Request::Action(bare)));
    let hour = std::time::Duration::from_secs(3600);
    let silence = SilenceRequest { what: SilenceTarget::Group(group), wait: Some(hour), comment: None, sure: false };
    let silence = Ok(Request::Action(Action::AlertSilence { silence, version: None }));
    assert_eq!(understood(&format!("/alert silence {ID} 1h")), silence);
    assert_eq!(understood(&format!("/alert silence {ID}")), silence, "an hour, when nothing is said");
    assert_eq!(
        understood(&format!("/alert ack {ID}")),
        Ok(Request::Action(Action::AlertAcknowledge { group, version: None }))
    );
    let Ok(Request::Action(Action::AlertDeclare { declare, .. })) = understood(&format!("/alert declare {ID}")) else {
        panic!()
    };
    assert_eq!((declare.group, declare.title.is_blank()), (Some(group), true));
}

#[test]
fn silences_are_said_with_conditions_as_alertmanager_writes_them() {
    let said = |line: &str| match understood(line) {
        Ok(Request::Action(Action::AlertSilence {
            silence: SilenceRequest { what: SilenceTarget::Matching(matchers), wait, comment, .. },
            ..
        })) => {
            let matchers: Vec<String> = matchers.iter().map(ToString::to_string).collect();
            (matchers.join(" "), wait.map(|wait| wait.as_secs()), comment.map(|text| text.verbatim().to_owned()))
        }
        other => panic!("{line}: {other:?}"),
    };
    let both = || r#"service="api" severity=~"warn.*""#.to_owned();
    assert_eq!(said(r#"/alert silence match:service="api" severity=~"warn.*" wait:2h"#), (both(), Some(7200), None));
    assert_eq!(said(r#"/alert silence match:'service="api", severity=~"warn.*"'"#), (both(), Some(3600), None));
    let until = r#"/alert silence match:{service=api,severity=~"warn.*"} wait:until resolved comment:the deploy"#;
    assert_eq!(said(until), (both(), None, Some("the deploy".to_owned())));
    let name = |line: &str| understood(line).expect_err(line).name();
    assert_eq!(name("/alert silence match:service"), "bad_matchers");
    assert_eq!(name(&format!("/alert silence {ID} match:a=b")), "not_together");
    assert_eq!(name("/alert silence wait:2h"), "missing");
    assert_eq!(name("/alert silence match:a=b wait:soon"), "bad_duration");
}

#[test]
fn a_named_incident_goes_before_the_one_of_the_room_and_the_version_is_kept() {
    let line = "/incident status monitoring incident:#hot-13";
    let spoken = ParseInput::text(line).at_version(Some(7));
    let Ok(Request::Action(Action::Incident { key, version, .. })) =
        parse(&Catalog::shipped(), &vocabulary(), &spoken, &place())
    else {
        panic!()
    };
    assert_eq!((key, version), (Some(Key::new("HOT", 13)), Some(7)));
    let outside = CallContext { incident_of_room: None, ..place() };
    let spoken = ParseInput::text("/incident status monitoring");
    let Ok(request) = parse(&Catalog::shipped(), &vocabulary(), &spoken, &outside) else { panic!() };
    assert_eq!(request.key(), None, "the app asks which");
}

#[test]
fn a_bare_root_means_its_usual_command() {
    assert_eq!(understood("/oncall"), Ok(Request::Query(Query::OnCallNow { schedule: None })));
    assert_eq!(understood("/alert"), Ok(Request::Query(Query::AlertList { state: None })));
    assert_eq!(understood("/incident"), Ok(Request::Query(Query::Help { command: Some("incident".to_owned()) })));
    assert!(matches!(understood("/page"), Ok(Request::Query(Query::Ask(Ask { command, .. }))) if command == "page"));
}

#[test]
fn what_is_not_understood_names_the_nearest() {
    let wrong = [
        "",
        "/",
        "/incidnt declare x",
        "/declare x",
        "/incident sevrity sev1",
        "/incident severity sev9",
        "/incident status monitring",
        "/incident status sev1",
        "/incident role boss me",
        "/incident role scribe @anne",
        "/inc resolve casue:change done",
        "/inc resolve cause:chnge",
        "/inc update \"now\" next:soon",
        "/incident list all open",
        "/incident list colour:red",
        "/incident rename \"unclosed",
        "/incident timeline later something",
        "/incident timeline 25:00 something",
        "/incident merge checkout",
        "/incident declare x impact:minor",
        "/incident task text:x done:3",
        "/incident timeline now marks:impact text:x",
        "/incident statuspage resolved over components:checkout",
        "/incident statuspage resolved over components:chekout=operational",
        "/incident private perhaps",
        "/incident task done:many",
        "/page ack 12",
        "/page zoe",
        "/incident severity sev1 to:sev2",
        "/alert silence 0192 1h",
    ];
    let mut out = String::new();
    for line in wrong {
        let error = understood(line).expect_err(line);
        let value = serde_json::to_value(&error).unwrap();
        let near = value.get("near").map(|near| format!(" near {near}")).unwrap_or_default();
        out.push_str(&format!("{line}\n    {}: {error}{near}\n", error.name()));
    }
    insta::assert_snapshot!(out);
}

#[test]
fn texts_are_bounded() {
    let long = format!("/incident rename {}", "x".repeat(201));
    assert!(matches!(understood(&long), Err(UsageError::TooLong { max: 200, length: 201, .. })));
    let flood = "x".repeat(MAX_SAID + 1);
    assert_eq!(understood(&flood), Err(UsageError::TooMuch { max: MAX_SAID }));
    let many: Vec<(&str, &str)> = (0..100).map(|_| ("text", "x")).collect();
    assert!(matches!(sent("incident note", &many), Err(UsageError::TooMuch { .. })));
}

#[test]
fn help_finds_commands_by_what_one_remembers_of_them() {
    let help = |line: &str| match understood(line) {
        Ok(Request::Query(Query::Help { command })) => command,
        other => panic!("{line}: {other:?}"),
    };
    assert_eq!(help("/incident help"), None);
    assert_eq!(help("/incident help severity").as_deref(), Some("incident severity"));
    assert_eq!(help("/incident help /oncall now").as_deref(), Some("oncall now"));
    assert_eq!(help("/incident help alert").as_deref(), Some("alert"));
}

/// What people copy from the documents of contact methods is understood as it stands.
#[test]
fn the_commands_of_the_documents_are_understood() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/contact");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("a folder").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("a document");
        let inline = text.split('`').skip(1).step_by(2).filter(|part| part.starts_with("/oncall contact "));
        let blocks = text.lines().map(str::trim).filter(|line| line.starts_with("/oncall contact "));
        for line in inline.chain(blocks) {
            assert!(understood(line).is_ok(), "{}: {line}: {:?}", file.path().display(), understood(line));
            count += 1;
        }
    }
    assert!(count > 5, "{count} commands were found");
}
