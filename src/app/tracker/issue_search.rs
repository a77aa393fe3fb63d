//! Searches the issues of hotroom's own tracker, by key and by words.

use crate::{
    domain::{ids::PersonId, tracker::OwnIssueKey},
    store::{IssueFilter, IssueListing, ListViewer, OwnIssue, Reads, StoreError},
};

/// The longest text that is searched for, in characters.
const LONGEST: usize = 200;

/// The issues that a person may see with this key, otherwise those with these words.
pub fn find(
    reads: &Reads<'_>,
    person: &PersonId,
    text: &str,
    after: Option<i64>,
    limit: usize,
) -> Result<IssueListing, StoreError> {
    if let Some(key) = OwnIssueKey::parse(text)
        && let Some(found) = by_key(reads, person, &key)?
    {
        return Ok(IssueListing { items: vec![found], next: None });
    }
    let text = text.chars().take(LONGEST).collect();
    reads.find_issues(&IssueFilter { viewer: ListViewer::Person(person.clone()), text, after, limit })
}

/// The issue with a key, if this person may see it.
pub fn by_key(reads: &Reads<'_>, person: &PersonId, key: &OwnIssueKey) -> Result<Option<OwnIssue>, StoreError> {
    let found = reads.incident_by_key(&key.incident)?.filter(|incident| incident.visible_to(person));
    let Some(incident) = found else { return Ok(None) };
    match key.followup {
        None => Ok(Some(OwnIssue::Incident(Box::new(incident)))),
        Some(number) => {
            let item = reads.followup_by_number(incident.id, number)?;
            Ok(item.map(|item| OwnIssue::FollowUp(Box::new(item))))
        }
    }
}
