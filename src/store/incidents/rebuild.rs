//! Rebuilds records of incidents, pages and post-mortems from their events.
//!
//! A record is what its events made of it. When the code that applies events changes, what an older program stored is no
//! longer what the events say: the version of the records is stored beside them, and records of another version are
//! rebuilt when the file is opened.

use crate::{
    domain::{
        event::{Event, RecordedEvent},
        ids::{FollowUpId, IncidentId, MaintenanceId, PageId},
        incident::{self, Incident},
        oncall::{self, Page},
        review::{self, FollowUpItem, Postmortem},
        status::{MAINTENANCE_VERSION, Maintenance},
    },
    store::{
        FollowUpFilter, Reads, StoreError, Tx,
        reports::{facts::FACTS_VERSION, load::LOAD_VERSION},
        trackers::issues::WORDS_VERSION,
    },
};

const INCIDENTS: &str = "incident_record_version";
const PAGES: &str = "page_record_version";
const FOLLOWUPS: &str = "followup_record_version";
const MAINTENANCES: &str = "maintenance_record_version";
const POSTMORTEMS: &str = "postmortem_record_version";
const FACTS: &str = "facts_record_version";
const LOAD: &str = "load_record_version";
const WORDS: &str = "words_record_version";

impl Reads<'_> {
    /// True if no record was stored by a program with other record versions.
    pub fn has_current_records(&self) -> Result<bool, StoreError> {
        Ok(self.stored_version(INCIDENTS)? == Some(incident::RECORD_VERSION)
            && self.stored_version(PAGES)? == Some(oncall::RECORD_VERSION)
            && self.stored_version(POSTMORTEMS)? == Some(review::RECORD_VERSION)
            && self.stored_version(FOLLOWUPS)? == Some(review::FOLLOWUP_VERSION)
            && self.stored_version(FACTS)? == Some(FACTS_VERSION)
            && self.stored_version(MAINTENANCES)? == Some(MAINTENANCE_VERSION)
            && self.stored_version(LOAD)? == Some(LOAD_VERSION)
            && self.stored_version(WORDS)? == Some(WORDS_VERSION))
    }

    fn stored_version(&self, name: &str) -> Result<Option<u32>, StoreError> {
        Ok(self.meta(name)?.and_then(|version| version.parse().ok()))
    }

    /// Returns an incident as its history says; `None` if there is no declaration of it.
    pub fn replay_incident(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        let history = self.events_of(&Incident::stream(id), 0, usize::MAX)?;
        let events = history.iter().filter_map(|recorded| match &recorded.event {
            Event::Incident(event) => Some((event, recorded.at, &recorded.actor)),
            Event::OnCall(_)
            | Event::Alert(_)
            | Event::Review(_)
            | Event::FollowUp(_)
            | Event::Maintenance(_)
            | Event::System(_) => None,
        });
        Ok(incident::replay(events).filter(|incident| incident.id == id))
    }

    pub(in crate::store) fn replay_page(&self, id: PageId) -> Result<Option<Page>, StoreError> {
        let history = self.events_of(&Page::stream(id), 0, usize::MAX)?;
        Ok(oncall::replay(history.iter().filter_map(page_event)))
    }

    fn ids<T>(&self, table: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, StoreError> {
        let ids = self.all(&format!("SELECT id FROM {table} ORDER BY id"), &[], |row| row.get::<String>(0))?;
        let id = |id: &String| parse(id).ok_or_else(|| StoreError::Corrupt(format!("{id} is no id of {table}")));
        ids.iter().map(id).collect()
    }
}

fn page_event(recorded: &RecordedEvent) -> Option<(&oncall::OnCallEvent, crate::domain::Timestamp)> {
    match &recorded.event {
        Event::OnCall(event) => Some((event, recorded.at)),
        Event::Incident(_)
        | Event::Alert(_)
        | Event::Review(_)
        | Event::FollowUp(_)
        | Event::Maintenance(_)
        | Event::System(_) => None,
    }
}

impl Tx<'_> {
    /// Rebuilds all records if a program with other record versions stored them. Returns how many of them changed.
    ///
    /// A record whose history cannot be read or does not fit stays as it is: `hotroom doctor` reports it, and it must not
    /// keep the program from starting.
    pub fn rebuild_old_records(&mut self) -> Result<u64, StoreError> {
        let mut rebuilt = 0;
        if self.stored_version(INCIDENTS)? != Some(incident::RECORD_VERSION) {
            for id in self.ids("incidents", IncidentId::parse)? {
                rebuilt += counted(&Incident::stream(id), self.rebuild_incident(id))?;
            }
            self.set_meta(INCIDENTS, Some(&incident::RECORD_VERSION.to_string()))?;
        }
        if self.stored_version(PAGES)? != Some(oncall::RECORD_VERSION) {
            for id in self.ids("pages", PageId::parse)? {
                rebuilt += counted(&Page::stream(id), self.rebuild_page(id))?;
            }
            self.set_meta(PAGES, Some(&oncall::RECORD_VERSION.to_string()))?;
        }
        if self.stored_version(POSTMORTEMS)? != Some(review::RECORD_VERSION) {
            for id in self.ids("postmortems", IncidentId::parse)? {
                rebuilt += counted(&Postmortem::stream(id), self.rebuild_postmortem(id))?;
            }
            self.set_meta(POSTMORTEMS, Some(&review::RECORD_VERSION.to_string()))?;
        }
        if self.stored_version(FOLLOWUPS)? != Some(review::FOLLOWUP_VERSION) {
            for id in self.ids("followups", FollowUpId::parse)? {
                rebuilt += counted(&FollowUpItem::stream(id), self.rebuild_followup(id))?;
            }
            self.set_meta(FOLLOWUPS, Some(&review::FOLLOWUP_VERSION.to_string()))?;
        }
        if self.stored_version(FACTS)? != Some(FACTS_VERSION) {
            self.write_all_facts()?;
            self.set_meta(FACTS, Some(&FACTS_VERSION.to_string()))?;
        }
        if self.stored_version(MAINTENANCES)? != Some(MAINTENANCE_VERSION) {
            for id in self.ids("maintenances", MaintenanceId::parse)? {
                rebuilt += counted(&Maintenance::stream(id), self.rebuild_maintenance(id))?;
            }
            self.set_meta(MAINTENANCES, Some(&MAINTENANCE_VERSION.to_string()))?;
        }
        if self.stored_version(LOAD)? != Some(LOAD_VERSION) {
            self.write_all_load()?;
            self.set_meta(LOAD, Some(&LOAD_VERSION.to_string()))?;
        }
        if self.stored_version(WORDS)? != Some(WORDS_VERSION) {
            self.write_all_words()?;
            self.set_meta(WORDS, Some(&WORDS_VERSION.to_string()))?;
        }
        Ok(rebuilt)
    }

    /// Writes what reports count, for records that an older program stored.
    fn write_all_facts(&mut self) -> Result<(), StoreError> {
        for id in self.ids("incidents", IncidentId::parse)? {
            if let Some(incident) = readable(self.incident(id))?.flatten() {
                self.save_facts(&incident)?;
            }
        }
        Ok(())
    }

    /// Writes by which words issues are found, for records that an older program stored or an import brought: each incident with
    /// its follow-ups.
    pub fn write_all_words(&mut self) -> Result<(), StoreError> {
        for id in self.ids("incidents", IncidentId::parse)? {
            let Some(incident) = readable(self.incident(id))?.flatten() else { continue };
            self.save_incident_words(&incident)?;
            let filter = FollowUpFilter { incident: Some(id), limit: 500, ..FollowUpFilter::default() };
            let followups = readable(self.list_followups(&filter))?;
            for item in followups.iter().flat_map(|listing| listing.items.iter().rev()) {
                self.save_followup_words(item)?;
            }
        }
        Ok(())
    }

    /// Writes when pages reached out for people, for records that an older program stored.
    fn write_all_load(&mut self) -> Result<(), StoreError> {
        for id in self.ids("pages", PageId::parse)? {
            if let Some(page) = readable(self.page(id))?.flatten() {
                self.save_load(&page)?;
            }
        }
        Ok(())
    }

    /// Rebuilds the record of an incident. Returns false if it is as its history says already, or has no history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the history has another number of events than the record.
    pub fn rebuild_incident(&mut self, id: IncidentId) -> Result<bool, StoreError> {
        let Some(replayed) = self.replay_incident(id)? else { return Ok(false) };
        if matches!(readable(self.incident(id))?.flatten(), Some(stored) if stored == replayed) {
            return Ok(false);
        }
        self.rewrite_record(&replayed)?;
        Ok(true)
    }

    /// Rebuilds the record of a page. Returns false if it is as its history says already, or has no history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the history has another number of events than the record.
    pub fn rebuild_page(&mut self, id: PageId) -> Result<bool, StoreError> {
        let Some(replayed) = self.replay_page(id)? else { return Ok(false) };
        if matches!(readable(self.page(id))?.flatten(), Some(stored) if stored == replayed) {
            return Ok(false);
        }
        self.rewrite_page(&replayed)?;
        Ok(true)
    }
}

/// Returns what is stored; `None` if it has a layout that this program cannot read.
fn readable<T>(stored: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match stored {
        Ok(stored) => Ok(Some(stored)),
        Err(StoreError::Corrupt(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Counts a rebuilt record. A record that cannot be rebuilt is logged and not counted.
fn counted(stream: &str, rebuilt: Result<bool, StoreError>) -> Result<u64, StoreError> {
    match rebuilt {
        Ok(rebuilt) => Ok(u64::from(rebuilt)),
        Err(error @ (StoreError::Corrupt(_) | StoreError::Conflict(_))) => {
            tracing::warn!(stream, %error, "a record could not be rebuilt from its events");
            Ok(0)
        }
        Err(error) => Err(error),
    }
}
