//! Kinds of incidents: four ways to behave, and the operator's own names for them.

use serde::{Deserialize, Serialize};

use crate::domain::ids::KindId;

/// How an incident behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Something is broken.
    Real,
    /// Practice: everything works, and customers see nothing of it.
    Drill,
    /// Over before it was entered: it has no room, pages nobody, and people set all of its times.
    Retrospective,
    /// Planned work: it pages nobody by itself.
    Maintenance,
}

impl IncidentKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [Self::Real, Self::Drill, Self::Retrospective, Self::Maintenance];

    /// The name in commands and responses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Drill => "drill",
            Self::Retrospective => "retrospective",
            Self::Maintenance => "maintenance",
        }
    }

    /// True if declaring it, or raising its severity, pages who is on call.
    pub fn pages_by_itself(self) -> bool {
        matches!(self, Self::Real | Self::Drill)
    }

    /// True if figures count it, and its severity asks for a post-mortem.
    pub fn is_counted(self) -> bool {
        matches!(self, Self::Real | Self::Retrospective)
    }

    /// True if customers may read about it.
    pub fn may_be_public(self) -> bool {
        matches!(self, Self::Real | Self::Maintenance)
    }

    /// True if the incidents feed gets messages about it.
    pub fn is_announced(self) -> bool {
        matches!(self, Self::Real | Self::Maintenance)
    }
}

/// A kind that can be declared, of `[[incident.kinds]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KindSpec {
    /// The name in commands.
    pub id: KindId,
    /// The name shown.
    pub name: String,
    /// How its incidents behave.
    pub behaves: IncidentKind,
}
