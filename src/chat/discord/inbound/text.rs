//! Reads ids and texts from Discord's JSON.

use serde_json::Value;

use crate::{
    chat::{
        builtin::MAX_TALK,
        discord::{
            client::snowflake::{Snowflake, UserId},
            platform,
        },
    },
    config::Config,
};

pub(super) fn id(value: &Value) -> Option<Snowflake> {
    value.as_str()?.parse().ok()
}

pub(super) fn ids(value: &Value) -> Vec<Snowflake> {
    list(value).iter().filter_map(id).collect()
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Returns the text of a message and of its embeds.
pub(super) fn all_text(message: &Value) -> String {
    let embedded =
        list(&message["embeds"]).iter().flat_map(|embed| [embed["title"].as_str(), embed["description"].as_str()]);
    let all = message["content"].as_str().into_iter().chain(embedded.flatten());
    all.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Returns the text of a message for a room, with the addresses of its attachments.
pub(super) fn room_text(message: &Value, config: &Config) -> String {
    let addresses = list(&message["attachments"]).iter().filter_map(|file| file["url"].as_str());
    let content = message["content"].as_str().into_iter().filter(|text| !text.is_empty());
    cut(&with_people(&content.chain(addresses).collect::<Vec<_>>().join("\n"), config))
}

/// Returns the text of a message for a timeline. A message that has only files is represented by their names.
pub(super) fn timeline_text(message: &Value, config: &Config) -> String {
    let text = cut(&with_people(&all_text(message), config));
    if !text.trim().is_empty() {
        return text;
    }
    let names = list(&message["attachments"]).iter().filter_map(|file| file["filename"].as_str());
    cut(&names.collect::<Vec<_>>().join(", "))
}

/// Replaces each `<@123>` by the person with that account.
pub(super) fn with_people(text: &str, config: &Config) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<@") {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find('>').map_or(rest.len(), |end| end + 1);
        let account = rest[..end].trim_start_matches("<@").trim_start_matches('!').trim_end_matches('>');
        let account = account.parse().ok().map(UserId::to_platform);
        let person = account.and_then(|id| config.people.iter().find(|one| one.account(&platform()) == Some(&id)));
        if let Some(person) = person {
            out.push('@');
            out.push_str(person.id.as_str());
            rest = &rest[end..];
        } else {
            out.push_str("<@");
            rest = &rest[2..];
        }
    }
    out.push_str(rest);
    out
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TALK).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::from_text("bot.toml", "", [("HOTROOM_PEOPLE__BOB__DISCORD".to_owned(), "42".to_owned())]).unwrap()
    }

    #[test]
    fn mentions_become_people() {
        let config = config();
        assert_eq!(with_people("ask <@42> or <@!42>, not <@43> <@", &config), "ask @bob or @bob, not <@43> <@");
        assert_eq!(with_people("", &config), "");
    }

    #[test]
    fn a_message_is_its_text_and_its_embeds() {
        let message = serde_json::json!({
            "content": "", "embeds": [{ "title": "Down", "description": "web-1" }, { "fields": [] }],
        });
        assert_eq!(all_text(&message), "Down\nweb-1");
    }
}
