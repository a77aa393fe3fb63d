//! Discord's ids: 64 bits that begin with the creation time. In JSON they are strings.

use std::{fmt, num::NonZeroU64, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use crate::{
    domain::{Timestamp, ids::PlatformId},
    store::MessagePosition,
};

/// Milliseconds from 1970 to the beginning of 2015, Discord's epoch.
const EPOCH_MS: i64 = 1_420_070_400_000;
/// How many bits follow the time.
const BELOW: u32 = 22;

/// An id of any kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Snowflake(NonZeroU64);

/// A text that is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no Discord id: 1 to 20 digits")]
pub struct NoSnowflake(String);

impl Snowflake {
    /// Returns the id for a number; `None` for zero.
    pub fn new(number: u64) -> Option<Self> {
        NonZeroU64::new(number).map(Self)
    }

    /// Returns the smallest id that can be created at a time, for `after=`.
    pub fn at(time: Timestamp) -> Self {
        let millis = u64::try_from(time.timestamp_millis() - EPOCH_MS).unwrap_or(0).min(u64::MAX >> BELOW);
        Self::new(millis << BELOW).unwrap_or(Self(NonZeroU64::MIN))
    }

    /// Returns when it was created.
    pub fn time(self) -> Timestamp {
        let millis = i64::try_from(self.0.get() >> BELOW).unwrap_or(i64::MAX);
        Timestamp::from_timestamp_millis(millis.saturating_add(EPOCH_MS)).unwrap_or_default()
    }

    /// Returns the number.
    pub fn get(self) -> u64 {
        self.0.get()
    }
}

impl FromStr for Snowflake {
    type Err = NoSnowflake;

    fn from_str(text: &str) -> Result<Self, NoSnowflake> {
        let wrong = || NoSnowflake(text.chars().take(32).collect());
        let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if plain { text.parse().ok() } else { None };
        number.and_then(Self::new).ok_or_else(wrong)
    }
}

impl fmt::Display for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Snowflake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Snowflake {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Snowflake {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(D::Error::custom)
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Snowflake);

        impl $name {
            /// Parses an id that hotroom stored for Discord; `None` if it belongs to another platform.
            pub fn from_platform(id: &PlatformId) -> Option<Self> {
                id.as_str().parse().ok()
            }

            /// Returns the platform-independent id.
            pub fn to_platform(self) -> PlatformId {
                PlatformId::new(self.0.to_string())
            }
        }

        impl FromStr for $name {
            type Err = NoSnowflake;

            fn from_str(text: &str) -> Result<Self, NoSnowflake> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

impl MessageId {
    /// Returns the message with its time.
    pub fn position(self) -> MessagePosition {
        MessagePosition { message: self.to_platform(), at: self.0.time() }
    }
}

kinds!(
    /// A channel, a category, a thread or a direct channel.
    ChannelId,
    /// A message.
    MessageId,
    /// A person's account, or a bot's.
    UserId,
    /// A guild. Its @everyone role has the same number.
    GuildId,
    /// A role of a guild.
    RoleId,
    /// The application of a bot.
    ApplicationId,
    /// One use of a command, a button or a form.
    InteractionId,
);

#[cfg(test)]
mod tests {
    use crate::chat::discord::client::snowflake::*;

    #[test]
    fn ids_are_strings_in_json_and_nothing_else() {
        let id: MessageId = serde_json::from_str("\"175928847299117063\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"175928847299117063\"");
        for wrong in
            ["175928847299117063", "\"\"", "\"0\"", "\"-1\"", "\"+1\"", "\" 1\"", "\"18446744073709551616\"", "null"]
        {
            assert!(serde_json::from_str::<MessageId>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_id_knows_when_it_was_made() {
        let id: Snowflake = "175928847299117063".parse().unwrap();
        assert_eq!(id.time().to_rfc3339(), "2016-04-30T11:18:25.796+00:00");
        let earliest = Snowflake::at(id.time());
        assert!(earliest <= id && earliest.time() == id.time());
        assert_eq!(Snowflake::at(Timestamp::UNIX_EPOCH).get(), 1);
    }
}
