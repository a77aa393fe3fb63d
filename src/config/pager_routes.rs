//! Which systems page people: the built-in engine, and outside pagers.

use std::time::Duration;

use crate::{
    domain::{
        ids::ServiceId,
        pager::{OutsideRoute, PagerKind, PagerRoute},
    },
    pager::PagerClient,
};

use super::Config;

/// Which system pages people first, and the outside pagers.
#[derive(Debug, Clone)]
pub struct PagerRoutes {
    /// The system for services that name none.
    pub route: PagerRoute,
    /// How long an outside pager has to accept a page before the built-in engine pages too.
    pub accept_within: Duration,
    /// The outside pagers.
    pub outside: Vec<OutsidePager>,
}

/// An outside pager.
#[derive(Debug, Clone)]
pub struct OutsidePager {
    /// True if private incidents are paged there: by key, severity and link.
    pub private: bool,
    /// True if drills are paged there.
    pub drills: bool,
    /// Its client.
    pub client: PagerClient,
}

impl PagerRoutes {
    /// Returns an outside pager; `None` if it is not configured.
    pub fn outside(&self, kind: PagerKind) -> Option<&OutsidePager> {
        self.outside.iter().find(|pager| pager.client.kind() == kind)
    }
}

impl Config {
    /// Returns the outside pager that pages of a service go to first; `None` for the built-in engine. Without a service, that
    /// of `[pager]` counts.
    pub fn outside_route(&self, service: Option<&ServiceId>) -> Option<OutsideRoute> {
        let own = service.and_then(|service| self.service(service.as_str())?.pager);
        match own.unwrap_or(self.pager.routes.route) {
            PagerRoute::Builtin => None,
            PagerRoute::Outside(pager) => {
                let accept_within = self.pager.routes.accept_within;
                Some(OutsideRoute { pager, accept_within, service: service.cloned() })
            }
        }
    }
}
