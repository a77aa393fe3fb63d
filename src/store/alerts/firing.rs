//! Firing alerts with where they are shown and what mutes them, as Alertmanager's API returns them.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, MutedBy, prometheus_fingerprint},
        ids::{AlertId, GroupId, RoomId},
    },
    store::{
        GroupFilter, Reads, StoreError,
        engine::{columns::row_limit, sql::params},
    },
};

/// A firing alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveAlert {
    /// The alert.
    pub alert: Alert,
    /// The feeds of the groups that show it.
    pub feeds: Vec<RoomId>,
    /// The ids of the silences that cover it.
    pub silenced_by: Vec<String>,
    /// The Prometheus fingerprints of the alerts that inhibit it.
    pub inhibited_by: Vec<String>,
}

/// A part of the firing alerts, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveListing {
    /// The alerts.
    pub items: Vec<LiveAlert>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<AlertId>,
}

impl Reads<'_> {
    /// One part of the firing alerts.
    pub fn live_alerts(&self, after: Option<AlertId>, limit: usize, now: Timestamp) -> Result<LiveListing, StoreError> {
        let after = after.map(|id| id.to_string());
        let condition = "firing = 1 AND ($1 IS NULL OR id < $1) ORDER BY id DESC LIMIT $2";
        let alerts = self.alerts_where(condition, params![after, row_limit(limit)])?;
        let next = if alerts.len() == limit { alerts.last().map(|last| last.id) } else { None };
        Ok(LiveListing { items: self.with_mutes(alerts, now)?, next })
    }

    /// At most `limit` firing alerts of a group, the most severe first.
    pub fn live_alerts_of_group(
        &self,
        group: &AlertGroup,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<LiveAlert>, StoreError> {
        let alerts = self.alerts_of_group(group, limit)?.into_iter().filter(|alert| alert.firing);
        self.with_mutes(alerts.collect(), now)
    }

    /// The newest firing group before `after`, and what continues the listing.
    pub fn live_group(
        &self,
        after: Option<GroupId>,
        now: Timestamp,
    ) -> Result<(Option<AlertGroup>, Option<GroupId>), StoreError> {
        let filter = GroupFilter { firing: Some(true), after, limit: 1, ..GroupFilter::default() };
        let page = self.list_groups(&filter, now)?;
        Ok((page.items.into_iter().next(), page.next))
    }

    fn with_mutes(&self, alerts: Vec<Alert>, now: Timestamp) -> Result<Vec<LiveAlert>, StoreError> {
        let mut groups: BTreeMap<GroupId, Option<(RoomId, Vec<String>)>> = BTreeMap::new();
        let mut live = Vec::with_capacity(alerts.len());
        for alert in alerts {
            let (mut feeds, mut silenced_by) = (Vec::new(), Vec::new());
            for (id, _) in self.groups_showing(alert.id)? {
                let known = match groups.entry(id) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(entry) => entry.insert(match self.group(id)? {
                        Some(group) => {
                            let silences = self.silences_of_group(&group.key, now)?;
                            Some((group.feed, silences.iter().map(|silence| silence.id.to_string()).collect()))
                        }
                        None => None,
                    }),
                };
                if let Some((feed, silences)) = known {
                    feeds.push(feed.clone());
                    silenced_by.extend(silences.iter().cloned());
                }
            }
            let mut inhibited_by = Vec::new();
            for by in if alert.muted { self.muted_by(alert.id)? } else { Vec::new() } {
                match by {
                    MutedBy::Silence(id) => silenced_by.push(id.to_string()),
                    MutedBy::Alert(id) => {
                        inhibited_by.extend(self.alert(id)?.map(|source| prometheus_fingerprint(&source.labels)));
                    }
                }
            }
            silenced_by.sort();
            silenced_by.dedup();
            feeds.sort();
            feeds.dedup();
            live.push(LiveAlert { alert, feeds, silenced_by, inhibited_by });
        }
        Ok(live)
    }
}
