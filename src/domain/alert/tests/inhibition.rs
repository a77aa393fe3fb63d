//! Inhibition, proved on Alertmanager's own tables.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    domain::{
        alert::{InhibitRule, InhibitionSide, Inhibitions, Matcher},
        text::Untrusted,
    },
    shared_files::shared,
};

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn label_set(value: &Value) -> BTreeMap<String, Untrusted> {
    let members = value.as_object().unwrap().iter();
    members.map(|(name, value)| (name.clone(), Untrusted::new(value.as_str().unwrap()))).collect()
}

fn rule(value: &Value) -> InhibitRule {
    let matchers = |key: &str| texts(&value[key]).into_iter().map(|text| Matcher::parse(text).unwrap()).collect();
    let equal = texts(&value["equal"]).into_iter().map(str::to_owned).collect();
    InhibitRule { source: matchers("source_matchers"), target: matchers("target_matchers"), equal }
}

fn fires(alert: &Value) -> bool {
    alert["ends_in_seconds"].as_i64().is_none_or(|ends| ends > 0)
}

fn sides(rules: &Inhibitions, labels: &Value) -> Vec<InhibitionSide> {
    rules.sides(&label_set(labels))
}

fn muted(sources: &[InhibitionSide], targets: &[InhibitionSide]) -> bool {
    sources.iter().any(|source| targets.iter().any(|target| source.mutes(target)))
}

#[test]
fn labels_are_equal_when_alertmanager_says_so() {
    let Some(text) = shared("vectors/alertmanager_inhibit.json") else { return };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    for case in vectors["has_equal"].as_array().unwrap() {
        let equal = texts(&case["equal"]).into_iter().map(str::to_owned).collect();
        // Only the comparison counts: the source is known by a mark.
        let rules = Inhibitions::new(vec![InhibitRule {
            source: vec![Matcher::parse("mark=source").unwrap()],
            target: vec![Matcher::parse("mark=").unwrap()],
            equal,
        }]);
        let firing = case["sources"].as_array().unwrap().iter().filter(|alert| fires(alert));
        let sources: Vec<InhibitionSide> = firing
            .flat_map(|alert| {
                let mut labels = label_set(&alert["labels"]);
                labels.insert("mark".to_owned(), Untrusted::new("source"));
                rules.sides(&labels)
            })
            .collect();
        let found = muted(&sources, &sides(&rules, &case["target_labels"]));
        assert_eq!(found, case["expected"].as_bool().unwrap(), "{}", case["name"]);
    }
}

#[test]
fn alerts_are_inhibited_as_in_alertmanager() {
    let Some(text) = shared("vectors/alertmanager_inhibit.json") else { return };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let mut cases = 0;
    for set in vectors["rule_sets"].as_array().unwrap() {
        let written = set["rules"].as_array().unwrap();
        // The first alert is known to the first rule only, the second to the second.
        let known = |place: usize| {
            let alone = Inhibitions::new(vec![rule(&written[place])]);
            sides(&alone, &set["source_alerts_per_rule"][place]["labels"])
        };
        let sources: Vec<InhibitionSide> = (0..written.len()).flat_map(known).collect();
        let rules = Inhibitions::new(written.iter().map(rule).collect());
        for case in set["cases"].as_array().unwrap() {
            let found = muted(&sources, &sides(&rules, &case["target_labels"]));
            assert_eq!(found, case["expected_muted"].as_bool().unwrap(), "{case}");
            cases += 1;
        }
    }
    assert_eq!(cases, 16);
}

#[test]
fn a_resolved_source_inhibits_no_more() {
    let Some(text) = shared("vectors/alertmanager_inhibit.json") else { return };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let sequence = &vectors["sequences"];
    let rules = Inhibitions::new(vec![rule(&sequence["rule"])]);
    let cases = sequence["cases"].as_array().unwrap();
    for case in cases {
        let mut alerts = BTreeMap::new();
        for alert in case["alerts_in_order"].as_array().unwrap() {
            alerts.insert(alert["labels"].to_string(), alert);
        }
        let firing = alerts.values().filter(|alert| fires(alert));
        let sources: Vec<InhibitionSide> = firing.flat_map(|alert| sides(&rules, &alert["labels"])).collect();
        for expected in case["expected"].as_array().unwrap() {
            let found = muted(&sources, &sides(&rules, &expected["labels"]));
            assert_eq!(found, expected["muted"].as_bool().unwrap(), "{case}");
        }
    }
    assert_eq!(json!(cases.len()), vectors["header"]["counts"]["sequences"], "no case was left out");
}
