//! Conversions between values of the domain and columns.

use serde::{Serialize, de::DeserializeOwned};

use super::error::StoreError;
use crate::domain::{Timestamp, incident::Severity};

/// An instant as milliseconds UTC.
pub(in crate::store) fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// Milliseconds UTC as an instant.
pub(in crate::store) fn instant(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_timestamp_millis(millis).ok_or_else(|| StoreError::Corrupt(format!("{millis} is not a time")))
}

/// A value as JSON text.
pub(in crate::store) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Sqlite(format!("cannot serialize a value: {error}")))
}

/// Parses a value from JSON text; `what` names the row in the error.
pub(in crate::store) fn from_json<T: DeserializeOwned>(
    what: &dyn std::fmt::Display,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

/// Parses an enum without fields from its word; `what` names the row in the error.
pub(in crate::store) fn from_word<T: DeserializeOwned>(
    what: &dyn std::fmt::Display,
    word: &str,
) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::from(word))
        .map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

/// The word that an enum without fields is stored as.
pub(in crate::store) fn to_word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(StoreError::Sqlite(format!("{other} is not a word"))),
        Err(error) => Err(StoreError::Sqlite(format!("cannot serialize a value: {error}"))),
    }
}

/// The severity as a number that sorts: 1 is critical, 9 stands for none.
pub(in crate::store) fn severity_rank(severity: Option<Severity>) -> i64 {
    match severity {
        Some(Severity::Sev1) => 1,
        Some(Severity::Sev2) => 2,
        Some(Severity::Sev3) => 3,
        Some(Severity::Sev4) => 4,
        None => 9,
    }
}

/// A count as a column value.
pub(in crate::store) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count from a column value.
pub(in crate::store) fn unsigned(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// Rows of a listing that asks for no number.
pub(in crate::store) const DEFAULT_LISTING: usize = 50;
/// The largest part of a listing: records are read whole, and a reader must not be busy for long.
const MAX_LISTING: usize = 500;

/// The number of rows of a listing; `limit` 0 means the default.
pub(in crate::store) fn listing_limit(limit: usize) -> usize {
    if limit == 0 { DEFAULT_LISTING } else { limit.min(MAX_LISTING) }
}

/// A size as the value of a `LIMIT`.
pub(in crate::store) fn row_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Returns a pattern for `LIKE … ESCAPE '\'` that matches `text` anywhere.
pub(in crate::store) fn like_anywhere(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
