//! Chat messages posted by monitoring tools, read by the rules of their source.
//!
//! A message consists of its text and its embeds; each embed is read separately, together with the text. The first
//! matching rule determines the result. Its captures become the documented JSON, so that an alert from a chat is
//! handled like the same alert posted over HTTP.

use std::collections::BTreeMap;

use regex::Captures;

use super::{Reading, Unreadable, generic, json::Json};
use crate::{
    config::{Each, Part, Rule, Source},
    domain::{Timestamp, alert::is_resolved_word},
};

/// Maximum length of a message part that patterns are matched against, in characters. Discord's limit is no higher.
const LONGEST: usize = 8_000;
/// Maximum number of embeds read per message. Discord's limit is no higher.
const MOST_EMBEDS: usize = 10;
/// Maximum length of the excerpt shown when no rule matches, in characters.
const SHOWN: usize = 80;

/// The result of reading a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageReading {
    /// The rules that matched its parts, in order.
    pub rules: Vec<String>,
    /// What was read.
    pub parsed: Reading,
}

/// Reads a message by the rules of its source. Fails when no rule matches any part of it.
pub fn read(source: &Source, document: &Json, received: Timestamp) -> Result<MessageReading, Unreadable> {
    let rules = source.discord.as_ref().map_or(&[][..], |watch| &watch.rules);
    let mut read = MessageReading::default();
    let mut alerts = Vec::new();
    for (number, sheet) in sheets(document).iter().enumerate() {
        let Some((rule, told)) = rules.iter().find_map(|rule| Some((rule, fit(rule, sheet)?))) else {
            read.parsed.complaints.push(unmatched(sheet, number));
            continue;
        };
        read.rules.push(rule.name.clone());
        read.parsed.complaints.extend(missing(rule, &told));
        if rule.alert {
            alerts.extend(told.iter().map(|told| alert(rule, sheet, told)));
        }
    }
    if read.rules.is_empty() {
        let empty = || Unreadable::new("the message has neither text nor embeds", "/content");
        return Err(read.parsed.complaints.into_iter().next().unwrap_or_else(empty));
    }
    let said = generic::read(source, &Json::List(alerts), received)?;
    for signal in said.signals {
        if !read.parsed.signals.iter().any(|known| known.fingerprint == signal.fingerprint) {
            read.parsed.signals.push(signal);
        }
    }
    read.parsed.complaints.extend(said.complaints);
    Ok(read)
}

fn unmatched(sheet: &Sheet, number: usize) -> Unreadable {
    let shown: String = sheet.subject().chars().take(SHOWN).collect();
    let place = if sheet.embedded { format!("/embeds/{number}") } else { "/content".to_owned() };
    Unreadable::new(format!("no rule of this source fits `{shown}`"), place)
}

/// The parts of a message that a rule sees together: its text and one of its embeds.
#[derive(Debug, Default)]
struct Sheet {
    embedded: bool,
    content: String,
    title: String,
    description: String,
    fields: String,
    footer: String,
    url: String,
    author: String,
}

/// Returns the sheets of a message. Link previews added by Discord are ignored.
fn sheets(message: &Json) -> Vec<Sheet> {
    let mut content = part(message, "/content");
    components(message.get("components"), &mut content);
    let content = plain(&content);
    let poster = part(message, "/author/username");
    let embeds = message.get("embeds").and_then(Json::items).unwrap_or_default().iter().take(MOST_EMBEDS);
    let mut sheets: Vec<Sheet> = embeds
        .filter(|embed| matches!(part(embed, "/type").as_str(), "" | "rich"))
        .map(|embed| sheet(embed, &content, &poster))
        .filter(Sheet::says_something)
        .collect();
    if sheets.is_empty() && !content.is_empty() {
        sheets.push(Sheet { content, author: poster, ..Sheet::default() });
    }
    sheets
}

fn sheet(embed: &Json, content: &str, poster: &str) -> Sheet {
    let fields = embed.get("fields").and_then(Json::items).unwrap_or_default().iter();
    let lines: Vec<String> = fields
        .map(|field| format!("{}: {}", one_line(&part(field, "/name")), one_line(&part(field, "/value"))))
        .collect();
    let author = part(embed, "/author/name");
    Sheet {
        embedded: true,
        content: content.to_owned(),
        title: plain(&part(embed, "/title")),
        description: plain(&part(embed, "/description")),
        fields: plain(&lines.join("\n")),
        footer: plain(&part(embed, "/footer/text")),
        url: part(embed, "/url"),
        author: if author.is_empty() { poster.to_owned() } else { plain(&author) },
    }
}

fn part(value: &Json, pointer: &str) -> String {
    value.pointer(pointer).and_then(Json::to_text).unwrap_or_default()
}

/// Collects the texts of version 2 components, one per line.
fn components(value: Option<&Json>, text: &mut String) {
    for component in value.and_then(Json::items).unwrap_or_default() {
        if part(component, "/type") == "10" && text.len() < LONGEST {
            text.push_str(if text.is_empty() { "" } else { "\n" });
            text.push_str(&part(component, "/content"));
        }
        components(component.get("components"), text);
    }
}

/// Removes formatting from a text and cuts it to the maximum length.
fn plain(text: &str) -> String {
    let shown = text.trim().chars().filter(|c| !matches!(c, '\r' | '\u{FE0E}' | '\u{FE0F}' | '\u{200B}'));
    shown.take(LONGEST).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Sheet {
    /// True if the embed has text; one with only a picture belongs to another embed.
    fn says_something(&self) -> bool {
        [&self.title, &self.description, &self.fields].iter().any(|text| !text.is_empty())
    }

    fn subject(&self) -> &str {
        let first = |text: &'_ str| text.lines().next().unwrap_or_default().trim().len();
        let texts = [&self.title, &self.content, &self.description];
        texts.into_iter().find(|text| !text.is_empty()).map_or("", |text| text[..first(text)].trim())
    }

    fn text(&self, part: Part) -> String {
        match part {
            Part::Subject => self.subject().to_owned(),
            Part::Content => self.content.clone(),
            Part::Title => self.title.clone(),
            Part::Description => self.description.clone(),
            Part::Fields => self.fields.clone(),
            Part::Footer => self.footer.clone(),
            Part::Url => self.url.clone(),
            Part::Author => self.author.clone(),
            Part::All => {
                let all = [&self.content, &self.title, &self.description, &self.fields, &self.footer];
                all.map(String::as_str).join("\n")
            }
        }
    }
}

/// The captures of a rule for one alert.
type CaptureMap = BTreeMap<String, String>;

/// Applies a rule to a sheet and returns at least one alert. `None` if the rule does not match.
fn fit(rule: &Rule, sheet: &Sheet) -> Option<Vec<CaptureMap>> {
    let mut common = CaptureMap::new();
    for look in &rule.look {
        match look.find.captures(&sheet.text(look.part)) {
            Some(captures) => take(&mut common, &captures),
            None if look.optional => {}
            None => return None,
        }
    }
    let Some(each) = &rule.each else { return Some(vec![common]) };
    let all = each_of(each, &sheet.text(each.part), &common);
    (!all.is_empty()).then_some(all)
}

fn each_of(each: &Each, text: &str, common: &CaptureMap) -> Vec<CaptureMap> {
    let headings: Vec<Captures<'_>> =
        each.heading.iter().flat_map(|heading| heading.captures_iter(text).collect::<Vec<_>>()).collect();
    let start = |captures: &Captures<'_>| captures.get(0).map_or(0, |whole| whole.start());
    let of = |captures: Captures<'_>| {
        let mut told = common.clone();
        if let Some(heading) = headings.iter().rev().find(|heading| start(heading) <= start(&captures)) {
            take(&mut told, heading);
        }
        take(&mut told, &captures);
        told
    };
    each.find.captures_iter(text).map(of).collect()
}

/// Collects the captures that are not empty, without surrounding bold and code marks.
fn take(told: &mut CaptureMap, captures: &Captures<'_>) {
    for name in Rule::CAPTURES {
        let text = captures.name(name).map(|found| found.as_str()).unwrap_or_default();
        let text = if matches!(name, "labels" | "annotations") { text } else { bare(text) };
        if !text.trim().is_empty() {
            told.insert(name.to_owned(), text.to_owned());
        }
    }
}

fn bare(text: &str) -> &str {
    text.trim().trim_matches(['*', '`']).trim()
}

/// Reports a truncated message, which mentions more alerts than it contains.
fn missing(rule: &Rule, told: &[CaptureMap]) -> Option<Unreadable> {
    let said: usize = told.first()?.get("count")?.parse().ok()?;
    let firing = told.iter().filter(|told| state(rule, told) == "firing").count();
    let what = || format!("the message says {said} are firing and tells {firing} of them: it was cut");
    (rule.each.is_some() && firing < said).then(|| Unreadable::new(what(), "/embeds"))
}

/// Returns the captured state as a common word, or unchanged if it is unknown.
fn state<'a>(rule: &Rule, told: &'a CaptureMap) -> &'a str {
    let Some(word) = told.get("state") else { return "firing" };
    let among = |words: &[String]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    match (among(&rule.resolved), among(&rule.firing), is_resolved_word(word)) {
        (true, _, _) | (false, false, Some(true)) => "resolved",
        (false, true, _) | (false, false, Some(false)) => "firing",
        (false, false, None) => word,
    }
}

/// Builds one alert in the documented JSON.
fn alert(rule: &Rule, sheet: &Sheet, told: &CaptureMap) -> Json {
    let text = |text: &str| Json::Text(text.to_owned());
    let fields = ["name", "severity", "service", "host", "summary", "link", "fingerprint"];
    let mut alert: Vec<(String, Json)> =
        fields.iter().filter_map(|name| Some(((*name).to_owned(), text(told.get(*name)?)))).collect();
    alert.push(("state".to_owned(), text(state(rule, told))));
    alert.push(("links".to_owned(), Json::List(vec![text(&sheet.url)])));
    for list in ["labels", "annotations"] {
        if let Some(lines) = told.get(list) {
            alert.push((list.to_owned(), Json::Object(pairs(lines))));
        }
    }
    Json::Object(alert)
}

/// Reads lines ` - name = value`; a line without this prefix continues the value before it.
fn pairs(lines: &str) -> Vec<(String, Json)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for line in lines.lines() {
        let pair = line.trim_start().strip_prefix("- ").and_then(|line| line.split_once(" = "));
        match (pair, pairs.last_mut()) {
            (Some((name, value)), _) => pairs.push((name.trim().to_owned(), value.trim_end().to_owned())),
            (None, Some((_, value))) if !line.trim().is_empty() => {
                value.push('\n');
                value.push_str(line);
            }
            (None, _) => {}
        }
    }
    pairs.into_iter().map(|(name, value)| (name, Json::Text(value))).collect()
}
