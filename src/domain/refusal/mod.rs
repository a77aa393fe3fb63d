//! Why a command was refused. Each reason names what is wrong and what to do; the sentences are in
//! `templates/chat/refusal/`.

mod alert;
mod contact;
mod incident;
mod oncall;
mod report;
mod review;
mod status;

use serde::{Deserialize, Serialize};

pub use alert::AlertRefusal;
pub use contact::ContactRefusal;
pub use incident::IncidentRefusal;
pub use oncall::OnCallRefusal;
pub use report::ReportRefusal;
pub use review::ReviewRefusal;
pub use status::StatusRefusal;

/// The reason for which a command was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(untagged)]
pub enum Refusal {
    /// About an incident, or of any command.
    #[error(transparent)]
    Incident(#[from] IncidentRefusal),
    /// About alert groups and silences.
    #[error(transparent)]
    Alert(#[from] AlertRefusal),
    /// About pages and schedules.
    #[error(transparent)]
    OnCall(#[from] OnCallRefusal),
    /// About contact methods.
    #[error(transparent)]
    Contact(#[from] ContactRefusal),
    /// About post-mortems.
    #[error(transparent)]
    Review(#[from] ReviewRefusal),
    /// About maintenance and the status page.
    #[error(transparent)]
    Status(#[from] StatusRefusal),
    /// About reports from users.
    #[error(transparent)]
    Report(#[from] ReportRefusal),
}

impl Refusal {
    /// The name of its template and of its problem type.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Incident(refusal) => refusal.name(),
            Self::Alert(refusal) => refusal.name(),
            Self::OnCall(refusal) => refusal.name(),
            Self::Contact(refusal) => refusal.name(),
            Self::Review(refusal) => refusal.name(),
            Self::Status(refusal) => refusal.name(),
            Self::Report(refusal) => refusal.name(),
        }
    }
}
