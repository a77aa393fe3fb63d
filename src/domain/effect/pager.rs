//! What outside pagers are asked to do for pages.

use serde::{Deserialize, Serialize};

use super::{DestinationEffect, EffectClass, Priority, Purpose, Retries, Subject};
use crate::domain::{ids::PageId, pager::PagerKind};

/// A request to an outside pager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum PagerEffect {
    /// Page the people there.
    TriggerOutside {
        /// The page.
        page: PageId,
        /// The pager.
        pager: PagerKind,
    },
    /// Acknowledge there what was answered here.
    AcknowledgeOutside {
        /// The page.
        page: PageId,
        /// The pager.
        pager: PagerKind,
    },
    /// Resolve there what is over here.
    ResolveOutside {
        /// The page.
        page: PageId,
        /// The pager.
        pager: PagerKind,
    },
    /// Ask whether the pager accepted the page, and what was answered there.
    CheckOutside {
        /// The page.
        page: PageId,
        /// The pager.
        pager: PagerKind,
    },
}

impl PagerEffect {
    /// Returns the page.
    pub fn page(&self) -> PageId {
        match self {
            Self::TriggerOutside { page, .. }
            | Self::AcknowledgeOutside { page, .. }
            | Self::ResolveOutside { page, .. }
            | Self::CheckOutside { page, .. } => *page,
        }
    }

    /// Returns the pager.
    pub fn pager(&self) -> PagerKind {
        match self {
            Self::TriggerOutside { pager, .. }
            | Self::AcknowledgeOutside { pager, .. }
            | Self::ResolveOutside { pager, .. }
            | Self::CheckOutside { pager, .. } => *pager,
        }
    }
}

impl DestinationEffect for PagerEffect {
    fn is_outside(&self) -> bool {
        true
    }

    fn retries(&self) -> Retries {
        match self {
            // For as long as the page asks: when it is answered, the next attempt sends nothing.
            Self::TriggerOutside { .. } => Retries::Days(1),
            Self::AcknowledgeOutside { .. } | Self::ResolveOutside { .. } => Retries::Days(2),
            Self::CheckOutside { .. } => Retries::Unlimited,
        }
    }

    /// What is asked for one page is asked in order; questions wait for nothing.
    fn lane(&self) -> String {
        match self {
            Self::TriggerOutside { page, .. }
            | Self::AcknowledgeOutside { page, .. }
            | Self::ResolveOutside { page, .. } => format!("pager/{page}"),
            Self::CheckOutside { page, .. } => format!("pager/{page}/check"),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::TriggerOutside { .. } | Self::CheckOutside { .. } => Priority::Page,
            Self::AcknowledgeOutside { .. } | Self::ResolveOutside { .. } => Priority::State,
        }
    }

    /// The pager knows our key of the page, and asking changes nothing.
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::CheckOutside { .. } => Some(self.lane()),
            Self::TriggerOutside { .. } | Self::AcknowledgeOutside { .. } | Self::ResolveOutside { .. } => None,
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::TriggerOutside { page, .. } => Subject::Page(*page),
            // These name the page by a key that says nothing of its incident, which may have become private since.
            Self::AcknowledgeOutside { .. } | Self::ResolveOutside { .. } | Self::CheckOutside { .. } => Subject::Other,
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::TriggerOutside { .. } => Purpose::PagesPerson,
            Self::AcknowledgeOutside { .. } | Self::ResolveOutside { .. } | Self::CheckOutside { .. } => {
                Purpose::Reports
            }
        }
    }
}
