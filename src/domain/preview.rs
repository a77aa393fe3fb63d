//! What a message refers to: incidents and issues by key or link, messages of alert groups and pull requests by link.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ids::{Key, RoomId};

/// The most references of a message that are looked up.
pub const MOST_REFERENCES: usize = 10;

/// Something that a message refers to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PreviewReference {
    /// An incident, or an issue of a tracker that belongs to none.
    Incident(Key),
    /// A message of a room, such as that of an alert group.
    Message(RoomId, i64),
    /// A pull request: its repository and its number.
    PullRequest(String, u64),
}

impl fmt::Display for PreviewReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Incident(key) => key.fmt(f),
            Self::Message(room, id) => write!(f, "{room}#m{id}"),
            Self::PullRequest(repository, number) => write!(f, "{repository}#pull{number}"),
        }
    }
}

impl PreviewReference {
    /// Parses what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some((repository, number)) = text.rsplit_once("#pull") {
            return Some(Self::PullRequest(repository.to_owned(), number.parse().ok()?));
        }
        match text.rsplit_once("#m") {
            Some((room, id)) => Some(Self::Message(RoomId::from(room), id.parse().ok()?)),
            None => Key::parse(text).map(Self::Incident),
        }
    }
}

/// How references are written here.
#[derive(Clone, Copy, Debug)]
pub struct ReferenceStyle<'a> {
    /// The base address of links, without a slash at its end.
    pub public_url: &'a str,
    /// What keys begin with.
    pub prefixes: &'a [&'a str],
    /// Where pull requests are, without a slash at its end.
    pub forge_url: &'a str,
}

/// What the people of a room have set for its previews.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPreviews {
    /// Whether messages are answered with cards; `None` as in `bot.toml`.
    pub enabled: Option<bool>,
    /// The projects and repositories whose issues and pull requests are shown; `None` for those of `bot.toml`.
    pub projects: Option<Vec<String>>,
}

/// Returns what a message refers to, each once, in the order of the message. Code is left out: logs are full of words that
/// look like keys.
pub fn references(text: &str, style: ReferenceStyle<'_>) -> Vec<PreviewReference> {
    let mut found: Vec<PreviewReference> = Vec::new();
    for part in outside_code(text) {
        for word in part.split(|c: char| c.is_whitespace() || "<>()[]{}\"|,;*".contains(c)) {
            let word = word.trim_matches(|c: char| ".:!?'_~".contains(c));
            let is_link = word.contains("://");
            let words: Vec<&str> = if is_link { vec![word] } else { word.split('/').collect() };
            for word in words {
                let reference = if is_link { linked(word, style) } else { named(word, style) };
                found.extend(reference.filter(|reference| !found.contains(reference)));
                if found.len() == MOST_REFERENCES {
                    return found;
                }
            }
        }
    }
    found
}

/// The parts of a text that are not between backticks.
fn outside_code(text: &str) -> impl Iterator<Item = &str> {
    let fences = text.split("```").step_by(2);
    fences.flat_map(|part| part.split('`').step_by(2))
}

/// The incident of a key.
fn named(word: &str, style: ReferenceStyle<'_>) -> Option<PreviewReference> {
    let key = Key::parse(word)?;
    let has = |prefix: &str| key.prefix == prefix || key.prefix == Key::provisional_series(prefix);
    let is_ours = style.prefixes.iter().any(|prefix| has(&prefix.to_ascii_uppercase()));
    if is_ours && key.number > 0 { Some(PreviewReference::Incident(key)) } else { None }
}

/// What a link to hotroom leads to: the record of an incident, its room, or a message of a room.
fn linked(url: &str, style: ReferenceStyle<'_>) -> Option<PreviewReference> {
    if let Some(pull) = pull_request(url, style) {
        return Some(pull);
    }
    let path = url.strip_prefix(style.public_url.trim_end_matches('/'))?.strip_prefix('/')?;
    let (path, fragment) = path.split_once('#').unwrap_or((path, ""));
    let path = path.split('?').next().unwrap_or(path).trim_end_matches('/');
    if let Some(key) = path.strip_prefix("incidents/") {
        return named(key, style);
    }
    let room = path.strip_prefix("rooms/").filter(|room| !room.is_empty() && !room.contains('/'))?;
    match fragment.strip_prefix('m').and_then(|id| id.parse().ok()) {
        Some(id) => Some(PreviewReference::Message(RoomId::from(room), id)),
        None => named(room, style),
    }
}

/// The pull request that a link leads to: `…/owner/name/pull/7`, or a page below it.
fn pull_request(url: &str, style: ReferenceStyle<'_>) -> Option<PreviewReference> {
    let path = url.strip_prefix(style.forge_url)?.strip_prefix('/')?;
    let mut parts = path.split(['/', '?', '#']);
    let (owner, name, kind, number) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_one = kind == "pull" && !owner.is_empty() && !name.is_empty() && owner.len() + name.len() <= 200;
    let number = number.parse().ok().filter(|number| *number > 0)?;
    is_one.then(|| PreviewReference::PullRequest(format!("{owner}/{name}"), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let style = ReferenceStyle {
            public_url: "https://hot.example.com",
            prefixes: &["HOT", "OPS"],
            forge_url: "https://github.com",
        };
        references(text, style).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_are_words_of_their_own() {
        assert_eq!(found("see HOT-12, #hot-13 and (ops-4)."), ["HOT-12", "HOT-13", "OPS-4"]);
        assert_eq!(found("HOT-1/HOT-2 and **HOT-3**: HOT-1 again"), ["HOT-1", "HOT-2", "HOT-3"]);
        assert_eq!(found("SHA-256 HOT-0 HOT- HOT-1a xHOT-1 HOT-12345678901234567890123 a@HOT-1"), Vec::<String>::new());
    }

    #[test]
    fn links_to_records_rooms_and_messages_are_known() {
        assert_eq!(found("https://hot.example.com/incidents/HOT-7?tab=1#x"), ["HOT-7"]);
        assert_eq!(found("<https://hot.example.com/rooms/hot-7>"), ["HOT-7"]);
        assert_eq!(found("https://hot.example.com/rooms/alerts#m42."), ["alerts#m42"]);
        for other in [
            "https://hot.example.com.evil.example/incidents/HOT-7",
            "https://evil.example/incidents/HOT-7",
            "https://hot.example.com/rooms/alerts",
            "https://hot.example.com/incidents/HOT-7/files/x",
            "https://tracker.example/browse/HOT-7",
        ] {
            assert_eq!(found(other), Vec::<String>::new(), "{other}");
        }
    }

    #[test]
    fn links_to_pull_requests_are_known() {
        assert_eq!(found("https://github.com/acme/shop/pull/7/files#diff"), ["acme/shop#pull7"]);
        for other in [
            "https://github.com/acme/shop/issues/7",
            "https://github.com/acme/shop/pull/x",
            "https://github.com.evil.example/acme/shop/pull/7",
            "https://github.com/acme//pull/7",
        ] {
            assert_eq!(found(other), Vec::<String>::new(), "{other}");
        }
    }

    #[test]
    fn code_is_left_out_and_the_number_is_limited() {
        assert_eq!(found("`HOT-1` HOT-2 ```\nHOT-3\n``` HOT-4"), ["HOT-2", "HOT-4"]);
        let many: String = (1..100).map(|n| format!("HOT-{n} ")).collect();
        assert_eq!(found(&many).len(), MOST_REFERENCES);
    }

    #[test]
    fn a_reference_is_read_back() {
        for text in ["HOT-7", "alerts#m42", "acme/shop#pull7"] {
            assert_eq!(PreviewReference::parse(text).map(|reference| reference.to_string()).as_deref(), Some(text));
        }
        assert_eq!(PreviewReference::parse("alerts#mx"), None);
    }
}
