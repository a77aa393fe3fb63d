//! What the service knows, and how it answers a request.

use hotroom::net::decode_form;
use serde_json::{Value, json};

use super::{ANN, BEN, Reactions, TOKEN, rules};
use crate::fake_http::{Reaction, Received};

const LIMIT: u64 = 10_000;

/// A message that was accepted.
#[derive(Clone, Debug, Default)]
pub struct PushoverNote {
    pub user: String,
    pub title: String,
    pub text: String,
    pub url: Option<String>,
    pub priority: i64,
    pub retry: u64,
    pub expire: u64,
    pub tags: String,
    pub callback: Option<String>,
    /// The receipt of an alarm.
    pub receipt: Option<String>,
    pub cancelled: bool,
    /// The device on which it was acknowledged, and when.
    pub acknowledged: Option<(String, i64)>,
}

impl PushoverNote {
    pub fn is_ringing(&self) -> bool {
        self.priority == 2 && !self.cancelled && self.acknowledged.is_none()
    }
}

pub struct PushoverState {
    pub messages: Vec<PushoverNote>,
    pub reactions: Reactions,
    pub remaining: u64,
}

impl Default for PushoverState {
    fn default() -> Self {
        Self { messages: Vec::new(), reactions: Reactions::new(), remaining: LIMIT }
    }
}

/// The fields of a request by name.
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    fn number<T: std::str::FromStr + Default>(&self, name: &str) -> T {
        self.get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

/// Answers a request. Clients send the token in a form or in the query.
pub fn respond(state: &mut PushoverState, request: &Received) -> Reaction {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut fields = decode_form(&request.body).unwrap_or_default();
    fields.extend(decode_form(query.as_bytes()).unwrap_or_default());
    let fields = Fields(fields);
    if fields.get("token") != Some(TOKEN) {
        return refused(400, json!({"token": "invalid", "errors": ["application token is invalid, see the API"]}));
    }
    let Some(path) = path.strip_prefix("/1/").and_then(|path| path.strip_suffix(".json")) else {
        return refused(404, json!({"errors": ["not found"]}));
    };
    let parts: Vec<&str> = path.split('/').collect();
    let changes = request.method == "POST" && parts[0] != "users";
    let reaction = if changes { state.reactions.pop_front() } else { None };
    match reaction {
        Some((reaction, false)) => reaction,
        Some((reaction, true)) => {
            answer(state, &request.method, &parts, &fields);
            reaction
        }
        None => answer(state, &request.method, &parts, &fields),
    }
}

fn answer(state: &mut PushoverState, method: &str, parts: &[&str], fields: &Fields) -> Reaction {
    match (method, parts) {
        ("POST", ["messages"]) => state.take(fields),
        ("POST", ["users", "validate"]) => match fields.get("user") {
            Some(ANN | BEN) => accepted(json!({"group": 0, "devices": ["iphone"], "licenses": ["iOS"]})),
            _ => refused(400, json!({"user": "invalid", "errors": ["user key is invalid"]})),
        },
        ("POST", ["receipts", "cancel_by_tag", tag]) => {
            let tag = percent_encoding::percent_decode_str(tag).decode_utf8_lossy().into_owned();
            let count = state.cancel(|message| message.tags.split(',').any(|known| known.trim() == tag));
            accepted(json!({ "canceled": count }))
        }
        ("POST", ["receipts", receipt, "cancel"]) => {
            if state.find(receipt).is_none() {
                return refused(404, json!({"receipt": "not found", "errors": [RECEIPT_UNKNOWN]}));
            }
            state.cancel(|message| message.receipt.as_deref() == Some(*receipt));
            accepted(json!({}))
        }
        ("GET", ["receipts", receipt]) => match state.find(receipt) {
            Some(message) => accepted(receipt_of(message)),
            None => refused(404, json!({"receipt": "not found", "errors": [RECEIPT_UNKNOWN]})),
        },
        ("GET", ["apps", "limits"]) => {
            accepted(json!({"limit": LIMIT, "remaining": state.remaining, "reset": 1_775_016_000}))
        }
        _ => refused(404, json!({"errors": ["not found"]})),
    }
}

const RECEIPT_UNKNOWN: &str = "receipt not found; may be invalid or expired";

fn accepted(mut body: Value) -> Reaction {
    body["status"] = json!(1);
    body["request"] = json!("647d2300-702c-4b38-8b2f-d56326ae460b");
    Reaction::answer(200, body.to_string())
}

fn refused(status: u16, mut body: Value) -> Reaction {
    body["status"] = json!(0);
    body["request"] = json!("647d2300-702c-4b38-8b2f-d56326ae460b");
    Reaction::answer(status, body.to_string())
}

fn receipt_of(message: &PushoverNote) -> Value {
    let (device, at) = message.acknowledged.clone().unwrap_or_default();
    let done = message.acknowledged.is_some();
    let by = if done { message.user.as_str() } else { "" };
    json!({
        "acknowledged": u8::from(done), "acknowledged_at": at, "acknowledged_by": by, "acknowledged_by_device": device,
        "last_delivered_at": 1_772_445_600, "expired": u8::from(message.cancelled), "expires_at": 1_772_449_200,
        "called_back": 0, "called_back_at": 0,
    })
}

impl PushoverState {
    fn find(&self, receipt: &str) -> Option<&PushoverNote> {
        self.messages.iter().find(|message| message.receipt.as_deref() == Some(receipt))
    }

    fn cancel(&mut self, is_meant: impl Fn(&PushoverNote) -> bool) -> usize {
        let meant = self.messages.iter_mut().filter(|message| message.is_ringing() && is_meant(message));
        meant.map(|message| message.cancelled = true).count()
    }

    fn take(&mut self, fields: &Fields) -> Reaction {
        if !matches!(fields.get("user"), Some(ANN | BEN)) {
            let errors = ["user identifier is not a valid user, group, or subscribed user key, see the API"];
            return refused(400, json!({"user": "invalid", "errors": errors}));
        }
        let errors = rules::broken(fields);
        if !errors.is_empty() {
            return refused(400, json!({ "errors": errors }));
        }
        if self.remaining == 0 {
            return refused(429, json!({"errors": ["application is over its monthly message limit"]}));
        }
        self.remaining -= 1;
        let priority = fields.number("priority");
        let receipt = (priority == 2).then(|| format!("r{:029}", self.messages.len()));
        self.messages.push(PushoverNote {
            user: fields.text("user"),
            title: fields.text("title"),
            text: fields.text("message"),
            url: fields.get("url").map(str::to_owned),
            priority,
            retry: fields.number("retry"),
            expire: fields.number("expire"),
            tags: fields.text("tags"),
            callback: fields.get("callback").map(str::to_owned),
            receipt: receipt.clone(),
            ..PushoverNote::default()
        });
        accepted(receipt.map_or(json!({}), |receipt| json!({ "receipt": receipt })))
    }

    pub fn acknowledge(&mut self, receipt: &str, device: &str, at: i64) -> String {
        let message = self.messages.iter_mut().find(|message| message.receipt.as_deref() == Some(receipt));
        let message = message.expect("there is such an alarm");
        message.acknowledged = Some((device.to_owned(), at));
        let user = &message.user;
        format!(
            "receipt={receipt}&acknowledged=1&acknowledged_at={at}&acknowledged_by={user}&acknowledged_by_device={device}"
        )
    }
}
