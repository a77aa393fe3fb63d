//! What rules add to an alert: its service, the team that owns it, a runbook and a graph.

use std::{borrow::Cow, collections::BTreeMap};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::{Alert, Matcher, Signal, all_match};
use crate::domain::{
    ids::TeamId,
    text::{Untrusted, cut},
};

/// A rule of `[[alerts.enrich]]`: what it adds to the alerts that match.
#[derive(Clone, Debug, Default)]
pub struct EnrichRule {
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// The service.
    pub service: Option<Template>,
    /// The owning team.
    pub team: Option<TeamId>,
    /// The address of the runbook.
    pub runbook: Option<Template>,
    /// The address of the graph.
    pub graph: Option<Template>,
}

/// A text with labels: `https://runbooks.example.com/{alertname}`. `{{` and `}}` are braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Label(String),
}

/// The longest inserted value, in characters.
const LONGEST: usize = 200;
/// The longest address, in bytes.
const ADDRESS: usize = 2_000;

impl Template {
    /// Parses a template.
    ///
    /// # Errors
    /// A message for the author of the configuration, if the braces are not balanced.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = vec![Piece::Text(String::new())];
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            push(&mut pieces, before);
            if let Some(further) = after.strip_prefix("{{").or_else(|| after.strip_prefix("}}")) {
                push(&mut pieces, &after[..1]);
                rest = further;
                continue;
            }
            let label = after.strip_prefix('{').and_then(|inside| inside.split_once('}'));
            let Some((label, further)) = label.filter(|(label, _)| !label.is_empty() && !label.contains('{')) else {
                return Err(format!("a brace of {text:?} does not pair; write {{label}}, and {{{{ for a brace"));
            };
            pieces.push(Piece::Label(label.to_owned()));
            rest = further;
        }
        push(&mut pieces, rest);
        Ok(Self(pieces))
    }

    /// Returns the text before the first label.
    pub fn start(&self) -> &str {
        match self.0.first() {
            Some(Piece::Text(text)) => text,
            Some(Piece::Label(_)) | None => "",
        }
    }

    fn filled(&self, labels: &BTreeMap<String, Untrusted>, put: impl Fn(&str) -> String) -> Option<String> {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => Some(text.clone()),
            Piece::Label(label) => {
                let value = labels.get(label).map(Untrusted::verbatim).filter(|value| !value.is_empty())?;
                Some(put(&cut(value, LONGEST)))
            }
        };
        self.0.iter().map(piece).collect()
    }

    /// Returns the text with the labels of an alert; `None` if one is missing.
    pub fn text(&self, labels: &BTreeMap<String, Untrusted>) -> Option<String> {
        self.filled(labels, str::to_owned)
    }

    /// Returns the address with the labels of an alert, each escaped so that it stays one part; `None` if one is missing.
    pub fn address(&self, labels: &BTreeMap<String, Untrusted>) -> Option<Untrusted> {
        let address = self.filled(labels, |value| utf8_percent_encode(value, NON_ALPHANUMERIC).to_string())?;
        address_of(&address)
    }
}

fn push(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        Some(Piece::Text(last)) => last.push_str(text),
        Some(Piece::Label(_)) | None => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// Returns the text if it is an http(s) address and nothing else.
fn address_of(text: &str) -> Option<Untrusted> {
    let http = text.starts_with("https://") || text.starts_with("http://");
    (http && text.len() <= ADDRESS && text.chars().all(|c| c.is_ascii_graphic())).then(|| Untrusted::new(text))
}

/// Returns the signal to route: with the service that a rule sets, also as its label.
pub fn with_service<'a>(rules: &[EnrichRule], signal: &'a Signal) -> Cow<'a, Signal> {
    let fits = |rule: &&EnrichRule| all_match(&rule.matchers, &signal.labels);
    let known = |rule: &EnrichRule| rule.service.as_ref().and_then(|template| template.text(&signal.labels));
    let Some(service) = rules.iter().filter(fits).find_map(known) else {
        return Cow::Borrowed(signal);
    };
    let mut labels = signal.labels.clone();
    labels.insert("service".to_owned(), Untrusted::new(service.as_str()));
    Cow::Owned(Signal { service: Some(service), labels, ..signal.clone() })
}

/// What rules and senders add to the alerts of a group, each value once, in the order of the alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrichment {
    /// The team of the first alert that has one.
    pub team: Option<TeamId>,
    /// Addresses of runbooks.
    pub runbooks: Vec<Untrusted>,
    /// Addresses of graphs.
    pub graphs: Vec<Untrusted>,
    /// A picture from a sender that others fetch: https only.
    pub image: Option<Untrusted>,
    /// A picture from a sender that hotroom fetches.
    pub picture: Option<Untrusted>,
}

/// The most runbooks, and the most graphs, that are shown.
const SHOWN: usize = 3;
/// Annotations in which senders put addresses, the most specific first.
const RUNBOOKS: [&str; 2] = ["runbook_url", "runbook"];
const GRAPHS: [&str; 2] = ["dashboard_url", "dashboard"];

impl Enrichment {
    /// Collects the values of alerts.
    pub fn collect(rules: &[EnrichRule], alerts: &[Alert]) -> Self {
        let mut known = Self::default();
        for alert in alerts {
            let fits: Vec<&EnrichRule> = rules.iter().filter(|rule| all_match(&rule.matchers, &alert.labels)).collect();
            let by_rule = |of: fn(&EnrichRule) -> Option<&Template>| {
                fits.iter().filter_map(|rule| of(rule)).find_map(|template| template.address(&alert.labels))
            };
            let annotated = |names: [&str; 2]| names.iter().find_map(|name| annotation(alert, name));
            add(&mut known.runbooks, by_rule(|rule| rule.runbook.as_ref()).or_else(|| annotated(RUNBOOKS)));
            add(&mut known.graphs, by_rule(|rule| rule.graph.as_ref()).or_else(|| annotated(GRAPHS)));
            known.team = known.team.or_else(|| fits.iter().find_map(|rule| rule.team.clone()));
            let pictures = pictures(alert);
            let https = |picture: &&Untrusted| picture.verbatim().starts_with("https://");
            known.image = known.image.or_else(|| pictures.iter().find(https).cloned());
            known.picture = known.picture.or_else(|| pictures.first().cloned());
        }
        known
    }
}

fn add(all: &mut Vec<Untrusted>, one: Option<Untrusted>) {
    all.extend(one.filter(|one| all.len() < SHOWN && !all.contains(one)));
}

fn annotation(alert: &Alert, name: &str) -> Option<Untrusted> {
    address_of(alert.annotations.get(name)?.verbatim())
}

/// Returns the pictures of a firing alert, recognized by their file names.
fn pictures(alert: &Alert) -> Vec<Untrusted> {
    if !alert.firing {
        return Vec::new();
    }
    let annotated = annotation(alert, "image_url").into_iter();
    let linked = alert.links.iter().filter_map(|link| address_of(link.verbatim())).filter(is_picture);
    annotated.chain(linked).collect()
}

fn is_picture(address: &Untrusted) -> bool {
    let path = address.verbatim().split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    [".png", ".jpg", ".jpeg", ".gif", ".webp"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, Untrusted> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Untrusted::new(*value))).collect()
    }

    fn address(template: &str, pairs: &[(&str, &str)]) -> Option<String> {
        let template = Template::parse(template).expect("a template");
        template.address(&labels(pairs)).map(|address| address.verbatim().to_owned())
    }

    #[test]
    fn labels_are_put_into_an_address_so_that_they_stay_one_part_of_it() {
        let of = |value| address("https://run.example/{alertname}?q=1", &[("alertname", value)]);
        assert_eq!(of("Down").as_deref(), Some("https://run.example/Down?q=1"));
        assert_eq!(of("../a b#&?@é").as_deref(), Some("https://run.example/%2E%2E%2Fa%20b%23%26%3F%40%C3%A9?q=1"));
        assert_eq!(of(""), None);
        assert_eq!(address("https://run.example/{other}", &[("alertname", "x")]), None, "without the label no address");
        assert_eq!(address("{a}", &[("a", "javascript:alert(1)")]), None);
    }

    #[test]
    fn braces_pair_or_are_refused() {
        assert_eq!(address("https://x.example/{{{a}}}", &[("a", "1")]).as_deref(), Some("https://x.example/{1}"));
        assert_eq!(Template::parse("{{{a}}}").unwrap().text(&labels(&[("a", "1")])).as_deref(), Some("{1}"));
        for wrong in ["{", "a}", "{}", "{a{b}}", "{a"] {
            assert!(Template::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_a_picture_is_said_by_its_name_and_only_https_counts() {
        for (address, picture) in [
            ("https://x.example/a.png", true),
            ("https://x.example/a.PNG?w=1", true),
            ("https://x.example/a.html?b.png", false),
            ("https://x.example/png", false),
        ] {
            assert_eq!(is_picture(&Untrusted::new(address)), picture, "{address}");
        }
    }
}
