//! Every statement with a join starts at the right table, on an empty file and on a large one.

use super::*;

/// Scans that a plan may contain, with the reason.
const EXCEPTIONS: [(&str, &str); 4] = [
    ("USING INDEX status_incidents_newest", "goes along the order of the listing, up to its limit"),
    ("USING COVERING INDEX status_incidents_newest", "goes along the order of time, up to the first that is public"),
    ("USING INDEX rooms_open", "goes along the open rooms, up to the limit"),
    ("SCAN some", "a subquery that its own limit bounds"),
];

/// The tables of these statements.
const TABLES: [&str; 16] = [
    "incidents",
    "incident_members",
    "status_incidents",
    "status_references",
    "status_mirror_posts",
    "rooms",
    "reads",
    "messages",
    "message_files",
    "mentions",
    "mirror_channels",
    "files",
    "kept_files",
    "alert_groups",
    "group_alerts",
    "alerts",
];

/// Fills a table with rows whose values mean nothing.
fn fill(file: &Connection, table: &str, rows: usize) {
    let mut columns = file.prepare(&format!("SELECT name, type FROM pragma_table_info('{table}')")).expect("a table");
    let columns: Vec<(String, String)> =
        columns.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("columns").map(Result::unwrap).collect();
    let value = |(name, kind): &(String, String)| match kind.as_str() {
        "TEXT" | "BLOB" => format!("'{name}-' || n"),
        _ => "n".to_owned(),
    };
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let values: Vec<String> = columns.iter().map(value).collect();
    let sql = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})
         INSERT OR IGNORE INTO {table} ({}) SELECT {} FROM numbers",
        names.join(", "),
        values.join(", ")
    );
    file.execute_batch(&sql).unwrap_or_else(|error| panic!("{table}: {error}"));
}

async fn check_plans(home: &Home, rows: usize) {
    for (what, plan) in home.store.read(|reads| reads.join_plans()).await.expect("plans") {
        for step in plan.iter().filter(|step| step.starts_with("SCAN")) {
            let excepted = EXCEPTIONS.iter().any(|(scan, _)| step.contains(scan));
            assert!(excepted, "{what} reads a whole table of {rows} rows: {step}");
        }
    }
}

#[tokio::test]
async fn no_statement_with_a_join_reads_a_whole_table_that_grows() {
    let home = home();
    check_plans(&home, 0).await;
    let file = home.foreign();
    file.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA busy_timeout = 5000;").expect("set");
    for table in TABLES {
        fill(&file, table, 20_000);
    }
    // With and without statistics the plan is the same.
    for analysed in [false, true] {
        if analysed {
            file.execute_batch("ANALYZE").expect("analysed");
        }
        let home = Home { store: home.store.clone(), options: home.options.clone(), _folder: TempDir::new().unwrap() };
        check_plans(&home, 20_000).await;
    }
}

/// A statement with a join that is not among the plans fails here: add it to `join_plans`.
#[test]
fn every_statement_with_a_join_is_checked() {
    let mut found = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/store")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else {
                let text = std::fs::read_to_string(&entry).expect("a file");
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
                let joins =
                    code.filter(|line| line.contains(" JOIN ") || line.trim_start().starts_with("JOIN ")).count();
                let name = entry.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("within").display().to_string();
                if joins > 0 && !name.contains("/tests/") {
                    found.push(format!("{name}: {joins}"));
                }
            }
        }
    }
    found.sort();
    insta::assert_snapshot!(found.join("\n"), @r"
    src/store/alerts/storms.rs: 1
    src/store/chat/files.rs: 4
    src/store/chat/messages.rs: 1
    src/store/chat/pruning.rs: 3
    src/store/chat/rooms.rs: 2
    src/store/incidents/fields.rs: 1
    src/store/incidents/status_mirrors.rs: 1
    src/store/incidents/status_page.rs: 3
    src/store/incidents/timeline_messages.rs: 1
    src/store/mirror/channels.rs: 2
    ");
}
