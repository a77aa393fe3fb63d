//! Signatures that the commands call; the work behind them comes with the next commits.
#![allow(missing_docs, reason = "replaced at once")]
use super::incidents::Decided;
use super::outcomes::Ended;
use super::*;
use crate::{
    command::{Answer, Whom},
    domain::{
        ids::*,
        incident::{Incident, Refusal},
        oncall::*,
        text::Untrusted,
    },
    store::{Reads, StoreError, Tx},
};
type R<T> = Result<T, StoreError>;
pub fn on_wake(_: &mut Tx<'_>, _: Act<'_>, _: PageId) -> R<()> {
    Ok(())
}
pub fn page_service(_: &mut Tx<'_>, _: Act<'_>, _: &Incident, _: &ServiceId) -> R<()> {
    Ok(())
}
pub fn resolve_pages(_: &mut Tx<'_>, _: Act<'_>, _: &Incident) -> R<()> {
    Ok(())
}
pub fn on_attempt(_: &mut Tx<'_>, _: Act<'_>, _: (PageId, &PersonId, u32), _: &Ended) -> R<()> {
    Ok(())
}
pub fn start_page(_: &mut Tx<'_>, _: Act<'_>, _: &Incident, _: &Whom, _: Option<&Untrusted>) -> R<Decided> {
    Err(StoreError::Busy)
}
pub fn answer(_: &mut Tx<'_>, _: Act<'_>, _: PageId, _: &PersonId, _: Answer) -> R<Decided> {
    Err(StoreError::Busy)
}
pub fn put_on_call(
    _: &mut Tx<'_>,
    _: Act<'_>,
    _: Option<&ScheduleId>,
    _: &PersonId,
    _: (Timestamp, Timestamp),
) -> R<Result<Override, Refusal>> {
    Err(StoreError::Busy)
}
pub fn on_call_now(_: &Reads<'_>, _: Act<'_>, _: Option<&ScheduleId>) -> R<Vec<String>> {
    Ok(vec![])
}
pub fn on_call_for(_: &Reads<'_>, _: Act<'_>, _: &ServiceId) -> R<Vec<PersonId>> {
    Ok(vec![])
}
