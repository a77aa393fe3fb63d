//! Requests: the table of routes, and what every request goes through before and after its route.

mod channels;
mod commands;
mod guilds;
mod marks;
mod messages;
mod threads;
mod users;
mod webhooks;

pub use channels::{announce as announce_channel, remove as remove_channel};
pub use guilds::change_roles;
pub use marks::{set_pin, set_reaction};
pub use messages::{change, remove};
pub use users::dm;

use super::{
    House,
    errors::{NOT_FOUND, Refusal, UNAUTHORIZED},
    faults::wild,
    rules,
    server::{OpsgenieRequest, Reply, Request},
    spec,
    state::{Audit, State},
};

/// What a route answers.
pub type Served = Result<Reply, Refusal>;

type Route = (&'static str, &'static str, fn(&mut State, &OpsgenieRequest) -> Served);

/// Every route that is served, by the paths of Discord's description. Of two that fit, the first counts.
const ROUTES: &[Route] = &[
    ("GET", "/gateway", users::gateway),
    ("GET", "/gateway/bot", users::gateway_bot),
    ("GET", "/users/@me", users::me),
    ("GET", "/users/@me/guilds", users::my_guilds),
    ("POST", "/users/@me/channels", users::open_dm),
    ("GET", "/users/{user_id}", users::get),
    ("GET", "/oauth2/applications/@me", users::application),
    ("GET", "/applications/@me", users::application),
    ("GET", "/applications/{application_id}", users::application),
    ("GET", "/applications/{application_id}/commands", commands::list),
    ("PUT", "/applications/{application_id}/commands", commands::replace),
    ("POST", "/applications/{application_id}/commands", commands::create),
    ("GET", "/applications/{application_id}/commands/{command_id}", commands::get),
    ("PATCH", "/applications/{application_id}/commands/{command_id}", commands::edit),
    ("DELETE", "/applications/{application_id}/commands/{command_id}", commands::delete),
    ("GET", "/applications/{application_id}/guilds/{guild_id}/commands", commands::list),
    ("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", commands::replace),
    ("POST", "/applications/{application_id}/guilds/{guild_id}/commands", commands::create),
    ("GET", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", commands::get),
    ("PATCH", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", commands::edit),
    ("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", commands::delete),
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", webhooks::callback),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}", webhooks::follow_up),
    ("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", webhooks::get),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", webhooks::edit),
    ("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/@original", webhooks::delete),
    ("GET", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", webhooks::get),
    ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", webhooks::edit),
    ("DELETE", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}", webhooks::delete),
    ("GET", "/guilds/{guild_id}", guilds::get),
    ("GET", "/guilds/{guild_id}/channels", channels::list),
    ("POST", "/guilds/{guild_id}/channels", channels::create),
    ("GET", "/guilds/{guild_id}/threads/active", threads::active),
    ("GET", "/guilds/{guild_id}/members", guilds::members),
    ("GET", "/guilds/{guild_id}/members/search", guilds::search),
    ("GET", "/guilds/{guild_id}/members/{user_id}", guilds::member),
    ("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", guilds::give_role),
    ("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", guilds::take_role),
    ("GET", "/guilds/{guild_id}/roles", guilds::roles),
    ("GET", "/channels/{channel_id}", channels::get),
    ("PATCH", "/channels/{channel_id}", channels::edit),
    ("DELETE", "/channels/{channel_id}", channels::delete),
    ("PUT", "/channels/{channel_id}/permissions/{overwrite_id}", channels::permit),
    ("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}", channels::unpermit),
    ("POST", "/channels/{channel_id}/typing", channels::typing),
    ("GET", "/channels/{channel_id}/pins", marks::old_pins),
    ("PUT", "/channels/{channel_id}/pins/{message_id}", marks::pin),
    ("DELETE", "/channels/{channel_id}/pins/{message_id}", marks::unpin),
    ("GET", "/channels/{channel_id}/messages/pins", marks::pins),
    ("PUT", "/channels/{channel_id}/messages/pins/{message_id}", marks::pin),
    ("DELETE", "/channels/{channel_id}/messages/pins/{message_id}", marks::unpin),
    ("GET", "/channels/{channel_id}/messages", messages::list),
    ("POST", "/channels/{channel_id}/messages", messages::create),
    ("GET", "/channels/{channel_id}/messages/{message_id}", messages::get),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}", messages::edit),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}", messages::delete),
    ("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", marks::react),
    ("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}/@me", marks::unreact),
    ("GET", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji_name}", marks::reactors),
    ("POST", "/channels/{channel_id}/messages/{message_id}/threads", threads::from_message),
    ("POST", "/channels/{channel_id}/threads", threads::create),
    ("PUT", "/channels/{channel_id}/thread-members/{user_id}", threads::add_member),
    ("DELETE", "/channels/{channel_id}/thread-members/{user_id}", threads::remove_member),
];

fn find(call: &mut OpsgenieRequest) -> Option<&'static Route> {
    let fits = |route: &&Route| {
        route.0 == call.method && super::faults::fits(&format!("{} {}", route.0, route.1), &call.method, &call.path)
    };
    let route = ROUTES.iter().find(fits)?;
    let pairs = route.1.split('/').zip(call.path.split('/')).filter(|(step, _)| wild(step));
    let params = pairs.map(|(step, value)| (step.trim_matches(['{', '}']), value.to_owned()));
    call.params = params.collect();
    call.route = route.1;
    Some(route)
}

/// Carries a request out, and judges both it and its answer.
pub fn act(house: &House, mut call: OpsgenieRequest) -> Reply {
    let mut state = house.lock();
    let Some(route) = find(&mut call) else {
        state.violations.push(format!("{} {}: no such route is served", call.method, call.path));
        record(&mut state, &call, 404);
        return Refusal::from(NOT_FOUND).into();
    };
    let answer = serve(&mut state, &call, route);
    record(&mut state, &call, answer.status);
    if let Some(spec) = spec::spec() {
        let wrong = spec.answer(&call.method, call.route, answer.status, &answer.body);
        let say = |wrong| format!("the fake's own answer to {} {}: {wrong}\n{}", call.method, call.route, answer.body);
        state.violations.extend(wrong.into_iter().map(say));
    }
    let shared = answer.limited.as_ref().is_some_and(|limited| limited.scope == "shared");
    let ticks = state.ticks;
    state.limits.answered(answer.status, shared, ticks);
    drop(state);
    house.ring();
    answer
}

/// Notes a request that a fault kept from its route.
pub fn note(house: &House, call: &OpsgenieRequest, (status, shared): (u16, bool)) {
    let mut state = house.lock();
    let ticks = state.ticks;
    state.limits.answered(status, shared, ticks);
    record(&mut state, call, status);
    drop(state);
    house.ring();
}

fn record(state: &mut State, call: &OpsgenieRequest, status: u16) {
    let query: Vec<String> = call.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
    state.requests.push(Request {
        method: call.method.clone(),
        path: call.path.clone(),
        route: call.route.into(),
        query: query.join("&"),
        body: call.body.clone(),
        reason: call.reason.clone(),
        at: state.now,
        status,
    });
    if let Some(reason) = call.reason.clone().filter(|_| (200..300).contains(&status)) {
        state.audit.push(Audit { route: format!("{} {}", call.method, call.path), reason });
    }
}

/// Everything before the route: the token, the limits, the form of the request.
fn serve(state: &mut State, call: &OpsgenieRequest, route: &Route) -> Reply {
    let open = call.route == "/gateway" || call.route.contains("_token}");
    if !open && call.token.as_deref() != Some(&format!("Bot {}", state.rules.token)) {
        return Refusal::from(UNAUTHORIZED).into();
    }
    if state.limits.banned() {
        return Reply::limited(super::limits::Limited { retry_after: 3_600.0, scope: "global", bucket: None });
    }
    let bucket = match state.limits.take(call, state.ticks) {
        Err(limited) if state.rules.limits => return Reply::limited(limited),
        Err(_) => None,
        Ok(bucket) => Some(bucket),
    };
    let answer = judged(state, call).and_then(|()| (route.2)(state, call));
    let answer = answer.unwrap_or_else(Reply::from);
    Reply { bucket: answer.bucket.or(bucket), ..answer }
}

/// Holds a request against the description and the rules it lacks.
fn judged(state: &mut State, call: &OpsgenieRequest) -> Result<(), Refusal> {
    let mut wrong = rules::broken(call, state.rules.strict);
    let described = spec::spec().map(|spec| spec.request(&call.method, call.route, &call.body, state.rules.strict));
    wrong.extend(described.into_iter().flatten());
    if wrong.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::invalid("_", "BASE_TYPE_BAD", &wrong.join("; "));
    state.violations.extend(wrong.iter().map(|wrong| format!("{} {}: {wrong}\n{}", call.method, call.path, call.body)));
    Err(refusal)
}
