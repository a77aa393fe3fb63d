//! Lists of alerts and of groups: what pages and the API show.

use std::collections::{BTreeMap, btree_map::Entry};

use super::episodes::rank;
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
            columns::{like_anywhere, millis, unsigned},
            sql::params,
        },
        incidents::records::Conditions,
    },
};

/// Which groups are wanted. All that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupFilter {
    /// Their state.
    pub state: Option<AlertState>,
    /// Whether one of their alerts fires.
    pub firing: Option<bool>,
    /// The service their alerts agree in.
    pub service: Option<String>,
    /// The gravest severity that fires, or fired last.
    pub severity: Option<Severity>,
    /// The incident they belong to.
    pub incident: Option<IncidentId>,
    /// The last one of the page before.
    pub after: Option<GroupId>,
    /// How many at most; 0 stands for 50, and 500 is the most.
    pub limit: usize,
}

/// One page of groups, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPage {
    /// The groups.
    pub items: Vec<AlertGroup>,
    /// What to ask for the next page with; none: this is the last.
    pub next: Option<GroupId>,
}

/// Which alerts are wanted. All that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Their state.
    pub state: Option<AlertState>,
    /// Who sent them.
    pub source: Option<SourceId>,
    /// Their service.
    pub service: Option<String>,
    /// How grave.
    pub severity: Option<Severity>,
    /// The group that shows them.
    pub group: Option<GroupId>,
    /// What their name, host, service or summary contains, in any case.
    pub text: Option<String>,
    /// The last one of the page before.
    pub after: Option<AlertId>,
    /// How many at most; 0 stands for 50, and 500 is the most.
    pub limit: usize,
}

/// One page of alerts, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertPage {
    /// The alerts, each with what its group says of it.
    pub items: Vec<Alert>,
    /// What to ask for the next page with; none: this is the last.
    pub next: Option<AlertId>,
}

/// How many groups there are in which something fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupCounts {
    /// Nobody has them.
    pub firing: u64,
    /// Someone has them.
    pub acknowledged: u64,
    /// They are silenced.
    pub silenced: u64,
}

fn bounded(limit: usize) -> usize {
    if limit == 0 { 50 } else { limit.min(500) }
}

impl GroupFilter {
    fn conditions(&self, now: Timestamp) -> Conditions {
        let mut wanted = Conditions::default();
        match self.state {
            Some(AlertState::Firing) => {
                wanted.clauses.push("firing > 0 AND acknowledged = 0".to_owned());
                wanted.clauses.push("muted < firing".to_owned());
                wanted.add("(silenced_until IS NULL OR silenced_until <= $)", millis(now));
            }
            Some(AlertState::Acknowledged) => {
                wanted.clauses.push("firing > 0 AND acknowledged = 1".to_owned());
                wanted.clauses.push("muted < firing".to_owned());
                wanted.add("(silenced_until IS NULL OR silenced_until <= $)", millis(now));
            }
            Some(AlertState::Silenced) => {
                wanted.clauses.push("firing > 0".to_owned());
                wanted.add("(muted >= firing OR silenced_until > $)", millis(now));
            }
            Some(AlertState::Resolved) => wanted.clauses.push("firing = 0".to_owned()),
            None => {}
        }
        match self.firing {
            Some(true) => wanted.clauses.push("firing > 0".to_owned()),
            Some(false) => wanted.clauses.push("firing = 0".to_owned()),
            None => {}
        }
        if let Some(service) = &self.service {
            wanted.add("service = $", service.clone());
        }
        if let Some(severity) = self.severity {
            wanted.add("severity = $", rank(Some(severity)));
        }
        if let Some(incident) = self.incident {
            wanted.add("incident = $", incident.to_string());
        }
        if let Some(after) = self.after {
            wanted.add("id < $", after.to_string());
        }
        wanted
    }
}

impl AlertFilter {
    fn conditions(&self, now: Timestamp) -> Conditions {
        const OF_GROUP: &str = "EXISTS (SELECT 1 FROM alert_groups g WHERE g.id = alerts.group_id AND ";
        let mut wanted = Conditions::default();
        match self.state {
            Some(AlertState::Resolved) => wanted.clauses.push("firing = 0".to_owned()),
            Some(AlertState::Silenced) => {
                wanted.clauses.push("firing = 1".to_owned());
                wanted.add(&format!("(muted = 1 OR {OF_GROUP} g.silenced_until > $))"), millis(now));
            }
            Some(state @ (AlertState::Firing | AlertState::Acknowledged)) => {
                let not = if state == AlertState::Firing { "NOT " } else { "" };
                wanted.clauses.push("firing = 1 AND muted = 0".to_owned());
                wanted.clauses.push(format!("{not}{OF_GROUP} g.acknowledged_at >= alerts.first_seen)"));
                wanted.add(&format!("NOT {OF_GROUP} g.silenced_until > $)"), millis(now));
            }
            None => {}
        }
        if let Some(source) = &self.source {
            wanted.add("source = $", source.as_str().to_owned());
        }
        if let Some(service) = &self.service {
            wanted.add("service = $", service.clone());
        }
        if let Some(severity) = self.severity {
            wanted.add("severity = $", rank(Some(severity)));
        }
        if let Some(group) = self.group {
            wanted.add("id IN (SELECT alert FROM group_alerts WHERE group_id = $)", group.to_string());
        }
        if let Some(text) = &self.text {
            wanted.add("search LIKE $ ESCAPE '\\'", like_anywhere(text.trim()));
        }
        if let Some(after) = self.after {
            wanted.add("id < $", after.to_string());
        }
        wanted
    }
}

impl Reads<'_> {
    /// One page of the groups a filter lets through, newest first.
    pub fn list_groups(&self, filter: &GroupFilter, now: Timestamp) -> Result<GroupPage, StoreError> {
        let wanted = filter.conditions(now);
        let limit = bounded(filter.limit);
        let condition = format!("{} ORDER BY id DESC LIMIT {}", wanted.text(), limit + 1);
        let mut items = self.groups_where(&condition, &wanted.params())?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().map(|last| last.id).filter(|_| more);
        Ok(GroupPage { items, next })
    }

    /// How many groups there are in which something fires, by state.
    pub fn count_groups(&self, now: Timestamp) -> Result<GroupCounts, StoreError> {
        let sql =
            "SELECT CASE WHEN silenced_until > $1 OR muted >= firing THEN 2 ELSE acknowledged END AS state, COUNT(*)
            FROM alert_groups WHERE firing > 0 GROUP BY 1";
        let rows = self.all(sql, params![millis(now)], |row| Ok((row.get::<i64>(0)?, unsigned(row.get(1)?))))?;
        let of = |state| rows.iter().find(|(found, _)| *found == state).map_or(0, |(_, count)| *count);
        Ok(GroupCounts { firing: of(0), acknowledged: of(1), silenced: of(2) })
    }

    /// One page of the alerts a filter lets through, newest first.
    pub fn list_alerts(&self, filter: &AlertFilter, now: Timestamp) -> Result<AlertPage, StoreError> {
        let wanted = filter.conditions(now);
        let limit = bounded(filter.limit);
        let condition = format!("{} ORDER BY id DESC LIMIT {}", wanted.text(), limit + 1);
        let mut items = self.alerts_where(&condition, &wanted.params())?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().map(|last| last.id).filter(|_| more);
        let mut groups: BTreeMap<GroupId, Option<AlertGroup>> = BTreeMap::new();
        for alert in &mut items {
            let Some(id) = alert.group else { continue };
            let group = match groups.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(self.group(id)?),
            };
            if let Some(group) = group {
                self.fill_in(alert, group)?;
            }
        }
        Ok(AlertPage { items, next })
    }

    /// How many alerts a filter lets through; its page and limit do not count.
    pub fn count_alerts(&self, filter: &AlertFilter, now: Timestamp) -> Result<u64, StoreError> {
        let wanted = AlertFilter { after: None, ..filter.clone() }.conditions(now);
        let sql = format!("SELECT COUNT(*) FROM alerts WHERE {}", wanted.text());
        let count = self.one(&sql, &wanted.params(), |row| row.get::<i64>(0))?;
        Ok(count.map_or(0, unsigned))
    }
}
