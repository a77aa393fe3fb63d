//! Identifiers. Records that hotroom makes have UUIDv7 ids, made before anything is sent; things an operator names in
//! `bot.toml` keep their names.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Timestamp;

macro_rules! record_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Returns a new id. Ids sort in the order in which they were made, also within a millisecond and after the
            /// clock was set back; their leading bits are `now` where that allows it.
            pub fn new(now: Timestamp) -> Self {
                Self(next_after_last(uuid_at(now)))
            }

            /// Parses the hyphenated form.
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::parse_str(text).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}

macro_rules! name_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a name as written in `bot.toml` or in a request.
            pub fn new(name: impl Into<String>) -> Self {
                Self(name.into())
            }

            /// Returns the name.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:?})"), self.0)
            }
        }

        impl From<&str> for $name {
            fn from(name: &str) -> Self {
                Self(name.to_owned())
            }
        }
    )+};
}

record_id!(
    /// An incident. Its key may change, its id does not.
    IncidentId,
    /// An episode of an alert: a fingerprint from firing to resolved.
    AlertId,
    /// An alert group, the unit that has a message in a feed.
    GroupId,
    /// A page: one run of an escalation policy.
    PageId,
    /// A silence.
    SilenceId,
    /// A storm of alerts in a feed.
    StormId,
    /// A heartbeat.
    HeartbeatId,
    /// An on-call override.
    OverrideId,
    /// A contact method of a person.
    ContactMethodId,
    /// A follow-up of an incident.
    FollowUpId,
    /// A planned maintenance.
    MaintenanceId,
    /// A report from a user.
    UserReportId,
);

name_id!(
    /// A person of `[[people]]`.
    PersonId,
    /// A team of `[[teams]]`.
    TeamId,
    /// A service of `[[services]]`.
    ServiceId,
    /// A field of `[[incident.fields]]`.
    FieldId,
    /// A kind of `[[incident.kinds]]`.
    KindId,
    /// A schedule of `[[schedules]]`.
    ScheduleId,
    /// An escalation policy of `[[escalations]]`.
    PolicyId,
    /// A status of `[workflow]`.
    StatusId,
    /// A role of `[roles]`.
    RoleId,
    /// A component of `[status_page]`.
    ComponentId,
    /// A route of `[alerts.route]`, by its path in the tree.
    RouteId,
    /// A room of the built-in chat, such as `hot-12`.
    RoomId,
    /// A source of `[[sources]]`.
    SourceId,
    /// A webhook of `[[webhooks]]`.
    WebhookId,
    /// A mirror of the status page, of `[[status_mirrors]]`.
    StatusMirrorId,
    /// A chat platform beside the built-in chat, by its stored name.
    Platform,
    /// An issue tracker, by its word in `bot.toml`.
    TrackerId,
    /// A board of `[[tracker.boards]]`.
    BoardId,
    /// An id that a chat platform made: of a channel, a message, an account. Opaque outside the module of that platform.
    PlatformId,
);

/// The end of the prefix of a provisional key.
const PROVISIONAL: &str = "-P";

/// The key of an incident, such as `HOT-12`. The number is a field of its own so that keys sort. An incident whose issue is
/// not created yet has a provisional key, such as `HOT-P7`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The project prefix, upper case. That of provisional keys ends in `-P`.
    pub prefix: String,
    /// The running number, from 1.
    pub number: u64,
}

impl Key {
    /// Returns a key from its parts.
    pub fn new(prefix: impl Into<String>, number: u64) -> Self {
        Self { prefix: prefix.into(), number }
    }

    /// The series of provisional keys of a prefix: the prefix of `HOT-P7` is `HOT-P`.
    pub fn provisional_series(prefix: &str) -> String {
        format!("{prefix}{PROVISIONAL}")
    }

    /// True if the incident waits for the key of its issue.
    pub fn is_provisional(&self) -> bool {
        self.prefix.ends_with(PROVISIONAL)
    }

    /// Parses `HOT-12`, `hot-12`, `#hot-12` or `HOT-P12`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('#').to_ascii_uppercase();
        let (prefix, number) = text.rsplit_once('-')?;
        let sane =
            !prefix.is_empty() && prefix.len() <= 16 && prefix.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let (series, number) = match number.strip_prefix('P') {
            Some(number) => (Self::provisional_series(prefix), number),
            None => (prefix.to_owned(), number),
        };
        let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        (sane && plain).then(|| Some(Self::new(series, number.parse().ok()?))).flatten()
    }

    /// Returns the name of the hot room: the key in lower case.
    pub fn room_name(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let between = if self.is_provisional() { "" } else { "-" };
        write!(f, "{}{between}{}", self.prefix, self.number)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
}

/// The last id that was made.
static LAST: Mutex<u128> = Mutex::new(0);

/// Makes new ids sort after those that exist already, such as the ids in a database file.
pub fn continue_after(existing: Uuid) {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = (*last).max(existing.as_u128());
}

/// Returns a candidate, or, if an id that sorts after it was made already, the next id after that one.
fn next_after_last(candidate: Uuid) -> Uuid {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    *last = candidate.as_u128().max(successor(*last));
    Uuid::from_u128(*last)
}

/// Returns the next UUIDv7. The version and the variant are not part of the number that is counted.
fn successor(id: u128) -> u128 {
    const VARIANT: u128 = 0b10 << 62;
    const VERSION: u128 = 7 << 76;
    let (low, middle, millis) = (id & ((1 << 62) - 1), (id >> 64) & 0xFFF, id >> 80);
    let counted = ((millis << 74) | (middle << 62) | low) + 1;
    let (low, middle, millis) = (counted & ((1 << 62) - 1), (counted >> 62) & 0xFFF, counted >> 74);
    (millis << 80) | VERSION | (middle << 64) | VARIANT | low
}

/// Returns a UUIDv7 of an instant, random below the millisecond.
pub fn uuid_at(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    let nanos = u32::try_from(millis % 1000 * 1_000_000).unwrap_or(0);
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, millis / 1000, nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_the_way_people_write_them() {
        for text in ["HOT-12", "hot-12", "#hot-12", " Hot-12 "] {
            assert_eq!(Key::parse(text), Some(Key::new("HOT", 12)), "{text}");
        }
        assert_eq!(Key::parse("A_B-12"), Some(Key::new("A_B", 12)), "keys of Jira's projects may have underscores");
        for text in ["HOT-P7", "hot-p7", "#hot-p7"] {
            let key = Key::parse(text).expect("a provisional key");
            assert!(key.is_provisional(), "{text}");
            assert_eq!((key.to_string(), key.room_name()), ("HOT-P7".to_owned(), "hot-p7".to_owned()));
        }
        assert!(!Key::new("HOT", 7).is_provisional());
        for text in ["", "HOT", "HOT-", "-12", "HOT-1x", "HOT-P", "HOT-PP7", "HOT-99999999999999999999999", "a b-1"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn record_ids_sort_in_the_order_in_which_they_are_made() {
        let at = |millis| Timestamp::from_timestamp_millis(millis).unwrap();
        // The same millisecond, a later one, and a clock that was set back.
        let made: Vec<Uuid> =
            [1_000_000, 1_000_000, 1_000_001, 500_000, 500_000].map(|millis| IncidentId::new(at(millis)).0).to_vec();
        assert!(made.is_sorted_by(|one, next| one < next), "{made:?}");
        assert!(made.iter().all(|id| id.get_version_num() == 7), "{made:?}");
    }

    #[test]
    fn the_next_id_carries_into_the_time() {
        let full = Uuid::parse_str("00000000-0001-7fff-bfff-ffffffffffff").unwrap();
        let next = Uuid::from_u128(successor(full.as_u128()));
        assert_eq!(next.to_string(), "00000000-0002-7000-8000-000000000000");
        let one = Uuid::parse_str("00000000-0001-7000-bfff-ffffffffffff").unwrap();
        assert_eq!(Uuid::from_u128(successor(one.as_u128())).to_string(), "00000000-0001-7001-8000-000000000000");
    }
}
