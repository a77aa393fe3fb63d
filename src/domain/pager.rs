//! Outside pagers: other systems that page people for hotroom, in words that all of them share.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::ids::{PageId, ServiceId};

/// An outside pager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PagerKind {
    /// PagerDuty.
    #[serde(rename = "pagerduty")]
    PagerDuty,
}

impl PagerKind {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::PagerDuty];

    /// The word in `bot.toml`, in paths and in stored rows.
    pub fn word(self) -> &'static str {
        match self {
            Self::PagerDuty => "pagerduty",
        }
    }

    /// The name that people know.
    pub fn title(self) -> &'static str {
        match self {
            Self::PagerDuty => "PagerDuty",
        }
    }

    /// Returns the pager of a word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }
}

impl fmt::Display for PagerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Which system pages people first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagerRoute {
    /// hotroom's own engine.
    #[default]
    Builtin,
    /// An outside pager; the built-in engine is the second route.
    Outside(PagerKind),
}

/// The outside pager that a page goes to first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideRoute {
    /// The pager.
    pub pager: PagerKind,
    /// How long it has to accept the page before the built-in engine pages too.
    pub accept_within: Duration,
    /// The service that is paged; `None` for an incident without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
}

/// What an outside pager calls a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePageRef {
    /// Its id there.
    pub id: String,
    /// Its address for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// An answer that a page got at an outside pager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutsideAnswer {
    /// Somebody acknowledged it.
    Acknowledged,
    /// Somebody resolved it.
    Resolved,
}

/// Someone as an outside pager shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagerUser {
    /// The account.
    pub account: String,
    /// The name to show.
    pub name: String,
    /// The address, where the pager shows it. It is compared, never stored or shown.
    #[serde(skip)]
    pub email: Option<String>,
}

/// An answer at an outside pager, and who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteAnswer {
    /// The answer.
    pub answer: OutsideAnswer,
    /// Who gave it; `None` if hotroom or an automation there did.
    pub by: Option<PagerUser>,
}

/// A page as an outside pager shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAtPager {
    /// What it is called there.
    pub remote: RemotePageRef,
    /// Its last answer; `None` while it asks.
    pub answer: Option<RemoteAnswer>,
}

/// What an outside pager replied to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PagerReceipt {
    /// It took the request; whether it accepts the page has to be found out.
    Taken,
    /// It shows the page.
    Shown(PageAtPager),
    /// It does not show the page, or not yet.
    Hidden,
}

/// A change that an outside pager reported by webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagerReport {
    /// What recognises the delivery when it is repeated.
    pub delivery: String,
    /// Our key of the page.
    pub key: String,
    /// The page as it is there.
    pub page: PageAtPager,
}

/// Why the built-in engine pages in place of an outside pager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissReason {
    /// The pager has not confirmed the page in time.
    Late,
    /// The pager may not be told of the incident.
    Withheld,
    /// The pager is not configured any more.
    NotConfigured,
    /// The pager refused the page, for this reason.
    Refused(String),
}

/// Our key of a page at outside pagers. It names the database, so that two bots never share one.
pub fn page_key(instance: &str, page: PageId) -> String {
    format!("hotroom/{instance}/{page}")
}

/// Returns the page of a key; `None` if the key is not of this database.
pub fn page_of_key(instance: &str, key: &str) -> Option<PageId> {
    PageId::parse(key.strip_prefix("hotroom/")?.strip_prefix(instance)?.strip_prefix('/')?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;

    #[test]
    fn a_key_leads_back_to_its_page_in_its_own_database_only() {
        let page = PageId::new(Timestamp::UNIX_EPOCH);
        let key = page_key("0a1b2c3d4e", page);
        assert_eq!(page_of_key("0a1b2c3d4e", &key), Some(page));
        assert_eq!(page_of_key("0a1b2c3d4f", &key), None);
        assert_eq!(page_of_key("0a1b", &key), None);
        assert_eq!(page_of_key("0a1b2c3d4e", "HOT-12"), None);
        assert!(key.len() <= 255, "PagerDuty takes no longer keys");
    }

    #[test]
    fn every_pager_is_found_by_its_word() {
        for kind in PagerKind::ALL {
            assert_eq!(PagerKind::parse(kind.word()), Some(kind));
            assert_eq!(serde_json::to_value(kind).expect("JSON"), kind.word());
        }
    }
}
