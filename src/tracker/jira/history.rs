//! The ids of our own changes, for writes whose answer has none: Jira answers 204 to transitions and edits. They are read
//! from the history of the issue after the write.

use tracing::warn;

use super::{
    client::{JiraClient, url_part},
    wire::{JiraHistory, JiraHistoryItem, JiraIssue},
};
use crate::{
    domain::tracker::{ChangeId, TrackerAccount},
    net::HttpClient,
    tracker::TrackerFailure,
};

/// A value that we wrote.
#[derive(Clone, Debug)]
pub(super) struct WrittenValue {
    /// The field, by its id or as the history names it.
    pub field: String,
    /// The value as the history shows it; `None` where the history shows it in a way that cannot be foreseen.
    pub to: Option<String>,
}

impl WrittenValue {
    /// A field whatever its value.
    pub fn any(field: &str) -> Self {
        Self { field: field.to_owned(), to: None }
    }

    /// A field with a value.
    pub fn value(field: &str, to: &str) -> Self {
        Self { field: field.to_owned(), to: Some(to.to_owned()) }
    }

    fn is_in(&self, item: &JiraHistoryItem) -> bool {
        let is_field = item.field.eq_ignore_ascii_case(&self.field) || item.field_id.as_deref() == Some(&self.field);
        // Of a list, such as the labels, one entry was added.
        let is_or_has = |value: &String, to: &str| value == to || value.split_whitespace().any(|entry| entry == to);
        let holds = |to: &String| [&item.to, &item.to_text].into_iter().flatten().any(|value| is_or_has(value, to));
        is_field && self.to.as_ref().is_none_or(holds)
    }
}

impl JiraClient {
    /// Returns the newest entries of our account that hold the values. The write has happened: when the history cannot be
    /// read, there are no ids, and the change is recognised by its value instead.
    pub(super) async fn own_changes(&self, http: &HttpClient, issue: &str, written: &[WrittenValue]) -> Vec<ChangeId> {
        match self.read_own_changes(http, issue, written).await {
            Ok(ids) => ids,
            Err(failure) => {
                warn!(issue, "the history of a Jira issue could not be read after a write: {failure}");
                Vec::new()
            }
        }
    }

    async fn read_own_changes(
        &self,
        http: &HttpClient,
        issue: &str,
        written: &[WrittenValue],
    ) -> Result<Vec<ChangeId>, TrackerFailure> {
        let path = format!("issue/{}?fields=updated&expand=changelog", url_part(issue));
        let (account, body) = (self.account(http).await?, self.get_short::<JiraIssue>(http, &path).await?);
        Ok(matching(body.changelog.histories, &account.account, written))
    }
}

/// For each value the newest entry by the account that holds it.
fn matching(mut histories: Vec<JiraHistory>, account: &TrackerAccount, written: &[WrittenValue]) -> Vec<ChangeId> {
    sort(&mut histories);
    let mut ids = Vec::new();
    for written in written {
        let ours = histories.iter().rev().filter(|entry| {
            let author = entry.author.as_ref().map(super::wire::JiraUser::account);
            author.as_ref() == Some(account) && entry.items.iter().any(|item| written.is_in(item))
        });
        for entry in ours.take(1) {
            if !ids.contains(&entry.change_id()) {
                ids.push(entry.change_id());
            }
        }
    }
    ids
}

/// Sorts a history, newest last: Cloud lists the newest first, Data Center the oldest.
pub(super) fn sort(histories: &mut [JiraHistory]) {
    histories.sort_by_key(|entry| (super::wire::time(&entry.created), entry.id.parse::<u64>().unwrap_or(0)));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tracker::jira::wire::JiraChangelog;

    fn histories() -> Vec<JiraHistory> {
        let entry = |id: &str, who: &str, field: &str, to: &str| {
            json!({ "id": id, "author": { "accountId": who }, "created": "2026-01-02T03:04:05.000+0000",
                "items": [{ "field": field, "to": "x", "toString": to }] })
        };
        let all = json!({ "histories": [
            entry("10", "bot", "status", "Done"),
            entry("9", "ann", "status", "In Progress"),
            entry("8", "bot", "status", "In Progress"),
            entry("7", "bot", "labels", "a hotroom-1-HOT-P7 z"),
        ] });
        serde_json::from_value::<JiraChangelog>(all).expect("a history").histories
    }

    #[test]
    fn only_entries_of_our_account_with_our_values_are_ours() {
        let bot = TrackerAccount("bot".to_owned());
        let ids = |written: &[WrittenValue]| -> Vec<String> {
            matching(histories(), &bot, written).into_iter().map(|id| id.0).collect()
        };
        assert_eq!(ids(&[WrittenValue::value("status", "In Progress")]), ["history-8"]);
        assert_eq!(ids(&[WrittenValue::any("status")]), ["history-10"]);
        assert_eq!(ids(&[WrittenValue::value("labels", "hotroom-1-HOT-P7")]), ["history-7"]);
        assert_eq!(ids(&[WrittenValue::value("status", "To Do")]), [""; 0]);
    }
}
