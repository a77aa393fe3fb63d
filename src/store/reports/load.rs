//! When pages reached out for people. It is written with the record of a page.

use crate::{
    domain::{
        Timestamp,
        ids::{PageId, PersonId},
        oncall::Page,
        report::PagedMoment,
    },
    store::{
        ListViewer, Reads, StoreError, Tx,
        engine::{
            columns::{millis, row_limit},
            conditions::Conditions,
            sql::{Row, params},
        },
    },
};

/// The version of what is written. Raise it when it is computed in another way.
pub(in crate::store) const LOAD_VERSION: u32 = 1;

/// The most messages that a report counts for one person: one in every hour of two years.
const MOST_MOMENTS: usize = 20_000;

/// Selects when pages reached out for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFilter {
    /// Who reads it: pages of private incidents count for members only.
    pub viewer: ListViewer,
    /// The person.
    pub person: PersonId,
    /// The first instant of the period.
    pub from: Timestamp,
    /// Its end, which is not part of it.
    pub until: Timestamp,
    /// True to count drills too.
    pub drills: bool,
}

impl Tx<'_> {
    /// Writes when a page reached out for people.
    pub(in crate::store) fn save_load(&mut self, page: &Page) -> Result<(), StoreError> {
        let incident = page.incident().map(|incident| incident.to_string()).unwrap_or_default();
        for attempt in &page.attempts {
            let taken = if page.taken_by.as_ref() == Some(&attempt.person) { page.taken_at } else { None };
            self.run(
                "INSERT INTO page_load (page, person, n, incident, drill, at, taken_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (page, person, n) DO UPDATE SET incident = excluded.incident, drill = excluded.drill,
                     at = excluded.at, taken_at = excluded.taken_at",
                params![
                    page.id().to_string(),
                    attempt.person.as_str(),
                    attempt.n,
                    incident,
                    page.spec.drill,
                    millis(attempt.at),
                    taken.map(millis),
                ],
            )?;
        }
        Ok(())
    }
}

impl Reads<'_> {
    /// When pages reached out for a person, the newest first.
    pub fn paged_moments(&self, filter: &LoadFilter) -> Result<Vec<PagedMoment>, StoreError> {
        let mut conditions = Conditions::default();
        conditions.add("person = $", filter.person.as_str().to_owned());
        conditions.add("at >= $", filter.from);
        conditions.add("at < $", filter.until);
        if !filter.drills {
            conditions.literal("drill = 0");
        }
        if let ListViewer::Person(person) = &filter.viewer {
            let seen = "(incident = '' OR EXISTS (SELECT 1 FROM incidents i WHERE i.id = page_load.incident
                AND (i.private = 0 OR EXISTS (SELECT 1 FROM incident_members m
                    WHERE m.incident = i.id AND m.person = $))))";
            conditions.add(seen, person.as_str().to_owned());
        }
        let (condition, limit) = (conditions.text(), row_limit(MOST_MOMENTS));
        let sql = format!("SELECT page, at, taken_at FROM page_load WHERE {condition} ORDER BY at DESC LIMIT {limit}");
        self.all(&sql, &conditions.params(), read_moment)
    }
}

fn read_moment(row: &Row<'_>) -> Result<PagedMoment, StoreError> {
    let page: String = row.get(0)?;
    let id = PageId::parse(&page).ok_or_else(|| StoreError::Corrupt(format!("{page} is no id of a page")))?;
    Ok(PagedMoment { page: id, at: row.get(1)?, taken: row.get(2)? })
}
