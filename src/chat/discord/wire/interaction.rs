//! What someone did on Discord: a command, a button, a form, a menu entry, or typing where names are offered.
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

/// Longest text of one option that is read; the parser behind refuses what is too long with a reason.
const LONGEST: usize = 8_000;

/// Something a person did.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// Its id: a repeat has the same.
    pub id: InteractionId,
    /// Which bot it is for.
    pub application: ApplicationId,
    /// What answers it, for fifteen minutes.
    pub token: SecretString,
    /// The server it was done on; none: in a direct conversation.
    pub guild: Option<GuildId>,
    /// The channel it was done in.
    pub channel: Option<ChannelId>,
    /// Who did it.
    pub account: Account,
    /// What.
    pub did: Did,
}

/// A person's account as it was at that moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id: the only thing a person is known by.
    pub id: UserId,
    /// Its unique name.
    pub name: String,
    /// Its roles on the server.
    pub roles: Vec<RoleId>,
    /// Whether it is a bot's.
    pub bot: bool,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Did {
    /// A slash command.
    Said {
        /// Its words: `incident severity`.
        command: String,
        /// Its options, by name.
        options: Vec<(String, String)>,
    },
    /// A button, or an entry of a menu that stands for one.
    Pressed(CustomId),
    /// A form was sent in.
    Filled {
        /// The command it is for.
        command: String,
        /// Its fields, and what it was made for.
        options: Vec<(String, String)>,
    },
    /// An option is being typed.
    Types {
        /// The command.
        command: String,
        /// The option.
        option: String,
        /// What stands there so far.
        typed: String,
    },
    /// An entry of a message's menu.
    Picked {
        /// What to do with the message.
        entry: Entry,
        /// The message, as Discord describes it.
        message: Value,
    },
}

/// The entries of a message's menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Open an incident from it.
    Declare,
    /// Put it on the timeline.
    Timeline,
}

/// Why an interaction cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an interaction of Discord cannot be read: {0}")]
pub struct Unreadable(String);

#[derive(Deserialize)]
struct Raw {
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

/// Reads the data of an `INTERACTION_CREATE` event.
///
/// # Errors
/// What is missing.
pub fn read(event: &Value) -> Result<Interaction, Unreadable> {
    let raw = Raw::deserialize(event).map_err(|error| Unreadable(error.to_string()))?;
    let (user, roles) = match (raw.member, raw.user) {
        (Some(member), _) => (member.user, member.roles),
        (None, Some(user)) => (user, Vec::new()),
        (None, None) => return Err(Unreadable("nobody did it".to_owned())),
    };
    let did = did(raw.kind, &raw.data)?;
    Ok(Interaction {
        id: raw.id,
        application: raw.application_id,
        token: SecretString::from(raw.token),
        guild: raw.guild_id,
        channel: raw.channel_id,
        account: Account { id: user.id, name: user.username, roles, bot: user.bot },
        did,
    })
}

/// What it is. serenity drops the type where it writes an interaction; the data tells as well.
fn did(kind: Option<u8>, data: &Value) -> Result<Did, Unreadable> {
    let has = |key: &str| data.get(key).is_some_and(|value| !value.is_null());
    if has("custom_id") && has("components") {
        return filled(data);
    }
    if has("custom_id") {
        return pressed(data);
    }
    let entry = match data["name"].as_str() {
        Some(DECLARE_FROM) => Some(Entry::Declare),
        Some(TIMELINE_FROM) => Some(Entry::Timeline),
        Some(_) => None,
        None => return Err(Unreadable("it is of a kind that is not known".to_owned())),
    };
    if let Some(entry) = entry {
        return picked(entry, data);
    }
    let (command, options) = said(data);
    match options.iter().find(|option| option.focused) {
        Some(focused) if kind != Some(2) => {
            Ok(Did::Types { command, option: focused.name.clone(), typed: focused.text.clone() })
        }
        _ => {
            let given = options.into_iter().filter(|option| !option.text.trim().is_empty());
            Ok(Did::Said { command, options: given.map(|option| (option.name, option.text)).collect() })
        }
    }
}

struct Given {
    name: String,
    text: String,
    focused: bool,
}

/// The words of a command and its options: a subcommand is an option that holds options.
fn said(data: &Value) -> (String, Vec<Given>) {
    let mut command = text(&data["name"]);
    let mut below = data["options"].as_array();
    while let Some([only]) = below.map(Vec::as_slice)
        && matches!(only["type"].as_u64(), Some(1 | 2))
    {
        command = format!("{command} {}", text(&only["name"]));
        below = only["options"].as_array();
    }
    let options = below.map(Vec::as_slice).unwrap_or_default().iter().take(25);
    let read = |option: &Value| Given {
        name: text(&option["name"]),
        text: text(&option["value"]),
        focused: option["focused"] == true || option["type"].as_u64() == Some(3) && option.get("value").is_none(),
    };
    (command, options.map(read).collect())
}

/// A value as it would be typed.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.chars().take(LONGEST).collect(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

fn pressed(data: &Value) -> Result<Did, Unreadable> {
    let chosen = data["values"].get(0).and_then(Value::as_str);
    let carried = chosen.or_else(|| data["custom_id"].as_str()).unwrap_or_default();
    CustomId::read(carried).map(Did::Pressed).ok_or_else(|| Unreadable("a component that we did not make".to_owned()))
}

fn filled(data: &Value) -> Result<Did, Unreadable> {
    let made_for = data["custom_id"].as_str().and_then(form::read);
    let Some((command, mut options)) = made_for else {
        return Err(Unreadable("a form that we did not make".to_owned()));
    };
    let rows = data["components"].as_array().map(Vec::as_slice).unwrap_or_default().iter().take(5);
    for field in rows.filter_map(|row| row["components"].as_array()?.first()) {
        let value = text(&field["value"]);
        if !value.trim().is_empty() {
            options.push((text(&field["custom_id"]), value));
        }
    }
    Ok(Did::Filled { command, options })
}

fn picked(entry: Entry, data: &Value) -> Result<Did, Unreadable> {
    let target = data["target_id"].as_str().unwrap_or_default();
    let message = data["resolved"]["messages"].get(target);
    let message = message.ok_or_else(|| Unreadable("the message of a menu is missing".to_owned()))?;
    Ok(Did::Picked { entry, message: message.clone() })
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

    fn did(kind: u8, data: Value) -> Did {
        read(&event(kind, data)).unwrap().did
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
        assert_eq!(did(2, data), Did::Said { command: "incident declare".to_owned(), options });
        let bare = json!({ "name": "page" });
        assert_eq!(did(2, bare), Did::Said { command: "page".to_owned(), options: Vec::new() });
    }

    #[test]
    fn what_is_typed_asks_for_names() {
        let typed = json!([{ "name": "whom", "type": 3, "value": "bo", "focused": true }]);
        let types = Did::Types { command: "page".to_owned(), option: "whom".to_owned(), typed: "bo".to_owned() };
        assert_eq!(did(4, json!({ "name": "page", "options": typed })), types);
    }

    #[test]
    fn a_press_is_what_the_button_carries() {
        let carried = CustomId { ask: false, version: Some(7), command: "/incident status identified".to_owned() };
        let id = carried.write().unwrap();
        assert_eq!(did(3, json!({ "custom_id": id, "component_type": 2 })), Did::Pressed(carried.clone()));
        let menu = json!({ "custom_id": "hm", "component_type": 3, "values": [id] });
        assert_eq!(did(3, menu), Did::Pressed(carried));
        assert!(read(&event(3, json!({ "custom_id": "other:bot", "component_type": 2 }))).is_err());
    }

    #[test]
    fn who_did_it_is_an_id_and_roles() {
        let read = read(&event(2, json!({ "name": "page" }))).unwrap();
        assert_eq!((read.account.id.to_string(), read.account.roles.len()), ("4".to_owned(), 1));
        assert!(!format!("{read:?}").contains("hush"));
    }

    #[test]
    fn nothing_from_outside_can_make_it_panic() {
        for data in [json!(null), json!([]), json!({ "name": 5 }), json!({ "custom_id": "hp:", "components": 4 })] {
            for kind in 0..7 {
                let _ = read(&event(kind, data.clone()));
            }
        }
        assert!(read(&json!({ "id": 5 })).is_err());
    }
}
