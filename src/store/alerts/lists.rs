//! Filtered lists of alerts and groups, for the console and the API.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, AlertState},
        ids::{AlertId, GroupId, IncidentId, SourceId},
        incident::Severity,
    },
    store::{
        Reads, StoreError,
        engine::{
            columns::{like_anywhere, listing_limit, millis, severity_rank, unsigned},
            conditions::Conditions,
            sql::params,
        },
    },
};

/// Selects groups. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Their state.
    pub state: Option<AlertState>,
    /// True for groups with a firing alert, also in a child group.
    pub firing: Option<bool>,
    /// The service of all their alerts.
    pub service: Option<String>,
    /// The most severe severity that fires, or fired last.
    pub severity: Option<Severity>,
    /// Their incident.
    pub incident: Option<IncidentId>,
    /// Continues a listing: its last id.
    pub after: Option<GroupId>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A part of a list of groups, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// The groups.
    pub items: Vec<AlertGroup>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<GroupId>,
}

/// Selects alerts. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Their state.
    pub state: Option<AlertState>,
    /// Their source.
    pub source: Option<SourceId>,
    /// Their service.
    pub service: Option<String>,
    /// Their severity.
    pub severity: Option<Severity>,
    /// A group that shows them.
    pub group: Option<GroupId>,
    /// Text in their name, host, service or summary, ignoring case.
    pub text: Option<String>,
    /// Continues a listing: its last id.
    pub after: Option<AlertId>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A part of a list of alerts, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertListing {
    /// The alerts, each with the state of its group.
    pub items: Vec<Alert>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<AlertId>,
}

/// Numbers of firing groups by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Not acknowledged.
    pub firing: u64,
    /// Acknowledged.
    pub acknowledged: u64,
    /// Silenced or muted.
    pub silenced: u64,
}

impl GroupFilter {
    fn conditions(&self, now: Timestamp) -> Conditions {
        let mut conditions = Conditions::default();
        // The columns say what the record says: fires, all_muted and acknowledged count child groups as well.
        match self.state {
            Some(state @ (AlertState::Firing | AlertState::Acknowledged)) => {
                conditions.literal("fires = 1 AND all_muted = 0");
                conditions.literal(if state == AlertState::Firing { "acknowledged = 0" } else { "acknowledged = 1" });
                conditions.add("(silenced_until IS NULL OR silenced_until <= $)", millis(now));
            }
            Some(AlertState::Silenced) => {
                conditions.literal("fires = 1");
                conditions.add("(all_muted = 1 OR silenced_until > $)", millis(now));
            }
            Some(AlertState::Resolved) => conditions.literal("fires = 0"),
            None => {}
        }
        match self.firing {
            Some(true) => conditions.literal("fires = 1"),
            Some(false) => conditions.literal("fires = 0"),
            None => {}
        }
        if let Some(service) = &self.service {
            conditions.add("service = $", service.clone());
        }
        if let Some(severity) = self.severity {
            conditions.add("severity = $", severity_rank(Some(severity)));
        }
        if let Some(incident) = self.incident {
            conditions.add("incident = $", incident.to_string());
        }
        if let Some(after) = self.after {
            conditions.add("id < $", after.to_string());
        }
        conditions
    }
}

impl AlertFilter {
    fn conditions(&self, now: Timestamp) -> Conditions {
        const OF_GROUP: &str = "EXISTS (SELECT 1 FROM alert_groups g WHERE g.id = alerts.group_id AND ";
        let mut conditions = Conditions::default();
        match self.state {
            Some(AlertState::Resolved) => conditions.literal("firing = 0"),
            Some(AlertState::Silenced) => {
                conditions.literal("firing = 1");
                conditions.add(&format!("(muted = 1 OR {OF_GROUP} g.silenced_until > $))"), millis(now));
            }
            Some(state @ (AlertState::Firing | AlertState::Acknowledged)) => {
                let not = if state == AlertState::Firing { "NOT " } else { "" };
                conditions.literal("firing = 1 AND muted = 0");
                let acknowledged =
                    format!("(acknowledged_there = 1 OR {OF_GROUP} g.acknowledged_at >= alerts.first_seen))");
                conditions.literal(&format!("{not}{acknowledged}"));
                conditions.add(&format!("NOT {OF_GROUP} g.silenced_until > $)"), millis(now));
            }
            None => {}
        }
        if let Some(source) = &self.source {
            conditions.add("source = $", source.as_str().to_owned());
        }
        if let Some(service) = &self.service {
            conditions.add("service = $", service.clone());
        }
        if let Some(severity) = self.severity {
            conditions.add("severity = $", severity_rank(Some(severity)));
        }
        if let Some(group) = self.group {
            conditions.add("id IN (SELECT alert FROM group_alerts WHERE group_id = $)", group.to_string());
        }
        if let Some(text) = &self.text {
            conditions.add("search LIKE $ ESCAPE '\\'", like_anywhere(text.trim()));
        }
        if let Some(after) = self.after {
            conditions.add("id < $", after.to_string());
        }
        conditions
    }
}

impl Reads<'_> {
    /// One part of the groups that a filter selects, newest first.
    pub fn list_groups(&self, filter: &GroupFilter, now: Timestamp) -> Result<GroupListing, StoreError> {
        let conditions = filter.conditions(now);
        let limit = listing_limit(filter.limit);
        let condition = format!("{} ORDER BY id DESC LIMIT {}", conditions.text(), limit + 1);
        let mut items = self.groups_where(&condition, &conditions.params())?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|last| last.id) } else { None };
        Ok(GroupListing { items, next })
    }

    /// The number of firing groups by state.
    pub fn count_groups(&self, now: Timestamp) -> Result<GroupCounts, StoreError> {
        let sql =
            "SELECT CASE WHEN silenced_until > $1 OR all_muted = 1 THEN 2 ELSE acknowledged END AS state, COUNT(*)
            FROM alert_groups WHERE fires = 1 GROUP BY 1";
        let rows = self.all(sql, params![millis(now)], |row| Ok((row.get::<i64>(0)?, unsigned(row.get(1)?))))?;
        let count = |state| rows.iter().find(|(found, _)| *found == state).map_or(0, |(_, count)| *count);
        Ok(GroupCounts { firing: count(0), acknowledged: count(1), silenced: count(2) })
    }

    /// One part of the alerts that a filter selects, newest first.
    pub fn list_alerts(&self, filter: &AlertFilter, now: Timestamp) -> Result<AlertListing, StoreError> {
        let conditions = filter.conditions(now);
        let limit = listing_limit(filter.limit);
        let condition = format!("{} ORDER BY id DESC LIMIT {}", conditions.text(), limit + 1);
        let mut items = self.alerts_where(&condition, &conditions.params())?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|last| last.id) } else { None };
        let mut groups: BTreeMap<GroupId, Option<AlertGroup>> = BTreeMap::new();
        for alert in &mut items {
            let Some(id) = alert.group else { continue };
            let group = match groups.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(entry) => entry.insert(self.group(id)?),
            };
            if let Some(group) = group {
                self.add_group_state(alert, group)?;
            }
        }
        Ok(AlertListing { items, next })
    }

    /// The number of alerts that a filter selects, without regard to `after` and `limit`.
    pub fn count_alerts(&self, filter: &AlertFilter, now: Timestamp) -> Result<u64, StoreError> {
        let conditions = AlertFilter { after: None, ..filter.clone() }.conditions(now);
        let sql = format!("SELECT COUNT(*) FROM alerts WHERE {}", conditions.text());
        let count = self.one(&sql, &conditions.params(), |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }
}
