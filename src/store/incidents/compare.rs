//! Compares stored records and outbox rows with the event log.

use std::{collections::BTreeSet, fmt, ops::ControlFlow};

use crate::{
    domain::{
        effect::Effect,
        ids::{FollowUpId, IncidentId, MaintenanceId, PageId},
        oncall::Page,
        review::{FollowUpItem, Postmortem},
        status::Maintenance,
    },
    store::{
        Reads, StoreError,
        engine::{columns::row_limit, sql::params},
    },
};

/// The streams of incidents and pages begin with these.
const INCIDENTS: &str = "incident/";
const PAGES: &str = "page/";

/// How many ids are read at once.
const STEP: usize = 500;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Every record and row.
    Everything,
    /// This many of the newest incidents and pages.
    Newest(usize),
}

/// What a comparison found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CompareReport {
    /// How many records of incidents were compared.
    pub incidents: u64,
    /// How many records of pages were compared.
    pub pages: u64,
    /// How many records of post-mortems were compared.
    pub postmortems: u64,
    /// How many records of follow-ups were compared.
    pub followups: u64,
    /// How many records of maintenances were compared.
    pub maintenances: u64,
    /// How many outbox rows were compared.
    pub rows: u64,
    /// What differs.
    pub faults: Vec<RecordFault>,
}

/// A difference between what is stored and the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordFault {
    /// The record of an incident differs from its events.
    Incident {
        /// Which one.
        id: IncidentId,
        /// Its key.
        key: String,
    },
    /// The record of a page differs from its events.
    Page {
        /// Which one.
        id: PageId,
    },
    /// The record of a post-mortem differs from its events.
    Postmortem {
        /// Of which incident.
        id: IncidentId,
    },
    /// The record of a follow-up differs from its events.
    FollowUp {
        /// Which one.
        id: FollowUpId,
    },
    /// The record of a maintenance differs from its events.
    Maintenance {
        /// Which one.
        id: MaintenanceId,
    },
    /// Anything that only a backup repairs.
    Other(String),
}

impl fmt::Display for RecordFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident { key, .. } => write!(f, "the record of {key} differs from its history"),
            Self::Page { id } => write!(f, "the record of page {id} differs from its history"),
            Self::Postmortem { id } => write!(f, "the record of the post-mortem of {id} differs from its history"),
            Self::FollowUp { id } => write!(f, "the record of follow-up {id} differs from its history"),
            Self::Maintenance { id } => write!(f, "the record of maintenance {id} differs from its history"),
            Self::Other(what) => f.write_str(what),
        }
    }
}

impl Reads<'_> {
    /// Compares records of incidents, pages and post-mortems with their events, and outbox rows with the events that caused them.
    pub fn compare_with_log(&self, what: Comparison) -> Result<CompareReport, StoreError> {
        let mut report = CompareReport::default();
        let most = match what {
            Comparison::Everything => usize::MAX,
            Comparison::Newest(most) => most,
        };
        self.each_id("incidents", most, |id| self.compare_incident(id, &mut report))?;
        self.each_id("pages", most, |id| self.compare_page(id, &mut report))?;
        self.each_id("postmortems", most, |id| self.compare_postmortem(id, &mut report))?;
        self.each_id("followups", most, |id| self.compare_followup(id, &mut report))?;
        self.each_id("maintenances", most, |id| self.compare_maintenance(id, &mut report))?;
        if what == Comparison::Everything {
            self.find_lost_records(&mut report)?;
            self.compare_rows(&mut report)?;
        }
        Ok(report)
    }

    /// Visits the ids of a table, the newest first.
    fn each_id(
        &self,
        table: &str,
        most: usize,
        mut visit: impl FnMut(&str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT id FROM {table} WHERE id < $1 ORDER BY id DESC LIMIT $2");
        let (mut below, mut left) = ("~".to_owned(), most);
        while left > 0 {
            let ids = self.all(&sql, params![below, row_limit(STEP.min(left))], |row| row.get::<String>(0))?;
            ids.iter().try_for_each(|id| visit(id))?;
            let Some(last) = ids.last() else { break };
            (below, left) = (last.clone(), left - ids.len());
        }
        Ok(())
    }

    fn compare_incident(&self, id: &str, report: &mut CompareReport) -> Result<(), StoreError> {
        report.incidents += 1;
        let Some(id) = IncidentId::parse(id) else {
            report.faults.push(RecordFault::Other(format!("{id} is no id of an incident")));
            return Ok(());
        };
        let key = "SELECT prefix || '-' || number FROM incidents WHERE id = $1";
        let key = self.one(key, params![id.to_string()], |row| row.get::<String>(0))?.unwrap_or_default();
        let replayed = readable(self.replay_incident(id))?;
        let stored = readable(self.incident(id))?;
        match (replayed.flatten(), stored.flatten()) {
            (Some(replayed), Some(stored)) if replayed == stored => {}
            (Some(_), _) => report.faults.push(RecordFault::Incident { id, key }),
            (None, _) => report.faults.push(RecordFault::Other(format!("{key} has a record and no history"))),
        }
        Ok(())
    }

    fn compare_page(&self, id: &str, report: &mut CompareReport) -> Result<(), StoreError> {
        report.pages += 1;
        let Some(id) = PageId::parse(id) else {
            report.faults.push(RecordFault::Other(format!("{id} is no id of a page")));
            return Ok(());
        };
        let replayed = readable(self.replay_page(id))?;
        let stored = readable(self.page(id))?;
        match (replayed.flatten(), stored.flatten()) {
            (Some(replayed), Some(stored)) if replayed == stored => self.check_escalation(&stored, report),
            (Some(_), _) => {
                report.faults.push(RecordFault::Page { id });
                Ok(())
            }
            (None, _) => {
                report.faults.push(RecordFault::Other(format!("page {id} has a record and no history")));
                Ok(())
            }
        }
    }

    fn compare_postmortem(&self, id: &str, report: &mut CompareReport) -> Result<(), StoreError> {
        report.postmortems += 1;
        let Some(id) = IncidentId::parse(id) else {
            report.faults.push(RecordFault::Other(format!("{id} is no id of an incident with a post-mortem")));
            return Ok(());
        };
        let replayed = readable(self.replay_postmortem(id))?;
        let stored = readable(self.postmortem(id))?;
        match (replayed.flatten(), stored.flatten()) {
            (Some(replayed), Some(stored)) if replayed == stored => {}
            (Some(_), _) => report.faults.push(RecordFault::Postmortem { id }),
            (None, _) => {
                report.faults.push(RecordFault::Other(format!("the post-mortem of {id} has a record and no history")));
            }
        }
        Ok(())
    }

    fn compare_followup(&self, id: &str, report: &mut CompareReport) -> Result<(), StoreError> {
        report.followups += 1;
        let Some(id) = FollowUpId::parse(id) else {
            report.faults.push(RecordFault::Other(format!("{id} is no id of a follow-up")));
            return Ok(());
        };
        let replayed = readable(self.replay_followup(id))?;
        let stored = readable(self.followup(id))?;
        match (replayed.flatten(), stored.flatten()) {
            (Some(replayed), Some(stored)) if replayed == stored => {}
            (Some(_), _) => report.faults.push(RecordFault::FollowUp { id }),
            (None, _) => {
                report.faults.push(RecordFault::Other(format!("follow-up {id} has a record and no history")));
            }
        }
        Ok(())
    }

    fn compare_maintenance(&self, id: &str, report: &mut CompareReport) -> Result<(), StoreError> {
        report.maintenances += 1;
        let Some(id) = MaintenanceId::parse(id) else {
            report.faults.push(RecordFault::Other(format!("{id} is no id of a maintenance")));
            return Ok(());
        };
        let replayed = readable(self.replay_maintenance(id))?;
        let stored = readable(self.maintenance(id))?;
        match (replayed.flatten(), stored.flatten()) {
            (Some(replayed), Some(stored)) if replayed == stored => {}
            (Some(_), _) => report.faults.push(RecordFault::Maintenance { id }),
            (None, _) => {
                report.faults.push(RecordFault::Other(format!("maintenance {id} has a record and no history")));
            }
        }
        Ok(())
    }

    /// A page that is to go on needs a timer: without it nobody else is called.
    fn check_escalation(&self, page: &Page, report: &mut CompareReport) -> Result<(), StoreError> {
        if page.next_at.is_none() {
            return Ok(());
        }
        let sql = "SELECT 1 FROM outbox WHERE lane = $1 AND (settled_at IS NULL OR state = 'held') LIMIT 1";
        let lane = format!("wake/page/{}", page.id());
        if self.one(sql, params![lane], |_| Ok(()))?.is_none() {
            let what = format!("page {} waits for its next step, and the row of its timer is missing", page.id());
            report.faults.push(RecordFault::Other(what));
        }
        Ok(())
    }

    /// Finds histories whose record was deleted.
    fn find_lost_records(&self, report: &mut CompareReport) -> Result<(), StoreError> {
        for (table, prefix) in [
            ("incidents", INCIDENTS),
            ("pages", PAGES),
            ("postmortems", Postmortem::STREAMS),
            ("followups", FollowUpItem::STREAMS),
            ("maintenances", Maintenance::STREAMS),
        ] {
            let sql = format!(
                "SELECT stream FROM events WHERE seq = 1 AND substr(stream, 1, length($1)) = $1
                 AND NOT EXISTS (SELECT 1 FROM {table} r WHERE r.id = substr(stream, length($1) + 1)) LIMIT 100"
            );
            for stream in self.all(&sql, params![prefix], |row| row.get::<String>(0))? {
                report.faults.push(RecordFault::Other(format!("{stream} has a history and no record")));
            }
        }
        Ok(())
    }

    /// Compares each outbox row with the log: its effect can be read, and the event that caused it is there.
    fn compare_rows(&self, report: &mut CompareReport) -> Result<(), StoreError> {
        let mut known = BTreeSet::new();
        let mut faults = Vec::new();
        let mut rows = 0;
        self.each("SELECT key, effect, settled_at IS NULL FROM outbox ORDER BY id", |row| {
            rows += 1;
            let (key, effect, open): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if open && serde_json::from_str::<Effect>(&effect).is_err() {
                faults.push(RecordFault::Other(format!("the row {key} of the outbox cannot be read")));
            }
            if let Some((stream, seq)) = event_of(&key)
                && !known.contains(&(stream.to_owned(), seq))
            {
                if self.event(stream, seq)?.is_some() {
                    known.insert((stream.to_owned(), seq));
                } else {
                    faults.push(RecordFault::Other(format!("the row {key} of the outbox was caused by no event")));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        report.rows = rows;
        report.faults.extend(faults);
        Ok(())
    }
}

/// The event that a key of an incident's or a page's effect names.
fn event_of(key: &str) -> Option<(&str, u64)> {
    let mut parts = key.rsplitn(3, '/');
    let (_n, seq, stream) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
    let incident = stream.strip_prefix(INCIDENTS).is_some_and(|id| IncidentId::parse(id).is_some());
    let page = stream.strip_prefix(PAGES).is_some_and(|id| PageId::parse(id).is_some());
    let postmortem = stream.strip_prefix(Postmortem::STREAMS).is_some_and(|id| IncidentId::parse(id).is_some());
    let followup = stream.strip_prefix(FollowUpItem::STREAMS).is_some_and(|id| FollowUpId::parse(id).is_some());
    let maintenance = stream.strip_prefix(Maintenance::STREAMS).is_some_and(|id| MaintenanceId::parse(id).is_some());
    (incident || page || postmortem || followup || maintenance).then_some((stream, seq))
}

/// Returns what was read; `None` if it is damaged.
fn readable<T>(read: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(StoreError::Corrupt(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
