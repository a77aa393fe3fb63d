//! Incident records, their pages, the status page, maintenance, and messages kept on timelines.

pub(super) mod compare;
pub(super) mod fields;
pub(super) mod legal_holds;
pub(super) mod maintenances;
pub(super) mod pages;
pub(super) mod rebuild;
pub(super) mod records;
pub(super) mod state_links;
pub(super) mod status_mirrors;
pub(super) mod status_page;
pub(super) mod subjects;
pub(super) mod timeline_messages;
