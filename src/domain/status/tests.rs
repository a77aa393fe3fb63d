//! Stories of the public page.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::{
    ids::{IncidentId, Key},
    incident::{Category, Incident, IncidentKind, NamedTime, PublicRecord, Severity, TimeName},
    people::Actor,
};

fn at(minutes: i64) -> Timestamp {
    "2026-11-21T03:00:00Z".parse::<Timestamp>().unwrap() + chrono::TimeDelta::minutes(minutes)
}

fn incident(severity: Severity) -> Incident {
    let impact = NamedTime { first: at(-20), last: at(-20) };
    Incident {
        id: IncidentId::new(at(0)),
        key: Key::new("HOT", 1),
        title: "Checkout is slow".into(),
        description: "".into(),
        status: "investigating".into(),
        category: Category::Active,
        severity,
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        service: None,
        impact: "".into(),
        judgement: None,
        affected: "".into(),
        roles: BTreeMap::new(),
        members: BTreeSet::new(),
        times: BTreeMap::from([(TimeName::Impact, impact)]),
        tasks: Vec::new(),
        room: None,
        groups: BTreeSet::new(),
        pages: BTreeSet::new(),
        public: PublicRecord::default(),
        merged_into: None,
        declared_by: Actor::Machine("test".into()),
        update_due: None,
        drafts: BTreeMap::new(),
        resolution: None,
        fields: BTreeMap::new(),
        status_by: Actor::Machine("test".into()),
        status_at: at(0),
        status_version: 1,
        issue: None,
        former_key: None,
        reopened_at: None,
        responders: BTreeSet::new(),
        assembled_at: None,
        informed_at: None,
        version: 1,
    }
}

fn says(status: PublicStatus, components: &[(&str, ComponentStatus)]) -> PublicPost {
    let components = components.iter().map(|(id, status)| ((*id).into(), *status)).collect();
    PublicPost { title: "Checkout incident".into(), status, body: "We are on it.".into(), components }
}

#[test]
fn one_post_sets_status_text_and_components_and_the_end_lets_go_of_them() {
    let outage = incident(Severity::Sev2);
    let mut public = PublicIncident::begin(&outage, at(0));
    assert_eq!(public.started_at, at(-20), "customers felt it before it was declared");
    let post = says(PublicStatus::Investigating, &[("pay", ComponentStatus::MajorOutage)]);
    public.post(&outage, post, &ComponentStatuses::new(), at(0));
    public.post(
        &outage,
        says(PublicStatus::Monitoring, &[("pay", ComponentStatus::DegradedPerformance)]),
        &ComponentStatuses::new(),
        at(5),
    );
    public.post(&outage, says(PublicStatus::Resolved, &[]), &ComponentStatuses::new(), at(9));
    let told: Vec<_> =
        public.updates.iter().map(|update| (update.status, update.affected[0].old, update.affected[0].new)).collect();
    assert_eq!(
        told,
        [
            (PublicStatus::Investigating, ComponentStatus::Operational, ComponentStatus::MajorOutage),
            (PublicStatus::Monitoring, ComponentStatus::MajorOutage, ComponentStatus::DegradedPerformance),
            (PublicStatus::Resolved, ComponentStatus::DegradedPerformance, ComponentStatus::Operational),
        ]
    );
    assert_eq!((public.monitoring_at, public.resolved_at), (Some(at(5)), Some(at(9))));
    assert_eq!(public.impact, Impact::Critical, "the gravest it was");
    assert!(public.holds.is_empty() && public.is_over());
}

#[test]
fn a_component_that_another_incident_holds_shows_the_worst_of_both() {
    let outage = incident(Severity::Sev2);
    let other = ComponentStatuses::from([("pay".into(), ComponentStatus::PartialOutage)]);
    let mut public = PublicIncident::begin(&outage, at(0));
    public.post(
        &outage,
        says(PublicStatus::Investigating, &[("pay", ComponentStatus::DegradedPerformance)]),
        &other,
        at(0),
    );
    let told = &public.updates[0].affected[0];
    assert_eq!((told.old, told.new), (ComponentStatus::PartialOutage, ComponentStatus::PartialOutage));
    public.post(&outage, says(PublicStatus::Identified, &[("pay", ComponentStatus::MajorOutage)]), &other, at(1));
    public.post(&outage, says(PublicStatus::Resolved, &[]), &other, at(2));
    let told = &public.updates[2].affected[0];
    assert_eq!((told.old, told.new), (ComponentStatus::MajorOutage, ComponentStatus::PartialOutage));
}

#[test]
fn a_reopened_incident_is_open_on_the_page_again() {
    let outage = incident(Severity::Sev3);
    let mut public = PublicIncident::begin(&outage, at(0));
    public.post(&outage, says(PublicStatus::Resolved, &[]), &ComponentStatuses::new(), at(1));
    public.post(&outage, says(PublicStatus::Investigating, &[]), &ComponentStatuses::new(), at(2));
    assert_eq!((public.is_over(), public.resolved_at), (false, None));
}

#[test]
fn the_banner_says_what_the_components_say() {
    use ComponentStatus::{DegradedPerformance, MajorOutage, Operational, PartialOutage, UnderMaintenance};
    let told = |shown: &[ComponentStatus]| {
        let banner = banner(shown.iter().copied(), []);
        format!("{} {}", banner.indicator.name(), banner.description)
    };
    assert_eq!(told(&[]), "none All Systems Operational");
    assert_eq!(told(&[Operational, UnderMaintenance]), "maintenance Service Under Maintenance");
    assert_eq!(told(&[Operational, DegradedPerformance]), "minor Partially Degraded Service");
    assert_eq!(told(&[PartialOutage, DegradedPerformance]), "major Partial System Outage");
    assert_eq!(told(&[PartialOutage, MajorOutage]), "critical Major Service Outage");
}

#[test]
fn an_open_incident_without_components_speaks_by_its_severity_and_one_with_green_components_is_quiet() {
    let outage = incident(Severity::Sev3);
    let mut silent = PublicIncident::begin(&outage, at(0));
    silent.post(&outage, says(PublicStatus::Investigating, &[]), &ComponentStatuses::new(), at(0));
    let told = banner([ComponentStatus::Operational], [&silent]);
    assert_eq!((told.indicator, told.description), (Impact::Minor, "Minor Service Outage"));
    let mut green = silent.clone();
    green.post(
        &outage,
        says(PublicStatus::Monitoring, &[("pay", ComponentStatus::Operational)]),
        &ComponentStatuses::new(),
        at(1),
    );
    assert_eq!(banner([ComponentStatus::Operational], [&green]).indicator, Impact::None);
    silent.post(&outage, says(PublicStatus::Resolved, &[]), &ComponentStatuses::new(), at(2));
    assert_eq!(banner([ComponentStatus::Operational], [&silent]).indicator, Impact::None);
}

#[test]
fn impact_comes_from_components_or_else_from_severity() {
    let of = |severity, components: &[ComponentStatus]| Impact::new(severity, components.iter().copied());
    assert_eq!(of(Severity::Sev1, &[]), Impact::Critical);
    assert_eq!(of(Severity::Sev4, &[]), Impact::None);
    assert_eq!(of(Severity::Sev1, &[ComponentStatus::DegradedPerformance]), Impact::Minor);
    assert_eq!(of(Severity::Sev2, &[ComponentStatus::Operational]), Impact::Major);
}
