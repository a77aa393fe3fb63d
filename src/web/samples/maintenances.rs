//! Samples of planned maintenance in the console.

use super::{framed, time};
use crate::{
    config::Config,
    render::Sample,
    web::pages::{
        frame::Nav,
        maintenances::{MaintenanceRow, MaintenancesView},
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let sample = |case, view| Sample::new("web/maintenance.html", case, framed(config, Nav::Maintenance, view));
    let planned = MaintenanceRow {
        number: 3,
        id: "abcdefghijkl".to_owned(),
        title: "Move of <b>db-1</b>".to_owned(),
        status: "scheduled",
        from: time(600),
        until: time(720),
        overrun: false,
        components: vec!["Checkout".to_owned(), "API".to_owned()],
        services: vec!["Checkout".to_owned()],
        muted: None,
        by: "Ann".to_owned(),
    };
    let active = MaintenanceRow { status: "in_progress", muted: Some(2), ..planned.clone() };
    let overrun = MaintenanceRow { status: "verifying", overrun: true, services: Vec::new(), ..planned.clone() };
    let ended = |status| MaintenanceRow { status, ..planned.clone() };
    let over = vec![ended("completed"), ended("cancelled")];
    let verified = ended("verifying");
    let full = MaintenancesView { open: vec![active, overrun, verified, planned], over, may_edit: true };
    let reader = MaintenancesView { over: Vec::new(), may_edit: false, ..full.clone() };
    let none = MaintenancesView { open: Vec::new(), over: Vec::new(), may_edit: true };
    vec![sample("full", full), sample("reader", reader), sample("none", none)]
}
