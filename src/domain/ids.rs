//! Identifiers. Records that hotroom makes have UUIDv7 ids, made before anything is sent; things an operator names in
//! `bot.toml` keep their names.

use std::fmt;

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
            /// Returns a new id whose leading bits are `now`, so that ids sort by age.
            pub fn new(now: Timestamp) -> Self {
                Self(uuid_at(now))
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
);

name_id!(
    /// A person of `[[people]]`.
    PersonId,
    /// A team of `[[teams]]`.
    TeamId,
    /// A service of `[[services]]`.
    ServiceId,
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
    /// A chat platform beside the built-in chat, by its stored name.
    Platform,
    /// An id that a chat platform made: of a channel, a message, an account. Opaque outside the module of that platform.
    PlatformId,
);

/// The key of an incident, such as `HOT-12`. The number is a field of its own so that keys sort.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The project prefix, upper case.
    pub prefix: String,
    /// The running number, from 1.
    pub number: u64,
}

impl Key {
    /// Returns a key from its parts.
    pub fn new(prefix: impl Into<String>, number: u64) -> Self {
        Self { prefix: prefix.into(), number }
    }

    /// Parses `HOT-12`, `hot-12` or `#hot-12`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('#');
        let (prefix, number) = text.rsplit_once('-')?;
        let sane = !prefix.is_empty() && prefix.len() <= 16 && prefix.chars().all(|c| c.is_ascii_alphanumeric());
        let plain = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        (sane && plain).then(|| Some(Self::new(prefix.to_ascii_uppercase(), number.parse().ok()?))).flatten()
    }

    /// Returns the name of the hot room: the key in lower case.
    pub fn room_name(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.prefix, self.number)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
    }
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
        for text in ["", "HOT", "HOT-", "-12", "HOT-1x", "HOT-99999999999999999999999", "a b-1"] {
            assert_eq!(Key::parse(text), None, "{text}");
        }
    }

    #[test]
    fn record_ids_sort_by_age() {
        let early = Timestamp::from_timestamp_millis(1_000_000).unwrap();
        let late = Timestamp::from_timestamp_millis(1_000_001).unwrap();
        assert!(IncidentId::new(early) < IncidentId::new(late));
    }
}
