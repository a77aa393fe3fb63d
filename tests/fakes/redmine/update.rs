//! Writes to issues. What the account may not set is left out, without a word.

use serde_json::Value;

use super::{
    PROJECT,
    state::{JournalState, PEOPLE, PRIORITIES, RedmineState},
};

/// A number, or digits in a text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

impl RedmineState {
    /// Creates an issue. `Err` with the reasons of a refusal.
    pub fn create(&mut self, author: u64, fields: &Value) -> Result<u64, Vec<String>> {
        let mut errors = Vec::new();
        let subject = fields["subject"].as_str().unwrap_or_default();
        if subject.is_empty() {
            errors.push("Subject cannot be blank".to_owned());
        }
        if subject.chars().count() > 255 {
            errors.push("Subject is too long (maximum is 255 characters)".to_owned());
        }
        if fields["project_id"] != PROJECT {
            errors.push("Project cannot be blank".to_owned());
        }
        errors.extend(self.wrong(fields));
        if !errors.is_empty() {
            return Err(errors);
        }
        let id = self.file(author, subject);
        self.set(id, author, fields);
        // The history of an issue begins after its creation.
        self.issue_mut(id).expect("there").journals.clear();
        Ok(id)
    }

    /// Says what is refused rather than left out.
    pub fn wrong(&self, fields: &Value) -> Option<String> {
        let assignee = &fields["assigned_to_id"];
        let is_known = number(assignee).is_some_and(|id| PEOPLE.iter().any(|(known, _)| *known == id));
        let is_nobody = assignee.is_null() || assignee == "";
        if is_nobody || is_known { None } else { Some("Assignee is invalid".to_owned()) }
    }

    /// Sets fields, as far as the account may, and writes the history.
    pub fn set(&mut self, id: u64, user: u64, fields: &Value) {
        let (may_edit, may_note) = (self.may("edit_issues"), self.may("add_issue_notes") || self.may("edit_issues"));
        let (allowed, known_fields) = (self.allowed.clone(), self.fields.clone());
        let issue = self.issue_mut(id).expect("there is such an issue");
        let before = issue.clone();
        if may_edit || before.journals.is_empty() {
            if let Some(status) = number(&fields["status_id"]).filter(|status| allowed.contains(status)) {
                issue.status = status;
            }
            if let Some(priority) = number(&fields["priority_id"]).filter(|id| PRIORITIES.iter().any(|(k, _)| k == id))
            {
                issue.priority = priority;
            }
            if fields.get("assigned_to_id").is_some() {
                issue.assignee = number(&fields["assigned_to_id"]);
            }
            if let Some(subject) = fields["subject"].as_str() {
                issue.subject = subject.to_owned();
            }
            if let Some(description) = fields["description"].as_str() {
                // Lines end as in browsers.
                issue.description = description.replace("\r\n", "\n").replace('\n', "\r\n");
            }
            if let Some(ratio) = number(&fields["done_ratio"]) {
                issue.done_ratio = ratio;
            }
            if let Some(category) = number(&fields["category_id"]) {
                issue.category = Some(category);
            }
            for field in fields["custom_fields"].as_array().into_iter().flatten() {
                let id = number(&field["id"]).unwrap_or(0);
                if known_fields.contains_key(&id) {
                    issue.fields.insert(id, field["value"].as_str().unwrap_or_default().to_owned());
                }
            }
        }
        let after = issue.clone();
        let assignee = |id: Option<u64>| id.map(|id| id.to_string());
        let changes = [
            ("status_id", Some(before.status.to_string()), Some(after.status.to_string())),
            ("priority_id", Some(before.priority.to_string()), Some(after.priority.to_string())),
            ("assigned_to_id", assignee(before.assignee), assignee(after.assignee)),
            ("subject", Some(before.subject), Some(after.subject)),
            ("description", Some(before.description), Some(after.description)),
        ];
        let details: Vec<_> = changes
            .into_iter()
            .filter(|(_, old, new)| old != new)
            .map(|(name, old, new)| (name.to_owned(), old, new))
            .collect();
        let notes = if may_note { fields["notes"].as_str().unwrap_or_default().to_owned() } else { String::new() };
        let created = self.tick();
        if !details.is_empty() || !notes.is_empty() {
            self.journal(id, JournalState { id: 0, user, notes, private: false, created, details });
        } else {
            self.issue_mut(id).expect("there").updated = created;
        }
    }
}
