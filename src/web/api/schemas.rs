//! OpenAPI schemas of domain types. The domain itself does not depend on OpenAPI.

use std::borrow::Cow;

use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

use crate::domain::{alert::AlertState, incident::IncidentKind, severity::Severity};

/// The schema of a string enum with the serialized forms of these values.
fn words<T: Serialize>(description: &str, values: &[T]) -> RefOr<Schema> {
    let words = values.iter().filter_map(|value| serde_json::to_value(value).ok());
    ObjectBuilder::new().schema_type(Type::String).description(Some(description)).enum_values(Some(words)).into()
}

impl PartialSchema for Severity {
    fn schema() -> RefOr<Schema> {
        words("The severity. `sev1` is the most severe.", &Self::ALL)
    }
}

impl ToSchema for Severity {}

impl PartialSchema for IncidentKind {
    fn schema() -> RefOr<Schema> {
        words("How the incident behaves.", &Self::ALL)
    }
}

impl ToSchema for IncidentKind {
    fn name() -> Cow<'static, str> {
        "Kind".into()
    }
}

impl PartialSchema for AlertState {
    fn schema() -> RefOr<Schema> {
        words("The state of an alert or alert group.", &Self::ALL)
    }
}

impl ToSchema for AlertState {}

#[cfg(test)]
mod tests {
    use utoipa::OpenApi;

    #[test]
    fn the_description_of_the_api_lists_the_words() {
        let described = serde_json::to_value(super::super::Api::openapi()).unwrap();
        let words = |name: &str| described["components"]["schemas"][name]["enum"].clone();
        assert_eq!(words("Severity"), serde_json::json!(["sev1", "sev2", "sev3", "sev4"]));
        assert_eq!(words("Kind"), serde_json::json!(["real", "drill", "retrospective", "maintenance"]));
        assert_eq!(words("AlertState"), serde_json::json!(["firing", "acknowledged", "silenced", "resolved"]));
    }
}
