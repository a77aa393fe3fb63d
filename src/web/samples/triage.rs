//! Samples of the reports from users.

use super::{framed, time};
use crate::{
    config::Config,
    render::Sample,
    web::{
        pages::frame::Nav,
        user_reports::triage::{TriageRow, TriageView},
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let sample = |case, view| Sample::new("web/user_reports.html", case, framed(config, Nav::UserReports, view));
    let view = TriageView { show: "open", items: Vec::new(), next: None, may_decide: true };
    let some = TriageView { show: "all", items: rows(), next: Some(4), ..view.clone() };
    let reader = TriageView { may_decide: false, ..some.clone() };
    vec![sample("none", view), sample("some", some), sample("reader", reader)]
}

fn rows() -> Vec<TriageRow> {
    let open = TriageRow {
        number: 7,
        title: "I cannot <b>pay</b>".to_owned(),
        details: "Since noon.\n# Error <500>".to_owned(),
        channel: "form",
        reporter: "Zoe <i>".to_owned(),
        received_at: time(-5),
        state: "open",
        incident: None,
        decided_by: None,
    };
    let declared = TriageRow {
        number: 6,
        state: "declared",
        incident: Some("HOT-12".to_owned()),
        decided_by: Some("Ann".to_owned()),
        details: String::new(),
        ..open.clone()
    };
    let duplicate = TriageRow { number: 5, state: "duplicate", channel: "mail", ..declared.clone() };
    let closed = TriageRow { number: 4, state: "closed", reporter: String::new(), incident: None, ..declared.clone() };
    vec![open, declared, duplicate, closed]
}
