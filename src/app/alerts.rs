//! Signatures that the commands call; the work behind them comes with the next commits.
#![allow(missing_docs, reason = "replaced at once")]
use super::incidents::Decided;
use super::*;
use crate::{
    domain::{
        alert::*,
        effect::Wake,
        ids::*,
        incident::{Declare, Refusal},
    },
    store::{Reads, StoreError, Tx},
};
use std::time::Duration;
type R<T> = Result<T, StoreError>;
pub fn on_wake(_: &mut Tx<'_>, _: Act<'_>, _: &Wake) -> R<()> {
    Ok(())
}
pub fn message_posted(_: &mut Tx<'_>, _: GroupId, _: &str) -> R<()> {
    Ok(())
}
pub fn acknowledge(_: &mut Tx<'_>, _: Act<'_>, _: GroupId, _: &PersonId) -> R<Result<AlertGroup, Refusal>> {
    Err(StoreError::Busy)
}
pub fn silence(_: &mut Tx<'_>, _: Act<'_>, _: GroupId, _: &PersonId, _: Duration) -> R<Result<AlertGroup, Refusal>> {
    Err(StoreError::Busy)
}
pub fn declare(_: &mut Tx<'_>, _: Act<'_>, _: GroupId, _: &Declare) -> R<Decided> {
    Err(StoreError::Busy)
}
pub fn list(_: &Reads<'_>, _: Option<AlertState>, _: usize) -> R<Vec<AlertGroup>> {
    Ok(vec![])
}
pub async fn route_pending(_: &App) -> R<usize> {
    Ok(0)
}
