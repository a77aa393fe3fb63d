//! The query of a list: the part of Opsgenie's query language that tools use. Conditions are joined by `AND` or by a
//! space; a word without a field is searched in message, alias and tags.

use super::shapes;
use crate::domain::{
    Timestamp,
    alert::{Alert, OpsgenieAlert},
};

/// Maximum length of a query, in bytes, and maximum number of conditions.
const LONGEST: usize = 1000;
const MOST: usize = 50;

/// The conditions of a query. All of them must match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct AlertQuery(Vec<Condition>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    field: Field,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Anywhere,
    Status,
    Message,
    Alias,
    Tag,
    Priority,
    Source,
    Entity,
    Owner,
    Team,
    Responder,
    Acknowledged,
    Snoozed,
}

impl Field {
    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "status" => Self::Status,
            "message" => Self::Message,
            "alias" => Self::Alias,
            "tag" | "tags" => Self::Tag,
            "priority" => Self::Priority,
            "source" => Self::Source,
            "entity" => Self::Entity,
            "owner" => Self::Owner,
            "team" | "teams" => Self::Team,
            "responders" => Self::Responder,
            "acknowledged" => Self::Acknowledged,
            "snoozed" => Self::Snoozed,
            _ => return None,
        })
    }
}

impl AlertQuery {
    /// Parses a query. Fails on anything unknown, because ignoring it would return the wrong alerts.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("the query is longer than {LONGEST} bytes"));
        }
        let conditions = words(text)?.into_iter().filter(|word| !word.eq_ignore_ascii_case("and")).map(condition);
        let conditions = conditions.collect::<Result<Vec<_>, _>>()?;
        if conditions.len() > MOST { Err(format!("more than {MOST} conditions")) } else { Ok(Self(conditions)) }
    }

    /// True if an alert matches.
    pub(super) fn fits(&self, ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> bool {
        self.0.iter().all(|condition| condition.holds(ticket, alert, now))
    }
}

/// Splits a query into words; quotes group words.
fn words(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    if quoted { Err("the quotes of the query do not pair".to_owned()) } else { Ok(words) }
}

fn condition(word: String) -> Result<Condition, String> {
    if matches!(word.to_ascii_lowercase().as_str(), "or" | "not") || word.contains(['(', ')', '<', '>']) {
        return Err("only conditions joined by AND are understood, such as status:open AND tag:db".to_owned());
    }
    let Some((name, value)) = word.split_once([':', '=']) else {
        return Ok(Condition { field: Field::Anywhere, value: word.to_lowercase() });
    };
    let field = Field::parse(&name.to_ascii_lowercase());
    let field = field
        .ok_or_else(|| format!("`{}` is no field that is understood", name.chars().take(40).collect::<String>()))?;
    Ok(Condition { field, value: value.trim_matches('*').to_lowercase() })
}

impl Condition {
    fn holds(&self, ticket: &OpsgenieAlert, alert: &Alert, now: Timestamp) -> bool {
        let draft = &ticket.draft;
        let within = |text: &str| text.to_lowercase().contains(&self.value);
        let equal = |text: &str| text.to_lowercase() == self.value;
        let tagged = || draft.tags.iter().any(|tag| equal(tag.verbatim()));
        let truth = |is: bool| self.value == is.to_string();
        match self.field {
            Field::Anywhere => within(draft.message.verbatim()) || within(&ticket.alias) || tagged(),
            Field::Status => equal(if alert.firing { "open" } else { "closed" }),
            Field::Message => within(draft.message.verbatim()),
            Field::Alias => equal(&ticket.alias),
            Field::Tag => tagged(),
            Field::Priority => equal(&draft.priority),
            Field::Source => equal(draft.source.verbatim()),
            Field::Entity => equal(draft.entity.verbatim()),
            Field::Owner => equal(ticket.owner.verbatim()),
            Field::Team => draft.responders.iter().any(|one| one.kind == "team" && equal(one.name.verbatim())),
            Field::Responder => draft.responders.iter().any(|one| equal(one.name.verbatim())),
            Field::Acknowledged => truth(shapes::acknowledged(alert)),
            Field::Snoozed => truth(shapes::snoozed(ticket, alert, now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_said() {
        for (text, why) in [
            ("status:open OR tag:x", "only conditions joined by AND"),
            ("createdAt > 1", "only conditions joined by AND"),
            ("recipients:ops", "`recipients` is no field"),
            ("message:\"a b", "quotes"),
        ] {
            assert!(AlertQuery::parse(text).unwrap_err().contains(why), "{text}");
        }
        assert_eq!(AlertQuery::parse("status:open and tag=db \"disk full\"").unwrap().0.len(), 3);
        assert_eq!(AlertQuery::parse("").unwrap(), AlertQuery::default());
    }
}
