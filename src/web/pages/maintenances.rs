//! `/maintenance`: planned maintenance of components, and the alerts that it mutes.

use serde::Serialize;

use super::{page_context::PageContext, words};
use crate::{
    app::maintenance,
    domain::{people::Access, status::Maintenance},
    store::{Reads, StoreError},
};

/// Number of maintenances of each part of the view.
const SHOWN: usize = 100;

/// The context of `templates/web/maintenance.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MaintenancesView {
    /// Those that are not over, the next first.
    pub open: Vec<MaintenanceRow>,
    /// The latest that are over.
    pub over: Vec<MaintenanceRow>,
    /// True if the reader may change them.
    pub may_edit: bool,
}

/// A maintenance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MaintenanceRow {
    /// Its number.
    pub number: u32,
    /// The id of its public address.
    pub id: String,
    /// What is done.
    pub title: String,
    /// `scheduled`, `in_progress`, `verifying`, `completed` or `cancelled`.
    pub status: &'static str,
    /// When its window begins.
    pub from: String,
    /// When its window ends.
    pub until: String,
    /// True if its window is over and it is not.
    pub overrun: bool,
    /// The names of its components.
    pub components: Vec<String>,
    /// The names of the services whose alerts it mutes.
    pub services: Vec<String>,
    /// Number of firing alerts that it mutes now; `None` if it mutes none now.
    pub muted: Option<u64>,
    /// Who scheduled it.
    pub by: String,
}

/// Reads the view.
pub fn read(reads: &Reads<'_>, context: PageContext<'_>) -> Result<MaintenancesView, StoreError> {
    let rows = |items: Vec<Maintenance>| -> Result<Vec<MaintenanceRow>, StoreError> {
        items.iter().map(|item| row(reads, context, item)).collect()
    };
    let mut over = reads.maintenances(SHOWN)?;
    over.retain(|item| item.status.is_over());
    let reader = context.config.person(context.reader);
    Ok(MaintenancesView {
        open: rows(reads.open_maintenances(SHOWN)?)?,
        over: rows(over)?,
        may_edit: reader.is_some_and(|reader| reader.access >= Access::Responder),
    })
}

fn row(reads: &Reads<'_>, context: PageContext<'_>, item: &Maintenance) -> Result<MaintenanceRow, StoreError> {
    let names = context.words();
    let services = maintenance::services(context.config, item);
    Ok(MaintenanceRow {
        number: item.number,
        id: item.reference(),
        title: words::title(&item.title),
        status: item.status.name(),
        from: words::at(item.from),
        until: words::at(item.until),
        overrun: item.is_overrun(context.now),
        components: item.components.iter().map(|id| names.component(id)).collect(),
        services: services.iter().map(|id| names.service(id)).collect(),
        muted: maintenance::muted(reads, item, context.now)?,
        by: names.actor(&item.created_by),
    })
}
