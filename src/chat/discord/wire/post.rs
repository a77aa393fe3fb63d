//! A [`Post`] as a Discord message.
//!
//! The content is in an embed, which people cannot write, so that nobody can imitate the bot. Only the mentions of
//! notified people are outside, because Discord sends no notification for a mention in an embed. The reference by which the
//! message is recognized is at the end of the embed's address, where people do not see it.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::custom_id::{CustomId, MENU};
use crate::{
    chat::{
        Button, ButtonStyle, Field, Post, PostKind, Tone,
        discord::client::snowflake::{ChannelId, UserId},
        markdown::{Piece, Token, bounded, length, pieces},
    },
    domain::ids::{PersonId, RoomId},
};

/// Discord's limits (developer documentation, resources/message and components/reference).
const MAX_CONTENT: usize = 2000;
const MAX_TITLE: usize = 256;
const MAX_DESCRIPTION: usize = 4096;
const MAX_EMBED: usize = 6000;
const MAX_FIELDS: usize = 25;
const MAX_FIELD_NAME: usize = 256;
const MAX_FIELD: usize = 1024;
const MAX_LABEL: usize = 80;
const MAX_OPTION: usize = 100;
const ROW: usize = 5;
const MAX_BUTTONS: usize = 25;
const MAX_OPTIONS: usize = 25;
/// The most people that one message notifies.
const MAX_CALLED: usize = 50;

/// The part of an embed that is reserved for the text.
const TEXT_SHARE: usize = 2500;
/// The longest line that is shown small.
const SMALL: usize = 200;
/// The longest fields that are shown side by side.
const SHORT_FIELD: usize = 40;

/// The names for the tokens of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directory {
    /// People: the name shown, and the account if it is known.
    pub people: HashMap<PersonId, (String, Option<UserId>)>,
    /// Rooms that have a channel.
    pub rooms: HashMap<RoomId, ChannelId>,
}

impl Directory {
    fn user(&self, person: &PersonId) -> Option<UserId> {
        self.people.get(person)?.1
    }

    fn name(&self, person: &PersonId) -> String {
        plain(self.people.get(person).map_or(person.as_str(), |(name, _)| name))
    }
}

/// What surrounds the content of a post.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frame<'a> {
    /// The address of the embed, which ends with the reference by which the message is recognized. A title links to it.
    pub address: Option<&'a str>,
    /// A link to the message that this one replaces.
    pub instead_of: Option<&'a str>,
}

/// The people and rooms that a post names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageNames {
    /// The people.
    pub people: Vec<PersonId>,
    /// The rooms.
    pub rooms: Vec<RoomId>,
}

/// Returns the names that a [`Directory`] must resolve for a post.
pub fn names(post: &Post) -> MessageNames {
    let (mut people, mut rooms) = (post.mentions.clone(), Vec::new());
    let fields = post.fields.iter().flat_map(|field| [field.name.as_str(), field.value.as_str()]);
    let texts = [post.title.as_deref(), Some(post.text.as_str()), post.footer.as_deref()];
    for piece in texts.into_iter().flatten().chain(fields).flat_map(pieces) {
        match piece {
            Piece::Token(Token::Person(name)) => people.push(name.into()),
            Piece::Token(Token::Room(name)) => rooms.push(name.into()),
            Piece::Text(_) => {}
        }
    }
    people.sort();
    people.dedup();
    MessageNames { people, rooms }
}

/// Returns the message: `content`, `embeds`, `components` and `allowed_mentions`. It notifies only the people in
/// `mentions` of the post, whatever its texts contain.
pub fn message(post: &Post, directory: &Directory, frame: Frame<'_>) -> Map<String, Value> {
    let (components, left) = components(&post.buttons);
    let called: Vec<UserId> = called(post).iter().filter_map(|person| directory.user(person)).collect();
    let mut message = Map::new();
    message.insert("content".into(), content(post, directory).into());
    message.insert("embeds".into(), json!([embed(post, directory, frame, &left)]));
    message.insert("components".into(), components.into());
    message.insert("allowed_mentions".into(), json!({ "parse": [], "users": called }));
    message
}

fn called(post: &Post) -> &[PersonId] {
    &post.mentions[..post.mentions.len().min(MAX_CALLED)]
}

/// Returns the mentions, and the title of an on-call page, which a locked phone shows.
fn content(post: &Post, directory: &Directory) -> String {
    let call = |person: &PersonId| match directory.user(person) {
        Some(user) => format!("<@{user}>"),
        None => format!("**{}**", directory.name(person)),
    };
    let mut words: Vec<String> = called(post).iter().map(call).collect();
    if post.kind == PostKind::Page {
        words.extend(post.title.as_deref().map(|title| text(title, directory, false)));
    }
    bounded(&words.join(" "), MAX_CONTENT)
}

fn embed(post: &Post, directory: &Directory, frame: Frame<'_>, left: &[&Button]) -> Value {
    let mut embed = Map::new();
    let mut spent = 0;
    if let Some(title) = post.title.as_deref()
        && post.kind != PostKind::Page
    {
        // The name of an author is plain text, a title is Markdown.
        let talk = post.kind == PostKind::Talk;
        let title = if talk { quiet(title) } else { text(title, directory, false) };
        let title = bounded(&title, MAX_TITLE);
        spent += length(&title);
        let (key, value) = if talk { ("author", json!({ "name": title })) } else { ("title", title.into()) };
        embed.insert(key.into(), value);
    }
    let body = body(post, directory, frame, left);
    let fields = fields(post, directory, MAX_EMBED - spent - length(&body).min(TEXT_SHARE));
    spent += fields.iter().map(|field| length(&field.name) + length(&field.value)).sum::<usize>();
    embed.insert("description".into(), bounded(&body, MAX_DESCRIPTION.min(MAX_EMBED - spent)).into());
    embed.insert("fields".into(), fields.iter().map(field_json).collect());
    if let Some(address) = frame.address {
        embed.insert("url".into(), address.into());
    }
    if let Some(image) = post.image.as_deref().filter(|image| image.starts_with("https://")) {
        embed.insert("image".into(), json!({ "url": image }));
    }
    if let Some(colour) = colour(post.tone) {
        embed.insert("color".into(), colour.into());
    }
    Value::Object(embed)
}

/// Returns the text with its frame. The footer is part of it, because the footer of an embed renders neither times nor
/// mentions.
fn body(post: &Post, directory: &Directory, frame: Frame<'_>, left: &[&Button]) -> String {
    let mut lines: Vec<String> = frame.instead_of.map(|link| format!("-# ↑ {link}")).into_iter().collect();
    let said = text(&post.text, directory, true);
    lines.push(match post.kind {
        PostKind::Talk => harmless_links(&said),
        PostKind::Line if is_small(post) => format!("-# {said}"),
        PostKind::Card
        | PostKind::Group
        | PostKind::Storm
        | PostKind::Page
        | PostKind::Line
        | PostKind::Update
        | PostKind::Reply
        | PostKind::Announcement => said,
    });
    lines.extend(left.iter().map(|button| format!("`{}`", button.command.replace('`', "ˋ"))));
    lines.extend(post.footer.as_deref().map(|footer| format!("-# {}", text(footer, directory, true))));
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// True for one line that asks nobody for anything, such as a change of a role. It is shown small.
fn is_small(post: &Post) -> bool {
    let one_line = !post.text.contains('\n') && length(&post.text) <= SMALL;
    let bare = post.title.is_none() && post.fields.is_empty() && post.buttons.is_empty() && post.footer.is_none();
    one_line && bare && post.mentions.is_empty() && matches!(post.tone, Tone::Plain | Tone::Info)
}

/// Returns as many fields as fit. The last one shows how many were left out.
fn fields(post: &Post, directory: &Directory, room: usize) -> Vec<Field> {
    let mut out: Vec<Field> = Vec::new();
    let mut room = room.saturating_sub(8);
    let full: Vec<&Field> = post.fields.iter().filter(|f| !f.name.is_empty() && !f.value.is_empty()).collect();
    for (n, field) in full.iter().enumerate() {
        let name = bounded(&text(&field.name, directory, false), MAX_FIELD_NAME);
        let value = bounded(&text(&field.value, directory, true), MAX_FIELD);
        let last = full.len() - n == 1;
        let size = length(&name) + length(&value);
        if size > room || out.len() + 1 == MAX_FIELDS && !last {
            out.push(Field { name: "…".into(), value: format!("+{}", full.len() - n) });
            break;
        }
        room -= size;
        out.push(Field { name, value });
    }
    out
}

fn field_json(field: &Field) -> Value {
    let inline = length(&field.value) <= SHORT_FIELD && !field.value.contains('\n');
    json!({ "name": field.name, "value": field.value, "inline": inline })
}

fn colour(tone: Tone) -> Option<u32> {
    match tone {
        Tone::Plain => None,
        Tone::Critical => Some(0xC6_2828),
        Tone::Warning => Some(0xE6_8A00),
        Tone::Good => Some(0x2E_7D32),
        Tone::Info => Some(0x1F_6FC4),
    }
}

/// Converts the tokens of a text to Discord's format. `live`: Discord renders mentions there; elsewhere names are
/// shown.
fn text(text: &str, directory: &Directory, live: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(&quiet(text)),
            Piece::Token(Token::Person(name)) => {
                let person = PersonId::from(name);
                let user = if live { directory.user(&person) } else { None };
                match (user, directory.people.contains_key(&person)) {
                    (Some(user), _) => out.push_str(&format!("<@{user}>")),
                    (None, true) if !out.ends_with("**") => out.push_str(&format!("**{}**", directory.name(&person))),
                    (None, true) => out.push_str(&directory.name(&person)),
                    (None, false) => out.push_str(&format!("@\u{200B}{}", plain(name))),
                }
            }
            Piece::Token(Token::Room(name)) => match directory.rooms.get(&RoomId::from(name)) {
                Some(channel) if live => out.push_str(&format!("<#{channel}>")),
                Some(_) | None => out.push_str(&format!("#\u{2060}{}", plain(name))),
            },
        }
    }
    out
}

/// Returns a name without Markdown and mentions.
fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in quiet(name).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '.' | ',' | '-' | '\'') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Returns a text in which nothing looks like a mention; `allowed_mentions` already prevents notifications.
fn quiet(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        out.push(c);
        let after = &text[at + c.len_utf8()..];
        let calls = |word: &str| after.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
        if c == '@' && (calls("everyone") || calls("here")) || c == '<' && after.starts_with(['@', '#', '/']) {
            out.push('\u{200B}');
        }
    }
    out
}

/// Returns a person's text with the target of each link shown.
fn harmless_links(text: &str) -> String {
    text.replace("](", "]\\(")
}

/// Returns the buttons in rows of five, and those whose command does not fit into a component id. Buttons beyond the
/// maximum of a message become a menu.
fn components(buttons: &[Button]) -> (Vec<Value>, Vec<&Button>) {
    let (mut ids, mut ready, mut left) = (HashSet::new(), Vec::new(), Vec::new());
    for button in buttons {
        match CustomId::of(button).write() {
            // Discord refuses a message with two equal component ids.
            Some(id) if ids.contains(&id) => {}
            Some(id) => {
                ids.insert(id.clone());
                ready.push((button, id));
            }
            None => left.push(button),
        }
    }
    let direct = if ready.len() > MAX_BUTTONS { MAX_BUTTONS - ROW } else { ready.len() };
    let (shown, more) = ready.split_at(direct);
    let mut rows: Vec<Value> =
        shown.chunks(ROW).map(|row| row_of(row.iter().map(|(button, id)| button_json(button, id)).collect())).collect();
    if !more.is_empty() {
        let (more, rest) = more.split_at(more.len().min(MAX_OPTIONS));
        left.extend(rest.iter().map(|(button, _)| *button));
        let options: Vec<Value> = more.iter().map(|(button, id)| option_json(button, id)).collect();
        rows.push(row_of(vec![json!({ "type": 3, "custom_id": MENU, "placeholder": "…", "options": options })]));
    }
    (rows, left)
}

fn row_of(components: Vec<Value>) -> Value {
    json!({ "type": 1, "components": components })
}

fn label(button: &Button, max: usize) -> String {
    bounded(if button.label.trim().is_empty() { &button.command } else { &button.label }, max)
}

fn button_json(button: &Button, id: &str) -> Value {
    let style = match (button.style, &button.confirm) {
        (_, Some(_)) | (ButtonStyle::Danger, None) => 4,
        (ButtonStyle::Primary, None) => 1,
        (ButtonStyle::Secondary, None) => 2,
    };
    json!({ "type": 2, "style": style, "label": label(button, MAX_LABEL), "custom_id": id })
}

fn option_json(button: &Button, id: &str) -> Value {
    json!({ "label": label(button, MAX_OPTION), "value": id })
}

#[cfg(test)]
mod tests;
