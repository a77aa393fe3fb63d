//! Records of follow-ups and their lists.

use crate::{
    domain::{
        Timestamp,
        event::Event,
        ids::{FollowUpId, IncidentId, PersonId},
        review::{self, FollowUpItem, FollowUpState},
    },
    store::{
        ListViewer, Reads, StoreError, Tx,
        engine::{
            columns::{from_json, listing_limit, millis, signed, to_json, unsigned},
            conditions::Conditions,
            sql::{Row, params},
        },
    },
};

/// Selects follow-ups. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUpFilter {
    /// Who sees the list: those of private incidents are visible to members only.
    pub viewer: ListViewer,
    /// Of this incident.
    pub incident: Option<IncidentId>,
    /// Their state.
    pub state: Option<FollowUpState>,
    /// Their owner.
    pub owner: Option<PersonId>,
    /// Open, and due by then.
    pub due_by: Option<Timestamp>,
    /// Continues a listing: its last id.
    pub after: Option<FollowUpId>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A part of a list of follow-ups, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowUpListing {
    /// The follow-ups.
    pub items: Vec<FollowUpItem>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<FollowUpId>,
}

impl Tx<'_> {
    /// Writes the record of a follow-up. Its version must be greater than the stored one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older.
    pub fn save_followup(&mut self, item: &FollowUpItem) -> Result<(), StoreError> {
        if self.write_followup(item, "<")? == 0 {
            let (id, version) = (item.id, item.version);
            let what = format!("follow-up {id} is stored with version {version} or a later one already");
            return Err(StoreError::Conflict(what));
        }
        self.save_followup_words(item)
    }

    /// Replaces the record of the stored version: after text was removed from its events, or when the code that applies
    /// them has changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is stored.
    pub fn rewrite_followup(&mut self, item: &FollowUpItem) -> Result<(), StoreError> {
        if self.overwriting(|tx| tx.write_followup(item, "="))? == 0 {
            let what = format!("follow-up {} has another version than its history", item.id);
            return Err(StoreError::Conflict(what));
        }
        self.save_followup_words(item)
    }

    fn write_followup(&mut self, item: &FollowUpItem, stored_version: &str) -> Result<usize, StoreError> {
        let sql = format!(
            "INSERT INTO followups (id, incident, number, state, owner, due_at, version, doc)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, owner = excluded.owner, due_at = excluded.due_at,
                 version = excluded.version, doc = excluded.doc
             WHERE followups.version {stored_version} excluded.version"
        );
        self.run(
            &sql,
            params![
                item.id.to_string(),
                item.incident.to_string(),
                i64::from(item.number),
                item.state.name(),
                item.owner.as_ref().map(PersonId::as_str),
                item.due.map(millis),
                signed(item.version),
                to_json(item)?,
            ],
        )
    }

    /// Rebuilds the record of a follow-up. Returns false if it is as its history says already, or has no history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the history has another number of events than the record.
    pub fn rebuild_followup(&mut self, id: FollowUpId) -> Result<bool, StoreError> {
        let Some(replayed) = self.replay_followup(id)? else { return Ok(false) };
        match self.followup(id) {
            Ok(Some(stored)) if stored == replayed => return Ok(false),
            Ok(_) | Err(StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
        self.rewrite_followup(&replayed)?;
        Ok(true)
    }
}

fn read_followup(row: &Row<'_>) -> Result<FollowUpItem, StoreError> {
    from_json(&format_args!("follow-up {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A follow-up by its id.
    pub fn followup(&self, id: FollowUpId) -> Result<Option<FollowUpItem>, StoreError> {
        self.one("SELECT id, doc FROM followups WHERE id = $1", params![id.to_string()], read_followup)
    }

    /// A follow-up of an incident by its number.
    pub fn followup_by_number(&self, incident: IncidentId, number: u32) -> Result<Option<FollowUpItem>, StoreError> {
        let sql = "SELECT id, doc FROM followups WHERE incident = $1 AND number = $2";
        self.one(sql, params![incident.to_string(), i64::from(number)], read_followup)
    }

    /// The highest number of a follow-up of an incident; 0 if it has none.
    pub fn last_followup_number(&self, incident: IncidentId) -> Result<u32, StoreError> {
        let sql = "SELECT COALESCE(MAX(number), 0) FROM followups WHERE incident = $1";
        let number = self.one(sql, params![incident.to_string()], |row| row.get::<i64>(0))?;
        Ok(number.map_or(0, |number| u32::try_from(unsigned(number)).unwrap_or(u32::MAX)))
    }

    /// A follow-up as its history says; `None` if there is no first event.
    pub fn replay_followup(&self, id: FollowUpId) -> Result<Option<FollowUpItem>, StoreError> {
        let history = self.events_of(&FollowUpItem::stream(id), 0, usize::MAX)?;
        let events = history.iter().filter_map(|recorded| match &recorded.event {
            Event::FollowUp(event) => Some((event, recorded.at, &recorded.actor)),
            Event::Incident(_)
            | Event::OnCall(_)
            | Event::Alert(_)
            | Event::Review(_)
            | Event::Maintenance(_)
            | Event::System(_) => None,
        });
        Ok(review::replay_followup(events))
    }

    /// One part of the follow-ups that a filter selects.
    pub fn list_followups(&self, filter: &FollowUpFilter) -> Result<FollowUpListing, StoreError> {
        let mut conditions = Conditions::default();
        if let ListViewer::Person(person) = &filter.viewer {
            conditions.add(
                "EXISTS (SELECT 1 FROM incidents i WHERE i.id = followups.incident AND (i.private = 0
                 OR EXISTS (SELECT 1 FROM incident_members m WHERE m.incident = i.id AND m.person = $)))",
                person.as_str().to_owned(),
            );
        }
        if let Some(incident) = filter.incident {
            conditions.add("incident = $", incident.to_string());
        }
        if let Some(state) = filter.state {
            conditions.add("state = $", state.name().to_owned());
        }
        if let Some(owner) = &filter.owner {
            conditions.add("owner = $", owner.as_str().to_owned());
        }
        if let Some(due_by) = filter.due_by {
            conditions.literal("state = 'open'");
            conditions.add("due_at <= $", millis(due_by));
        }
        if let Some(after) = filter.after {
            conditions.add("id < $", after.to_string());
        }
        let limit = listing_limit(filter.limit);
        let condition = conditions.text();
        let sql = format!("SELECT id, doc FROM followups WHERE {condition} ORDER BY id DESC LIMIT {}", limit + 1);
        let mut items = self.all(&sql, &conditions.params(), read_followup)?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(|item| item.id) } else { None };
        Ok(FollowUpListing { items, next })
    }
}
