//! Incidents: the fold of their events, and the lists people look at.

use crate::{
    domain::{
        ids::{IncidentId, Key, PersonId, RoomId, ServiceId, StatusId},
        incident::{Category, Incident, Severity, TimeName},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, like_anywhere, millis, signed, to_json, to_word, unsigned},
            sql::{Param, params},
        },
    },
};

/// For whom a list is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Viewer {
    /// The program itself: private incidents too.
    #[default]
    Everything,
    /// A person: private incidents only as a member.
    Person(PersonId),
}

/// Which incidents are wanted. All that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// For whom.
    pub viewer: Viewer,
    /// Whether people still work on it.
    pub open: Option<bool>,
    /// Whether it is resolved and not yet closed.
    pub resolved: Option<bool>,
    /// Its status.
    pub status: Option<StatusId>,
    /// How grave.
    pub severity: Option<Severity>,
    /// The faulty service.
    pub service: Option<ServiceId>,
    /// What its title or key contains, in any case.
    pub text: Option<String>,
    /// The last one of the page before.
    pub after: Option<IncidentId>,
    /// How many at most; 0 stands for 50, and 500 is the most.
    pub limit: usize,
}

/// One page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentPage {
    /// The incidents.
    pub items: Vec<Incident>,
    /// What to ask for the next page with; none: this is the last.
    pub next: Option<IncidentId>,
}

impl IncidentFilter {
    fn limit(&self) -> usize {
        if self.limit == 0 { 50 } else { self.limit.min(500) }
    }

    /// The statement that picks the ids of a page. One more than is shown tells whether there is another page.
    fn list_statement(&self) -> Result<(String, Conditions), StoreError> {
        let mut wanted = self.conditions()?;
        if let Some(after) = self.after {
            wanted.add("id < $", after.to_string());
        }
        let limit = self.limit() + 1;
        let sql = format!("SELECT id FROM incidents WHERE {} ORDER BY id DESC LIMIT {limit}", wanted.text());
        Ok((sql, wanted))
    }

    /// The conditions of the filter with their values, in order.
    fn conditions(&self) -> Result<Conditions, StoreError> {
        let mut wanted = Conditions::default();
        match &self.viewer {
            Viewer::Everything => {}
            Viewer::Person(person) => wanted.add(
                "(private = 0 OR EXISTS (SELECT 1 FROM incident_members m WHERE m.incident = incidents.id AND m.person = $))",
                person.as_str().to_owned(),
            ),
        }
        match self.open {
            // The literal lets the index of open incidents be used.
            Some(true) => wanted.clauses.push("is_open = 1".to_owned()),
            Some(false) => wanted.clauses.push("is_open = 0".to_owned()),
            None => {}
        }
        if let Some(resolved) = self.resolved {
            let clause = if resolved { "category = $" } else { "category <> $" };
            wanted.add(clause, to_word(&Category::Resolved)?);
        }
        if let Some(status) = &self.status {
            wanted.add("status = $", status.as_str().to_owned());
        }
        if let Some(severity) = &self.severity {
            wanted.add("severity = $", to_word(severity)?);
        }
        if let Some(service) = &self.service {
            wanted.add("service = $", service.as_str().to_owned());
        }
        if let Some(text) = &self.text {
            wanted.add("search LIKE $ ESCAPE '\\'", like_anywhere(text.trim()));
        }
        Ok(wanted)
    }
}

/// Conditions and values, numbered in the order they are added.
#[derive(Default)]
pub(in crate::store) struct Conditions {
    pub(in crate::store) clauses: Vec<String>,
    pub(in crate::store) values: Vec<Box<dyn Param>>,
}

impl Conditions {
    pub(in crate::store) fn add(&mut self, clause: &str, value: impl Param + 'static) {
        self.values.push(Box::new(value));
        self.clauses.push(clause.replace('$', &format!("${}", self.values.len())));
    }

    /// The values, in the order of their numbers.
    pub(in crate::store) fn params(&self) -> Vec<&dyn Param> {
        self.values.iter().map(AsRef::as_ref).collect()
    }

    pub(in crate::store) fn text(&self) -> String {
        if self.clauses.is_empty() { "1 = 1".to_owned() } else { self.clauses.join(" AND ") }
    }
}

impl Tx<'_> {
    /// The next key of a prefix: `HOT-1`, `HOT-2`, … without a gap.
    pub fn next_key(&mut self, prefix: &str) -> Result<Key, StoreError> {
        let number: Option<i64> = self.one(
            "INSERT INTO key_numbers (prefix, last) VALUES ($1, 1)
             ON CONFLICT (prefix) DO UPDATE SET last = key_numbers.last + 1
             RETURNING last",
            params![prefix],
            |row| row.get(0),
        )?;
        Ok(Key::new(prefix, number.map_or(1, unsigned)))
    }

    /// Writes an incident's record. Its version must be greater than the one that is stored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older, or when key or room belong to another incident.
    pub fn save_incident(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let id = incident.id.to_string();
        let opened = incident.times.get(&TimeName::Declared).map_or(incident.status_at, |time| time.first);
        let sql = "SELECT at FROM events WHERE stream = $1 AND seq = $2";
        let last_event = params![Incident::stream(incident.id), signed(incident.version)];
        let updated = self.one(sql, last_event, |row| row.get(0))?.unwrap_or(millis(incident.status_at));
        let title = incident.title.verbatim();
        let search = format!("{title} {}", incident.key).to_lowercase();
        let changed = self.run(
            SAVE,
            params![
                id,
                incident.key.prefix,
                signed(incident.key.number),
                incident.status.as_str(),
                to_word(&incident.category)?,
                incident.is_open(),
                to_word(&incident.severity)?,
                incident.private,
                incident.service.as_ref().map(ServiceId::as_str),
                incident.room.as_ref().map(RoomId::as_str),
                millis(opened),
                updated,
                signed(incident.version),
                title,
                search,
                to_json(incident)?,
            ],
        )?;
        if changed == 0 {
            let (key, version) = (&incident.key, incident.version);
            return Err(StoreError::Conflict(format!("{key} is stored with version {version} or a later one already")));
        }
        self.save_members(&id, incident)
    }

    /// Writes the record of the stored version anew: the events are the same, but words were taken out of them.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is stored.
    pub fn rewrite_record(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let doc = to_json(incident)?;
        let changed = self.overwriting(|tx| {
            let sql = "UPDATE incidents SET doc = $1 WHERE id = $2 AND version = $3";
            tx.run(sql, params![doc, incident.id.to_string(), signed(incident.version)])
        })?;
        if changed == 0 {
            return Err(StoreError::Conflict(format!("{} has another version than its history", incident.key)));
        }
        Ok(())
    }

    fn save_members(&mut self, id: &str, incident: &Incident) -> Result<(), StoreError> {
        let stored = self
            .all("SELECT person FROM incident_members WHERE incident = $1", params![id], |row| row.get::<String>(0))?;
        for gone in stored.iter().filter(|person| !incident.members.contains(&PersonId::from(person.as_str()))) {
            self.run("DELETE FROM incident_members WHERE incident = $1 AND person = $2", params![id, gone])?;
        }
        for person in incident.members.iter().filter(|person| !stored.iter().any(|known| known == person.as_str())) {
            self.run("INSERT INTO incident_members (incident, person) VALUES ($1, $2)", params![id, person.as_str()])?;
        }
        Ok(())
    }
}

const SAVE: &str = "INSERT INTO incidents (id, prefix, number, status, category, is_open, severity, private, service,
        room, opened_at, updated_at, version, title, search, doc)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (id) DO UPDATE SET prefix = excluded.prefix, number = excluded.number, status = excluded.status,
        category = excluded.category, is_open = excluded.is_open, severity = excluded.severity,
        private = excluded.private, service = excluded.service, room = excluded.room,
        updated_at = excluded.updated_at, version = excluded.version, title = excluded.title,
        search = excluded.search, doc = excluded.doc
    WHERE incidents.version < excluded.version";

impl Reads<'_> {
    fn incident_where(&self, condition: &str, values: &[&dyn Param]) -> Result<Option<Incident>, StoreError> {
        let sql = format!("SELECT id, doc FROM incidents WHERE {condition}");
        let row = self.one(&sql, values, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?;
        row.map(|(id, doc)| from_json(&format_args!("incident {id}"), &doc)).transpose()
    }

    /// An incident by its id.
    pub fn incident(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        self.incident_where("id = $1", params![id.to_string()])
    }

    /// An incident by its key.
    pub fn incident_by_key(&self, key: &Key) -> Result<Option<Incident>, StoreError> {
        self.incident_where("prefix = $1 AND number = $2", params![key.prefix, signed(key.number)])
    }

    /// The incident whose hot room this is.
    pub fn incident_by_room(&self, room: &RoomId) -> Result<Option<Incident>, StoreError> {
        self.incident_where("room = $1", params![room.as_str()])
    }

    /// One page of the incidents a filter lets through, newest first.
    pub fn list_incidents(&self, filter: &IncidentFilter) -> Result<IncidentPage, StoreError> {
        let limit = filter.limit();
        let (sql, wanted) = filter.list_statement()?;
        let mut ids = self.all(&sql, &wanted.params(), |row| row.get::<String>(0))?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            items.extend(self.incident_where("id = $1", params![id])?);
        }
        let next = items.last().map(|last| last.id).filter(|_| more);
        Ok(IncidentPage { items, next })
    }

    #[cfg(test)]
    pub(in crate::store) fn plan_of_list(&self, filter: &IncidentFilter) -> Result<String, StoreError> {
        let (sql, _) = filter.list_statement()?;
        Ok(self.query_plan(&sql)?.join("; "))
    }

    /// How many incidents of each status a filter lets through; its status, page and limit do not count.
    pub fn count_incidents(&self, filter: &IncidentFilter) -> Result<Vec<(StatusId, u64)>, StoreError> {
        let filter = IncidentFilter { status: None, ..filter.clone() };
        let wanted = filter.conditions()?;
        let sql =
            format!("SELECT status, COUNT(*) FROM incidents WHERE {} GROUP BY status ORDER BY status", wanted.text());
        self.all(&sql, &wanted.params(), |row| Ok((StatusId::new(row.get::<String>(0)?), unsigned(row.get(1)?))))
    }
}
