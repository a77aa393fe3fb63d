//! Application commands, of a guild or of all.

use serde_json::{Value, json};

use super::{
    super::{
        errors::{MISSING_ACCESS, Refusal, TOO_MANY_CREATES, UNKNOWN_APPLICATION, UNKNOWN_COMMAND},
        json, limits,
        server::{OpsgenieRequest, Reply},
        state::{Command, Id, State},
    },
    Served,
};

const SLASH: usize = 100;
const MENU: usize = 15;
/// Creations a day.
const CREATES: usize = 200;
const DAY: i64 = 86_400_000;

/// Whose commands a request is about; none for global ones.
fn scope(state: &State, call: &OpsgenieRequest) -> Result<Option<Id>, Refusal> {
    if call.id("application_id")? != state.application {
        return Err(UNKNOWN_APPLICATION.into());
    }
    if !call.route.contains("{guild_id}") {
        return Ok(None);
    }
    let guild = call.id("guild_id")?;
    let ours = state.guilds.get(&guild).is_some_and(|guild| guild.members.contains_key(&state.bot));
    if ours { Ok(Some(guild)) } else { Err(MISSING_ACCESS.into()) }
}

fn kind(body: &Value) -> u64 {
    body["type"].as_u64().unwrap_or(1)
}

fn same(command: &Command, scope: Option<Id>, body: &Value) -> bool {
    command.guild == scope && command.body["name"] == body["name"] && kind(&command.body) == kind(body)
}

fn written(state: &State, scope: Option<Id>) -> Value {
    state
        .commands
        .iter()
        .filter(|command| command.guild == scope)
        .map(|command| json::command(state, command))
        .collect()
}

pub fn list(state: &mut State, call: &OpsgenieRequest) -> Served {
    let scope = scope(state, call)?;
    Ok(Reply::ok(written(state, scope)))
}

/// Fills in what Discord fills in: the type, and `required: false` is left as it came.
fn filled(body: &Value) -> Value {
    let mut body = body.clone();
    if body["type"].is_null() {
        body["type"] = json!(1);
    }
    // Permissions come as numbers or strings and go as strings.
    if let Some(bits) = body["default_member_permissions"].as_u64() {
        body["default_member_permissions"] = bits.to_string().into();
    }
    body.as_object_mut().expect("judged to be an object").retain(|_, value| !value.is_null());
    body
}

fn put(state: &mut State, scope: Option<Id>, body: &Value) -> Result<(Id, bool), Refusal> {
    if let Some(command) = state.commands.iter_mut().find(|command| same(command, scope, body)) {
        command.body = filled(body);
        return Ok((command.id, false));
    }
    let now = state.now;
    limits::count(&mut state.creates, now, (CREATES, DAY)).map_err(|_| Refusal::from(TOO_MANY_CREATES))?;
    let id = state.fresh_id();
    state.commands.push(Command { id, guild: scope, body: filled(body) });
    Ok((id, true))
}

fn room(commands: &[&Value]) -> Result<(), Refusal> {
    let count = |wanted: u64| commands.iter().filter(|body| kind(body) == wanted).count();
    if count(1) > SLASH || count(2) > MENU || count(3) > MENU {
        return Err(Refusal {
            status: 400,
            code: 30032,
            ..Refusal::invalid("_", "APPLICATION_COMMANDS_LIMIT", "Too many")
        });
    }
    Ok(())
}

pub fn replace(state: &mut State, call: &OpsgenieRequest) -> Served {
    let scope = scope(state, call)?;
    let bodies: Vec<&Value> = call.body.as_array().into_iter().flatten().collect();
    room(&bodies)?;
    state.commands.retain(|command| command.guild != scope || bodies.iter().any(|body| same(command, scope, body)));
    for body in bodies {
        put(state, scope, body)?;
    }
    Ok(Reply::ok(written(state, scope)))
}

pub fn create(state: &mut State, call: &OpsgenieRequest) -> Served {
    let scope = scope(state, call)?;
    let (id, fresh) = put(state, scope, &call.body)?;
    let all: Vec<&Value> = state.commands.iter().filter(|one| one.guild == scope).map(|one| &one.body).collect();
    if let Err(full) = room(&all) {
        state.commands.retain(|command| command.id != id);
        return Err(full);
    }
    let made = state.commands.iter().find(|command| command.id == id).expect("just put");
    Ok(Reply::new(if fresh { 201 } else { 200 }, json::command(state, made)))
}

fn place(state: &State, call: &OpsgenieRequest) -> Result<usize, Refusal> {
    let (scope, id) = (scope(state, call)?, call.id("command_id")?);
    let found = state.commands.iter().position(|command| command.guild == scope && command.id == id);
    found.ok_or_else(|| UNKNOWN_COMMAND.into())
}

pub fn get(state: &mut State, call: &OpsgenieRequest) -> Served {
    let at = place(state, call)?;
    Ok(Reply::ok(json::command(state, &state.commands[at])))
}

pub fn edit(state: &mut State, call: &OpsgenieRequest) -> Served {
    let at = place(state, call)?;
    let mut body = state.commands[at].body.clone();
    for (name, value) in call.body.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    state.commands[at].body = filled(&body);
    Ok(Reply::ok(json::command(state, &state.commands[at])))
}

pub fn delete(state: &mut State, call: &OpsgenieRequest) -> Served {
    let at = place(state, call)?;
    state.commands.remove(at);
    Ok(Reply::none())
}
