//! The fake as another process drives it: `POST /_fake/NAME` with the arguments as JSON, answered with JSON, or with 422
//! and what was wrong. The names are those of [`House`]'s own functions.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Response, body::Incoming};
use serde_json::{Value, json};

use super::{
    Answer, Fault, House, json,
    server::{Reply, written},
    state::{Id, id_of},
};

/// The largest body of a control request.
const BODY: usize = 1 << 20;

pub async fn answer(house: Arc<House>, name: &str, request: hyper::Request<Incoming>) -> Response<Full<Bytes>> {
    let body = Limited::new(request.into_body(), BODY).collect().await.map(|read| read.to_bytes());
    let asked = match body.as_deref() {
        Ok([]) => json!({}),
        Ok(bytes) => serde_json::from_slice(bytes).unwrap_or_default(),
        Err(_) => Value::Null,
    };
    let name = name.to_owned();
    // A mistake in what is asked panics, as it does in a test; here it becomes an answer.
    let done = tokio::spawn(async move { carry_out(&house, &name, &Asked(asked)).await }).await;
    match done {
        Ok(value) => written(Reply::ok(value)),
        Err(error) => {
            let said = error.try_into_panic().map_or_else(|_| String::new(), |panic| said(panic.as_ref()));
            written(Reply::new(422, json!({"error": said})))
        }
    }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

struct Asked(Value);

impl Asked {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("`{name}` is missing"))
    }

    fn id(&self, name: &str) -> Id {
        id_of(&self.0[name]).unwrap_or_else(|| panic!("`{name}` is no id"))
    }

    /// Pairs of names and texts, from an object, in its order.
    fn pairs(&self, name: &str) -> Vec<(&str, &str)> {
        let pairs = self.0[name].as_object().into_iter().flatten();
        pairs.map(|(name, text)| (name.as_str(), text.as_str().expect("texts"))).collect()
    }
}

async fn carry_out(house: &House, name: &str, asked: &Asked) -> Value {
    if let Some(value) = look(house, name, asked).await {
        return value;
    }
    let answer = match name {
        "slash" => {
            house.slash(asked.id("user"), asked.id("channel"), asked.text("line"), &asked.pairs("options")).await
        }
        "press" => house.press(asked.id("user"), asked.id("channel"), asked.text("label")).await,
        "choose" => {
            let values = asked.0["values"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let values: Vec<&str> = values.collect();
            house.choose(asked.id("user"), asked.id("channel"), asked.text("select"), &values).await
        }
        "submit" => {
            let form = Answer::of(&house.lock(), asked.id("interaction")).expect("an interaction");
            house.submit(&form, &asked.pairs("fields")).await
        }
        "answered" => house.answered(asked.id("interaction")).await,
        "menu" => house.menu(asked.id("user"), asked.id("message"), asked.text("name")).await,
        _ => return act(house, name, asked),
    };
    json!({
        "interaction": answer.interaction.to_string(), "kind": answer.kind, "ephemeral": answer.ephemeral,
        "content": answer.content, "text": answer.text(), "embeds": answer.embeds, "components": answer.components,
        "modal": answer.modal, "message": answer.message.map(|id| id.to_string()), "follow_ups": answer.follow_ups,
    })
}

/// What is only looked at, or waited for.
async fn look(house: &House, name: &str, asked: &Asked) -> Option<Value> {
    Some(match name {
        "guild" => house.guild().to_string().into(),
        "owner" => house.owner().to_string().into(),
        "bot" => house.bot().to_string().into(),
        "member" => house.member(asked.text("name")).to_string().into(),
        "channel" => house.channel(asked.text("name")).await.to_string().into(),
        "find_channel" => house.find_channel(asked.text("name")).map(|id| id.to_string()).into(),
        "messages" => written_all(house, house.messages(asked.id("channel"))),
        "pinned" => written_all(house, house.pinned(asked.id("channel"))),
        "direct" => written_all(house, house.direct(asked.id("user"))),
        "texts" => house.texts(asked.id("channel")).into(),
        "can_see" => house.can_see(asked.id("user"), asked.id("channel")).into(),
        "posted" => house.posted(asked.id("channel"), asked.text("words")).await.id.to_string().into(),
        "line_counts" => {
            let (identifies, resumes, heartbeats) = house.line_counts();
            json!({"identifies": identifies, "resumes": resumes, "heartbeats": heartbeats})
        }
        "violations" => house.violations().into(),
        "calls" => house.calls(asked.text("route")).into(),
        "requests" => house.requests().iter().map(request).collect(),
        "commands" => house.commands().into_iter().map(|command| command.body).collect(),
        "connected" => {
            house.connected().await;
            true.into()
        }
        "disconnected" => {
            house.disconnected().await;
            true.into()
        }
        "registered" => {
            house.registered(asked.text("name")).await;
            true.into()
        }
        "complete" => {
            let typed = asked.pairs("typed");
            let found = house.complete(asked.id("user"), asked.id("channel"), asked.text("line"), &typed).await;
            found.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
        }
        _ => return None,
    })
}

fn written_all(house: &House, messages: Vec<super::state::Message>) -> Value {
    let state = house.lock();
    messages.iter().map(|message| json::message(&state, message)).collect()
}

fn request(request: &super::server::Request) -> Value {
    json!({
        "method": request.method, "path": request.path, "route": request.route, "query": request.query,
        "body": request.body, "reason": request.reason, "at": request.at, "status": request.status,
    })
}

/// What is done and needs no waiting.
fn act(house: &House, name: &str, asked: &Asked) -> Value {
    match name {
        "says" => return house.says(asked.id("user"), asked.id("channel"), asked.text("text")).to_string().into(),
        "says_direct" => return house.says_direct(asked.id("user"), asked.text("text")).to_string().into(),
        "webhook_says" => {
            let (channel, webhook) = (asked.id("channel"), asked.id("webhook"));
            return house.webhook_says(channel, webhook, &asked.0["message"]).to_string().into();
        }
        "gives_command" => {
            let id =
                house.gives_command(asked.id("user"), asked.id("channel"), asked.text("line"), &asked.pairs("options"));
            return id.to_string().into();
        }
        "presses" => {
            return house.presses(asked.id("user"), asked.id("channel"), asked.text("label")).to_string().into();
        }
        "limits" => house.limits(asked.0["on"] == true),
        "edits" => house.edits(asked.id("message"), asked.text("text")),
        "deletes" => house.deletes(asked.id("message")),
        "pins" => house.pins(asked.id("user"), asked.id("message")),
        "reacts" => house.reacts(asked.id("user"), asked.id("message"), asked.text("emoji")),
        "deletes_channel" => house.deletes_channel(asked.id("channel")),
        "advance" => house.clock.advance(Duration::from_millis(asked.id("millis"))),
        "cuts" => house.cuts(),
        "asks_to_reconnect" => house.asks_to_reconnect(),
        "invalidates_session" => house.invalidates_session(asked.0["resumable"] == true),
        "acknowledges_heartbeats" => house.acknowledges_heartbeats(asked.0["on"] == true),
        "closes" => house.closes(u16::try_from(asked.id("code")).expect("a close code")),
        "gateway_down" => house.gateway_down(asked.0["down"] == true),
        "fail" => house.fail(asked.text("route"), fault(asked), usize::try_from(asked.id("times")).expect("in range")),
        "heal" => house.heal(),
        _ => panic!("`{name}` is not something the fake does"),
    }
    Value::Null
}

fn fault(asked: &Asked) -> Fault {
    let status = || u16::try_from(asked.id("status")).expect("a status");
    match asked.text("fault") {
        "limited" => Fault::Limited { retry_after: asked.0["retry_after"].as_f64().unwrap_or(1.0), scope: "user" },
        "status" => Fault::Status(status()),
        "refused" => Fault::Refused(status(), u32::try_from(asked.id("code")).expect("a code")),
        "drop_after" => Fault::DropAfter,
        "drop_before" => Fault::DropBefore,
        "hang" => Fault::Hang,
        "hang_after" => Fault::HangAfter,
        "junk" => Fault::Junk,
        other => panic!("`{other}` is not a fault"),
    }
}
