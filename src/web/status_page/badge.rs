//! An image with a status, for other pages.

use serde::Serialize;

use super::data::Snapshot;
use crate::domain::status::Impact;

/// The context of `templates/status/badge.xml`.
#[derive(Serialize)]
pub(super) struct StatusBadge<'a> {
    /// Whose status it is.
    label: &'a str,
    /// The indicator of the page or the status of the component.
    status: &'static str,
}

impl<'a> StatusBadge<'a> {
    /// The badge of the whole page.
    pub(super) fn of_page(page: &'a Snapshot) -> Self {
        Self { label: &page.name, status: Impact::name(page.banner.indicator) }
    }

    /// The badge of a component, by its public id; `None` if there is no such component.
    pub(super) fn of_component(page: &'a Snapshot, id: &str) -> Option<Self> {
        let component = page.components.iter().find(|component| component.id == id)?;
        Some(Self { label: &component.name, status: component.status.name() })
    }
}
