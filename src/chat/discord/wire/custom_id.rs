//! The content of a button: its command and the version it was rendered at, in the 100 characters of a component id. It
//! needs no stored state, so a button works after a restart and on a message that is years old.
//!
//! The format is `h`, the letter of the kind, the version in base 36, a colon, and the command. Frequent phrases are
//! shortened to `~` and a letter, and record ids to `~` `u` and 22 characters.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::chat::Button;

/// The longest id that Discord accepts, in characters.
pub const MAX: usize = 100;
/// The id of the menu for buttons beyond the maximum of a message. A choice is parsed like a button.
pub const MENU: &str = "hm";

/// The shortened phrases. A letter never changes its meaning, because old messages contain it. A phrase precedes its
/// own prefixes.
const SHORT: [(char, &str); 10] = [
    ('M', " me incident:"),
    ('i', " incident:"),
    ('P', "/incident page service/"),
    ('R', "/incident role "),
    ('S', "/incident status "),
    ('I', "/incident "),
    ('p', "/page "),
    ('a', "/alert "),
    ('g', " group:"),
    ('~', "~"),
];
/// The length of a record id as written, and shortened.
const UUID: usize = 36;
const SHORT_UUID: usize = 22;

/// A parsed button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomId {
    /// True if a confirmation comes first. The button of the confirmation is the same without it.
    pub ask: bool,
    /// The version of the record when the button was rendered.
    pub version: Option<u64>,
    /// The command, with its leading slash.
    pub command: String,
}

impl CustomId {
    /// Returns the content of a button.
    pub fn of(button: &Button) -> Self {
        Self { ask: button.confirm.is_some(), version: button.version, command: button.command.clone() }
    }

    /// Returns the same button after the confirmation.
    pub fn meant(self) -> Self {
        Self { ask: false, ..self }
    }

    /// Returns the component id; `None` when it does not fit.
    pub fn write(&self) -> Option<String> {
        let letter = if self.ask { 'a' } else { 'p' };
        let version = self.version.map(base36).unwrap_or_default();
        let text = format!("h{letter}{version}:{}", shortened(&self.command));
        (text.chars().count() <= MAX).then_some(text)
    }

    /// Parses a component id; `None` if hotroom did not create it.
    pub fn read(text: &str) -> Option<Self> {
        let (head, command) = text.split_once(':')?;
        let (ask, version) = match head.strip_prefix("ha") {
            Some(version) => (true, version),
            None => (false, head.strip_prefix("hp")?),
        };
        let version = if version.is_empty() { None } else { Some(u64::from_str_radix(version, 36).ok()?) };
        let read = Self { ask, version, command: lengthened(command)? };
        // Each button has exactly one form; hotroom did not create an id that is written differently.
        (read.command.starts_with('/') && read.write().as_deref() == Some(text)).then_some(read)
    }
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(b"0123456789abcdefghijklmnopqrstuvwxyz"[(number % 36) as usize]);
        number /= 36;
        if number == 0 {
            break;
        }
    }
    digits.iter().rev().map(|digit| char::from(*digit)).collect()
}

fn shortened(command: &str) -> String {
    let mut out = String::with_capacity(command.len());
    let mut rest = command;
    while let Some(c) = rest.chars().next() {
        let (written, length) = if let Some(id) = uuid_at(rest) {
            (format!("~u{}", URL_SAFE_NO_PAD.encode(id.as_bytes())), UUID)
        } else if let Some((letter, phrase)) = SHORT.iter().find(|(_, phrase)| rest.starts_with(phrase)) {
            (format!("~{letter}"), phrase.len())
        } else {
            (c.to_string(), c.len_utf8())
        };
        out.push_str(&written);
        rest = &rest[length..];
    }
    out
}

fn lengthened(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('~') {
        out.push_str(before);
        let letter = after.chars().next()?;
        rest = &after[letter.len_utf8()..];
        if letter == 'u' {
            let bytes = URL_SAFE_NO_PAD.decode(rest.get(..SHORT_UUID)?).ok()?;
            out.push_str(&Uuid::from_slice(&bytes).ok()?.to_string());
            rest = &rest[SHORT_UUID..];
        } else {
            out.push_str(SHORT.iter().find(|(short, _)| *short == letter)?.1);
        }
    }
    out.push_str(rest);
    Some(out)
}

/// Returns the record id at the beginning of a text, if it is in its canonical form.
fn uuid_at(text: &str) -> Option<Uuid> {
    let written = text.get(..UUID)?;
    Uuid::try_parse(written).ok().filter(|id| id.to_string() == written)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::chat::{ButtonStyle, discord::wire::custom_id::*};

    fn pressed(command: &str, version: Option<u64>) -> CustomId {
        CustomId { ask: false, version, command: command.to_owned() }
    }

    #[test]
    fn a_button_comes_back_as_it_went() {
        let page = "/page ack 019a3c5e-7b1d-7cc0-8000-0123456789ab";
        for (id, written) in [
            (pressed("/incident update incident:HOT-12", Some(7)), "hp7:~Iupdate~iHOT-12"),
            (pressed(page, None), "hp:~pack ~uAZo8XnsdfMCAAAEjRWeJqw"),
            (pressed("/incident role lead me incident:HOT-1", Some(1295)), "hpzz:~Rlead~MHOT-1"),
        ] {
            assert_eq!(id.write().as_deref(), Some(written));
            assert_eq!(CustomId::read(written), Some(id));
        }
    }

    #[test]
    fn a_button_that_asks_first_becomes_the_one_that_acts() {
        let button = Button {
            label: "Cancel incident".into(),
            command: "/incident cancel incident:HOT-1".into(),
            style: ButtonStyle::Danger,
            confirm: Some("Sure?".into()),
            version: Some(3),
        };
        let asks = CustomId::of(&button);
        assert_eq!(asks.write().as_deref(), Some("ha3:~Icancel~iHOT-1"));
        assert_eq!(asks.meant().write().as_deref(), Some("hp3:~Icancel~iHOT-1"));
    }

    #[test]
    fn what_we_did_not_make_is_not_read() {
        for text in [
            "",
            MENU,
            "hp",
            "hp:",
            "hp:x",
            "hq:~Iinfo",
            "h:~Iinfo",
            "hp01:~Iinfo",
            "hpZ:~Iinfo",
            "hp+1:~Iinfo",
            "hp:/incident info",
            "hp:~Xinfo",
            "hp:~",
            "hp:~u123",
            "hp:~I~",
            "hpzzzzzzzzzzzzzz:~Iinfo",
            "verify_button",
        ] {
            assert_eq!(CustomId::read(text), None, "{text:?}");
        }
    }

    /// Returns the lines of all chat templates.
    fn lines() -> Vec<String> {
        let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/chat")];
        let mut lines = Vec::new();
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    lines.extend(std::fs::read_to_string(path).unwrap().lines().map(str::to_owned));
                }
            }
        }
        lines
    }

    /// Checks the commands of all templates with the longest ids that `bot.toml` accepts.
    #[test]
    fn every_button_of_every_template_fits() {
        let (tags, values) = (regex::Regex::new(r"\{%[^%]*%\}").unwrap(), regex::Regex::new(r"\{\{[^}]*\}\}").unwrap());
        let (id, uuid) = ("x".repeat(64), Uuid::max().to_string());
        let value = |found: &regex::Captures<'_>| match found[0].trim_matches(['{', '}', ' ']) {
            "incident.key" | "followup.key" | "key" | "other" => "ABCDEFGHIJ-1234567".to_owned(),
            "e.page" | "page.id" | "group.id" | "method" => uuid.clone(),
            "e.number" | "followup.number" => "12345".to_owned(),
            "e.from" | "e.to" => "sev1".to_owned(),
            "move.command" => format!("/incident status {id} incident:ABCDEFGHIJ-1234567"),
            // The conditions of a silence may be too long for a button; the text above it then shows the command to
            // type.
            "command" => "/alert silence match:\"service=\\\"api\\\"\" wait:1h sure:yes".to_owned(),
            _ => id.clone(),
        };
        let mut seen = 0;
        for line in lines().iter().filter(|line| line.starts_with(">> ")) {
            let command = line.split(" | ").nth(2).unwrap();
            for branch in tags.split(command).filter(|part| part.starts_with(['/', '{'])) {
                let id = CustomId { ask: true, ..pressed(&values.replace_all(branch, value), Some(99_999)) };
                let written = id.write().unwrap_or_else(|| panic!("{} does not fit", id.command));
                assert_eq!(CustomId::read(&written), Some(id));
                seen += 1;
            }
        }
        assert!(seen >= 25, "only {seen} buttons were found");
    }

    proptest! {
        #[test]
        fn every_text_that_fits_comes_back(
            command in "/[a-z~: ]{0,30}(incident:| me | group:|019a3c5e-7b1d-7cc0-8000-0123456789ab)?[ -~é~]{0,30}",
            version in proptest::option::of(any::<u64>()),
            ask in any::<bool>(),
        ) {
            let id = CustomId { ask, version, command };
            if let Some(written) = id.write() {
                prop_assert!(written.chars().count() <= MAX);
                prop_assert_eq!(CustomId::read(&written), Some(id));
            }
        }

        #[test]
        fn nothing_makes_it_panic(text in "(h[ap])?[0-9a-z]{0,3}:?.{0,60}") {
            if let Some(id) = CustomId::read(&text) {
                prop_assert_eq!(id.write(), Some(text));
            }
        }
    }
}
