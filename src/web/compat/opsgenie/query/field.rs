//! The fields of an alert that a query can name.

use super::{Candidate, shapes};
use crate::domain::text::Untrusted;

/// A field of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueryField {
    /// Message, alias and tags.
    Anywhere,
    Message,
    Description,
    AlertId,
    TinyId,
    Alias,
    Status,
    Tag,
    Priority,
    Source,
    Entity,
    Owner,
    Team,
    Responder,
    Action,
    DetailKey,
    DetailValue,
    Integration,
    IntegrationType,
    AcknowledgedBy,
    ClosedBy,
    Acknowledged,
    Snoozed,
    Count,
    CreatedAt,
    UpdatedAt,
    LastOccurredAt,
    SnoozedUntil,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FieldKind {
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    Flag,
    Number,
    Time,
}

/// The value of a field of one alert.
pub(super) enum FieldValue {
    /// Texts that are compared as a whole.
    Exact(Vec<String>),
    /// Texts in which a part is looked for.
    Prose(Vec<String>),
    Flag(bool),
    /// A number, or a time in milliseconds; `None` if the alert has none.
    Number(Option<i64>),
}

const STATUSES: [&str; 2] = ["open", "closed"];
const PRIORITIES: [&str; 5] = ["p1", "p2", "p3", "p4", "p5"];

/// The names of the fields, in small letters.
const NAMES: [(&str, QueryField); 32] = [
    ("message", QueryField::Message),
    ("description", QueryField::Description),
    ("alertid", QueryField::AlertId),
    ("tinyid", QueryField::TinyId),
    ("alias", QueryField::Alias),
    ("status", QueryField::Status),
    ("tag", QueryField::Tag),
    ("tags", QueryField::Tag),
    ("priority", QueryField::Priority),
    ("source", QueryField::Source),
    ("entity", QueryField::Entity),
    ("owner", QueryField::Owner),
    ("team", QueryField::Team),
    ("teams", QueryField::Team),
    ("responder", QueryField::Responder),
    ("responders", QueryField::Responder),
    ("action", QueryField::Action),
    ("actions", QueryField::Action),
    ("details.key", QueryField::DetailKey),
    ("details.value", QueryField::DetailValue),
    ("integration.name", QueryField::Integration),
    ("integration.type", QueryField::IntegrationType),
    ("acknowledgedby", QueryField::AcknowledgedBy),
    ("closedby", QueryField::ClosedBy),
    ("acknowledged", QueryField::Acknowledged),
    ("isseen", QueryField::Acknowledged),
    ("snoozed", QueryField::Snoozed),
    ("count", QueryField::Count),
    ("createdat", QueryField::CreatedAt),
    ("updatedat", QueryField::UpdatedAt),
    ("lastoccurredat", QueryField::LastOccurredAt),
    ("snoozeduntil", QueryField::SnoozedUntil),
];

impl QueryField {
    /// Returns the field of a name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, field)| *field)
    }

    /// Returns what its values are.
    pub(super) fn kind(self) -> FieldKind {
        match self {
            Self::Status => FieldKind::Word(&STATUSES),
            Self::Priority => FieldKind::Word(&PRIORITIES),
            Self::Acknowledged | Self::Snoozed => FieldKind::Flag,
            Self::TinyId | Self::Count => FieldKind::Number,
            Self::CreatedAt | Self::UpdatedAt | Self::LastOccurredAt | Self::SnoozedUntil => FieldKind::Time,
            Self::Anywhere
            | Self::Message
            | Self::Description
            | Self::AlertId
            | Self::Alias
            | Self::Tag
            | Self::Source
            | Self::Entity
            | Self::Owner
            | Self::Team
            | Self::Responder
            | Self::Action
            | Self::DetailKey
            | Self::DetailValue
            | Self::Integration
            | Self::IntegrationType
            | Self::AcknowledgedBy
            | Self::ClosedBy => FieldKind::Text,
        }
    }

    /// Returns its value of an alert.
    pub(super) fn value(self, candidate: Candidate<'_>) -> FieldValue {
        let Candidate { ticket, alert, now } = candidate;
        let draft = &ticket.draft;
        let one = |text: &Untrusted| FieldValue::Exact(vec![text.verbatim().to_owned()]);
        let word = |text: &str| FieldValue::Exact(vec![text.to_owned()]);
        let texts = |texts: &[Untrusted]| texts.iter().map(|text| text.verbatim().to_owned()).collect::<Vec<_>>();
        let responders = |team: bool| {
            let named = draft.responders.iter().filter(|one| !team || one.kind == "team");
            FieldValue::Exact(named.map(|one| one.name.verbatim().to_owned()).collect())
        };
        match self {
            Self::Anywhere => {
                let own = [draft.message.verbatim().to_owned(), ticket.alias.clone()];
                FieldValue::Prose(own.into_iter().chain(texts(&draft.tags)).collect())
            }
            Self::Message => FieldValue::Prose(vec![draft.message.verbatim().to_owned()]),
            Self::Description => FieldValue::Prose(vec![draft.description.verbatim().to_owned()]),
            Self::AlertId => word(&alert.id.to_string()),
            Self::TinyId => FieldValue::Number(Some(ticket.tiny)),
            Self::Alias => word(&ticket.alias),
            Self::Status => word(STATUSES[usize::from(!alert.firing)]),
            Self::Tag => FieldValue::Exact(texts(&draft.tags)),
            Self::Priority => word(&draft.priority),
            Self::Source => one(&draft.source),
            Self::Entity => one(&draft.entity),
            Self::Owner => one(&ticket.owner),
            Self::Team => responders(true),
            Self::Responder => responders(false),
            Self::Action => FieldValue::Exact(texts(&draft.actions)),
            Self::DetailKey => FieldValue::Exact(draft.details.keys().cloned().collect()),
            Self::DetailValue => FieldValue::Exact(draft.details.values().map(|v| v.verbatim().to_owned()).collect()),
            Self::Integration => word(alert.source.as_str()),
            Self::IntegrationType => word("API"),
            Self::AcknowledgedBy => FieldValue::Exact(texts(alert.acknowledged_there.as_slice())),
            Self::ClosedBy => one(&ticket.closed_by),
            Self::Acknowledged => FieldValue::Flag(shapes::acknowledged(alert)),
            Self::Snoozed => FieldValue::Flag(shapes::snoozed(ticket, alert, now)),
            Self::Count => FieldValue::Number(i64::try_from(ticket.count).ok()),
            Self::CreatedAt => FieldValue::Number(Some(alert.starts_at.timestamp_millis())),
            Self::UpdatedAt => FieldValue::Number(Some(shapes::updated_at(ticket, alert).timestamp_millis())),
            Self::LastOccurredAt => FieldValue::Number(Some(ticket.last_occurred.timestamp_millis())),
            Self::SnoozedUntil => FieldValue::Number(ticket.snoozed_until.map(|until| until.timestamp_millis())),
        }
    }
}
