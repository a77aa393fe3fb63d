//! How many messages one contact method gets. Carriers block numbers that call too often, and a person who is called every
//! ten seconds switches the telephone off. The figures are those of GoAlert (`engine/message/ratelimit.go`).

use chrono::TimeDelta;

use super::MethodKind;

/// At most so many messages in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLimit {
    /// The number of messages.
    pub most: u32,
    /// The span.
    pub within: TimeDelta,
}

const fn limit(most: u32, minutes: i64) -> MessageLimit {
    MessageLimit { most, within: TimeDelta::minutes(minutes) }
}

const VOICE: &[MessageLimit] = &[limit(1, 1), limit(3, 15), limit(7, 60), limit(15, 180)];
const SMS: &[MessageLimit] = &[limit(1, 1), limit(5, 15), limit(11, 60), limit(21, 180)];
const MAIL: &[MessageLimit] = &[limit(1, 1)];
/// Pushes cost nothing, and a repeat replaces the one before.
const PUSH: &[MessageLimit] = &[limit(10, 1), limit(60, 60)];

/// Returns the limits of a kind; all of them apply.
pub fn limits(kind: MethodKind) -> &'static [MessageLimit] {
    match kind {
        MethodKind::Voice => VOICE,
        MethodKind::Sms | MethodKind::Gateway => SMS,
        MethodKind::Mail => MAIL,
        MethodKind::WebPush | MethodKind::Ntfy | MethodKind::Pushover | MethodKind::Webhook => PUSH,
    }
}
