//! Pages and overrides.

use crate::{
    domain::{
        Timestamp,
        ids::{IncidentId, OverrideId, PageId, PersonId, ScheduleId},
        oncall::{Override, Page, PageState},
    },
    store::{
        Reads, StoreError, Tx, Viewer,
        engine::{
            columns::{from_json, instant, millis, row_limit, signed, to_json},
            sql::{Param, Row, params},
        },
    },
};

/// Which pages are wanted. All that is set must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageFilter {
    /// For whom: pages of private incidents are shown to their members only.
    pub viewer: Viewer,
    /// Where they stand.
    pub state: Option<PageState>,
    /// What they are about.
    pub incident: Option<IncidentId>,
    /// The last one of the list before.
    pub after: Option<PageId>,
    /// How many at most; 0 stands for 50, and 500 is the most.
    pub limit: usize,
}

/// A part of a list of pages, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageList {
    /// The pages.
    pub items: Vec<Page>,
    /// What to ask for the next part with; none: this is the last.
    pub next: Option<PageId>,
}

/// Most overrides that are read at once: more stand-ins than that in one span are no schedule any more.
const MOST_OVERRIDES: usize = 5_000;

impl Tx<'_> {
    /// Writes a page's record. Its version must be greater than the one that is stored.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stored version is not older.
    pub fn save_page(&mut self, page: &Page) -> Result<(), StoreError> {
        let changed = self.run(
            "INSERT INTO pages (id, incident, policy, state, asking, next_at, created_at, version, doc)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, asking = excluded.asking,
                 next_at = excluded.next_at, version = excluded.version, doc = excluded.doc
             WHERE pages.version < excluded.version",
            params![
                page.id().to_string(),
                page.spec.incident.to_string(),
                page.spec.policy.id.as_str(),
                page.state.name(),
                page.is_asking(),
                page.next_at.map(millis),
                millis(page.created_at),
                signed(page.version),
                to_json(page)?,
            ],
        )?;
        if changed == 0 {
            let (id, version) = (page.id(), page.version);
            return Err(StoreError::Conflict(format!(
                "page {id} is stored with version {version} or a later one already"
            )));
        }
        Ok(())
    }

    /// Enters an override.
    pub fn add_override(&mut self, entry: &Override, now: Timestamp) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO overrides (id, schedule, person, instead_of, from_at, until_at, entered_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            params![
                entry.id.to_string(),
                entry.schedule.as_str(),
                entry.person.as_str(),
                entry.instead_of.as_ref().map(PersonId::as_str),
                millis(entry.from),
                millis(entry.until),
                millis(now),
            ],
        )?;
        Ok(())
    }

    /// Takes an override back: one that has begun ends now, another never begins. Tells whether there was one that was not
    /// over.
    pub fn remove_override(&mut self, id: OverrideId, now: Timestamp) -> Result<bool, StoreError> {
        let values = params![millis(now), id.to_string()];
        let end = "UPDATE overrides SET until_at = $1 WHERE id = $2 AND removed_at IS NULL AND from_at < $1 AND until_at > $1";
        let drop = "UPDATE overrides SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL AND from_at >= $1";
        Ok(self.run(end, values)? > 0 || self.run(drop, values)? > 0)
    }
}

const OVERRIDE: &str = "SELECT id, schedule, person, instead_of, from_at, until_at FROM overrides";

type OverrideRow = (String, String, String, Option<String>, i64, i64);

fn override_row(row: &Row<'_>) -> Result<OverrideRow, StoreError> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn override_of((id, schedule, person, instead_of, from, until): OverrideRow) -> Result<Override, StoreError> {
    Ok(Override {
        id: OverrideId::parse(&id).ok_or_else(|| StoreError::Corrupt(format!("{id} is no override id")))?,
        schedule: ScheduleId::new(schedule),
        from: instant(from)?,
        until: instant(until)?,
        person: PersonId::new(person),
        instead_of: instead_of.map(PersonId::new),
    })
}

fn page_of((id, doc): (String, String)) -> Result<Page, StoreError> {
    from_json(&format_args!("page {id}"), &doc)
}

fn page_row(row: &Row<'_>) -> Result<(String, String), StoreError> {
    Ok((row.get(0)?, row.get(1)?))
}

impl Reads<'_> {
    /// A page by its id.
    pub fn page(&self, id: PageId) -> Result<Option<Page>, StoreError> {
        let row = self.one("SELECT id, doc FROM pages WHERE id = $1", params![id.to_string()], page_row)?;
        row.map(page_of).transpose()
    }

    /// The pages of an incident, oldest first.
    pub fn pages_of(&self, incident: IncidentId) -> Result<Vec<Page>, StoreError> {
        let sql = "SELECT id, doc FROM pages WHERE incident = $1 ORDER BY id LIMIT 500";
        self.all(sql, params![incident.to_string()], page_row)?.into_iter().map(page_of).collect()
    }

    /// One part of the pages a filter lets through, newest first.
    pub fn list_pages(&self, filter: &PageFilter) -> Result<PageList, StoreError> {
        let mut clauses = vec!["1 = 1".to_owned()];
        let mut values: Vec<Box<dyn Param>> = Vec::new();
        let mut add = |clause: &str, value: String| {
            values.push(Box::new(value));
            clauses.push(clause.replace('$', &format!("${}", values.len())));
        };
        if let Viewer::Person(person) = &filter.viewer {
            let seen = "EXISTS (SELECT 1 FROM incidents i WHERE i.id = pages.incident AND (i.private = 0 OR EXISTS
                (SELECT 1 FROM incident_members m WHERE m.incident = i.id AND m.person = $)))";
            add(seen, person.as_str().to_owned());
        }
        if let Some(state) = filter.state {
            add("state = $", state.name().to_owned());
        }
        if let Some(incident) = filter.incident {
            add("incident = $", incident.to_string());
        }
        if let Some(after) = filter.after {
            add("id < $", after.to_string());
        }
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(500) };
        // One more than is shown tells whether there is another part.
        let sql =
            format!("SELECT id, doc FROM pages WHERE {} ORDER BY id DESC LIMIT {}", clauses.join(" AND "), limit + 1);
        let mut rows = self.all(&sql, &values.iter().map(AsRef::as_ref).collect::<Vec<_>>(), page_row)?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let items = rows.into_iter().map(page_of).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().map(Page::id).filter(|_| more);
        Ok(PageList { items, next })
    }

    /// Pages that ask people now, oldest first: what `doctor` and the health page look at.
    pub fn asking_pages(&self, limit: usize) -> Result<Vec<Page>, StoreError> {
        let sql = "SELECT id, doc FROM pages WHERE asking = 1 ORDER BY id LIMIT $1";
        self.all(sql, params![row_limit(limit)], page_row)?.into_iter().map(page_of).collect()
    }

    /// An override by its id, if it was not taken back.
    pub fn override_by_id(&self, id: OverrideId) -> Result<Option<Override>, StoreError> {
        let sql = format!("{OVERRIDE} WHERE id = $1 AND removed_at IS NULL");
        self.one(&sql, params![id.to_string()], override_row)?.map(override_of).transpose()
    }

    /// The overrides of all schedules that touch a span of time, in the order they were entered.
    pub fn overrides(&self, from: Timestamp, to: Timestamp) -> Result<Vec<Override>, StoreError> {
        let sql = format!(
            "{OVERRIDE} WHERE removed_at IS NULL AND until_at > $1 AND from_at < $2 ORDER BY id LIMIT {MOST_OVERRIDES}"
        );
        self.all(&sql, params![millis(from), millis(to)], override_row)?.into_iter().map(override_of).collect()
    }
}
