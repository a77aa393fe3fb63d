//! Tests of the declarations, the forms, and the data generated from them.

use super::*;
use crate::domain::{ids::ComponentId, incident::Command, people::Access, status::ComponentStatus, text::Untrusted};

#[test]
fn every_act_is_declared_and_every_declaration_is_an_act() {
    let catalog = Catalog::shipped();
    for act in Act::ALL {
        assert!(catalog.spec(*act).is_some(), "/{} is not declared", act.path());
        assert_eq!(catalog.command(act.path()).map(|c| c.act), Some(*act));
    }
    assert_eq!(catalog.commands().count(), Act::ALL.len());
}

#[test]
fn mistakes_in_a_declaration_are_named() {
    let read = |text: &str| Catalog::read(&[("x.toml".to_owned(), text)]).expect_err("a mistake").to_string();
    let command = |option: &str| {
        format!(
            "root = \"oncall\"\nsummary = \"x\"\n[[command]]\nname = \"now\"\nsummary = \"x\"\nhelp = \"x\"\n\
             access = \"reporter\"\nbare = \"now\"\nsubmit = \"x\"\n{option}"
        )
    };
    let option =
        |name: &str, rest: &str| command(&format!("[[command.option]]\nname = \"{name}\"\nhelp = \"x\"\n{rest}\n"));
    assert!(read("root = 1").contains("commands/x.toml"));
    assert!(read(&command("colour = 1")).contains("colour"));
    assert!(read(&command("").replace("\"now\"\nsummary", "\"later\"\nsummary")).contains("no code knows"));
    assert!(read(&option("Bad_Name", "kind = \"line\"")).contains("is no name"));
    assert!(read(&option("x", "kind = \"choice\"")).contains("needs choices"));
    assert!(read(&option("x", "kind = \"time\"")).contains("past"));
    let many: Vec<String> = (0..26).map(|n| format!("\"c{n}\"")).collect();
    let many = format!("kind = \"choice\"\nchoices = [{}]", many.join(","));
    assert!(read(&option("x", &many)).contains("more than 25"));
    let long =
        option("x", "kind = \"line\"").replace("help = \"x\"\nkind", &format!("help = \"{}\"\nkind", "x".repeat(101)));
    assert!(read(&long).contains("1 to 100"));
}

#[test]
fn what_is_needed_stands_in_the_declarations() {
    let catalog = Catalog::shipped();
    let needs = |line: &str| understood(line).unwrap().needs(&catalog);
    assert_eq!(needs("/incident declare x"), Access::Reporter);
    assert_eq!(needs("/incident note x"), Access::Reporter);
    assert_eq!(needs("/incident severity sev1"), Access::Responder);
    assert_eq!(needs("/incident severity"), Access::Responder, "a form one may not send is not shown either");
    assert_eq!(needs("/page @bob"), Access::Responder);
    assert_eq!(needs("/admin reload"), Access::Admin);
    assert_eq!(needs("/admin invite @bob"), Access::Admin);
}

#[test]
fn a_bare_command_asks_and_one_that_lacks_something_asks_for_the_rest() {
    let Ok(Request::Query(Query::Ask(bare))) = understood("/incident severity incident:HOT-13") else { panic!() };
    assert_eq!(
        (bare.command.as_str(), bare.key, bare.missing.len()),
        ("incident severity", Some(Key::new("HOT", 13)), 0)
    );
    let Ok(Request::Query(Query::Ask(lacking))) = understood("/incident severity reason:\"all regions\"") else {
        panic!()
    };
    assert_eq!(lacking.missing, ["to"]);
    assert_eq!(lacking.given, [("reason".to_owned(), "all regions".to_owned())]);
    assert!(matches!(sent("incident severity", &[]), Err(UsageError::Missing { option, .. }) if option == "to"));
    assert!(matches!(understood("/incident list"), Ok(Request::Query(Query::List(_)))));
    let closed = Command::Close { reason: None };
    assert!(
        matches!(sent("incident close", &[]), Ok(Request::Action(Action::Incident { command, .. })) if command == closed)
    );
}

fn prefill() -> Prefill {
    Prefill {
        title: Some("Checkout is down".to_owned()),
        impact: Some("Half of the carts".to_owned()),
        severity: Some(Severity::Sev2),
        next: Some(vec!["monitoring".into(), "resolved".into()]),
        private: Some(false),
        key: Some(Key::new("HOT", 11)),
        public: Some("identified".to_owned()),
        components: [(ComponentId::from("checkout"), ComponentStatus::PartialOutage)].into(),
        ..Prefill::default()
    }
}

fn drawn(command: &str, prefill: &Prefill) -> String {
    let form = Catalog::shipped().form(command, &vocabulary(), prefill).expect("there is a form");
    let mut out = format!("{} [{}]\n", form.title, form.submit);
    for input in form.inputs {
        let choices: Vec<String> = input.choices.iter().map(|(value, label)| format!("{value}={label}")).collect();
        let star = if input.required { "*" } else { "" };
        let error = input.error.map(|e| format!(" !{e}")).unwrap_or_default();
        out.push_str(&format!(
            "{}{star} ({}) \"{}\" {}{error}\n",
            input.label,
            input.kind,
            input.value,
            choices.join(" ")
        ));
    }
    out
}

#[test]
fn forms_show_what_is_and_offer_what_can_be() {
    insta::assert_snapshot!(drawn("incident status", &prefill()));
    insta::assert_snapshot!(drawn("incident update", &prefill()));
    insta::assert_snapshot!(drawn("incident statuspage", &prefill()));
    insta::assert_snapshot!(drawn("incident role", &prefill()));
    insta::assert_snapshot!(drawn("incident merge", &prefill()));
    insta::assert_snapshot!(drawn("page", &prefill()));
}

#[test]
fn a_form_that_was_refused_comes_back_with_what_was_typed_and_what_is_wrong() {
    let again = Prefill {
        given: vec![("wait".to_owned(), "soon".to_owned())],
        errors: vec![("wait".to_owned(), "not a length of time".to_owned())],
        ..prefill()
    };
    insta::assert_snapshot!(drawn("incident snooze", &again), @r#"
    Snooze reminder · HOT-11 [Snooze reminder]
    For how long* (line) "soon"  !not a length of time
    Incident (hidden) "HOT-11" HOT-11=HOT-11 Checkout is down HOT-12=HOT-12 Checkout is down HOT-13=HOT-13 Slow search
    "#);
}

#[test]
fn the_help_of_a_form_needs_no_typed_command() {
    for spec in Catalog::shipped().commands().filter(|spec| spec.bare == Bare::Form) {
        let form = Catalog::shipped().form(&spec.path, &vocabulary(), &Prefill::default()).expect("there is a form");
        assert!(form.help.len() > 10 && !form.help.contains('`'), "/{}: {}", spec.path, form.help);
    }
}

#[test]
fn the_picker_of_a_form_is_understood() {
    let options = [
        ("status", "identified"),
        ("message", "We know."),
        ("components.checkout", "partial_outage"),
        ("components.api", ""),
        ("template", ""),
    ];
    let Ok(Request::Action(Action::Incident { command: Command::PostStatus { body, components, .. }, .. })) =
        sent("incident statuspage", &options)
    else {
        panic!("{:?}", sent("incident statuspage", &options))
    };
    assert_eq!(body, Untrusted::from("We know."));
    assert_eq!(components, [("checkout".into(), ComponentStatus::PartialOutage)]);
}

#[test]
fn the_table_and_the_completion_are_made_from_the_declarations() {
    let catalog = Catalog::shipped();
    insta::assert_snapshot!(catalog.table());
    let completion = catalog.completion();
    let severity = completion.iter().find(|c| c.command == "incident severity").unwrap();
    assert_eq!(severity.aliases, ["inc severity"]);
    assert_eq!(severity.options.iter().map(|o| o.kind).collect::<Vec<_>>(), ["severity", "line", "incident"]);
    assert!(!completion.iter().any(|c| c.command == "page ack"), "buttons say that");
}

#[test]
fn the_readme_has_the_table_of_the_declarations() {
    let readme = include_str!("../../../README.md");
    let (_, after) = readme.split_once("<!-- commands").expect("README.md marks where the table begins");
    let (_, after) = after.split_once("-->\n").expect("the mark is a comment");
    let (table, _) = after.split_once("<!-- /commands -->").expect("README.md marks where the table ends");
    assert_eq!(table, Catalog::shipped().table(), "put the table of the right side into README.md");
}
