//! What `/oncall override` requests.

use crate::domain::{
    Timestamp,
    ids::{PersonId, ScheduleId},
    oncall::OverrideKind,
};

/// An override that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideRequest {
    /// The schedule; `None` if there is only one.
    pub schedule: Option<ScheduleId>,
    /// What it does.
    pub kind: OverrideKind,
    /// Who is on call by it, or is not.
    pub person: PersonId,
    /// In whose place.
    pub instead_of: Option<PersonId>,
    /// From when on; `None` for now.
    pub from: Option<Timestamp>,
    /// Until when.
    pub until: Timestamp,
}
