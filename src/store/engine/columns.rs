//! How values of the domain stand in columns.

use serde::{Serialize, de::DeserializeOwned};

use crate::{domain::Timestamp, store::StoreError};

/// An instant as milliseconds UTC.
pub(in crate::store) fn millis(at: Timestamp) -> i64 {
    at.timestamp_millis()
}

/// Milliseconds UTC as an instant.
pub(in crate::store) fn instant(millis: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_timestamp_millis(millis).ok_or_else(|| StoreError::Corrupt(format!("{millis} is no time")))
}

/// A value as JSON text.
pub(in crate::store) fn to_json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Sqlite(format!("a value cannot be written: {error}")))
}

/// A value from JSON text; `what` names the row for the error.
pub(in crate::store) fn from_json<T: DeserializeOwned>(
    what: &dyn std::fmt::Display,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

/// The word a plain enum is written as.
pub(in crate::store) fn word<T: Serialize>(value: &T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        Ok(other) => Err(StoreError::Sqlite(format!("{other} is no word"))),
        Err(error) => Err(StoreError::Sqlite(format!("a value cannot be written: {error}"))),
    }
}

/// A count as the column type.
pub(in crate::store) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A count from the column type.
pub(in crate::store) fn unsigned(column: i64) -> u64 {
    u64::try_from(column).unwrap_or(0)
}

/// A bound for `LIMIT`.
pub(in crate::store) fn bound(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere.
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
