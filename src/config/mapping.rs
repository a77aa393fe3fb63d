//! How the fields of a sender's JSON are found.

use std::collections::BTreeMap;

use regex::Regex;

use crate::domain::alert::Matcher;

/// JSON pointers (RFC 6901) to the fields of a generic body. `alerts` points to an array; the others are relative to
/// each of its elements, or to the body itself if `alerts` is absent. Of several pointers to a field the first that
/// finds a value counts; an empty list means that the field has its documented names.
#[derive(Debug, Clone, Default)]
pub struct FieldMapping {
    /// The array of alerts.
    pub alerts: Option<String>,
    /// What must hold for an element to be read, each a matcher whose label is a pointer. Other elements are ignored.
    pub when: Vec<Matcher>,
    /// The alert's name.
    pub name: Vec<String>,
    /// The state: firing or resolved.
    pub state: Vec<String>,
    /// Additional values of `state` that mean resolved.
    pub resolved_values: Vec<String>,
    /// Additional values of `state` that mean acknowledged.
    pub acknowledged_values: Vec<String>,
    /// The severity.
    pub severity: Vec<String>,
    /// The service.
    pub service: Vec<String>,
    /// The host.
    pub host: Vec<String>,
    /// The summary, one line.
    pub summary: Vec<String>,
    /// The values that identify the alert, all together.
    pub fingerprint: Vec<String>,
    /// When it started firing.
    pub starts_at: Vec<String>,
    /// When it was resolved.
    pub ends_at: Vec<String>,
    /// Objects of labels, or lists of tags; all of them count.
    pub labels: Vec<String>,
    /// Further labels, by name.
    pub fields: BTreeMap<String, Vec<String>>,
    /// Expressions that find the value of a field in a text, by the name of the field.
    pub find: BTreeMap<String, Regex>,
    /// A link to more details.
    pub link: Vec<String>,
    /// Who acknowledged it in the sender's system.
    pub acknowledged_by: Vec<String>,
}

impl FieldMapping {
    /// The fields whose value may be found in a text, besides those of [`Self::fields`].
    pub const FOUND: [&str; 7] = ["name", "state", "severity", "service", "host", "summary", "link"];

    /// Returns this mapping, completed from another one.
    #[must_use]
    pub fn over(self, other: &Self) -> Self {
        let either = |own: Vec<String>, others: &Vec<String>| if own.is_empty() { others.clone() } else { own };
        let mut fields = other.fields.clone();
        fields.extend(self.fields);
        let mut find = other.find.clone();
        find.extend(self.find);
        Self {
            alerts: self.alerts.or_else(|| other.alerts.clone()),
            when: if self.when.is_empty() { other.when.clone() } else { self.when },
            name: either(self.name, &other.name),
            state: either(self.state, &other.state),
            resolved_values: either(self.resolved_values, &other.resolved_values),
            acknowledged_values: either(self.acknowledged_values, &other.acknowledged_values),
            severity: either(self.severity, &other.severity),
            service: either(self.service, &other.service),
            host: either(self.host, &other.host),
            summary: either(self.summary, &other.summary),
            fingerprint: either(self.fingerprint, &other.fingerprint),
            starts_at: either(self.starts_at, &other.starts_at),
            ends_at: either(self.ends_at, &other.ends_at),
            labels: either(self.labels, &other.labels),
            fields,
            find,
            link: either(self.link, &other.link),
            acknowledged_by: either(self.acknowledged_by, &other.acknowledged_by),
        }
    }
}
