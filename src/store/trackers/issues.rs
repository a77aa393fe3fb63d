//! The issues of hotroom's own tracker, found by their words: incidents and follow-ups.

use crate::{
    domain::{
        ids::{FollowUpId, IncidentId},
        incident::Incident,
        review::FollowUpItem,
        text::Untrusted,
    },
    store::{
        ListViewer, Reads, StoreError, Tx,
        engine::{
            columns::{listing_limit, row_limit},
            conditions::Conditions,
            sql::{Row, params},
        },
    },
};

/// The version of the words. Raise it when they are taken from other texts: those that an older program stored are then
/// written again.
pub(in crate::store) const WORDS_VERSION: u32 = 1;

/// The most words of a search that are looked for.
const MOST_WORDS: usize = 16;

/// Selects issues by their words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssueFilter {
    /// Who searches: private incidents and their follow-ups are found by members only.
    pub viewer: ListViewer,
    /// The words; an issue has all of them, the last one perhaps as the beginning of a word.
    pub text: String,
    /// Continues a listing: its last number.
    pub after: Option<i64>,
    /// At most this many; 0 means 50, and 500 is the maximum.
    pub limit: usize,
}

/// An issue of hotroom's own tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnIssue {
    /// An incident.
    Incident(Box<Incident>),
    /// A follow-up of one.
    FollowUp(Box<FollowUpItem>),
}

/// A part of the issues that were found, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IssueListing {
    /// The issues.
    pub items: Vec<OwnIssue>,
    /// Continues the listing; `None` after the last part.
    pub next: Option<i64>,
}

/// The words of an issue.
struct IssueWords {
    subject: String,
    incident: IncidentId,
    title: String,
    body: String,
}

impl IssueWords {
    fn of_incident(incident: &Incident) -> Self {
        let mut body = vec![&incident.description, &incident.impact, &incident.affected];
        body.extend(incident.public.title.as_ref());
        body.extend(incident.resolution.as_ref().map(|resolution| &resolution.summary));
        body.extend(incident.tasks.iter().map(|task| &task.text));
        let mut body: Vec<&str> = body.into_iter().map(Untrusted::verbatim).collect();
        body.extend(incident.service.as_ref().map(crate::domain::ids::ServiceId::as_str));
        Self {
            subject: Incident::stream(incident.id),
            incident: incident.id,
            title: incident.title.verbatim().to_owned(),
            body: body.join("\n"),
        }
    }

    fn of_followup(item: &FollowUpItem) -> Self {
        let reason = item.reason.as_ref().map(|reason| reason.verbatim().to_owned());
        Self {
            subject: FollowUpItem::stream(item.id),
            incident: item.incident,
            title: item.title.verbatim().to_owned(),
            body: reason.unwrap_or_default(),
        }
    }
}

impl Tx<'_> {
    /// Writes the words of an incident.
    pub(in crate::store) fn save_incident_words(&mut self, incident: &Incident) -> Result<(), StoreError> {
        self.save_words(&IssueWords::of_incident(incident))
    }

    /// Writes the words of a follow-up.
    pub(in crate::store) fn save_followup_words(&mut self, item: &FollowUpItem) -> Result<(), StoreError> {
        self.save_words(&IssueWords::of_followup(item))
    }

    fn save_words(&mut self, words: &IssueWords) -> Result<(), StoreError> {
        let IssueWords { subject, incident, title, body } = words;
        let known =
            self.one("SELECT number FROM issue_texts WHERE subject = $1", params![subject], |row| row.get(0))?;
        let number: i64 = match known {
            Some(number) => number,
            None => {
                let sql = "INSERT INTO issue_texts (subject, incident) VALUES ($1, $2) RETURNING number";
                let made = self.one(sql, params![subject, incident.to_string()], |row| row.get(0))?;
                made.ok_or_else(|| StoreError::Corrupt("an issue got no number".to_owned()))?
            }
        };
        let stored = self.one("SELECT title, body FROM issue_words WHERE rowid = $1", params![number], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?))
        })?;
        match stored {
            Some((old_title, old_body)) if old_title == *title && old_body == *body => Ok(()),
            Some(_) => {
                let sql = "UPDATE issue_words SET title = $1, body = $2 WHERE rowid = $3";
                self.overwriting(|tx| tx.run(sql, params![title, body, number])).map(drop)
            }
            None => {
                let sql = "INSERT INTO issue_words (rowid, title, body, subject, incident) VALUES ($1, $2, $3, $4, $5)";
                self.run(sql, params![number, title, body, subject, incident.to_string()]).map(drop)
            }
        }
    }
}

impl Reads<'_> {
    /// One part of the issues that have these words, the newest first; without a text, of all issues.
    pub fn find_issues(&self, filter: &IssueFilter) -> Result<IssueListing, StoreError> {
        let (mut conditions, mut table) = (Conditions::default(), "issue_texts");
        if !filter.text.trim().is_empty() {
            let Some(wanted) = all_words(&filter.text) else { return Ok(IssueListing::default()) };
            table = "issue_words";
            conditions.add("issue_words MATCH $", wanted);
        }
        if let ListViewer::Person(person) = &filter.viewer {
            conditions.add(
                &format!(
                    "EXISTS (SELECT 1 FROM incidents i WHERE i.id = {table}.incident AND (i.private = 0
                     OR EXISTS (SELECT 1 FROM incident_members m WHERE m.incident = i.id AND m.person = $)))"
                ),
                person.as_str().to_owned(),
            );
        }
        if let Some(after) = filter.after {
            conditions.add(&format!("{table}.rowid < $"), after);
        }
        let limit = listing_limit(filter.limit);
        let sql = format!(
            "SELECT rowid, subject FROM {table} WHERE {} ORDER BY rowid DESC LIMIT {}",
            conditions.text(),
            row_limit(limit + 1)
        );
        let read = |row: &Row<'_>| Ok((row.get::<i64>(0)?, row.get::<String>(1)?));
        let mut found = self.all(&sql, &conditions.params(), read)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = if more { found.last().map(|(number, _)| *number) } else { None };
        let mut items = Vec::with_capacity(found.len());
        for (_, subject) in found {
            items.extend(self.issue_of(&subject)?);
        }
        Ok(IssueListing { items, next })
    }

    fn issue_of(&self, subject: &str) -> Result<Option<OwnIssue>, StoreError> {
        if let Some(id) = subject.strip_prefix("incident/").and_then(IncidentId::parse) {
            return Ok(self.incident(id)?.map(|incident| OwnIssue::Incident(Box::new(incident))));
        }
        let Some(id) = subject.strip_prefix("followup/").and_then(FollowUpId::parse) else { return Ok(None) };
        Ok(self.followup(id)?.map(|item| OwnIssue::FollowUp(Box::new(item))))
    }
}

/// The words of a text, as the index divides it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A query for all words of a text; `None` if it has none.
fn all_words(text: &str) -> Option<String> {
    let mut quoted: Vec<String> = words(text).take(MOST_WORDS).map(|word| format!("\"{word}\"")).collect();
    quoted.last_mut()?.push('*');
    Some(quoted.join(" "))
}

#[cfg(test)]
mod tests {
    use super::all_words;

    #[test]
    fn whatever_people_type_is_looked_for_as_words() {
        assert_eq!(all_words("checkout NOT \"slow").as_deref(), Some("\"checkout\" \"NOT\" \"slow\"*"));
        assert_eq!(all_words("Zahlung (überfällig)").as_deref(), Some("\"Zahlung\" \"überfällig\"*"));
        assert_eq!(all_words(" -\"*: "), None);
    }
}
