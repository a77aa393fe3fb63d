//! Discord's refusals: status, code, sentence, and where in the body the mistake is.

use serde_json::{Value, json};

/// An answer that is an error.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: u32,
    pub message: String,
    /// The tree of mistakes that goes with 50035.
    pub errors: Value,
}

/// A refusal of the list of codes.
pub const fn known(status: u16, code: u32, message: &'static str) -> Known {
    Known { status, code, message }
}

/// One line of Discord's list of codes.
#[derive(Clone, Copy)]
pub struct Known {
    status: u16,
    code: u32,
    message: &'static str,
}

pub const NOT_FOUND: Known = known(404, 0, "404: Not Found");
pub const UNAUTHORIZED: Known = known(401, 0, "401: Unauthorized");
pub const UNKNOWN_APPLICATION: Known = known(404, 10002, "Unknown Application");
pub const UNKNOWN_CHANNEL: Known = known(404, 10003, "Unknown Channel");
pub const UNKNOWN_GUILD: Known = known(404, 10004, "Unknown Guild");
pub const UNKNOWN_MEMBER: Known = known(404, 10007, "Unknown Member");
pub const UNKNOWN_MESSAGE: Known = known(404, 10008, "Unknown Message");
pub const UNKNOWN_OVERWRITE: Known = known(404, 10009, "Unknown Permission Overwrite");
pub const UNKNOWN_ROLE: Known = known(404, 10011, "Unknown Role");
pub const UNKNOWN_USER: Known = known(404, 10013, "Unknown User");
pub const UNKNOWN_EMOJI: Known = known(400, 10014, "Unknown Emoji");
pub const UNKNOWN_WEBHOOK: Known = known(404, 10015, "Unknown Webhook");
pub const UNKNOWN_INTERACTION: Known = known(404, 10062, "Unknown interaction");
pub const UNKNOWN_COMMAND: Known = known(404, 10063, "Unknown application command");
pub const TOO_MANY_PINS: Known = known(400, 30003, "Maximum number of pins reached (250)");
pub const TOO_MANY_CHANNELS: Known = known(400, 30013, "Maximum number of guild channels reached (500)");
pub const TOO_MANY_CREATES: Known =
    known(429, 30034, "Max number of daily application command creates has been reached (200)");
pub const TOO_MANY_OLD_EDITS: Known =
    known(429, 30046, "Maximum number of edits to messages older than 1 hour reached. Try again later.");
pub const ALREADY_ACKNOWLEDGED: Known = known(400, 40060, "Interaction has already been acknowledged.");
pub const MISSING_ACCESS: Known = known(403, 50001, "Missing Access");
pub const DM_ONLY: Known = known(403, 50003, "Cannot execute action on a DM channel");
pub const NOT_YOURS: Known = known(403, 50005, "Cannot edit a message authored by another user");
pub const EMPTY_MESSAGE: Known = known(400, 50006, "Cannot send an empty message");
pub const NO_DM: Known = known(403, 50007, "Cannot send messages to this user");
pub const NOT_TEXT: Known = known(400, 50008, "Cannot send messages in a non-text channel");
pub const MISSING_PERMISSIONS: Known = known(403, 50013, "Missing Permissions");
pub const DEAD_WEBHOOK_TOKEN: Known = known(401, 50027, "Invalid Webhook Token");
pub const NOT_FOR_THIS_TYPE: Known = known(400, 50024, "Cannot execute action on this channel type");
pub const INVALID_JSON: Known = known(400, 50109, "The request body contains invalid JSON.");
pub const ARCHIVED_THREAD: Known = known(400, 50083, "Thread is archived");
pub const TOO_MANY_THREADS: Known = known(400, 160_006, "Maximum number of active threads reached");
pub const HAS_A_THREAD: Known = known(400, 160004, "A thread has already been created for this message");
pub const NO_SHARED_GUILD: Known =
    known(403, 50278, "Cannot send messages to this user due to having no mutual guilds");

impl From<Known> for Refusal {
    fn from(known: Known) -> Self {
        Self { status: known.status, code: known.code, message: known.message.into(), errors: Value::Null }
    }
}

impl Refusal {
    /// 50035 with one mistake at a place in the body such as `embeds.0.title`.
    pub fn invalid(place: &str, code: &str, message: &str) -> Self {
        let leaf = json!({"_errors": [{"code": code, "message": message}]});
        let errors = place.split('.').rev().fold(leaf, |inner, step| json!({step: inner}));
        Self { status: 400, code: 50035, message: "Invalid Form Body".into(), errors }
    }

    /// The body of the answer.
    pub fn body(&self) -> Value {
        let mut body = json!({"message": self.message, "code": self.code});
        if !self.errors.is_null() {
            body["errors"] = self.errors.clone();
        }
        body
    }
}
