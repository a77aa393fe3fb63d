//! An interaction on Discord: a command, button, form, menu entry, or an option being typed.
//!
//! Source of the shapes: docs.discord.com, Interactions ("Receiving and Responding").

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;

use super::{
    custom_id::CustomId,
    form,
    registration::{DECLARE_FROM, TIMELINE_FROM},
};
use crate::chat::discord::client::snowflake::{ApplicationId, ChannelId, GuildId, InteractionId, RoleId, UserId};

/// The longest option that is read; the command parser refuses longer ones with a reason.
const LONGEST: usize = 8_000;

/// An interaction of a person with the bot.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// Its id, the same in a repeat.
    pub id: InteractionId,
    /// The application of the bot.
    pub application: ApplicationId,
    /// The token for replies, valid for fifteen minutes.
    pub token: SecretString,
    /// The guild; `None` in a direct message.
    pub guild: Option<GuildId>,
    /// The channel.
    pub channel: Option<ChannelId>,
    /// The account of the user.
    pub account: Account,
    /// Its kind.
    pub kind: InteractionKind,
}

/// The account of a user at the time of the interaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, the only way in which a person is identified.
    pub id: UserId,
    /// Its unique name.
    pub name: String,
    /// Its roles in the guild.
    pub roles: Vec<RoleId>,
    /// True if it belongs to a bot.
    pub bot: bool,
}

/// The kinds of interactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InteractionKind {
    /// A slash command.
    Command {
        /// Its path: `incident severity`.
        command: String,
        /// Its options, by name.
        options: Vec<(String, String)>,
    },
    /// A button, or a menu entry that replaces one.
    Button(CustomId),
    /// A submitted form.
    Form {
        /// The command it belongs to.
        command: String,
        /// Its fields, and the options with which it was created.
        options: Vec<(String, String)>,
    },
    /// An option is being typed.
    Completion {
        /// The command.
        command: String,
        /// The option.
        option: String,
        /// The text typed so far.
        typed: String,
    },
    /// An entry of a message menu.
    MessageMenu {
        /// The entry.
        entry: MenuEntry,
        /// The message, as Discord describes it.
        message: Value,
    },
}

/// The entries of a message menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MenuEntry {
    /// Declare an incident from the message.
    Declare,
    /// Put the message on the timeline.
    Timeline,
}

/// Why an interaction cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Discord interaction cannot be parsed: {0}")]
pub struct InteractionError(String);

#[derive(Deserialize)]
struct RawInteraction {
    id: InteractionId,
    application_id: ApplicationId,
    #[serde(rename = "type")]
    kind: Option<u8>,
    token: String,
    guild_id: Option<GuildId>,
    channel_id: Option<ChannelId>,
    member: Option<RawMember>,
    user: Option<RawUser>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct RawMember {
    user: RawUser,
    #[serde(default)]
    roles: Vec<RoleId>,
}

#[derive(Deserialize)]
struct RawUser {
    id: UserId,
    username: String,
    #[serde(default)]
    bot: bool,
}

/// Parses the data of an `INTERACTION_CREATE` event.
pub fn parse(event: &Value) -> Result<Interaction, InteractionError> {
    let raw = RawInteraction::deserialize(event).map_err(|error| InteractionError(error.to_string()))?;
    let (user, roles) = match (raw.member, raw.user) {
        (Some(member), _) => (member.user, member.roles),
        (None, Some(user)) => (user, Vec::new()),
        (None, None) => return Err(InteractionError("it has no user".to_owned())),
    };
    let kind = parse_kind(raw.kind, &raw.data)?;
    Ok(Interaction {
        id: raw.id,
        application: raw.application_id,
        token: SecretString::from(raw.token),
        guild: raw.guild_id,
        channel: raw.channel_id,
        account: Account { id: user.id, name: user.username, roles, bot: user.bot },
        kind,
    })
}

/// Returns the kind. serenity drops the type when it serializes an interaction, but the data shows it too.
fn parse_kind(kind: Option<u8>, data: &Value) -> Result<InteractionKind, InteractionError> {
    let has = |key: &str| data.get(key).is_some_and(|value| !value.is_null());
    if has("custom_id") && has("components") {
        return parse_form(data);
    }
    if has("custom_id") {
        return parse_button(data);
    }
    let entry = match data["name"].as_str() {
        Some(DECLARE_FROM) => Some(MenuEntry::Declare),
        Some(TIMELINE_FROM) => Some(MenuEntry::Timeline),
        Some(_) => None,
        None => return Err(InteractionError("its type is unknown".to_owned())),
    };
    if let Some(entry) = entry {
        return parse_menu(entry, data);
    }
    let (command, options) = parse_command(data);
    match options.iter().find(|option| option.focused) {
        Some(focused) if kind != Some(2) => {
            Ok(InteractionKind::Completion { command, option: focused.name.clone(), typed: focused.text.clone() })
        }
        _ => {
            let given = options.into_iter().filter(|option| !option.text.trim().is_empty());
            Ok(InteractionKind::Command { command, options: given.map(|option| (option.name, option.text)).collect() })
        }
    }
}

struct OptionValue {
    name: String,
    text: String,
    focused: bool,
}

/// Returns a command and its options. A subcommand is an option that has options.
fn parse_command(data: &Value) -> (String, Vec<OptionValue>) {
    let mut command = text(&data["name"]);
    let mut below = data["options"].as_array();
    while let Some([only]) = below.map(Vec::as_slice)
        && matches!(only["type"].as_u64(), Some(1 | 2))
    {
        command = format!("{command} {}", text(&only["name"]));
        below = only["options"].as_array();
    }
    let options = below.map(Vec::as_slice).unwrap_or_default().iter().take(25);
    let read = |option: &Value| OptionValue {
        name: text(&option["name"]),
        text: text(&option["value"]),
        focused: option["focused"] == true || option["type"].as_u64() == Some(3) && option.get("value").is_none(),
    };
    (command, options.map(read).collect())
}

/// Returns a value as it would be typed.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(LONGEST).collect(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn parse_button(data: &Value) -> Result<InteractionKind, InteractionError> {
    let chosen = data["values"].get(0).and_then(Value::as_str);
    let carried = chosen.or_else(|| data["custom_id"].as_str()).unwrap_or_default();
    CustomId::read(carried)
        .map(InteractionKind::Button)
        .ok_or_else(|| InteractionError("a component that hotroom did not make".to_owned()))
}

fn parse_form(data: &Value) -> Result<InteractionKind, InteractionError> {
    let made_for = data["custom_id"].as_str().and_then(form::read);
    let Some((command, mut options)) = made_for else {
        return Err(InteractionError("a form that hotroom did not make".to_owned()));
    };
    let rows = data["components"].as_array().map(Vec::as_slice).unwrap_or_default().iter().take(5);
    for field in rows.filter_map(|row| row["components"].as_array()?.first()) {
        let value = text(&field["value"]);
        if !value.trim().is_empty() {
            options.push((text(&field["custom_id"]), value));
        }
    }
    Ok(InteractionKind::Form { command, options })
}

fn parse_menu(entry: MenuEntry, data: &Value) -> Result<InteractionKind, InteractionError> {
    let target = data["target_id"].as_str().unwrap_or_default();
    let message = data["resolved"]["messages"].get(target);
    let message = message.ok_or_else(|| InteractionError("the message of a menu is missing".to_owned()))?;
    Ok(InteractionKind::MessageMenu { entry, message: message.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::chat::discord::wire::interaction::*;

    fn event(kind: u8, data: Value) -> Value {
        json!({
            "id": "900", "application_id": "1", "type": kind, "token": "hush", "guild_id": "2", "channel_id": "3",
            "member": { "user": { "id": "4", "username": "ann" }, "roles": ["7"] }, "data": data,
        })
    }

    fn kind_of(kind: u8, data: Value) -> InteractionKind {
        parse(&event(kind, data)).unwrap().kind
    }

    #[test]
    fn a_command_is_its_words_and_what_was_given() {
        let options = json!([
            { "name": "title", "type": 3, "value": "Checkout is slow" }, { "name": "drill", "type": 5, "value": true },
            { "name": "number", "type": 4, "value": 3 }, { "name": "service", "type": 3, "value": " " },
        ]);
        let data = json!({ "name": "incident", "options": [{ "name": "declare", "type": 1, "options": options }] });
        let given = [("title", "Checkout is slow"), ("drill", "yes"), ("number", "3")];
        let options = given.map(|(name, text)| (name.to_owned(), text.to_owned())).to_vec();
        assert_eq!(kind_of(2, data), InteractionKind::Command { command: "incident declare".to_owned(), options });
        let bare = json!({ "name": "page" });
        assert_eq!(kind_of(2, bare), InteractionKind::Command { command: "page".to_owned(), options: Vec::new() });
    }

    #[test]
    fn what_is_typed_asks_for_names() {
        let typed = json!([{ "name": "whom", "type": 3, "value": "bo", "focused": true }]);
        let types = InteractionKind::Completion {
            command: "page".to_owned(),
            option: "whom".to_owned(),
            typed: "bo".to_owned(),
        };
        assert_eq!(kind_of(4, json!({ "name": "page", "options": typed })), types);
    }

    #[test]
    fn a_press_is_what_the_button_carries() {
        let carried = CustomId { ask: false, version: Some(7), command: "/incident status identified".to_owned() };
        let id = carried.write().unwrap();
        assert_eq!(
            kind_of(3, json!({ "custom_id": id, "component_type": 2 })),
            InteractionKind::Button(carried.clone())
        );
        let menu = json!({ "custom_id": "hm", "component_type": 3, "values": [id] });
        assert_eq!(kind_of(3, menu), InteractionKind::Button(carried));
        assert!(parse(&event(3, json!({ "custom_id": "other:bot", "component_type": 2 }))).is_err());
    }

    #[test]
    fn who_did_it_is_an_id_and_roles() {
        let parsed = parse(&event(2, json!({ "name": "page" }))).unwrap();
        assert_eq!((parsed.account.id.to_string(), parsed.account.roles.len()), ("4".to_owned(), 1));
        assert!(!format!("{parsed:?}").contains("hush"));
    }

    #[test]
    fn nothing_from_outside_can_make_it_panic() {
        for data in [json!(null), json!([]), json!({ "name": 5 }), json!({ "custom_id": "hp:", "components": 4 })] {
            for kind in 0..7 {
                let _ = parse(&event(kind, data.clone()));
            }
        }
        assert!(parse(&json!({ "id": 5 })).is_err());
    }
}
