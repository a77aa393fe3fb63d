//! How many incidents one person may declare in a short time: each of them may page people.

use chrono::TimeDelta;

use super::invocation::Invocation;
use crate::{
    domain::{
        Timestamp,
        refusal::{IncidentRefusal, Refusal},
    },
    store::{StoreError, Tx},
};

/// The most declarations of a person within [`WITHIN`].
const MOST: usize = 10;
const WITHIN: TimeDelta = TimeDelta::minutes(5);

/// Counts a declaration of the person who gave the command, or refuses it.
pub(super) fn count(tx: &mut Tx<'_>, invocation: &Invocation<'_>) -> Result<Result<(), Refusal>, StoreError> {
    let (now, name) = (invocation.cx.now, format!("declared_by/{}", invocation.person));
    let known = tx.meta(&name)?.and_then(|times| serde_json::from_str::<Vec<Timestamp>>(&times).ok());
    let mut times = known.unwrap_or_default();
    times.retain(|at| now - *at < WITHIN);
    if times.len() >= MOST {
        let until = times.first().map_or(now, |first| *first + WITHIN);
        let minutes = WITHIN.num_minutes().unsigned_abs();
        return Ok(Err(IncidentRefusal::TooManyDeclared { count: times.len(), minutes, until }.into()));
    }
    times.push(now);
    let times = serde_json::to_string(&times).map_err(|error| StoreError::Corrupt(error.to_string()))?;
    tx.set_meta(&name, Some(&times))?;
    Ok(Ok(()))
}
