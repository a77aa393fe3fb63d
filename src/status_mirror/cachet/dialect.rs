//! Where Cachet 2 and Cachet 3 differ.

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    domain::status::{ComponentStatus, PublicStatus},
    net::HttpCall,
    status_mirror::{StatusMirrorFailure, is_plain_id},
};

/// The API of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CachetDialect {
    /// Cachet 2.
    V2,
    /// Cachet 3.
    V3,
}

impl CachetDialect {
    /// Returns the name of the product.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::V2 => "Cachet 2",
            Self::V3 => "Cachet 3",
        }
    }

    /// Returns the path of the API.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::V2 => "/api/v1",
            Self::V3 => "/api",
        }
    }

    /// Adds the token to a call.
    pub(super) fn authorize(self, call: HttpCall, token: &SecretString) -> HttpCall {
        match self {
            Self::V2 => call.secret_header("x-cachet-token", token),
            Self::V3 => {
                let bearer = SecretString::from(format!("Bearer {}", token.expose_secret()));
                call.secret_header("authorization", &bearer)
            }
        }
    }

    /// Returns the path of the newest incidents.
    pub(super) fn newest_incidents(self, most: usize) -> String {
        match self {
            Self::V2 => format!("/incidents?sort=id&order=desc&per_page={most}"),
            Self::V3 => format!("/incidents?sort=-id&per_page={most}"),
        }
    }

    /// Returns the field that asks for messages to subscribers.
    pub(super) fn notify_field(self) -> &'static str {
        match self {
            Self::V2 => "notify",
            Self::V3 => "notifications",
        }
    }

    /// Returns a flag.
    pub(super) fn flag(self, on: bool) -> Value {
        match self {
            Self::V2 => i32::from(on).into(),
            Self::V3 => on.into(),
        }
    }

    /// Returns the number of a component's status. Cachet 2 knows no maintenance: it shows a performance issue, because
    /// "operational" would not be true.
    pub(super) fn component_status(self, status: ComponentStatus) -> i64 {
        match (status, self) {
            (ComponentStatus::Operational, _) => 1,
            (ComponentStatus::DegradedPerformance, _) | (ComponentStatus::UnderMaintenance, Self::V2) => 2,
            (ComponentStatus::PartialOutage, _) => 3,
            (ComponentStatus::MajorOutage, _) => 4,
            (ComponentStatus::UnderMaintenance, Self::V3) => 6,
        }
    }
}

/// Returns the number of an incident's status.
pub(super) fn incident_status(status: PublicStatus) -> i64 {
    match status {
        PublicStatus::Investigating => 1,
        PublicStatus::Identified => 2,
        PublicStatus::Monitoring => 3,
        PublicStatus::Resolved => 4,
    }
}

/// An object of an answer.
pub(super) struct Record<'a> {
    id: &'a Value,
    fields: &'a Value,
}

impl<'a> Record<'a> {
    /// Reads an object: Cachet 3 has its fields one level deeper.
    pub(super) fn of(dialect: CachetDialect, object: &'a Value) -> Self {
        let fields = match dialect {
            CachetDialect::V2 => object,
            CachetDialect::V3 => &object["attributes"],
        };
        Self { id: &object["id"], fields }
    }

    /// Returns the id, which is a number in one version and a text in the other.
    ///
    /// # Errors
    /// [`StatusMirrorFailure::NoApi`] if there is none.
    pub(super) fn id(&self) -> Result<String, StatusMirrorFailure> {
        let id = match self.id {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => String::new(),
        };
        if is_plain_id(&id) { Ok(id) } else { Err(StatusMirrorFailure::NoApi("an object without an id".to_owned())) }
    }

    /// Returns a text; empty if there is none.
    pub(super) fn text(&self, field: &str) -> &'a str {
        self.fields[field].as_str().unwrap_or_default()
    }

    /// Returns a number, which some versions write as a text or as an object with its value; -1 if there is none.
    pub(super) fn number(&self, field: &str) -> i64 {
        let value = &self.fields[field];
        let plain = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
        plain(value).or_else(|| plain(&value["value"])).unwrap_or(-1)
    }
}

/// Returns the objects of a listing.
pub(super) fn records(dialect: CachetDialect, answer: &Value) -> impl Iterator<Item = Record<'_>> {
    answer["data"].as_array().into_iter().flatten().map(move |object| Record::of(dialect, object))
}
