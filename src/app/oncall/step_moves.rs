//! Moves the next steps of pages when the clock of the machine was set.

use chrono::TimeDelta;

use super::paging::command;
use crate::{
    app::{Context, reactor::WorkList},
    domain::oncall::PageCommand,
    store::{StoreError, Tx},
};

/// How many pages are moved.
const ASKING: usize = 10_000;

/// Moves the next steps of all pages that are asking, because the clock of the machine was set.
pub(in crate::app) fn move_steps(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    by: TimeDelta,
) -> Result<(), StoreError> {
    for page in tx.asking_pages(ASKING)? {
        command(tx, cx, work, &page, &PageCommand::MoveStep { by })?.ok();
    }
    Ok(())
}
