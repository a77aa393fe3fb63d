//! What people do with the bot: slash commands, buttons, selects, forms, menus, autocomplete. Each waits for the answer
//! that the person sees.
//!
//! The person's Discord checks what it sends, and so does this: a command that is not registered, an option that it does
//! not have, a button that is not there or is greyed out, and a value outside its bounds are mistakes of the test.

use serde_json::{Value, json};

use super::{
    House,
    answer::Answer,
    interactions::{self, AUTOCOMPLETE, COMMAND, COMPONENT, MODAL, NewInteraction},
    json,
    permissions::{ADMINISTRATOR, VIEW_CHANNEL, in_channel},
    state::{Id, Message, State, bits_of},
};

impl House {
    /// Gives a slash command such as `incident declare`; options are written as one types them, ids as digits.
    pub async fn slash(&self, user: Id, channel: Id, line: &str, options: &[(&str, &str)]) -> Answer {
        let id = self.gives_command(user, channel, line, options);
        self.answered(id).await
    }

    /// Gives a slash command without waiting for the answer.
    pub fn gives_command(&self, user: Id, channel: Id, line: &str, options: &[(&str, &str)]) -> Id {
        let data = command_data(&self.lock(), (user, channel), line, (options, None));
        self.acts(NewInteraction { kind: COMMAND, user, channel, source: None, data })
    }

    /// Types into an option that completes: name and value of what is offered.
    pub async fn complete(&self, user: Id, channel: Id, line: &str, typed: &[(&str, &str)]) -> Vec<(String, Value)> {
        let focus = typed.last().map(|(name, _)| *name);
        let data = command_data(&self.lock(), (user, channel), line, (typed, focus));
        let id = self.acts(NewInteraction { kind: AUTOCOMPLETE, user, channel, source: None, data });
        self.answered(id).await.choices
    }

    /// Uses a command of the menu of a message.
    pub async fn menu(&self, user: Id, message: Id, name: &str) -> Answer {
        let (channel, data) = {
            let state = self.lock();
            let target = &state.messages[&message];
            let command = registered(&state, (user, target.channel), (name, 3));
            let data = json!({
                "id": command["id"], "name": name, "type": 3, "target_id": message.to_string(),
                "guild_id": command["guild_id"],
                "resolved": {"messages": {message.to_string(): json::message(&state, target)}},
            });
            (target.channel, data)
        };
        let id = self.acts(NewInteraction { kind: COMMAND, user, channel, source: None, data });
        self.answered(id).await
    }

    /// Presses the button of this label, on the newest message that has it and the person sees.
    pub async fn press(&self, user: Id, channel: Id, label: &str) -> Answer {
        let id = self.presses(user, channel, label);
        self.answered(id).await
    }

    /// Presses a button without waiting for the answer.
    pub fn presses(&self, user: Id, channel: Id, label: &str) -> Id {
        let is_it = |one: &Value| one["type"] == 2 && (one["label"] == label || one["custom_id"] == label);
        let (source, button) = newest(&self.lock(), (user, channel), (label, &is_it));
        let data = json!({"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]});
        self.acts(NewInteraction { kind: COMPONENT, user, channel, source: Some(source), data })
    }

    /// Presses the button of this label on one message.
    pub async fn press_on(&self, user: Id, message: Id, label: &str) -> Answer {
        let (channel, button) = {
            let state = self.lock();
            let found = components(&state.messages[&message]).find(|one| one["type"] == 2 && one["label"] == label);
            (state.messages[&message].channel, found.cloned().unwrap_or_else(|| panic!("no button `{label}`")))
        };
        let data = json!({"custom_id": button["custom_id"], "component_type": 2, "id": button["id"]});
        let id = self.acts(NewInteraction { kind: COMPONENT, user, channel, source: Some(message), data });
        self.answered(id).await
    }

    /// Chooses options, by label or value, in the select of this placeholder or custom id.
    pub async fn choose(&self, user: Id, channel: Id, select: &str, chosen: &[&str]) -> Answer {
        let is_it = |one: &Value| {
            let named = one["placeholder"] == select || one["custom_id"] == select;
            matches!(one["type"].as_u64(), Some(3 | 5..=8)) && named
        };
        let (source, data) = {
            let state = self.lock();
            let (source, found) = newest(&state, (user, channel), (select, &is_it));
            (source, chosen_data(&state, &found, chosen))
        };
        let id = self.acts(NewInteraction { kind: COMPONENT, user, channel, source: Some(source), data });
        self.answered(id).await
    }

    /// Fills in and sends the form that an answer opened; fields by label or custom id, the others as they were.
    pub async fn submit(&self, form: &Answer, fields: &[(&str, &str)]) -> Answer {
        let modal = form.modal.as_ref().unwrap_or_else(|| panic!("the answer opened no form: {form:?}"));
        let data = json!({"custom_id": modal["custom_id"], "components": filled_in(modal, fields)});
        let source = self.lock().interactions[&form.interaction].source;
        let id = self.acts(NewInteraction { kind: MODAL, user: form.user, channel: form.channel, source, data });
        self.answered(id).await
    }

    fn acts(&self, act: NewInteraction) -> Id {
        let id = interactions::start(&mut self.lock(), act);
        self.ring();
        id
    }

    /// Waits until the person sees the answer of an interaction.
    pub async fn answered(&self, id: Id) -> Answer {
        let seen = |state: &State| state.interactions[&id].settled().then(|| Answer::of(state, id)).flatten();
        self.until(&format!("the answer to interaction {id}"), seen).await
    }

    /// An answer as it stands now: its message may have been edited, or followed by others.
    pub fn now(&self, answer: &Answer) -> Answer {
        Answer::of(&self.lock(), answer.interaction).expect("it was asked")
    }
}

/// A registered command that the person may use.
fn registered(state: &State, (user, channel): (Id, Id), (name, kind): (&str, u64)) -> Value {
    let place = state.channels.get(&channel).unwrap_or_else(|| panic!("there is no channel {channel}"));
    let has = in_channel(state, place, user);
    assert!(has & VIEW_CHANNEL != 0, "{user} does not see {}", place.name);
    let fits = |one: &&super::state::Command| {
        let here = one.guild.is_none() || one.guild == place.guild;
        here && one.body["name"] == name && one.body["type"].as_u64().unwrap_or(1) == kind
    };
    let found = state.commands.iter().find(fits).unwrap_or_else(|| panic!("no command `{name}` is registered"));
    let command = json::command(state, found);
    let needs = bits_of(&command["default_member_permissions"]);
    assert!(has & needs == needs || has & ADMINISTRATOR != 0, "{user} is not shown `{name}`");
    command
}

/// What a person has typed, and into which option they are typing.
type Typed<'a> = (&'a [(&'a str, &'a str)], Option<&'a str>);

fn command_data(state: &State, place: (Id, Id), line: &str, typed: Typed) -> Value {
    let mut words = line.trim_start_matches('/').split_whitespace();
    let root = words.next().unwrap_or("");
    let command = registered(state, place, (root, 1));
    let (path, declared) = subcommand(&command, words, line);
    let mut resolved = json!({});
    let mut options: Vec<Value> =
        typed.0.iter().map(|(name, text)| option(state, (declared, typed.1), (name, text), &mut resolved)).collect();
    if typed.1.is_none() {
        required(declared, typed.0, line);
    }
    for (name, kind) in path.into_iter().rev() {
        options = vec![json!({"name": name, "type": kind, "options": options})];
    }
    json!({
        "id": command["id"], "name": root, "type": 1, "guild_id": command["guild_id"], "options": options,
        "resolved": resolved,
    })
}

/// The subcommands of a line with their types, and what declares the options.
fn subcommand<'a>(
    command: &'a Value,
    words: impl Iterator<Item = &'a str>,
    line: &str,
) -> (Vec<(&'a str, u64)>, &'a Value) {
    let (mut path, mut declared) = (Vec::new(), command);
    for word in words {
        let mut nested = declared["options"].as_array().into_iter().flatten();
        let found = nested.find(|one| one["name"] == word && matches!(one["type"].as_u64(), Some(1 | 2)));
        declared = found.unwrap_or_else(|| panic!("`{line}`: there is no subcommand `{word}`"));
        path.push((word, declared["type"].as_u64().unwrap_or(1)));
    }
    let nests =
        declared["options"].as_array().is_some_and(|all| all.iter().any(|one| one["type"] == 1 || one["type"] == 2));
    assert!(!nests, "`{line}` lacks its subcommand");
    (path, declared)
}

fn required(declared: &Value, typed: &[(&str, &str)], line: &str) {
    for one in declared["options"].as_array().into_iter().flatten().filter(|one| one["required"] == true) {
        assert!(typed.iter().any(|(name, _)| one["name"] == *name), "`{line}` lacks its option {}", one["name"]);
    }
}

fn option(
    state: &State,
    (declared, focus): (&Value, Option<&str>),
    (name, text): (&str, &str),
    resolved: &mut Value,
) -> Value {
    let mut all = declared["options"].as_array().into_iter().flatten();
    let found = all.find(|one| one["name"] == name).unwrap_or_else(|| panic!("there is no option `{name}`"));
    let kind = found["type"].as_u64().unwrap_or(3);
    let mut option = json!({"name": name, "type": kind});
    if focus == Some(name) {
        assert!(found["autocomplete"] == true, "option `{name}` does not complete");
        option["focused"] = true.into();
        option["value"] = text.into();
        return option;
    }
    option["value"] = match kind {
        4 => text.parse::<i64>().unwrap_or_else(|_| panic!("`{name}` takes a whole number, not `{text}`")).into(),
        5 => text.parse::<bool>().unwrap_or_else(|_| panic!("`{name}` takes true or false, not `{text}`")).into(),
        10 => text.parse::<f64>().unwrap_or_else(|_| panic!("`{name}` takes a number, not `{text}`")).into(),
        _ => text.into(),
    };
    bounds(found, &option["value"], text);
    resolve(state, (kind, text), resolved);
    option
}

fn bounds(declared: &Value, value: &Value, text: &str) {
    let name = &declared["name"];
    if let Some(choices) = declared["choices"].as_array().filter(|choices| !choices.is_empty()) {
        assert!(choices.iter().any(|one| one["value"] == *value), "option {name} offers no `{text}`");
    }
    let length = text.chars().count() as u64;
    assert!(declared["max_length"].as_u64().is_none_or(|most| length <= most), "option {name} is too long");
    assert!(declared["min_length"].as_u64().is_none_or(|least| length >= least), "option {name} is too short");
    let number = value.as_f64().unwrap_or(0.0);
    assert!(declared["max_value"].as_f64().is_none_or(|most| number <= most), "option {name} is too large");
    assert!(declared["min_value"].as_f64().is_none_or(|least| number >= least), "option {name} is too small");
}

/// Adds the objects that ids stand for: users and members, channels, roles.
fn resolve(state: &State, (kind, id): (u64, &str), resolved: &mut Value) {
    if !matches!(kind, 5..=9) || kind == 5 && id.parse::<Id>().is_err() {
        return;
    }
    let number: Id = id.parse().unwrap_or(0);
    let guild = state.guilds.values().find(|guild| guild.members.contains_key(&number));
    if let Some(member) = guild.and_then(|guild| guild.members.get(&number)) {
        resolved["users"][id] = json::user(state, number);
        resolved["members"][id] = json::partial_member(member);
        resolved["members"][id]["permissions"] = "0".into();
    }
    if let Some(channel) = state.channels.get(&number) {
        resolved["channels"][id] = json::channel(state, channel);
        resolved["channels"][id]["permissions"] = "0".into();
    }
    if let Some(role) = state.guilds.values().find_map(|guild| guild.roles.get(&number)) {
        resolved["roles"][id] = json::role(role);
    }
}

fn components(message: &Message) -> impl Iterator<Item = &Value> {
    message.list("components").iter().flat_map(|row| row["components"].as_array().into_iter().flatten())
}

/// The newest message that the person sees and that has such a component.
fn newest(state: &State, (user, channel): (Id, Id), (what, is_it): (&str, &dyn Fn(&Value) -> bool)) -> (Id, Value) {
    let place = state.channels.get(&channel).unwrap_or_else(|| panic!("there is no channel {channel}"));
    assert!(in_channel(state, place, user) & VIEW_CHANNEL != 0, "{user} does not see {}", place.name);
    let here = state.messages.values().rev().filter(|message| message.channel == channel);
    let mut seen = here.filter(|message| message.only_for.is_none_or(|only| only == user));
    let found = seen.find_map(|message| Some((message.id, components(message).find(|one| is_it(one))?.clone())));
    let (id, component) = found.unwrap_or_else(|| panic!("nothing in {} has `{what}`", place.name));
    assert!(component["disabled"] != true, "`{what}` is greyed out");
    (id, component)
}

fn chosen_data(state: &State, select: &Value, chosen: &[&str]) -> Value {
    let kind = select["type"].as_u64().unwrap_or(3);
    let mut resolved = json!({});
    let value = |wanted: &&str| {
        if kind != 3 {
            return (*wanted).to_owned();
        }
        let mut options = select["options"].as_array().into_iter().flatten();
        let found = options.find(|one| one["value"] == **wanted || one["label"] == **wanted);
        found
            .and_then(|one| one["value"].as_str())
            .unwrap_or_else(|| panic!("the select offers no `{wanted}`"))
            .to_owned()
    };
    let values: Vec<String> = chosen.iter().map(value).collect();
    let bound = |name: &str| select[name].as_u64().unwrap_or(1);
    assert!((bound("min_values")..=bound("max_values")).contains(&(values.len() as u64)), "so many cannot be chosen");
    for id in values.iter().filter(|_| kind != 3) {
        resolve(state, (9, id), &mut resolved);
    }
    json!({
        "custom_id": select["custom_id"], "component_type": kind, "id": select["id"], "values": values,
        "resolved": resolved,
    })
}

/// The rows of a form, filled in.
fn filled_in(modal: &Value, fields: &[(&str, &str)]) -> Vec<Value> {
    let rows = modal["components"].as_array().map_or(&[][..], Vec::as_slice);
    let inputs: Vec<(&Value, &Value)> = rows.iter().map(|row| (row, &row["components"][0])).collect();
    for (name, _) in fields {
        let known = inputs.iter().any(|(_, input)| input["label"] == *name || input["custom_id"] == *name);
        assert!(known, "the form has no field `{name}`");
    }
    let fill = |(at, (row, input)): (usize, &(&Value, &Value))| {
        let typed = fields.iter().find(|(name, _)| input["label"] == *name || input["custom_id"] == *name);
        let text = typed.map_or_else(|| input["value"].as_str().unwrap_or(""), |(_, text)| text);
        let length = text.chars().count() as u64;
        assert!(input["required"] == false || !text.is_empty(), "{} must be filled in", input["label"]);
        assert!(length <= input["max_length"].as_u64().unwrap_or(4_000), "{} is too long", input["label"]);
        let id = at as u64 * 2 + 1;
        let value = json!({"type": 4, "id": id + 1, "custom_id": input["custom_id"], "value": text});
        json!({"type": row["type"], "id": id, "components": [value]})
    };
    inputs.iter().enumerate().map(fill).collect()
}
