//! What became of messages to contact methods, told to their page.

use super::{contacting::PageContact, paging::command};
use crate::{
    app::{Context, reactor::WorkList},
    domain::{contact::ContactOutcome, oncall::PageCommand},
    store::{StoreError, Tx},
};

/// Records what is known of a message to a contact method.
pub fn on_contact(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    contact: &PageContact,
    outcome: ContactOutcome,
) -> Result<(), StoreError> {
    let Some(page) = tx.page(contact.page)? else { return Ok(()) };
    let (person, n, method) = (contact.person.clone(), contact.attempt, contact.method);
    command(tx, cx, work, &page, &PageCommand::ContactAttempted { person, n, method, outcome }).map(|_| ())
}
