//! The time as the app sees it. Only `main` makes one from the real clock; tests make one they can move.

use std::{fmt, sync::Arc};

use crate::domain::Timestamp;

/// Tells the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that reads `tell`.
    pub fn new(tell: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Now, cut to the millisecond that is stored, so that what is read back is what was written.
    pub fn now(&self) -> Timestamp {
        let now = (self.0)();
        Timestamp::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
