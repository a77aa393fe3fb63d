//! `hotroom export FILE` and `hotroom import hotroom FILE`: everything as JSON Lines, and back into an empty instance.

use std::{
    cell::RefCell,
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use serde_json::{Map, Value, json};

use super::Report;
use crate::{
    domain::Timestamp,
    store::{Reads, Scan, StoreError, Tx},
};

/// The name of the format, in the first line.
const FORMAT: &str = "hotroom-export";
/// Its version.
const VERSION: u64 = 1;
/// The longest line: a file of 8 MiB in Base64, and more.
const LONGEST_LINE: u64 = 64 << 20;

/// Writes everything in the database at `from` into the new file `to`, whether or not a bot has the database open.
pub fn export(from: &Path, to: &Path, now: Timestamp) -> Report {
    let scan = match Scan::open(from) {
        Ok(scan) => scan,
        Err(error) => return Report::failed(error),
    };
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to);
    let written = file.map_err(|error| error.to_string()).and_then(|file| {
        let lines = RefCell::new(BufWriter::new(file));
        let count = scan.read(|reads| write_lines(reads, &lines, now)).map_err(|error| error.to_string())?;
        let file = lines.into_inner().into_inner().map_err(|error| error.to_string())?;
        file.sync_all().map_err(|error| error.to_string())?;
        Ok(count)
    });
    match written {
        Ok(rows) => {
            let mut report = Report::good(format!("{} holds {rows} rows of {}", to.display(), from.display()));
            report.say(
                "It has private incidents and the addresses of contact methods: keep it as you keep the database.",
            );
            report
        }
        Err(why) => Report::failed(format!("{}: no whole export was written: {why}", to.display())),
    }
}

/// Writes the first line, a line for each row, and the last line.
fn write_lines(reads: &Reads<'_>, out: &RefCell<impl Write>, now: Timestamp) -> Result<u64, StoreError> {
    let line = |value: &Value| {
        writeln!(out.borrow_mut(), "{value}").map_err(|error| StoreError::Sqlite(format!("the file: {error}")))
    };
    line(&json!({
        "format": FORMAT, "version": VERSION, "schema": reads.schema_version()?,
        "hotroom": env!("CARGO_PKG_VERSION"), "exported_at": now.to_rfc3339(),
    }))?;
    let mut rows = 0_u64;
    for (table, columns) in reads.export_tables()? {
        reads.export_rows(&table, &columns, |row| {
            rows += 1;
            line(&json!({"table": table, "row": row}))
        })?;
    }
    line(&json!({"end": true, "rows": rows}))?;
    Ok(rows)
}

/// Reads an export into the database at `into`, which must not exist or be empty. Nothing is sent: sending stays paused until
/// a person resumes it.
pub fn import_export(file: &Path, into: &Path, now: Timestamp) -> Report {
    match Scan::in_use(into) {
        Ok(false) => {}
        Ok(true) => return Report::failed(format!("hotroom runs on {}; stop it first", into.display())),
        Err(error) => return Report::failed(format!("{}: {error}", into.display())),
    }
    let is_new = !into.exists();
    let done = Scan::scratch(into, now).map_err(|error| error.to_string()).and_then(|scan| {
        let rows = scan.write(|tx| read_lines(tx, file)).map_err(reason)?;
        let faults = scan.verify().map_err(|error| error.to_string())?;
        if faults.is_empty() { Ok(rows) } else { Err(format!("the import is not sound: {}", faults.join("; "))) }
    });
    match done {
        Ok(rows) => {
            let mut report = Report::good(format!("{} holds {rows} rows of {}", into.display(), file.display()));
            report.say(
                "hotroom started on it sends nothing until `/admin resume` (what is new) or `hotroom doctor --resume-sending` \
                 (everything). People sign in again, and browsers subscribe to web push again.",
            );
            report
        }
        Err(why) => {
            if is_new {
                remove_database(into);
            }
            Report::failed(format!("{}: nothing was imported: {why}", file.display()))
        }
    }
}

/// What is wrong with a file is said as it is.
fn reason(error: StoreError) -> String {
    if let StoreError::Conflict(why) = error { why } else { error.to_string() }
}

/// Removes a database that was created for an import that failed.
fn remove_database(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        std::fs::remove_file(name).ok();
    }
}

/// A line with its number.
type NumberedLine = (u64, Map<String, Value>);

fn read_lines(tx: &mut Tx<'_>, file: &Path) -> Result<u64, StoreError> {
    let wrong = |what: String| StoreError::Conflict(what);
    let opened = File::open(file).map_err(|error| wrong(error.to_string()))?;
    let mut lines = BufReader::new(opened);
    let mut number = 0_u64;
    let mut next = || -> Result<Option<NumberedLine>, StoreError> {
        number += 1;
        let mut line = Vec::new();
        let read = (&mut lines).take(LONGEST_LINE).read_until(b'\n', &mut line);
        if read.map_err(|error| wrong(error.to_string()))? == 0 {
            return Ok(None);
        }
        let fields = serde_json::from_slice(&line).map_err(|error| wrong(format!("line {number}: {error}")))?;
        Ok(Some((number, fields)))
    };
    let Some((_, head)) = next()? else { return Err(wrong("it is empty".to_owned())) };
    check_head(tx, &head)?;
    let tables = tx.export_tables()?;
    tx.begin_import(&tables)?;
    let mut rows = 0;
    while let Some((number, fields)) = next()? {
        if fields.get("end").is_some() {
            let expected = fields.get("rows").and_then(Value::as_u64);
            if expected != Some(rows) {
                return Err(wrong(format!("line {number}: {rows} rows were read, and {expected:?} were written")));
            }
            // The index is no table of an export.
            tx.write_all_words()?;
            tx.pause_sending(Some("this is an imported export"))?;
            return Ok(rows);
        }
        let (table, row) = (fields.get("table").and_then(Value::as_str), fields.get("row").and_then(Value::as_object));
        let (Some(table), Some(row)) = (table, row) else {
            return Err(wrong(format!("line {number}: it has no table and row")));
        };
        tx.import_row(&tables, table, row).map_err(|error| wrong(format!("line {number}: {error}")))?;
        rows += 1;
    }
    Err(wrong("its last line is missing: the export broke off".to_owned()))
}

fn check_head(tx: &Tx<'_>, head: &Map<String, Value>) -> Result<(), StoreError> {
    let wrong = |what: String| Err(StoreError::Conflict(what));
    let number = |name: &str| head.get(name).and_then(Value::as_u64);
    if head.get("format").and_then(Value::as_str) != Some(FORMAT) || number("version") != Some(VERSION) {
        return wrong(format!("it is no export of the format {FORMAT}, version {VERSION}"));
    }
    let (there, here) = (number("schema"), u64::try_from(tx.schema_version()?).ok());
    if there != here {
        let by = head.get("hotroom").and_then(Value::as_str).unwrap_or("another version");
        return wrong(format!(
            "it has schema {} of hotroom {by}, and this program has schema {}. Import it with that version, and start this one on \
             the database",
            there.unwrap_or(0),
            here.unwrap_or(0)
        ));
    }
    Ok(())
}
