//! One conformance suite for every platform: the built-in chat, Discord, and a small one in memory that shows what a
//! new platform must implement.

mod bot;
mod inbound;
mod memory;
mod outbound;

use futures_util::future::BoxFuture;

use super::Chat;
use crate::domain::{
    Timestamp,
    ids::{PersonId, RoomId},
};

/// A platform under test, with access to what people see on it.
trait TestPlatform: Send + Sync {
    /// Returns the outbound port.
    fn chat(&self) -> &dyn Chat;

    /// Returns the texts of a room, oldest first.
    fn texts<'a>(&'a self, room: &'a RoomId) -> BoxFuture<'a, Vec<String>>;

    /// Returns the texts of the direct messages to a person.
    fn direct_texts<'a>(&'a self, person: &'a PersonId) -> BoxFuture<'a, Vec<String>>;

    /// Advances the time on the platform.
    fn advance(&self, to: Timestamp);
}

/// Runs each case against every platform.
macro_rules! conformance {
    ($($(#[$doc:meta])* $case:ident),+ $(,)?) => {
        mod builtin {
            $($(#[$doc])* #[tokio::test] async fn $case() {
                super::$case(&super::BuiltinPlatform::new().await).await;
            })+
        }

        mod discord {
            $($(#[$doc])* #[tokio::test] async fn $case() {
                super::$case(&super::DiscordPlatform::new().await).await;
            })+
        }

        mod memory {
            $($(#[$doc])* #[tokio::test] async fn $case() {
                super::$case(&super::MemoryPlatform::new().await).await;
            })+
        }
    };
}
pub(super) use conformance;
