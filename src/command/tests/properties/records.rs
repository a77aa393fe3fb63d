//! Requests about maintenance and reports from users.

use proptest::{option, prelude::*, sample::select};

use super::{key, line, time};
use crate::{
    command::{Action, MaintenanceRequest, Query, Request, UserReportRequest},
    domain::{
        incident::{Declare, FieldChanges, FieldContent, IncidentKind, Severity},
        status::MaintenanceStatus,
        text::Untrusted,
    },
};

pub(super) fn maintenance_requests() -> impl Strategy<Value = MaintenanceRequest> {
    let components = Just(vec!["checkout".to_owned(), "API".to_owned()]);
    prop_oneof![
        (line(), line(), components, time(), any::<bool>()).prop_map(|(title, message, components, from, by_hand)| {
            let until = from + chrono::TimeDelta::hours(2);
            MaintenanceRequest::Schedule { title, message, components, from, until, by_hand }
        }),
        (1_u32..1000, option::of(line()), option::of(time()))
            .prop_map(|(number, message, until)| MaintenanceRequest::Move { number, from: None, until, message }),
        (1_u32..1000, line(), option::of(Just(MaintenanceStatus::Completed)))
            .prop_map(|(number, message, status)| MaintenanceRequest::Post { number, message, status }),
        (1_u32..1000, line()).prop_map(|(number, message)| MaintenanceRequest::Cancel { number, message }),
    ]
}

/// Requests of `/report` about one report.
pub(super) fn report_requests() -> impl Strategy<Value = Request> {
    let severity = option::of(select(vec![Severity::Sev1, Severity::Sev3]));
    let act = |request| Request::Action(Action::Report(request));
    prop_oneof![
        (1_u32..1000).prop_map(|number| Request::Query(Query::UserReport { number })),
        (line(), option::of(line())).prop_map(move |(title, details)| act(UserReportRequest::Add { title, details })),
        (1_u32..1000, option::of(line()), severity, any::<bool>()).prop_map(
            move |(number, title, severity, private)| {
                let declare = Declare {
                    title: title.unwrap_or_default(),
                    description: Untrusted::default(),
                    severity,
                    judged: None,
                    service: Some("checkout".into()),
                    kind: IncidentKind::Real,
                    own_kind: None,
                    private,
                    group: None,
                    impact_since: None,
                    affected: None,
                };
                Request::Action(Action::DeclareReport { number, declare })
            }
        ),
        (1_u32..1000, key()).prop_map(move |(number, of)| act(UserReportRequest::Duplicate { number, of })),
        (1_u32..1000, option::of(line()))
            .prop_map(move |(number, answer)| act(UserReportRequest::Dismiss { number, answer })),
    ]
}

/// Values of fields, also with what separates fields when people type them.
pub(super) fn fields() -> impl Strategy<Value = FieldChanges> {
    let text = line().prop_filter("no value", |text| text.verbatim().trim() == text.verbatim() && !text.is_blank());
    let several = text.prop_map(|text| Untrusted::new(format!("{}; cause=x\nnumber=7", text.verbatim())));
    (several, option::of(0_u32..1000)).prop_map(|(text, number)| {
        FieldChanges::from([
            ("text".into(), Some(FieldContent::Text(text))),
            ("number".into(), number.map(|number| FieldContent::Word(number.to_string()))),
            ("choice".into(), Some(FieldContent::Word("licence expiry".to_owned()))),
            ("services".into(), Some(FieldContent::Words(vec!["checkout".to_owned(), "api".to_owned()]))),
            ("person".into(), None),
        ])
    })
}
