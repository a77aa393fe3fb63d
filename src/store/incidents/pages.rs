//! On-call pages and overrides.

use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, OverrideId, PageId, PersonId, ScheduleId},
        oncall::{Override, OverrideKind, Page, PageState},
    },
    store::{
        ListViewer, Reads, StoreError, Tx,
        engine::{
            columns::{from_json, listing_limit, millis, row_limit, signed, to_json},
            conditions::Conditions,
            sql::{Row, params},
        },
    },
};

/// Selects pages. All conditions that are set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFilter {
    /// Who sees the list: pages of private incidents are visible to members only.
    pub viewer: ListViewer,
    /// Their state.
    pub state: Option<PageState>,
    /// Their incident.
    pub incident: Option<IncidentId>,
    /// Continues a listing: its last id.
    pub after: Option<PageId>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// A part of a list of pages, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageListing {
    /// The pages.
    pub items: Vec<Page>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<PageId>,
}

/// What [`Reads::asking_mark`] compares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskingMark {
    pages: i64,
    versions: i64,
    newest: String,
}

/// How many overrides are read at once: a schedule has fewer in any span that is shown.
const MAX_OVERRIDES: usize = 5_000;

impl Tx<'_> {
    /// Writes the record of a page. Its version must be greater than the stored one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older.
    pub fn save_page(&mut self, page: &Page) -> Result<(), StoreError> {
        if self.write_page(page, "<")? == 0 {
            let (id, version) = (page.id(), page.version);
            return Err(StoreError::Conflict(format!(
                "page {id} is stored with version {version} or a later one already"
            )));
        }
        self.save_load(page)
    }

    /// Replaces the record of the stored version, when the code that applies its events has changed.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version is stored.
    pub fn rewrite_page(&mut self, page: &Page) -> Result<(), StoreError> {
        if self.write_page(page, "=")? == 0 {
            return Err(StoreError::Conflict(format!("page {} has another version than its history", page.id())));
        }
        self.save_load(page)
    }

    /// Writes a record if the version that is stored compares in this way with its own. Returns the number of rows.
    fn write_page(&mut self, page: &Page, stored_version: &str) -> Result<usize, StoreError> {
        let sql = format!(
            "INSERT INTO pages (id, incident, policy, state, asking, next_at, created_at, version, doc)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET incident = excluded.incident, state = excluded.state, asking = excluded.asking,
                 next_at = excluded.next_at, version = excluded.version, doc = excluded.doc
             WHERE pages.version {stored_version} excluded.version"
        );
        self.run(
            &sql,
            params![
                page.id().to_string(),
                page.incident().map(|incident| incident.to_string()).unwrap_or_default(),
                page.spec.policy.id.as_str(),
                page.state.name(),
                page.is_asking(),
                page.next_at.map(millis),
                millis(page.created_at),
                signed(page.version),
                to_json(page)?,
            ],
        )
    }

    /// Adds an override, with the place in the log of the event that says so.
    pub fn add_override(&mut self, entry: &Override, position: i64, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO overrides (id, schedule, person, instead_of, from_at, until_at, entered_at, kind, position)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            params![
                entry.id.to_string(),
                entry.schedule.as_str(),
                entry.person.as_str(),
                entry.instead_of.as_ref().map(PersonId::as_str),
                millis(entry.from),
                millis(entry.until),
                millis(now),
                entry.kind.name(),
                position,
            ],
        )?;
        Ok(())
    }

    /// Cancels an override: one that has begun ends now, another one never begins. Returns whether there was one that had
    /// not ended.
    pub fn remove_override(&mut self, id: OverrideId, now: Timestamp) -> Result<bool, StoreError> {
        let values = params![millis(now), id.to_string()];
        let end = "UPDATE overrides SET until_at = $1 WHERE id = $2 AND removed_at IS NULL AND from_at < $1 AND until_at > $1";
        let drop = "UPDATE overrides SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL AND from_at >= $1";
        Ok(self.run(end, values)? > 0 || self.run(drop, values)? > 0)
    }
}

const OVERRIDE: &str = "SELECT id, schedule, person, instead_of, from_at, until_at, kind FROM overrides";

fn read_override(row: &Row<'_>) -> Result<Override, StoreError> {
    let (id, kind): (String, String) = (row.get(0)?, row.get(6)?);
    let odd = |what: &str| StoreError::Corrupt(format!("override {id} has {what}"));
    Ok(Override {
        id: OverrideId::parse(&id).ok_or_else(|| odd("no valid id"))?,
        kind: OverrideKind::of(&kind).ok_or_else(|| odd("an unknown kind"))?,
        schedule: ScheduleId::new(row.get::<String>(1)?),
        person: PersonId::new(row.get::<String>(2)?),
        instead_of: row.get::<Option<String>>(3)?.map(PersonId::new),
        from: row.get(4)?,
        until: row.get(5)?,
    })
}

fn read_page(row: &Row<'_>) -> Result<Page, StoreError> {
    from_json(&format_args!("page {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A page by its id.
    pub fn page(&self, id: PageId) -> Result<Option<Page>, StoreError> {
        self.one("SELECT id, doc FROM pages WHERE id = $1", params![id.to_string()], read_page)
    }

    /// The pages of an incident, oldest first.
    pub fn pages_of_incident(&self, incident: IncidentId) -> Result<Vec<Page>, StoreError> {
        // Only a bug makes more pages than this; the incident must stay readable then.
        let sql = "SELECT id, doc FROM pages WHERE incident = $1 ORDER BY id LIMIT 500";
        self.all(sql, params![incident.to_string()], read_page)
    }

    /// The newest pages that belong to no incident, newest first.
    pub fn pages_without_incident(&self, limit: usize) -> Result<Vec<Page>, StoreError> {
        let sql = "SELECT id, doc FROM pages WHERE incident = '' ORDER BY id DESC LIMIT $1";
        self.all(sql, params![row_limit(limit)], read_page)
    }

    /// One part of the pages that a filter selects, newest first.
    pub fn list_pages(&self, filter: &PageFilter) -> Result<PageListing, StoreError> {
        let mut conditions = Conditions::default();
        if let ListViewer::Person(person) = &filter.viewer {
            let seen =
                "(incident = '' OR EXISTS (SELECT 1 FROM incidents i WHERE i.id = pages.incident AND (i.private = 0
                OR EXISTS (SELECT 1 FROM incident_members m WHERE m.incident = i.id AND m.person = $))))";
            conditions.add(seen, person.as_str().to_owned());
        }
        if let Some(state) = filter.state {
            conditions.add("state = $", state.name().to_owned());
        }
        if let Some(incident) = filter.incident {
            conditions.add("incident = $", incident.to_string());
        }
        if let Some(after) = filter.after {
            conditions.add("id < $", after.to_string());
        }
        let limit = listing_limit(filter.limit);
        // One row more than is returned shows whether the listing continues.
        let condition = conditions.text();
        let sql = format!("SELECT id, doc FROM pages WHERE {condition} ORDER BY id DESC LIMIT {}", limit + 1);
        let mut items = self.all(&sql, &conditions.params(), read_page)?;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(Page::id) } else { None };
        Ok(PageListing { items, next })
    }

    /// Pages that are asking people now, oldest first.
    pub fn asking_pages(&self, limit: usize) -> Result<Vec<Page>, StoreError> {
        let sql = "SELECT id, doc FROM pages WHERE asking = 1 ORDER BY id LIMIT $1";
        self.all(sql, params![row_limit(limit)], read_page)
    }

    /// When the step of a page that is overdue longest is due.
    pub fn oldest_due_step(&self) -> Result<Option<Timestamp>, StoreError> {
        let sql = "SELECT next_at FROM pages WHERE asking = 1 AND next_at IS NOT NULL ORDER BY next_at LIMIT 1";
        self.one(sql, params![], |row| row.get(0))
    }

    /// A mark that changes whenever a page begins or ends to ask, or changes while it asks.
    pub fn asking_mark(&self) -> Result<AskingMark, StoreError> {
        let sql = "SELECT COUNT(*), COALESCE(SUM(version), 0), COALESCE(MAX(id), '') FROM pages WHERE asking = 1";
        let read = |row: &Row<'_>| Ok(AskingMark { pages: row.get(0)?, versions: row.get(1)?, newest: row.get(2)? });
        Ok(self.one(sql, params![], read)?.unwrap_or_default())
    }

    /// An override by its id, unless it was canceled.
    pub fn override_by_id(&self, id: OverrideId) -> Result<Option<Override>, StoreError> {
        let sql = format!("{OVERRIDE} WHERE id = $1 AND removed_at IS NULL");
        self.one(&sql, params![id.to_string()], read_override)
    }

    /// The overrides of all schedules that overlap a span of time, in the order they were added.
    pub fn overrides(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Override>, StoreError> {
        let sql = format!(
            "{OVERRIDE} WHERE removed_at IS NULL AND until_at > $1 AND from_at < $2 ORDER BY position, id LIMIT {MAX_OVERRIDES}"
        );
        self.all(&sql, params![millis(from), millis(to)], read_override)
    }
}
