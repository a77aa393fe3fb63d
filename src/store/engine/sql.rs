//! The SQL seam. Query files bind values with [`params!`] and read columns with [`Row::get`]; only this folder names the
//! driver, so that another database needs another engine and no other query file.

use rusqlite::{
    Params, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{columns::instant, error::StoreError};
use crate::domain::Timestamp;

/// A value as the database knows it.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum SqlValue<'a> {
    /// No value.
    Null,
    /// A number, a truth value, or an instant in milliseconds UTC.
    Integer(i64),
    /// A text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// A type that can be bound to a `$1` of a statement.
pub(in crate::store) trait Param {
    /// The value that is bound.
    fn value(&self) -> SqlValue<'_>;
}

/// A type that a column can be read as.
pub(in crate::store) trait Column: Sized {
    /// Converts the value of a column.
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError>;
}

/// The values of a statement, in the order of `$1`, `$2`, …
macro_rules! params {
    () => {
        &[] as &[&dyn $crate::store::engine::sql::Param]
    };
    ($($value:expr),+ $(,)?) => {
        &[$(&$value as &dyn $crate::store::engine::sql::Param),+] as &[&dyn $crate::store::engine::sql::Param]
    };
}
pub(in crate::store) use params;

/// A row of a result.
pub(in crate::store) struct Row<'a>(&'a rusqlite::Row<'a>);

impl<'a> Row<'a> {
    pub(super) fn new(row: &'a rusqlite::Row<'a>) -> Self {
        Self(row)
    }

    /// Reads the column at `place`, counted from 0.
    pub(in crate::store) fn get<T: Column>(&self, place: usize) -> Result<T, StoreError> {
        let value = match self.0.get_ref(place)? {
            ValueRef::Null => SqlValue::Null,
            ValueRef::Integer(number) => SqlValue::Integer(number),
            ValueRef::Text(bytes) => SqlValue::Text(
                std::str::from_utf8(bytes).map_err(|error| StoreError::Sqlite(format!("column {place}: {error}")))?,
            ),
            ValueRef::Blob(bytes) => SqlValue::Bytes(bytes),
            ValueRef::Real(number) => return Err(StoreError::Sqlite(format!("column {place} holds {number}"))),
        };
        T::from_value(value).map_err(|error| {
            if let StoreError::Sqlite(what) = error {
                StoreError::Sqlite(format!("column {place} {what}"))
            } else {
                error
            }
        })
    }
}

/// Converts the values of a statement for the driver.
pub(super) fn bind<'a>(values: &'a [&'a dyn Param]) -> impl Params + 'a {
    params_from_iter(values.iter().map(|value| BoundValue(value.value())))
}

struct BoundValue<'a>(SqlValue<'a>);

impl rusqlite::ToSql for BoundValue<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Integer(number) => ValueRef::Integer(number),
            SqlValue::Text(text) => ValueRef::Text(text.as_bytes()),
            SqlValue::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn unexpected(value: SqlValue<'_>, expected: &str) -> StoreError {
    let found = match value {
        SqlValue::Null => "no value",
        SqlValue::Integer(_) => "a number",
        SqlValue::Text(_) => "a text",
        SqlValue::Bytes(_) => "bytes",
    };
    StoreError::Sqlite(format!("holds {found} instead of {expected}"))
}

impl Column for i64 {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        match value {
            SqlValue::Integer(number) => Ok(number),
            SqlValue::Null | SqlValue::Text(_) | SqlValue::Bytes(_) => Err(unexpected(value, "a number")),
        }
    }
}

impl Column for bool {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        i64::from_value(value).map(|number| number != 0)
    }
}

impl Column for Timestamp {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        i64::from_value(value).and_then(instant)
    }
}

impl Column for String {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        match value {
            SqlValue::Text(text) => Ok(text.to_owned()),
            SqlValue::Null | SqlValue::Integer(_) | SqlValue::Bytes(_) => Err(unexpected(value, "a text")),
        }
    }
}

impl Column for Vec<u8> {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        match value {
            SqlValue::Bytes(bytes) => Ok(bytes.to_vec()),
            SqlValue::Null | SqlValue::Integer(_) | SqlValue::Text(_) => Err(unexpected(value, "bytes")),
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        if matches!(value, SqlValue::Null) { Ok(None) } else { T::from_value(value).map(Some) }
    }
}

impl Param for i64 {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Integer(*self)
    }
}

impl Param for i32 {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Integer(i64::from(*self))
    }
}

impl Param for u32 {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Integer(i64::from(*self))
    }
}

impl Param for bool {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Integer(i64::from(*self))
    }
}

impl Param for Timestamp {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Integer(self.timestamp_millis())
    }
}

impl Param for str {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Text(self)
    }
}

impl Param for String {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Text(self)
    }
}

impl Param for [u8] {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Bytes(self)
    }
}

impl Param for Vec<u8> {
    fn value(&self) -> SqlValue<'_> {
        SqlValue::Bytes(self)
    }
}

impl<T: Param + ?Sized> Param for &T {
    fn value(&self) -> SqlValue<'_> {
        (**self).value()
    }
}

impl<T: Param> Param for Option<T> {
    fn value(&self) -> SqlValue<'_> {
        self.as_ref().map_or(SqlValue::Null, Param::value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Column>(sql: &str) -> Result<T, StoreError> {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let mut statement = conn.prepare(sql).unwrap();
        let mut rows = statement.query([]).unwrap();
        Row::new(rows.next().unwrap().unwrap()).get(0)
    }

    #[test]
    fn a_column_of_another_type_is_an_error_that_names_it() {
        assert_eq!(read::<i64>("SELECT 7"), Ok(7));
        assert_eq!(read::<Option<String>>("SELECT NULL"), Ok(None));
        assert_eq!(read::<bool>("SELECT 1"), Ok(true));
        let error = |what: &str| StoreError::Sqlite(what.to_owned());
        assert_eq!(read::<String>("SELECT 7"), Err(error("column 0 holds a number instead of a text")));
        assert_eq!(read::<i64>("SELECT NULL"), Err(error("column 0 holds no value instead of a number")));
        assert_eq!(read::<i64>("SELECT 0.5"), Err(error("column 0 holds 0.5")));
        assert!(read::<String>("SELECT CAST(x'ff' AS TEXT)").is_err());
    }

    #[test]
    fn values_arrive_as_they_were_bound() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let at = Timestamp::from_timestamp_millis(1_700_000_000_123).unwrap();
        let mut statement = conn.prepare("SELECT $1, $2, $3, $4, $5").unwrap();
        let mut rows = statement.query(bind(params!["red", Some(at), None::<i64>, vec![1_u8, 2], true])).unwrap();
        let row = Row::new(rows.next().unwrap().unwrap());
        assert_eq!(row.get::<String>(0), Ok("red".to_owned()));
        assert_eq!(row.get::<Timestamp>(1), Ok(at));
        assert_eq!(row.get::<Option<i64>>(2), Ok(None));
        assert_eq!(row.get::<Vec<u8>>(3), Ok(vec![1, 2]));
        assert_eq!(row.get::<bool>(4), Ok(true));
    }
}
