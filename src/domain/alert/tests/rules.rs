//! Rules that open an incident.

use std::time::Duration;

use super::{Alert, at, firing, labels};
use crate::domain::{
    alert::{DeclareRule, Matcher, due_at, rule_for},
    severity::Severity,
};

fn rule(name: &str, matchers: &str, critical_service: bool, after: u64) -> DeclareRule {
    DeclareRule {
        name: name.to_owned(),
        at_least: None,
        matchers: Matcher::parse_list(matchers).expect("matchers"),
        critical_service,
        after: Duration::from_secs(after),
        during_maintenance: false,
        severity: None,
    }
}

fn critical(service: &str) -> bool {
    service == "checkout"
}

fn alert(severity: &str, service: &str) -> Alert {
    let labels = labels(&[("severity", severity), ("service", service)]);
    Alert { labels, service: Some(service.to_owned()), ..firing(0) }
}

#[test]
fn a_critical_alert_on_a_critical_service_asks_for_an_incident() {
    let rule = rule("r", "severity=critical", true, 0);
    assert_eq!(due_at(&rule, &alert("critical", "checkout"), critical), Some(at(0)));
    assert_eq!(due_at(&rule, &alert("warning", "checkout"), critical), None);
    assert_eq!(due_at(&rule, &alert("critical", "website"), critical), None);
    let over = Alert { firing: false, ..alert("critical", "checkout") };
    assert_eq!(due_at(&rule, &over, critical), None);
    let nameless = Alert { service: None, ..alert("critical", "checkout") };
    assert_eq!(due_at(&rule, &nameless, critical), None);
}

#[test]
fn a_rule_may_require_a_severity_in_whatever_words() {
    let rule = DeclareRule { at_least: Some(Severity::Sev2), ..rule("r", "", true, 0) };
    let graded = |severity| Alert { severity, ..alert("Disaster", "checkout") };
    assert_eq!(due_at(&rule, &graded(Some(Severity::Sev1)), critical), Some(at(0)));
    assert_eq!(due_at(&rule, &graded(Some(Severity::Sev2)), critical), Some(at(0)));
    assert_eq!(due_at(&rule, &graded(Some(Severity::Sev3)), critical), None);
    assert_eq!(due_at(&rule, &graded(None), critical), None, "nobody knows how grave it is");
}

#[test]
fn a_rule_may_want_the_alert_to_have_fired_for_a_while_and_the_first_due_speaks() {
    let rules = [rule("slow", "", true, 600), rule("quick", "severity=critical", false, 60)];
    let (named, due) = rule_for(&rules, &alert("critical", "checkout"), critical).unwrap();
    assert_eq!((named.name.as_str(), due), ("quick", at(60)));
    let (named, due) = rule_for(&rules, &alert("warning", "checkout"), critical).unwrap();
    assert_eq!((named.name.as_str(), due), ("slow", at(600)));
    assert!(rule_for(&rules, &alert("warning", "website"), critical).is_none());
}
