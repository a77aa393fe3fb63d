//! Incident records and their lists.

use crate::{
    domain::{
        ids::{FieldId, IncidentId, Key, PersonId, RoomId, ServiceId, StatusId},
        incident::{Category, Incident, Severity, TimeName},
        text::fold_case,
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, like_anywhere, listing_limit, millis, signed, to_json, to_word, unsigned},
            conditions::Conditions,
            sql::{Param, params},
        },
        incidents::fields::compared,
    },
};

/// Who sees a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListViewer {
    /// The program itself, which sees private incidents too.
    #[default]
    Everything,
    /// A person, who sees private incidents only as a member.
    Person(PersonId),
}

/// Selects incidents. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Who sees the list.
    pub viewer: ListViewer,
    /// True for open incidents.
    pub open: Option<bool>,
    /// True for incidents that are resolved and not yet closed.
    pub resolved: Option<bool>,
    /// Their status.
    pub status: Option<StatusId>,
    /// Their severity.
    pub severity: Option<Severity>,
    /// Their service.
    pub service: Option<ServiceId>,
    /// A field and one of its entries, ignoring case.
    pub field: Option<(FieldId, String)>,
    /// Text in their title or key, ignoring case.
    pub text: Option<String>,
    /// The most severe first, then the oldest; such a listing cannot be continued. Otherwise the newest first.
    pub most_severe_first: bool,
    /// Continues a listing: its last id.
    pub after: Option<IncidentId>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A part of a list of incidents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentListing {
    /// The incidents.
    pub items: Vec<Incident>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<IncidentId>,
}

impl IncidentFilter {
    /// The statement that selects the ids of a part. It selects one id more than is returned: that one shows whether the
    /// listing continues.
    fn list_statement(&self) -> Result<(String, Conditions), StoreError> {
        let mut conditions = self.conditions()?;
        if let Some(after) = self.after {
            conditions.add("id < $", after.to_string());
        }
        let limit = listing_limit(self.limit) + 1;
        let order = if self.most_severe_first { "severity, id" } else { "id DESC" };
        let sql = format!("SELECT id FROM incidents WHERE {} ORDER BY {order} LIMIT {limit}", conditions.text());
        Ok((sql, conditions))
    }

    /// The conditions of the filter.
    fn conditions(&self) -> Result<Conditions, StoreError> {
        let mut conditions = Conditions::default();
        match &self.viewer {
            ListViewer::Everything => {}
            ListViewer::Person(person) => conditions.add(
                "(private = 0 OR EXISTS (SELECT 1 FROM incident_members m WHERE m.incident = incidents.id AND m.person = $))",
                person.as_str().to_owned(),
            ),
        }
        match self.open {
            Some(true) => conditions.literal("is_open = 1"),
            Some(false) => conditions.literal("is_open = 0"),
            None => {}
        }
        if let Some(resolved) = self.resolved {
            let clause = if resolved { "category = $" } else { "category <> $" };
            conditions.add(clause, to_word(&Category::Resolved)?);
        }
        if let Some(status) = &self.status {
            conditions.add("status = $", status.as_str().to_owned());
        }
        if let Some(severity) = &self.severity {
            conditions.add("severity = $", to_word(severity)?);
        }
        if let Some(service) = &self.service {
            conditions.add("service = $", service.as_str().to_owned());
        }
        if let Some((field, entry)) = &self.field {
            let wanted = "id IN (SELECT incident FROM incident_fields WHERE field = $";
            conditions.add(wanted, field.as_str().to_owned());
            conditions.add_to_last(" AND value = $)", compared(entry));
        }
        if let Some(text) = &self.text {
            conditions.add("search LIKE $ ESCAPE '\\'", like_anywhere(&fold_case(text.trim())));
        }
        Ok(conditions)
    }
}

impl Tx<'_> {
    /// Allots the next key of a prefix: `HOT-1`, `HOT-2`, … without a gap.
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

    /// Writes the record of an incident. Its version must be greater than the stored one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older, or when key or room belong to another incident.
    pub fn save_incident(&mut self, incident: &Incident) -> Result<(), StoreError> {
        if self.write_record(incident, "<")? == 0 {
            let (key, version) = (&incident.key, incident.version);
            return Err(StoreError::Conflict(format!("{key} is stored with version {version} or a later one already")));
        }
        self.save_facts(incident)?;
        self.save_incident_words(incident)?;
        self.save_fields(incident)?;
        self.save_members(incident)
    }

    /// Replaces the record of the stored version: after text was removed from its events, or when the code that applies
    /// them has changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is stored.
    pub fn rewrite_record(&mut self, incident: &Incident) -> Result<(), StoreError> {
        if self.overwriting(|tx| tx.write_record(incident, "="))? == 0 {
            return Err(StoreError::Conflict(format!("{} has another version than its history", incident.key)));
        }
        self.save_facts(incident)?;
        self.save_incident_words(incident)?;
        self.save_fields(incident)?;
        self.save_members(incident)
    }

    /// Writes a record if the version that is stored compares in this way with its own. Returns the number of rows.
    fn write_record(&mut self, incident: &Incident, stored_version: &str) -> Result<usize, StoreError> {
        let opened = incident.times.get(&TimeName::Declared).map_or(incident.status_at, |time| time.first);
        let sql = "SELECT at FROM events WHERE stream = $1 AND seq = $2";
        let last_event = params![Incident::stream(incident.id), signed(incident.version)];
        let updated = self.one(sql, last_event, |row| row.get(0))?.unwrap_or(millis(incident.status_at));
        let title = incident.title.verbatim();
        let former = incident.former_key.as_ref().map(Key::to_string).unwrap_or_default();
        let search = fold_case(format!("{title} {} {former}", incident.key).trim_end());
        self.run(
            &format!("{SAVE} {stored_version} excluded.version"),
            params![
                incident.id.to_string(),
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
        )
    }

    fn save_members(&mut self, incident: &Incident) -> Result<(), StoreError> {
        let id = incident.id.to_string();
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

/// Ends before the comparison of the versions.
const SAVE: &str = "INSERT INTO incidents (id, prefix, number, status, category, is_open, severity, private, service,
        room, opened_at, updated_at, version, title, search, doc)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
    ON CONFLICT (id) DO UPDATE SET prefix = excluded.prefix, number = excluded.number, status = excluded.status,
        category = excluded.category, is_open = excluded.is_open, severity = excluded.severity,
        private = excluded.private, service = excluded.service, room = excluded.room,
        updated_at = excluded.updated_at, version = excluded.version, title = excluded.title,
        search = excluded.search, doc = excluded.doc
    WHERE incidents.version";

impl Reads<'_> {
    fn incident_where(&self, condition: &str, values: &[&dyn Param]) -> Result<Option<Incident>, StoreError> {
        let sql = format!("SELECT id, doc FROM incidents WHERE {condition}");
        self.one(&sql, values, |row| {
            from_json(&format_args!("incident {}", row.get::<String>(0)?), &row.get::<String>(1)?)
        })
    }

    /// An incident by its id.
    pub fn incident(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        self.incident_where("id = $1", params![id.to_string()])
    }

    /// An incident by its key, or by a key that it had before.
    pub fn incident_by_key(&self, key: &Key) -> Result<Option<Incident>, StoreError> {
        let found = self.incident_where("prefix = $1 AND number = $2", params![key.prefix, signed(key.number)])?;
        if found.is_some() {
            return Ok(found);
        }
        self.incident_of_former_key(key)?.map_or(Ok(None), |id| self.incident(id))
    }

    /// The incident of a hot room.
    pub fn incident_by_room(&self, room: &RoomId) -> Result<Option<Incident>, StoreError> {
        self.incident_where("room = $1", params![room.as_str()])
    }

    /// One part of the incidents that a filter selects, newest first.
    pub fn list_incidents(&self, filter: &IncidentFilter) -> Result<IncidentListing, StoreError> {
        let limit = listing_limit(filter.limit);
        let (sql, conditions) = filter.list_statement()?;
        let mut ids = self.all(&sql, &conditions.params(), |row| row.get::<String>(0))?;
        let more = ids.len() > limit;
        ids.truncate(limit);
        let mut items = Vec::with_capacity(ids.len());
        for id in ids {
            items.extend(self.incident_where("id = $1", params![id])?);
        }
        let next = if more { items.last().map(|last| last.id) } else { None };
        Ok(IncidentListing { items, next })
    }

    #[cfg(test)]
    pub(in crate::store) fn plan_of_list(&self, filter: &IncidentFilter) -> Result<String, StoreError> {
        let (sql, _) = filter.list_statement()?;
        Ok(self.query_plan(&sql)?.join("; "))
    }

    /// The number of incidents by status that a filter selects, without regard to its status, `after` and `limit`.
    pub fn count_incidents(&self, filter: &IncidentFilter) -> Result<Vec<(StatusId, u64)>, StoreError> {
        let filter = IncidentFilter { status: None, ..filter.clone() };
        let conditions = filter.conditions()?;
        let sql = format!(
            "SELECT status, COUNT(*) FROM incidents WHERE {} GROUP BY status ORDER BY status",
            conditions.text()
        );
        self.all(&sql, &conditions.params(), |row| Ok((StatusId::new(row.get::<String>(0)?), unsigned(row.get(1)?))))
    }
}
