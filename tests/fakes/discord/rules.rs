//! What Discord checks and its description does not say.

use std::collections::HashSet;

use serde_json::Value;

use super::{compose::COMPONENTS_V2, server::OpsgenieRequest};

/// What is wrong with a request.
pub fn broken(call: &OpsgenieRequest, strict: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let agent = call.agent.as_deref().unwrap_or("");
    // Discord turns such clients away at its edge; it lets them answer interactions, where they bring no token.
    if (strict || call.token.is_some()) && !agent.starts_with("DiscordBot (") {
        wrong.push(format!("User-Agent `{agent}` is not of the form `DiscordBot (url, version)`"));
    }
    if call.reason.as_ref().is_some_and(|reason| reason.chars().count() > 512) {
        wrong.push("X-Audit-Log-Reason is longer than 512".into());
    }
    let posts = call.route.ends_with("/callback");
    if call.route.contains("/messages") || call.route.ends_with("{webhook_token}") {
        message(&call.body, &mut wrong);
    } else if posts && call.body["type"] == 9 {
        modal(&call.body["data"], &mut wrong);
    } else if posts {
        message(&call.body["data"], &mut wrong);
    } else if call.route.ends_with("/commands") && call.method != "GET" {
        let commands = call.body.as_array().map_or(std::slice::from_ref(&call.body), Vec::as_slice);
        commands.iter().for_each(|command| self::command(command, &mut wrong));
        unique("command name", commands.iter().map(|one| format!("{} {}", one["type"], one["name"])), &mut wrong);
    }
    if call.body["topic"].as_str().is_some_and(|topic| units(topic) > 1024) {
        wrong.push("topic is longer than 1024".into());
    }
    wrong
}

/// Discord counts characters as code points.
fn units(text: &str) -> usize {
    text.chars().count()
}

fn unique(what: &str, names: impl Iterator<Item = String>, wrong: &mut Vec<String>) {
    let mut seen = HashSet::new();
    wrong.extend(names.filter(|name| !seen.insert(name.clone())).map(|name| format!("{what} {name} is there twice")));
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().map_or(&[], Vec::as_slice)
}

fn message(body: &Value, wrong: &mut Vec<String>) {
    if body["content"].as_str().is_some_and(|content| units(content) > 2_000) {
        wrong.push("content is longer than 2000".into());
    }
    let sum: usize = list(body, "embeds").iter().map(embed_size).sum();
    if sum > 6_000 {
        wrong.push(format!("embeds hold {sum} characters, at most 6000"));
    }
    for field in list(body, "embeds").iter().flat_map(|embed| list(embed, "fields")) {
        if ["name", "value"].iter().any(|part| field[*part].as_str().is_none_or(|text| text.trim().is_empty())) {
            wrong.push("an embed field has no name or no value".into());
        }
    }
    let v2 = body["flags"].as_u64().is_some_and(|flags| flags & COMPONENTS_V2 != 0);
    let rows = list(body, "components");
    if !v2 && (rows.len() > 5 || rows.iter().any(|row| row["type"] != 1)) {
        wrong.push("without the V2 flag a message has at most 5 components, all action rows".into());
    }
    rows.iter().for_each(|row| self::row(row, wrong));
    let inner = rows.iter().flat_map(|row| list(row, "components"));
    unique("custom_id", inner.filter_map(|one| one["custom_id"].as_str()).map(str::to_owned), wrong);
}

/// The characters that count towards the 6000 of a message.
fn embed_size(embed: &Value) -> usize {
    let text = |value: &Value| value.as_str().map_or(0, units);
    let fields = list(embed, "fields").iter().map(|field| text(&field["name"]) + text(&field["value"]));
    let parts = [&embed["title"], &embed["description"], &embed["footer"]["text"], &embed["author"]["name"]];
    parts.into_iter().map(text).chain(fields).sum()
}

fn row(row: &Value, wrong: &mut Vec<String>) {
    let inner = list(row, "components");
    let selects = inner.iter().filter(|one| matches!(one["type"].as_u64(), Some(3 | 5..=8))).count();
    if row["type"] == 1 && (inner.is_empty() || inner.len() > 5 || selects > 0 && inner.len() > 1) {
        wrong.push("an action row holds 1 to 5 buttons or one select".into());
    }
    for one in inner {
        let linked = one["style"] == 5;
        if one["type"] == 2 && linked != one["url"].is_string() && one["style"] != 6 {
            wrong.push("a button has a url if and only if it is a link".into());
        }
        if one["type"] == 2 && one["label"].is_null() && one["emoji"].is_null() {
            wrong.push("a button has neither label nor emoji".into());
        }
        if one["type"] == 3 && list(one, "options").is_empty() {
            wrong.push("a select has no options".into());
        }
        unique("option", list(one, "options").iter().map(|option| option["value"].to_string()), wrong);
    }
}

fn modal(data: &Value, wrong: &mut Vec<String>) {
    let rows = list(data, "components");
    if rows.is_empty() || rows.len() > 5 {
        wrong.push(format!("a modal has 1 to 5 components, not {}", rows.len()));
    }
    let inner = rows.iter().flat_map(|row| list(row, "components").iter().chain(row.get("component")));
    unique("custom_id", inner.map(|one| one["custom_id"].to_string()), wrong);
    if rows.iter().any(|row| row["type"] == 1 && list(row, "components").len() != 1) {
        wrong.push("a row of a modal holds one text input".into());
    }
}

fn command(command: &Value, wrong: &mut Vec<String>) {
    let name = command["name"].as_str().unwrap_or("");
    let slash = command["type"].is_null() || command["type"] == 1;
    if slash {
        named("command", name, wrong);
        if command["description"].as_str().is_none_or(str::is_empty) {
            wrong.push(format!("command {name} has no description"));
        }
    } else if !command["description"].as_str().unwrap_or("").is_empty() || !list(command, "options").is_empty() {
        wrong.push(format!("{name}: a menu command has neither description nor options"));
    }
    options(command, wrong);
    let size = size(command);
    if size > 8_000 {
        wrong.push(format!("command {name} holds {size} characters, at most 8000"));
    }
}

/// Names of commands and options: letters, digits, `-`, `_`, and no capitals.
fn named(what: &str, name: &str, wrong: &mut Vec<String>) {
    let good = |one: char| (one.is_alphanumeric() || "-_'".contains(one)) && one.to_lowercase().eq([one]);
    if name.is_empty() || units(name) > 32 || !name.chars().all(good) {
        wrong.push(format!("{what} name `{name}`"));
    }
}

fn options(of: &Value, wrong: &mut Vec<String>) {
    let options = list(of, "options");
    unique("option", options.iter().map(|option| option["name"].to_string()), wrong);
    let mut optional = false;
    let nests = |option: &Value| matches!(option["type"].as_u64(), Some(1 | 2));
    if options.iter().any(nests) && !options.iter().all(nests) {
        wrong.push("subcommands and plain options are mixed".into());
    }
    for option in options {
        let name = option["name"].as_str().unwrap_or("");
        named("option", name, wrong);
        let required = option["required"] == true;
        if required && optional {
            wrong.push(format!("required option {name} comes after an optional one"));
        }
        optional |= !required && !nests(option);
        if option["autocomplete"] == true && !list(option, "choices").is_empty() {
            wrong.push(format!("option {name} has choices and autocomplete"));
        }
        self::options(option, wrong);
    }
}

/// The characters of a command that count towards its 8000: names, descriptions and values of choices.
fn size(of: &Value) -> usize {
    let own: usize = ["name", "description"].iter().map(|part| of[*part].as_str().map_or(0, units)).sum();
    let choice =
        |choice: &Value| ["name", "value"].iter().map(|part| choice[*part].as_str().map_or(0, units)).sum::<usize>();
    own + list(of, "choices").iter().map(choice).sum::<usize>() + list(of, "options").iter().map(size).sum::<usize>()
}
