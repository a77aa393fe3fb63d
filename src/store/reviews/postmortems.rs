//! Records of post-mortems and their lists.

use crate::{
    domain::{
        event::Event,
        ids::{IncidentId, PersonId},
        incident::Incident,
        review::{self, Postmortem, PostmortemState},
    },
    store::{
        ListViewer, Reads, StoreError, Tx,
        engine::{
            columns::{from_json, listing_limit, millis, signed, to_json},
            conditions::Conditions,
            sql::{Row, params},
        },
    },
};

/// Selects post-mortems. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostmortemFilter {
    /// Who sees the list: those of private incidents are visible to members only.
    pub viewer: ListViewer,
    /// Their state.
    pub state: Option<PostmortemState>,
    /// Their owner.
    pub owner: Option<PersonId>,
    /// Continues a listing: its last incident.
    pub after: Option<IncidentId>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A post-mortem with its incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedIncident {
    /// The post-mortem.
    pub postmortem: Postmortem,
    /// The incident.
    pub incident: Incident,
}

/// A part of a list of post-mortems, those of the newest incidents first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostmortemListing {
    /// The post-mortems.
    pub items: Vec<ReviewedIncident>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<IncidentId>,
}

impl Tx<'_> {
    /// Writes the record of a post-mortem. Its version must be greater than the stored one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older.
    pub fn save_postmortem(&mut self, postmortem: &Postmortem) -> Result<(), StoreError> {
        if self.write_postmortem(postmortem, "<")? == 0 {
            let (key, version) = (&postmortem.key, postmortem.version);
            let what = format!("the post-mortem of {key} is stored with version {version} or a later one already");
            return Err(StoreError::Conflict(what));
        }
        Ok(())
    }

    /// Replaces the record of the stored version: after text was removed from its events, or when the code that applies
    /// them has changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is stored.
    pub fn rewrite_postmortem(&mut self, postmortem: &Postmortem) -> Result<(), StoreError> {
        if self.overwriting(|tx| tx.write_postmortem(postmortem, "="))? == 0 {
            let what = format!("the post-mortem of {} has another version than its history", postmortem.key);
            return Err(StoreError::Conflict(what));
        }
        Ok(())
    }

    /// Writes a record if the version that is stored compares in this way with its own. Returns the number of rows.
    fn write_postmortem(&mut self, postmortem: &Postmortem, stored_version: &str) -> Result<usize, StoreError> {
        let sql = format!(
            "INSERT INTO postmortems (id, state, owner, due_at, version, doc) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, owner = excluded.owner, due_at = excluded.due_at,
                 version = excluded.version, doc = excluded.doc
             WHERE postmortems.version {stored_version} excluded.version"
        );
        self.run(
            &sql,
            params![
                postmortem.incident.to_string(),
                postmortem.state.name(),
                postmortem.owner.as_str(),
                postmortem.due.map(millis),
                signed(postmortem.version),
                to_json(postmortem)?,
            ],
        )
    }

    /// Rebuilds the record of a post-mortem. Returns false if it is as its history says already, or has no history.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the history has another number of events than the record.
    pub fn rebuild_postmortem(&mut self, id: IncidentId) -> Result<bool, StoreError> {
        let Some(replayed) = self.replay_postmortem(id)? else { return Ok(false) };
        match self.postmortem(id) {
            Ok(Some(stored)) if stored == replayed => return Ok(false),
            Ok(_) | Err(StoreError::Corrupt(_)) => {}
            Err(error) => return Err(error),
        }
        self.rewrite_postmortem(&replayed)?;
        Ok(true)
    }
}

fn read_postmortem(row: &Row<'_>) -> Result<Postmortem, StoreError> {
    from_json(&format_args!("the post-mortem of {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// The post-mortem of an incident.
    pub fn postmortem(&self, id: IncidentId) -> Result<Option<Postmortem>, StoreError> {
        self.one("SELECT id, doc FROM postmortems WHERE id = $1", params![id.to_string()], read_postmortem)
    }

    /// The post-mortem of an incident as its history says; `None` if it was never opened.
    pub fn replay_postmortem(&self, id: IncidentId) -> Result<Option<Postmortem>, StoreError> {
        let history = self.events_of(&Postmortem::stream(id), 0, usize::MAX)?;
        let events = history.iter().filter_map(|recorded| match &recorded.event {
            Event::Review(event) => Some((event, recorded.at, &recorded.actor)),
            Event::Incident(_)
            | Event::OnCall(_)
            | Event::Alert(_)
            | Event::FollowUp(_)
            | Event::Maintenance(_)
            | Event::System(_) => None,
        });
        Ok(review::replay(events))
    }

    /// One part of the post-mortems that a filter selects.
    pub fn list_postmortems(&self, filter: &PostmortemFilter) -> Result<PostmortemListing, StoreError> {
        let mut conditions = Conditions::default();
        if let ListViewer::Person(person) = &filter.viewer {
            conditions.add(
                "EXISTS (SELECT 1 FROM incidents i WHERE i.id = postmortems.id AND (i.private = 0
                 OR EXISTS (SELECT 1 FROM incident_members m WHERE m.incident = i.id AND m.person = $)))",
                person.as_str().to_owned(),
            );
        }
        if let Some(state) = filter.state {
            conditions.add("state = $", state.name().to_owned());
        }
        if let Some(owner) = &filter.owner {
            conditions.add("owner = $", owner.as_str().to_owned());
        }
        if let Some(after) = filter.after {
            conditions.add("id < $", after.to_string());
        }
        let limit = listing_limit(filter.limit);
        let sql =
            format!("SELECT id, doc FROM postmortems WHERE {} ORDER BY id DESC LIMIT {}", conditions.text(), limit + 1);
        let mut found = self.all(&sql, &conditions.params(), read_postmortem)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = if more { found.last().map(|last| last.incident) } else { None };
        let mut items = Vec::with_capacity(found.len());
        for postmortem in found {
            if let Some(incident) = self.incident(postmortem.incident)? {
                items.push(ReviewedIncident { postmortem, incident });
            }
        }
        Ok(PostmortemListing { items, next })
    }
}
