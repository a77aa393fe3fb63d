//! What the service knows, and how it answers a request.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use hotroom::net::decode_form;
use serde_json::{Value, json};

use super::{ACCOUNT, Callback, NUMBER, Reactions, TOKEN, spec};
use crate::fake_http::{Reaction, Received};

/// A message that was accepted.
#[derive(Clone, Debug)]
pub struct SentText {
    pub sid: String,
    pub to: String,
    pub body: String,
    pub status_callback: Option<String>,
    pub validity: u64,
}

/// A call that was accepted.
#[derive(Clone, Debug)]
pub struct PlacedCall {
    pub sid: String,
    pub to: String,
    /// Where the service gets what to say; empty if it was given.
    pub url: String,
    /// What to say, if it was given.
    pub twiml: Option<String>,
    pub status_callback: Option<String>,
}

#[derive(Debug)]
pub struct TwilioState {
    pub texts: Vec<SentText>,
    pub calls: Vec<PlacedCall>,
    pub refused: BTreeMap<String, u32>,
    pub stopped: BTreeSet<String>,
    pub reactions: Reactions,
    pub account: String,
    pub sms_url: String,
    pub violations: Vec<String>,
}

impl Default for TwilioState {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            calls: Vec::new(),
            refused: BTreeMap::new(),
            stopped: BTreeSet::new(),
            reactions: Reactions::new(),
            account: "active".to_owned(),
            sms_url: String::new(),
            violations: Vec::new(),
        }
    }
}

/// The fields of a request by name.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.clone())
    }
}

/// Answers a request.
pub fn respond(state: &mut TwilioState, request: &Received) -> Reaction {
    let authorized = format!("Basic {}", STANDARD.encode(format!("{ACCOUNT}:{TOKEN}")));
    if request.headers.get("authorization") != Some(&authorized) {
        return error(401, 20003, "Authenticate");
    }
    let prefix = format!("/2010-04-01/Accounts/{ACCOUNT}");
    let Some(resource) = request.path.strip_prefix(&prefix) else { return error(404, 20404, "Not found") };
    let (resource, query) = resource.split_once('?').unwrap_or((resource, ""));
    match (request.method.as_str(), resource) {
        ("GET", ".json") => {
            Reaction::answer(200, json!({"sid": ACCOUNT, "status": state.account, "type": "Full"}).to_string())
        }
        ("GET", "/IncomingPhoneNumbers.json") => numbers(state, query),
        ("POST", "/Messages.json" | "/Calls.json") => create(state, resource, request),
        _ => error(404, 20404, "Not found"),
    }
}

fn numbers(state: &TwilioState, query: &str) -> Reaction {
    let wanted = decode_form(query.as_bytes()).map(Fields).and_then(|fields| fields.get("PhoneNumber"));
    let number = json!({
        "sid": "PN0123456789abcdef0123456789abcdef", "phone_number": NUMBER, "sms_url": state.sms_url,
        "capabilities": {"voice": true, "sms": true, "mms": false, "fax": false},
    });
    let found: Vec<Value> = if wanted.is_none_or(|wanted| wanted == NUMBER) { vec![number] } else { vec![] };
    Reaction::answer(200, json!({ "incoming_phone_numbers": found }).to_string())
}

fn create(state: &mut TwilioState, resource: &str, request: &Received) -> Reaction {
    let fields = decode_form(&request.body).unwrap_or_default();
    let violations = spec::violations(resource, &fields);
    if !violations.is_empty() {
        state.violations.extend(violations);
        return error(400, 20001, "Invalid parameter");
    }
    let reaction = state.reactions.pop_front();
    match reaction {
        Some((reaction, false)) => reaction,
        Some((reaction, true)) => {
            accept(state, resource, &Fields(fields));
            reaction
        }
        None => accept(state, resource, &Fields(fields)),
    }
}

fn accept(state: &mut TwilioState, resource: &str, fields: &Fields) -> Reaction {
    let to = fields.get("To").unwrap_or_default();
    if let Some(code) = state.refused.get(&to) {
        // Twilio repeats the number in its message.
        return error(400, *code, &format!("The 'To' number {to} cannot be reached"));
    }
    if resource == "/Messages.json" && state.stopped.contains(&to) {
        return error(400, 21610, "Attempt to send to unsubscribed recipient");
    }
    let number = state.texts.len() + state.calls.len() + 1;
    if resource == "/Messages.json" {
        let sid = format!("SM{number:032x}");
        let body = fields.get("Body").unwrap_or_default();
        let answer = spec::message(&sid, &to, &body);
        let validity = fields.get("ValidityPeriod").and_then(|text| text.parse().ok()).unwrap_or(36_000);
        state.texts.push(SentText { sid, to, body, status_callback: fields.get("StatusCallback"), validity });
        return Reaction::answer(201, answer.to_string());
    }
    let sid = format!("CA{number:032x}");
    let answer = spec::call(&sid, &to);
    let url = fields.get("Url").unwrap_or_default();
    let (twiml, status_callback) = (fields.get("Twiml"), fields.get("StatusCallback"));
    state.calls.push(PlacedCall { sid, to, url, twiml, status_callback });
    Reaction::answer(201, answer.to_string())
}

fn error(status: u16, code: u32, message: &str) -> Reaction {
    let more = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": message, "more_info": more, "status": status});
    Reaction::answer(status, body.to_string())
}

impl TwilioState {
    pub fn report(&self, sid: &str, status: &str, code: Option<u32>) -> Option<Callback> {
        let code = code.map(|code| code.to_string());
        if let Some(text) = self.texts.iter().find(|text| text.sid == sid) {
            let mut fields =
                vec![("MessageSid", sid), ("SmsSid", sid), ("MessageStatus", status), ("SmsStatus", status)];
            fields.extend([("To", text.to.as_str()), ("From", NUMBER)]);
            fields.extend(code.as_deref().map(|code| ("ErrorCode", code)));
            return Some(Callback::of_account(text.status_callback.as_deref()?, &fields));
        }
        let call = self.calls.iter().find(|call| call.sid == sid)?;
        let mut fields = vec![("CallStatus", status), ("CallbackSource", "call-progress-events")];
        fields.extend(code.as_deref().map(|code| ("ErrorCode", code)));
        Some(self.call(call, call.status_callback.as_deref()?, &fields))
    }

    pub fn receive(&mut self, from: &str, body: &str, url: &str) -> Callback {
        let word = body.trim().to_uppercase();
        if word == "STOP" {
            self.stopped.insert(from.to_owned());
        } else if word == "START" {
            self.stopped.remove(from);
        }
        let sid = "SMffffffffffffffffffffffffffffffff";
        let fields = [("MessageSid", sid), ("SmsSid", sid), ("From", from), ("To", NUMBER), ("Body", body)];
        let more = [("NumMedia", "0"), ("NumSegments", "1"), ("SmsStatus", "received"), ("FromCountry", "US")];
        Callback::of_account(url, &[&fields[..], &more[..]].concat())
    }

    pub fn call(&self, call: &PlacedCall, url: &str, fields: &[(&str, &str)]) -> Callback {
        let common = [("CallSid", call.sid.as_str()), ("From", NUMBER), ("To", call.to.as_str())];
        let more = [("Called", call.to.as_str()), ("Caller", NUMBER), ("Direction", "outbound-api")];
        Callback::of_account(url, &[&common[..], &more[..], fields].concat())
    }
}
