//! `/incidents`: the incident table, with its filters in the URL.

use serde::{Deserialize, Serialize};

use super::{
    record::{declared_at, ended_at},
    words::{self, ConfigNames},
};
use crate::{
    domain::{
        Timestamp,
        ids::{FieldId, IncidentId, Key, PersonId, ServiceId, StatusId},
        incident::{FieldSpec, Incident, IncidentKind, Severity},
    },
    store::{IncidentFilter, ListViewer, Reads, StoreError},
};

/// Number of incidents per table page.
const PAGE: usize = 50;

/// Maximum length of the search text.
const LONGEST_SEARCH: usize = 200;

/// The query string. An empty value sets no filter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IncidentsQuery {
    /// A status of the workflow.
    pub status: String,
    /// `sev1` … `sev4`
    pub severity: String,
    /// A service.
    pub service: String,
    /// A field and its value: `cause=bug`.
    pub field: String,
    /// Text to find in title or key.
    pub q: String,
    /// A key.
    pub key: String,
    /// The last incident of the previous table page.
    #[serde(skip_serializing)]
    pub after: String,
}

/// The context of `templates/web/incidents.html`, without the frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentsView {
    /// The current filters.
    pub filter: IncidentsQuery,
    /// Number of incidents per status; the first entry counts all.
    pub counts: Vec<Count>,
    /// The severities to choose from.
    pub severities: Vec<Choice>,
    /// The services to choose from.
    pub services: Vec<Choice>,
    /// The fields with the values to choose from.
    pub fields: Vec<FieldChoice>,
    /// The rows.
    pub items: Vec<IncidentRow>,
    /// Number of rows on all table pages.
    pub total: u64,
    /// The address of the next table page.
    pub next: Option<String>,
}

/// One tab above the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The status, or `all`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its category; empty for `all`.
    pub category: String,
    /// Number of incidents.
    pub count: u64,
    /// Its address.
    pub href: String,
    /// True if it is the current tab.
    pub current: bool,
}

/// A value of a filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The value.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A field whose values are words of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChoice {
    /// Its name.
    pub name: String,
    /// Its values; the id is `cause=bug`.
    pub values: Vec<Choice>,
}

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentRow {
    /// `HOT-12`
    pub key: String,
    /// Plain text.
    pub title: String,
    /// The display name of the status.
    pub status_name: String,
    /// The category of the status.
    pub category: String,
    /// `sev1` … `sev4`
    pub severity: String,
    /// The display name of the severity.
    pub severity_name: String,
    /// True if it is a drill.
    pub drill: bool,
    /// The name of its kind, if that is another than real or drill.
    pub kind: Option<String>,
    /// True if only members can see it.
    pub private: bool,
    /// The display name of the affected service.
    pub service_name: Option<String>,
    /// Its room.
    pub room: Option<String>,
    /// The incident manager.
    pub manager: Option<String>,
    /// When it was declared.
    pub declared_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Its duration so far.
    pub span_ms: i64,
}

/// Reads the table for this person.
pub fn read(
    reads: &Reads<'_>,
    words: ConfigNames<'_>,
    reader: &PersonId,
    query: IncidentsQuery,
    now: Timestamp,
) -> Result<IncidentsView, StoreError> {
    let query = query.bounded();
    let filter = query.filter(reader);
    let counted = reads.count_incidents(&filter)?;
    let (items, next) = if let Some(key) = query.wanted_key() {
        let found =
            reads.incident_by_key(&key)?.filter(|incident| incident.visible_to(reader) && query.admits(incident));
        (found.into_iter().collect(), None)
    } else {
        let page = reads.list_incidents(&filter)?;
        (page.items, page.next)
    };
    let counts = counts(words, &query, &counted);
    let total = if query.wanted_key().is_some() {
        items.len() as u64
    } else {
        counts.iter().find(|count| count.current).map_or(0, |count| count.count)
    };
    Ok(IncidentsView {
        counts,
        severities: Severity::ALL.map(|s| Choice { id: s.name().to_owned(), name: words.severity(s) }).to_vec(),
        services: words.config.services.iter().map(|s| choice(s.id.as_str(), &s.name)).collect(),
        fields: field_choices(words),
        items: items.iter().map(|incident| IncidentRow::new(words, incident, now)).collect(),
        total,
        next: next.map(|after| format!("{}{}after={after}", query.href(), query.joint())),
        filter: query,
    })
}

fn choice(id: &str, name: &str) -> Choice {
    Choice { id: id.to_owned(), name: name.to_owned() }
}

fn field_choices(words: ConfigNames<'_>) -> Vec<FieldChoice> {
    let view = |spec: &FieldSpec| FieldChoice {
        name: spec.name.clone(),
        values: spec.choices.iter().map(|word| choice(&format!("{}={word}", spec.id), word)).collect(),
    };
    words.config.policy.fields.iter().filter(|spec| !spec.choices.is_empty()).map(view).collect()
}

fn counts(words: ConfigNames<'_>, query: &IncidentsQuery, counted: &[(StatusId, u64)]) -> Vec<Count> {
    let all = Count {
        id: "all".to_owned(),
        name: "All".to_owned(),
        category: String::new(),
        count: counted.iter().map(|(_, count)| count).sum(),
        href: IncidentsQuery { status: String::new(), ..query.clone() }.href(),
        current: query.status.is_empty(),
    };
    let mut counts = vec![all];
    for status in &words.config.policy.workflow.statuses {
        let id = status.id.to_string();
        counts.push(Count {
            name: status.name.clone(),
            category: words::category(status.category),
            count: counted.iter().find(|(counted, _)| counted == &status.id).map_or(0, |(_, count)| *count),
            href: IncidentsQuery { status: id.clone(), ..query.clone() }.href(),
            current: query.status == id,
            id,
        });
    }
    counts
}

impl IncidentsQuery {
    fn bounded(self) -> Self {
        let cut = |text: String| text.trim().chars().take(LONGEST_SEARCH).collect();
        Self {
            q: cut(self.q),
            key: cut(self.key),
            status: cut(self.status),
            service: cut(self.service),
            field: cut(self.field),
            ..self
        }
    }

    fn wanted_key(&self) -> Option<Key> {
        Key::parse(&self.key)
    }

    fn filter(&self, reader: &PersonId) -> IncidentFilter {
        let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        // A value that is not a valid key is used as search text.
        let text = set(&self.q).or_else(|| if self.wanted_key().is_none() { set(&self.key) } else { None });
        IncidentFilter {
            resolved: None,
            most_severe_first: false,
            viewer: ListViewer::Person(reader.clone()),
            open: None,
            status: set(&self.status).map(StatusId::new),
            severity: Severity::parse(&self.severity),
            service: set(&self.service).map(ServiceId::new),
            field: self.field.split_once('=').map(|(name, value)| (FieldId::from(name), value.to_owned())),
            text,
            after: IncidentId::parse(&self.after),
            limit: PAGE,
        }
    }

    /// True if an incident found by its key passes the other filters.
    fn admits(&self, incident: &Incident) -> bool {
        let severity = Severity::parse(&self.severity).is_none_or(|severity| severity == incident.severity);
        let service = self.service.is_empty()
            || incident.service.as_ref().is_some_and(|service| service.as_str() == self.service);
        let text = self.q.is_empty() || incident.title.verbatim().to_lowercase().contains(&self.q.to_lowercase());
        let status = self.status.is_empty() || incident.status.as_str() == self.status;
        let field = self.field.split_once('=').is_none_or(|(name, value)| {
            let known = incident.field(&FieldId::from(name));
            known.is_some_and(|known| known.entries().iter().any(|entry| entry.verbatim() == value))
        });
        severity && service && text && status && field
    }

    fn pairs(&self) -> [(&'static str, &str); 6] {
        [
            ("status", &self.status),
            ("severity", &self.severity),
            ("service", &self.service),
            ("field", &self.field),
            ("q", &self.q),
            ("key", &self.key),
        ]
    }

    /// The address of the table with these filters.
    fn href(&self) -> String {
        let set: Vec<String> = self
            .pairs()
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", words::percent(value)))
            .collect();
        if set.is_empty() { "/incidents".to_owned() } else { format!("/incidents?{}", set.join("&")) }
    }

    fn joint(&self) -> char {
        if self.pairs().iter().all(|(_, value)| value.is_empty()) { '?' } else { '&' }
    }
}

impl IncidentRow {
    /// An incident as a row.
    pub fn new(words: ConfigNames<'_>, incident: &Incident, now: Timestamp) -> Self {
        let ended = ended_at(incident);
        Self {
            key: incident.key.to_string(),
            title: words::title(&incident.title),
            status_name: words.status(&incident.status),
            category: words::category(incident.category),
            severity: incident.severity.name().to_owned(),
            severity_name: words.severity(incident.severity),
            drill: incident.kind == IncidentKind::Drill,
            kind: words.kind(incident),
            private: incident.private,
            service_name: incident.service.as_ref().map(|service| words.service(service)),
            room: incident.room.as_ref().map(ToString::to_string),
            manager: incident.holder(words.config.policy.manager()).map(|person| words.person(person)),
            declared_at: words::at(declared_at(incident)),
            ended_at: ended.map(words::at),
            span_ms: words::span_ms(declared_at(incident), ended.unwrap_or(now)),
        }
    }
}
