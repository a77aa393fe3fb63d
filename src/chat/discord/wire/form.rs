//! Renders a form on Discord: a dialog of up to five text fields, or a menu if it needs a single choice.
//!
//! Source of the limits: docs.discord.com, "Using Modal Components" and "Component Reference".

use serde_json::{Value, json};
use unicode_segmentation::UnicodeSegmentation;

use super::custom_id::{CustomId, MENU};
use crate::chat::{Form, Input};

/// The most fields of a dialog, and the longest title, hint and text.
const FIELDS: usize = 5;
const TITLE: usize = 45;
const HINT: usize = 100;
const TEXT: usize = 4_000;
/// The most entries of a menu, and the longest of them.
const ENTRIES: usize = 25;
const ENTRY: usize = 100;
/// The first letter of a form's id.
const MARK: char = 'f';

/// A rendered form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RenderedForm {
    /// A dialog: the data of a response of type 9.
    Dialog(Value),
    /// A message with a menu; each entry is a whole command.
    Menu(Value),
}

/// Renders a form.
pub fn shown(form: &Form) -> RenderedForm {
    menu(form).map_or_else(|| RenderedForm::Dialog(dialog(form)), RenderedForm::Menu)
}

/// Returns the command of a dialog and the options it was created with.
pub(in crate::chat::discord) fn read(id: &str) -> Option<(String, Vec<(String, String)>)> {
    let line = CustomId::read(id.strip_prefix(MARK)?)?.command;
    let (given, words): (Vec<&str>, Vec<&str>) =
        line.trim_start_matches('/').split(' ').partition(|word| word.contains(':'));
    let given = given.into_iter().filter_map(|word| word.split_once(':'));
    Some((words.join(" "), given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()))
}

/// Returns the command line of a dialog with the options that it does not ask for: the incident, a group.
fn line(form: &Form) -> String {
    let kept = |input: &&Input| {
        matches!(input.name.as_str(), "incident" | "group") && !input.value.is_empty() && !input.value.contains(' ')
    };
    let given: String = form.inputs.iter().filter(kept).map(|i| format!(" {}:{}", i.name, i.value)).collect();
    format!("/{}{given}", form.command)
}

fn dialog(form: &Form) -> Value {
    let id = CustomId { ask: false, version: None, command: line(form) };
    let bare = || CustomId { ask: false, version: None, command: format!("/{}", form.command) }.write();
    let id = id.write().filter(|id| id.chars().count() < 100).or_else(bare).unwrap_or_default();
    json!({
        "custom_id": format!("{MARK}{id}"), "title": cut(&form.title, TITLE),
        "components": asked(form).map(|input| json!({ "type": 1, "components": [field(input)] })).collect::<Vec<_>>(),
    })
}

/// Returns the fields of a dialog: required ones first, then others as far as they fit. Flags are left out, because a
/// dialog has no field for them; the incident or group is known.
fn asked(form: &Form) -> impl Iterator<Item = &Input> {
    let asks = |input: &&Input| input.kind != "flag" && !matches!(input.name.as_str(), "incident" | "group");
    let needed = form.inputs.iter().filter(asks).filter(|input| input.required);
    needed.chain(form.inputs.iter().filter(asks).filter(|input| !input.required)).take(FIELDS)
}

fn field(input: &Input) -> Value {
    let hint = input.error.clone().unwrap_or_else(|| hint(input));
    let mut field = json!({
        "type": 4, "custom_id": cut(&input.name, 100), "label": cut(&input.label, TITLE),
        "style": if input.kind == "text" { 2 } else { 1 }, "required": input.required, "max_length": input.max.clamp(1, TEXT),
    });
    if !hint.is_empty() {
        field["placeholder"] = cut(&hint, HINT).into();
    }
    if !input.value.is_empty() {
        field["value"] = cut(&input.value, input.max.clamp(1, TEXT)).into();
    }
    field
}

/// Returns the possible values, or the help text.
fn hint(input: &Input) -> String {
    let words: Vec<&str> = input.choices.iter().map(|(value, _)| value.as_str()).filter(|v| !v.is_empty()).collect();
    if words.is_empty() { input.help.clone() } else { words.join(", ") }
}

/// Returns a menu if a choice is the only required field.
fn menu(form: &Form) -> Option<Value> {
    let mut needed = form.inputs.iter().filter(|input| input.required && input.name != "incident");
    let (only, None) = (needed.next()?, needed.next()) else { return None };
    let free = form.inputs.iter().any(|input| input.kind == "text");
    let choices = choices(only);
    if free || choices.is_empty() || choices.len() > ENTRIES {
        return None;
    }
    let entries: Option<Vec<Value>> = choices.iter().map(|(value, label)| entry(form, only, value, label)).collect();
    let row = json!({ "type": 3, "custom_id": MENU, "placeholder": cut(&only.label, HINT), "options": entries? });
    Some(json!({ "content": cut(&form.title, TITLE), "components": [{ "type": 1, "components": [row] }] }))
}

/// Returns the choices of a field. A flag becomes two entries, because a dialog has no field for it.
fn choices(input: &Input) -> Vec<(String, String)> {
    if input.kind != "flag" {
        return input.choices.clone();
    }
    let choice = |word: &str, label| (word.to_owned(), format!("{}: {label}", input.label));
    vec![choice("yes", "yes"), choice("no", "no")]
}

fn entry(form: &Form, input: &Input, value: &str, label: &str) -> Option<Value> {
    if value.contains(char::is_whitespace) {
        return None;
    }
    let command = format!("{} {}:{value}", line(form), input.name);
    let id = CustomId { ask: form.confirm.is_some(), version: None, command }.write()?;
    Some(json!({ "label": cut(label, ENTRY), "value": id, "default": false }))
}

/// Returns the beginning of a text, cut between graphemes.
fn cut(text: &str, most: usize) -> String {
    let count = |part: &str| part.encode_utf16().count();
    if count(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for part in text.graphemes(true) {
        if count(&kept) + count(part) + 1 > most {
            break;
        }
        kept.push_str(part);
    }
    kept + "…"
}

#[cfg(test)]
mod tests {
    use crate::chat::discord::wire::form::*;

    fn input(name: &str, kind: &str, required: bool) -> Input {
        Input {
            name: name.to_owned(),
            label: name.to_owned(),
            help: format!("about {name}"),
            kind: kind.to_owned(),
            required,
            max: 200,
            value: String::new(),
            choices: Vec::new(),
            texts: Vec::new(),
            unless: None,
            current: None,
            error: None,
        }
    }

    fn form(command: &str, inputs: Vec<Input>) -> Form {
        let (title, submit) = ("A form".to_owned(), "Go".to_owned());
        Form {
            command: command.to_owned(),
            title,
            help: String::new(),
            submit,
            confirm: None,
            confirm_shows: None,
            inputs,
        }
    }

    #[test]
    fn a_dialog_asks_the_needed_first_and_at_most_five() {
        let mut inputs: Vec<Input> = (0..6).map(|n| input(&format!("o{n}"), "line", false)).collect();
        inputs.push(input("drill", "flag", false));
        inputs.push(input("title", "text", true));
        inputs.push(Input { value: "HOT-12".to_owned(), ..input("incident", "choice", false) });
        let RenderedForm::Dialog(made) = shown(&form("incident update", inputs)) else { panic!("a dialog") };
        let rows = made["components"].as_array().unwrap();
        let names: Vec<_> = rows.iter().map(|row| row["components"][0]["custom_id"].as_str().unwrap()).collect();
        assert_eq!(names, ["title", "o0", "o1", "o2", "o3"]);
        let (command, given) = read(made["custom_id"].as_str().unwrap()).unwrap();
        assert_eq!(
            (command.as_str(), given.as_slice()),
            ("incident update", &[("incident".to_owned(), "HOT-12".to_owned())][..])
        );
    }

    #[test]
    fn one_choice_is_a_menu_whose_entries_are_whole_commands() {
        let choices = ["identified", "monitoring"].map(|word| (word.to_owned(), word.to_uppercase())).to_vec();
        let to = Input { choices, ..input("to", "choice", true) };
        let of = Input { value: "HOT-12".to_owned(), ..input("incident", "choice", false) };
        let RenderedForm::Menu(made) = shown(&form("incident status", vec![to, input("reason", "line", false), of]))
        else {
            panic!("a menu")
        };
        let options = &made["components"][0]["components"][0]["options"];
        let chosen = CustomId::read(options[1]["value"].as_str().unwrap()).unwrap();
        assert_eq!(chosen.command, "/incident status incident:HOT-12 to:monitoring");
    }

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab…");
        assert_eq!(cut("👩‍🚒👩‍🚒", 7), "👩‍🚒…");
    }
}
