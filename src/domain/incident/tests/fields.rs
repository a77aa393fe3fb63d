//! Fields: what a status needs, and where each value is stored.

use super::*;

/// Fields that severe incidents of a kind of the operator have.
pub(super) fn specs() -> Vec<FieldSpec> {
    let field = |id: &str, holds, required: &[&str]| FieldSpec {
        id: id.into(),
        name: id.to_owned(),
        help: String::new(),
        holds,
        choices: Vec::new(),
        kinds: vec!["security".into()],
        severities: [Severity::Sev1, Severity::Sev2].into(),
        required_at: required.iter().map(|status| StatusId::from(*status)).collect(),
    };
    vec![
        field(IMPACT, FieldType::Choice, &[]),
        field(CAUSE, FieldType::Choice, &["resolved"]),
        field(HOSTS, FieldType::List, &["resolved"]),
        field("root_cause", FieldType::Text, &["closed"]),
    ]
}

#[test]
fn a_status_needs_its_fields_by_whatever_way_it_is_entered() {
    let mut desk = Desk::open(ann(), Severity::Sev1);
    let set = |id: &str, value: Option<FieldContent>| Command::SetFields { fields: [(id.into(), value)].into() };
    let word = |word: &str| Some(FieldContent::Word(word.to_owned()));
    let missing = |result: Result<Vec<DecisionStep>, Refusal>| match result {
        Err(Refusal::Incident(IncidentRefusal::FieldsMissing { names, .. })) => names,
        other => panic!("{other:?}"),
    };
    assert!(
        matches!(
            desk.says(set("root_cause", Some(FieldContent::Text("a flag".into())))),
            Err(Refusal::Incident(IncidentRefusal::NoField { known, .. })) if known.is_empty()
        ),
        "a real incident has no fields here"
    );
    desk.incident.own_kind = Some("security".into());
    let resolve = |cause: Option<&str>| Command::Resolve { summary: None, cause: cause.map(str::to_owned) };
    assert_eq!(missing(desk.says(resolve(None))), [CAUSE, HOSTS]);
    assert_eq!(missing(desk.says(to("resolved"))), [CAUSE, HOSTS]);
    assert_eq!(missing(desk.says(resolve(Some("bug")))), [HOSTS], "the command sets the cause itself");
    desk.says(set(HOSTS, Some(FieldContent::Texts(vec!["web-1".into()])))).unwrap();
    desk.says(resolve(Some("bug"))).unwrap();
    assert_eq!(desk.incident.cause(), Some("Bug"));
    assert_eq!(desk.incident.resolution.as_ref().and_then(|end| end.cause.clone()), None, "it is stored once");
    assert_eq!(missing(desk.says(Command::Close { reason: None })), ["root_cause"]);
    desk.says(set(CAUSE, word("Change"))).unwrap();
    assert_eq!(desk.incident.cause(), Some("Change"), "fields can be corrected when it is over");
    desk.says(set(CAUSE, None)).unwrap();
    assert_eq!(desk.incident.cause(), None);
    desk.says(set(IMPACT, word("major"))).unwrap();
    assert_eq!(desk.incident.judgement.as_ref().map(|judged| judged.impact.as_str()), Some("major"));
    desk.incident.severity = Severity::Sev3;
    desk.says(Command::Close { reason: None }).expect("another severity has no such field");
}
