//! The sort order of alert lists.

use super::shapes;
use crate::domain::{
    Timestamp,
    alert::{Alert, OpsgenieAlert},
};

/// The fields alerts can be sorted by, with Opsgenie's names.
const FIELDS: [(&str, Field); 15] = [
    ("createdAt", Field::Created),
    ("tinyId", Field::Created),
    ("updatedAt", Field::Updated),
    ("lastOccurredAt", Field::Occurred),
    ("snoozedUntil", Field::SnoozedUntil),
    ("count", Field::Count),
    ("status", Field::Status),
    ("acknowledged", Field::Acknowledged),
    ("isSeen", Field::Acknowledged),
    ("snoozed", Field::Snoozed),
    ("alias", Field::Alias),
    ("message", Field::Message),
    ("source", Field::Source),
    ("owner", Field::Owner),
    ("priority", Field::Priority),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Created,
    Updated,
    Occurred,
    SnoozedUntil,
    Count,
    Status,
    Acknowledged,
    Snoozed,
    Alias,
    Message,
    Source,
    Owner,
    Priority,
}

/// A sort order: the field, and the direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SortOrder {
    by: Field,
    rising: bool,
}

/// The sort key of an alert; its number comes last, so that pages do not overlap.
pub(super) type SortKey = (i64, String, i64);

impl SortOrder {
    /// Parses `sort` and `order`; empty values mean newest first. The error lists the accepted values.
    pub(super) fn parse(sort: &str, order: &str) -> Result<Self, String> {
        let by = match sort {
            "" => Some(Field::Created),
            sort => FIELDS.iter().find(|(name, _)| *name == sort).map(|(_, field)| *field),
        };
        let known = || FIELDS.map(|(name, _)| name).join(", ");
        let by = by.ok_or_else(|| format!("sort must be one of {}", known()))?;
        match order {
            "" | "desc" => Ok(Self { by, rising: false }),
            "asc" => Ok(Self { by, rising: true }),
            _ => Err("order must be asc or desc".to_owned()),
        }
    }

    /// True if this is the order in which alerts are stored.
    pub(super) fn is_as_read(self) -> bool {
        self == Self { by: Field::Created, rising: false }
    }

    /// The sort key of this alert.
    pub(super) fn key(self, ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> SortKey {
        let words = |text: &str| (0, text.to_lowercase());
        let number = |number: i64| (number, String::new());
        let (number, words) = match self.by {
            Field::Created => number(0),
            Field::Updated => number(shapes::updated_at(ticket, alert).timestamp_millis()),
            Field::Occurred => number(ticket.last_occurred.timestamp_millis()),
            Field::SnoozedUntil => number(ticket.snoozed_until.map_or(0, |until| until.timestamp_millis())),
            Field::Count => number(i64::try_from(ticket.count).unwrap_or(i64::MAX)),
            Field::Status => number(i64::from(alert.firing)),
            Field::Acknowledged => number(i64::from(shapes::acknowledged(alert))),
            Field::Snoozed => number(i64::from(shapes::snoozed(ticket, alert, now))),
            Field::Alias => words(&ticket.alias),
            Field::Message => words(ticket.draft.message.verbatim()),
            Field::Source => words(ticket.draft.source.verbatim()),
            Field::Owner => words(ticket.owner.verbatim()),
            Field::Priority => words(&ticket.draft.priority),
        };
        (number, words, ticket.tiny)
    }

    /// Sorts the keys, and returns the numbers of one page.
    pub(super) fn page(self, mut keys: Vec<SortKey>, skip: usize, limit: usize) -> Vec<i64> {
        keys.sort_unstable();
        if !self.rising {
            keys.reverse();
        }
        keys.into_iter().skip(skip).take(limit).map(|(_, _, tiny)| tiny).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_cut_from_the_whole_order() {
        let keys = || [("b", 1), ("a", 2), ("b", 3), ("c", 4)].map(|(text, tiny)| (0, text.to_owned(), tiny)).to_vec();
        let rising = SortOrder::parse("message", "asc").unwrap();
        assert_eq!(rising.page(keys(), 0, 9), [2, 1, 3, 4]);
        assert_eq!(rising.page(keys(), 1, 2), [1, 3]);
        assert_eq!(SortOrder::parse("message", "").unwrap().page(keys(), 0, 2), [4, 3]);
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(
            SortOrder::parse("", "").unwrap().is_as_read()
                && SortOrder::parse("createdAt", "desc").unwrap().is_as_read()
        );
        assert!(!SortOrder::parse("createdAt", "asc").unwrap().is_as_read());
        assert!(SortOrder::parse("beauty", "").unwrap_err().contains("updatedAt"));
        assert!(SortOrder::parse("", "up").unwrap_err().contains("asc"));
    }
}
