//! Deployments and changes of settings. They open nothing; they are shown beside incidents that begin after them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::{
    Timestamp,
    ids::ServiceId,
    people::Service,
    text::{Untrusted, cut},
};

/// The limits of a stored change: the number of details, and the characters of a detail, of its name and of a line.
const DETAILS: usize = 50;
const DETAIL: usize = 1_000;
const NAME: usize = 200;
const LINE: usize = 1_024;

/// A deployment or a change of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When it was made.
    pub at: Timestamp,
    /// One line.
    pub summary: Untrusted,
    /// Where it was made; empty if the sender does not say.
    pub place: Untrusted,
    /// Further details from the sender.
    pub details: BTreeMap<String, Untrusted>,
    /// http(s) links.
    pub links: Vec<Untrusted>,
}

impl Change {
    /// Cuts it to the limits of a stored change.
    #[must_use]
    pub fn bounded(self) -> Self {
        let short = |text: &Untrusted, most| Untrusted::new(cut(text.verbatim(), most));
        let details = self.details.iter().take(DETAILS).map(|(name, value)| (cut(name, NAME), short(value, DETAIL)));
        Self {
            at: self.at,
            summary: short(&self.summary, LINE),
            place: short(&self.place, LINE),
            details: details.collect(),
            links: self.links,
        }
    }

    /// Returns the service that it concerns: the one in its detail `service`, else the one whose id or name is its place,
    /// in any case. An unknown service in the detail keeps its name. `None` if it names no service.
    pub fn service(&self, known: &[Service]) -> Option<ServiceId> {
        let find = |word: &Untrusted| {
            let word = word.verbatim().trim();
            let called = |name: &str| name.eq_ignore_ascii_case(word);
            known.iter().find(|service| called(service.id.as_str()) || called(&service.name)).map(|one| one.id.clone())
        };
        match self.details.get("service").filter(|said| !said.is_blank()) {
            Some(said) => find(said).or_else(|| Some(ServiceId::new(cut(said.verbatim().trim(), NAME)))),
            None => find(&self.place),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(place: &str, details: &[(&str, &str)]) -> Change {
        let details = details.iter().map(|(name, value)| ((*name).to_owned(), Untrusted::new(*value)));
        Change {
            at: Timestamp::UNIX_EPOCH,
            summary: "v42".into(),
            place: place.into(),
            details: details.collect(),
            links: Vec::new(),
        }
    }

    fn known() -> Vec<Service> {
        let service = |id: &str, name: &str| Service {
            id: id.into(),
            name: name.to_owned(),
            critical: false,
            escalation: None,
            team: None,
            component: None,
            depends_on: Vec::new(),
            followup_target: None,
            pager: None,
        };
        vec![service("checkout", "Check-out"), service("api", "API")]
    }

    #[test]
    fn a_change_concerns_the_service_it_names_or_where_it_was_made() {
        for (place, details, service) in [
            ("jenkins", vec![("service", "Checkout")], Some("checkout")),
            ("api", vec![("service", "check-out")], Some("checkout")),
            ("api", vec![("service", "billing")], Some("billing")),
            ("API", vec![("service", " ")], Some("api")),
            ("jenkins", vec![], None),
            ("", vec![], None),
        ] {
            let found = change(place, &details).service(&known());
            assert_eq!(found.as_ref().map(ServiceId::as_str), service, "{place} {details:?}");
        }
    }

    #[test]
    fn no_more_is_kept_than_is_shown() {
        let mut long = change(&"p".repeat(9_999), &[]);
        long.details =
            (0..99).map(|n| (format!("{n}{}", "n".repeat(999)), Untrusted::new("v".repeat(9_999)))).collect();
        let kept = long.bounded();
        assert_eq!((kept.details.len(), kept.place.verbatim().chars().count()), (DETAILS, LINE));
        let size = |(name, value): (&String, &Untrusted)| name.chars().count() + value.verbatim().chars().count();
        assert!(kept.details.iter().map(size).all(|size| size <= NAME + DETAIL));
    }
}
