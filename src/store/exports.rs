//! Everything as rows: written by an export, and read into an empty database by an import.
//!
//! A row has the columns of its table by name. Numbers and texts are as they are stored; bytes are `{"base64": "…"}`.

use std::{collections::BTreeMap, ops::ControlFlow};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{
    Reads, StoreError, Tx,
    engine::sql::{Column, Param, SqlValue, params},
};

/// Tables that are no part of an export, with the reason.
pub const EXPORT_LEFT_OUT: [(&str, &str); 11] = [
    ("owner", "which process has the database open"),
    ("refinery_schema_history", "the version of the schema is in the first line"),
    ("inbox", "what senders and people sent has been carried out"),
    ("sessions", "people sign in again"),
    ("sign_in_links", "they are secrets"),
    ("contact_tokens", "they are secrets"),
    ("calendar_links", "they are secrets; make them again"),
    ("state_links", "they are secrets; make them again"),
    ("own_keys", "they are secrets: browsers subscribe to web push again"),
    ("mirror_interactions", "they can be answered for a few minutes only"),
    ("discord_interactions", "they can be answered for a few minutes only"),
];

/// Which rows of a table are exported, where not all are.
const PARTS: [(&str, &str); 2] = [
    ("outbox", "WHERE settled_at IS NULL OR state = 'held'"),
    ("meta", "WHERE name NOT IN ('sending_paused', 'restored_up_to')"),
];

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportColumn {
    /// Its name.
    pub name: String,
    /// `text`, `number` or `bytes`.
    pub kind: &'static str,
}

/// A value of a row on its way.
enum RowValue {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Column for RowValue {
    fn from_value(value: SqlValue<'_>) -> Result<Self, StoreError> {
        Ok(match value {
            SqlValue::Null => Self::Null,
            SqlValue::Integer(number) => Self::Integer(number),
            SqlValue::Text(text) => Self::Text(text.to_owned()),
            SqlValue::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        })
    }
}

impl Param for RowValue {
    fn value(&self) -> SqlValue<'_> {
        match self {
            Self::Null => SqlValue::Null,
            Self::Integer(number) => SqlValue::Integer(*number),
            Self::Text(text) => SqlValue::Text(text),
            Self::Bytes(bytes) => SqlValue::Bytes(bytes),
        }
    }
}

impl RowValue {
    fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => (*number).into(),
            Self::Text(text) => text.as_str().into(),
            Self::Bytes(bytes) => json!({"base64": STANDARD.encode(bytes)}),
        }
    }

    fn from_json(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(Self::Null),
            Value::Number(number) => number.as_i64().map(Self::Integer),
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Object(fields) if fields.len() == 1 => {
                STANDARD.decode(fields.get("base64")?.as_str()?).ok().map(Self::Bytes)
            }
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

impl Reads<'_> {
    /// The version of the schema.
    pub fn schema_version(&self) -> Result<i64, StoreError> {
        let sql = "SELECT MAX(version) FROM refinery_schema_history";
        Ok(self.one(sql, params![], |row| row.get(0))?.unwrap_or(0))
    }

    /// The tables that are exported, with their columns.
    pub fn export_tables(&self) -> Result<BTreeMap<String, Vec<ExportColumn>>, StoreError> {
        let sql = "SELECT t.name, c.name, c.type FROM pragma_table_list t, pragma_table_info(t.name) c
                   WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                   ORDER BY t.name, c.cid";
        let mut tables: BTreeMap<String, Vec<ExportColumn>> = BTreeMap::new();
        for (table, name, kind) in
            self.all(sql, params![], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?)))?
        {
            if EXPORT_LEFT_OUT.iter().any(|(left_out, _)| *left_out == table) {
                continue;
            }
            let kind = match kind.as_str() {
                "TEXT" => "text",
                "BLOB" => "bytes",
                _ => "number",
            };
            tables.entry(table).or_default().push(ExportColumn { name, kind });
        }
        Ok(tables)
    }

    /// Passes each row of a table to `visit`.
    pub fn export_rows(
        &self,
        table: &str,
        columns: &[ExportColumn],
        mut visit: impl FnMut(Value) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
        let part = PARTS.iter().find(|(name, _)| *name == table).map_or("", |(_, part)| part);
        let sql = format!("SELECT {} FROM \"{table}\" {part} ORDER BY rowid", names.join(", "));
        self.each(&sql, |row| {
            let mut fields = Map::new();
            for (place, column) in columns.iter().enumerate() {
                fields.insert(column.name.clone(), row.get::<RowValue>(place)?.to_json());
            }
            visit(Value::Object(fields)).map(|()| ControlFlow::Continue(()))
        })
    }

    /// True if nothing has happened in this database yet.
    pub fn is_unused(&self) -> Result<bool, StoreError> {
        let sql =
            "SELECT (SELECT COUNT(*) FROM events) + (SELECT COUNT(*) FROM incidents) + (SELECT COUNT(*) FROM messages)
                   + (SELECT COUNT(*) FROM inbox) + (SELECT COUNT(*) FROM alerts)";
        Ok(self.one(sql, params![], |row| row.get::<i64>(0))? == Some(0))
    }
}

impl Tx<'_> {
    /// Makes an unused database ready to take the rows of an export.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if it is not empty.
    pub fn begin_import(&mut self, tables: &BTreeMap<String, Vec<ExportColumn>>) -> Result<(), StoreError> {
        if !self.is_unused()? {
            return Err(StoreError::Conflict("the database is not empty".to_owned()));
        }
        // Rows come table by table, so that one may refer to a later one.
        self.one("PRAGMA defer_foreign_keys = ON", params![], |_| Ok(()))?;
        // Some tables have a row from the beginning. Nobody deletes from the log, which is empty.
        for table in tables.keys().filter(|table| *table != "events") {
            self.run(&format!("DELETE FROM \"{table}\""), params![])?;
        }
        Ok(())
    }

    /// Writes a row of an export.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] says what is wrong with the row.
    pub fn import_row(
        &self,
        tables: &BTreeMap<String, Vec<ExportColumn>>,
        table: &str,
        row: &Map<String, Value>,
    ) -> Result<(), StoreError> {
        let wrong = |what: String| StoreError::Conflict(what);
        let columns = tables.get(table).ok_or_else(|| wrong(format!("{table} is no table of an export")))?;
        if let Some(unknown) = row.keys().find(|name| columns.iter().all(|column| column.name != **name)) {
            return Err(wrong(format!("{table} has no column {unknown}")));
        }
        let mut values = Vec::with_capacity(row.len());
        for (name, value) in row {
            let value = RowValue::from_json(value);
            values.push(value.ok_or_else(|| wrong(format!("{name} of {table} is no text, number or bytes")))?);
        }
        let names: Vec<String> = row.keys().map(|name| format!("\"{name}\"")).collect();
        let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
        let sql = format!("INSERT INTO \"{table}\" ({}) VALUES ({})", names.join(", "), places.join(", "));
        let params: Vec<&dyn Param> = values.iter().map(|value| value as &dyn Param).collect();
        self.run(&sql, &params).map(drop)
    }
}
