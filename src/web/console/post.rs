//! Write endpoints of the console: chat messages, commands, forms and the read position.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Json,
    extract::{Query, State as Given, rejection::JsonRejection},
};
use serde::Deserialize;

use super::{
    ask::{bad, read, seen},
    json::{FormForm, MessageView, PostReply, ReadForm, ReplyView, SayForm, Unread},
    view,
};
use crate::{
    app::PreviewedMessage,
    chat::{
        CommandInput, Inbound,
        builtin::{BuiltinChat, MAX_TALK, Talk, TalkRefusal},
    },
    command::{Bare, MAX_SAID},
    config::Config,
    domain::{
        ids::{RoomId, uuid_at},
        text::Untrusted,
    },
    store::{Reads, Tx},
    web::{
        RequestId, State, Viewer,
        pages::words::ConfigNames,
        problem::{Kind, Problem},
    },
};

/// Maximum number of options in a form.
const OPTIONS: usize = 64;

/// Allowed length of a delivery id.
const DELIVERY: std::ops::RangeInclusive<usize> = 8..=64;

/// Returns the body, or the problem with it.
pub(super) fn body<T>(given: Result<Json<T>, JsonRejection>) -> Result<T, Problem> {
    given.map(|Json(form)| form).map_err(|rejection| {
        let kind = if matches!(rejection, JsonRejection::MissingJsonContentType(_)) {
            Kind::BadMediaType
        } else if matches!(rejection, JsonRejection::BytesRejection(_)) {
            Kind::TooLarge
        } else {
            Kind::BadBody
        };
        Problem::new(kind).because(rejection.body_text())
    })
}

fn check_delivery(delivery: &str) -> Result<(), Problem> {
    let plain = delivery.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if plain && DELIVERY.contains(&delivery.len()) {
        return Ok(());
    }
    Err(bad("`delivery` has to be 8 to 64 characters out of A-Z, a-z, 0-9, - and _."))
}

/// `POST /console/say`
pub(super) async fn say(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    given: Result<Json<SayForm>, JsonRejection>,
) -> Result<Json<PostReply>, Problem> {
    let form = body(given)?;
    check_delivery(&form.delivery)?;
    let room = form.room.map(RoomId::new);
    if let Some(text) = form.text.strip_prefix("//") {
        return talk(&state, &viewer, room, format!("/{text}"), form.delivery).await;
    }
    if !form.text.starts_with('/') {
        return talk(&state, &viewer, room, form.text, form.delivery).await;
    }
    let said = match form.version {
        Some(version) => CommandInput::Press { command: form.text, version: Some(version) },
        None => CommandInput::Text(form.text),
    };
    let reply = command(&state, &viewer, Delivery { room, said, id: form.delivery, request }).await?;
    Ok(Json(PostReply { reply: Some(reply), message: None }))
}

/// A command that a browser sent.
struct Delivery {
    room: Option<RoomId>,
    said: CommandInput,
    id: String,
    request: RequestId,
}

/// Gives a command to the app, once for each delivery of this person.
async fn command(state: &State, viewer: &Viewer, delivery: Delivery) -> Result<ReplyView, Problem> {
    let Delivery { room, said, id, request } = delivery;
    if let Some(room) = room.clone() {
        let reader = viewer.id().clone();
        read(state, move |reads, _| seen(reads, &reader, &room)).await?;
    }
    let inbound = Inbound {
        about: None,
        source: "console",
        delivery: format!("{}/{id}", viewer.id()),
        actor: viewer.id().clone(),
        guest: None,
        room,
        said,
        request: request.as_str().to_owned(),
    };
    let reply = state.app.on_command(inbound).await?;
    Ok(view::reply(ConfigNames { config: &state.app.config.current() }, reply))
}

async fn talk(
    state: &State,
    viewer: &Viewer,
    room: Option<RoomId>,
    text: String,
    delivery: String,
) -> Result<Json<PostReply>, Problem> {
    let room = room.ok_or_else(|| bad("Talk needs a `room`."))?;
    let config = state.app.config.current();
    let known: BTreeSet<_> = config.people.iter().map(|person| person.id.clone()).collect();
    let (text, at) = (Untrusted::new(text), state.app.clock.now());
    let talk = Talk { room: room.clone(), person: viewer.id().clone(), text: text.clone(), delivery, known };
    let said = BuiltinChat::new(state.app.store.clone()).say(talk, at).await?;
    let id = said.map_err(refused)?;
    state.app.on_talk(PreviewedMessage { room, message: id, text, at }).await?;
    let find = move |reads: &Reads<'_>, config: &Arc<Config>| {
        let message = reads.message(id)?;
        let shown: Option<MessageView> = message.map(|message| view::message(ConfigNames { config }, &message));
        Ok(Ok(shown))
    };
    Ok(Json(PostReply { reply: None, message: read(state, find).await? }))
}

fn refused(refusal: TalkRefusal) -> Problem {
    let kind = match &refusal {
        TalkRefusal::NoRoom(_) => return Problem::new(Kind::NotFound),
        TalkRefusal::Mismatch => return Problem::new(Kind::DeliveryReused),
        TalkRefusal::Empty => Kind::BadValue,
        TalkRefusal::TooLong(_) => {
            let problem = Problem::new(Kind::TooLarge).with("most", MAX_TALK);
            return problem.because(format!("{}.", capital(&refusal)));
        }
        TalkRefusal::Closed(_) => Kind::Gone,
    };
    Problem::new(kind).because(format!("{}.", capital(&refusal)))
}

fn capital(refusal: &TalkRefusal) -> String {
    crate::web::pages::words::capital(&refusal.to_string())
}

/// `?command=incident+declare&room=hot-12`
#[derive(Debug, Default, Deserialize)]
pub(super) struct WhichForm {
    command: String,
    room: Option<String>,
}

/// `GET /console/form`. Only commands that open a form when given without options are accepted; others would run.
pub(super) async fn form(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    Query(asked): Query<WhichForm>,
) -> Result<Json<PostReply>, Problem> {
    let spec = state.app.catalog.command(&asked.command).filter(|spec| spec.bare == Bare::Form);
    let Some(path) = spec.map(|spec| spec.path.clone()) else {
        return Err(Problem::new(Kind::NotFound).because("There is no form of that command."));
    };
    let said = CommandInput::Text(format!("/{path}"));
    let delivery = uuid_at(state.app.clock.now()).simple().to_string();
    let room = asked.room.map(RoomId::new);
    let reply = command(&state, &viewer, Delivery { room, said, id: delivery, request }).await?;
    Ok(Json(PostReply { reply: Some(reply), message: None }))
}

/// `POST /console/form`
pub(super) async fn send_form(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    given: Result<Json<FormForm>, JsonRejection>,
) -> Result<Json<PostReply>, Problem> {
    let form = body(given)?;
    check_delivery(&form.delivery)?;
    let length: usize = form.options.iter().map(|(name, value)| name.len() + value.len()).sum();
    if form.options.len() > OPTIONS || form.command.len() + length > 4 * MAX_SAID {
        return Err(Problem::new(Kind::TooLarge));
    }
    let said = CommandInput::Options { command: form.command, options: form.options, version: form.version };
    let room = form.room.map(RoomId::new);
    let reply = command(&state, &viewer, Delivery { room, said, id: form.delivery, request }).await?;
    Ok(Json(PostReply { reply: Some(reply), message: None }))
}

/// `POST /console/read`
pub(super) async fn mark_read(
    Given(state): Given<State>,
    viewer: Viewer,
    given: Result<Json<ReadForm>, JsonRejection>,
) -> Result<Json<Unread>, Problem> {
    let ReadForm { room, message } = body(given)?;
    let room = RoomId::new(room);
    let now = state.app.clock.now();
    let reader = viewer.id().clone();
    let looked = {
        let (reader, room) = (reader.clone(), room.clone());
        read(&state, move |reads, _| seen(reads, &reader, &room)).await?
    };
    // Most requests repeat the known position; only a new position is worth a commit.
    if message <= looked.read {
        return Ok(Json(Unread { unread: looked.unread, mentioned: looked.mentioned }));
    }
    let write = move |tx: &mut Tx<'_>| match seen(tx, &reader, &room)? {
        Ok(_) => {
            tx.mark_read(&reader, &room, message, now)?;
            seen(tx, &reader, &room)
        }
        Err(problem) => Ok(Err(problem)),
    };
    let left = state.app.store.transact(write).await??;
    Ok(Json(Unread { unread: left.unread, mentioned: left.mentioned }))
}
