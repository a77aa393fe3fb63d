//! Pages that are sent to a contact method in one message.

use chrono::TimeDelta;

use crate::{
    domain::{
        Timestamp,
        ids::{ContactMethodId, PageId, PersonId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{columns::millis, sql::params},
    },
};

/// How many pages of a bundle are read.
const MOST_MEMBERS: usize = 1_000;

/// A page of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundleMember {
    /// The page.
    pub page: PageId,
    /// Whom it pages.
    pub person: PersonId,
    /// The number of the person's attempt.
    pub attempt: u32,
}

/// A page, or a bundle of pages, that a method was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentPage {
    /// Which one.
    pub page: PageId,
    /// When.
    pub at: Timestamp,
}

impl Reads<'_> {
    /// The bundle to which the next page for a method is added; `None` if none waits.
    pub fn open_bundle(&self, method: ContactMethodId) -> Result<Option<PageId>, StoreError> {
        let sql = "SELECT bundle FROM page_bundles WHERE method = $1 AND ended_at IS NULL LIMIT 1";
        let id: Option<String> = self.one(sql, params![method.to_string()], |row| row.get(0))?;
        Ok(id.as_deref().and_then(PageId::parse))
    }

    /// The pages of a bundle, in the order in which they joined.
    pub fn bundle_members(&self, bundle: PageId) -> Result<Vec<BundleMember>, StoreError> {
        let sql = format!(
            "SELECT page, person, attempt FROM page_bundles WHERE bundle = $1 ORDER BY at, page LIMIT {MOST_MEMBERS}"
        );
        self.all(&sql, params![bundle.to_string()], |row| {
            let page: String = row.get(0)?;
            Ok(BundleMember {
                page: PageId::parse(&page)
                    .ok_or_else(|| StoreError::Corrupt(format!("the bundle {bundle} has the page {page}")))?,
                person: PersonId::new(row.get::<String>(1)?),
                attempt: u32::try_from(row.get::<i64>(2)?).unwrap_or(u32::MAX),
            })
        })
    }

    /// The pages, and bundles of pages, that a method was sent since a moment, newest first, besides this one.
    pub fn other_pages_sent(
        &self,
        method: ContactMethodId,
        page: PageId,
        since: Timestamp,
    ) -> Result<Vec<SentPage>, StoreError> {
        let sql =
            "SELECT page, at FROM contact_messages WHERE method = $1 AND at > $2 AND purpose = 'page' AND page <> $3
             ORDER BY at DESC LIMIT 20";
        let values = params![method.to_string(), millis(since), page.to_string()];
        let sent = self.all(sql, values, |row| {
            let (id, at): (String, Timestamp) = (row.get(0)?, row.get(1)?);
            Ok(PageId::parse(&id).map(|page| SentPage { page, at }))
        })?;
        Ok(sent.into_iter().flatten().collect())
    }

    /// True if an earlier page waits to be sent to a method at this moment. `valid` is how long links work after the message
    /// that has them was due.
    pub fn earlier_page_waits(
        &self,
        method: ContactMethodId,
        page: PageId,
        due: Timestamp,
        valid: TimeDelta,
    ) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM contact_tokens t WHERE t.method = $1 AND t.page < $2 AND t.expires_at > $3 AND t.expires_at <= $4
                 AND EXISTS (SELECT 1 FROM pages p WHERE p.id = t.page AND p.asking = 1)
                 AND NOT EXISTS (SELECT 1 FROM contact_messages m WHERE m.method = t.method AND m.page = t.page) LIMIT 1";
        let from = due + valid - TimeDelta::minutes(1);
        let values = params![method.to_string(), page.to_string(), millis(from), millis(due + valid)];
        Ok(self.one(sql, values, |_| Ok(()))?.is_some())
    }
}

impl Tx<'_> {
    /// Adds a page to a bundle.
    pub fn add_bundle_member(
        &mut self,
        bundle: PageId,
        method: ContactMethodId,
        member: &BundleMember,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO page_bundles (bundle, method, page, person, attempt, at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (bundle, page, attempt) DO NOTHING",
            params![
                bundle.to_string(),
                method.to_string(),
                member.page.to_string(),
                member.person.as_str(),
                i64::from(member.attempt),
                millis(at),
            ],
        )?;
        Ok(())
    }

    /// Ends a bundle: no page joins it any more.
    pub fn end_bundle(&mut self, bundle: PageId, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE page_bundles SET ended_at = $1 WHERE bundle = $2 AND ended_at IS NULL";
        self.run(sql, params![millis(now), bundle.to_string()])?;
        Ok(())
    }
}
