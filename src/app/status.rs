//! Signatures that the commands call; the work behind them comes with the next commits.
#![allow(missing_docs, reason = "replaced at once")]
use super::*;
use crate::{
    command::StatusTemplate,
    domain::{
        ids::*,
        incident::{Incident, IncidentEvent},
        status::*,
    },
    store::{Reads, StoreError, Tx},
};
use std::collections::BTreeMap;
type R<T> = Result<T, StoreError>;
pub fn shown_now(_: &Reads<'_>, _: Act<'_>) -> R<BTreeMap<ComponentId, ComponentStatus>> {
    Ok(BTreeMap::new())
}
pub fn show(_: &mut Tx<'_>, _: Act<'_>, _: &Incident, _: &IncidentEvent) -> R<()> {
    Ok(())
}
pub fn templates(_: &App, _: Option<&Incident>) -> Vec<StatusTemplate> {
    vec![]
}
