//! Migrating an old database changes no row, except as listed here.

use hotroom::store::{Store, StoreOptions};

use super::{BEFORE_REDESIGN, Database, Dump, contents::differences};

/// Tables of later migrations, which older dumps lack.
const NEWER_TABLES: [&str; 53] = [
    "boards",
    "calendar_links",
    "contact_messages",
    "contact_methods",
    "contact_settings",
    "contact_tokens",
    "document_pages",
    "followup_issues",
    "followups",
    "former_keys",
    "group_numbers",
    "incident_facts",
    "incident_fields",
    "issue_cards",
    "issue_links",
    "issue_texts",
    "issue_words",
    "issue_words_config",
    "issue_words_content",
    "issue_words_data",
    "issue_words_docsize",
    "issue_words_idx",
    "legal_holds",
    "maintenances",
    "message_files",
    "mirror_accounts",
    "mirror_channels",
    "mirror_cursors",
    "mirror_interactions",
    "mirror_messages",
    "mirror_received",
    "mirror_shortages",
    "own_keys",
    "page_answers",
    "page_bundles",
    "page_load",
    "pager_deliveries",
    "postmortems",
    "previews",
    "pull_requests",
    "reach_tests",
    "room_previews",
    "schedule_revisions",
    "sender_warnings",
    "similar_incidents",
    "state_links",
    "status_component_changes",
    "status_mirror_posts",
    "status_references",
    "tracker_deliveries",
    "tracker_states",
    "user_reports",
    "webhook_states",
];

/// Returns the query that finds the rows of a table of the dump after all migrations: the columns of the dump in order,
/// with the values of the dump. A migration that moves or changes rows needs an arm here that reverses it.
fn rows_as_before(dump: &Dump, table: &str, columns: &str) -> String {
    match table {
        // Each opening increments the fence.
        "owner" => "SELECT one, fence - 1, process, opened_at FROM owner".to_owned(),
        "refinery_schema_history" => {
            format!("SELECT {columns} FROM refinery_schema_history WHERE version <= {}", dump.schema)
        }
        // Opening records the version of the rebuilt records.
        "meta" => format!("SELECT {columns} FROM meta WHERE name NOT LIKE '%\\_record\\_version' ESCAPE '\\'"),
        // V22 stores the ids of all platforms as text, together with the platform.
        "discord_channels" => mirrored("room, channel, applied, parent, private", "mirror_channels"),
        "discord_messages" => mirrored(
            "room, known_by, channel, message, round, instead_of, tried_at, edited_at, applied, pinned",
            "mirror_messages",
        ),
        "discord_people" => mirrored("person, account, direct_channel, blocked_at", "mirror_accounts"),
        "discord_interactions" => mirrored("id, received_at, body, answered_at", "mirror_interactions"),
        "discord_cursors" => mirrored("channel, message", "mirror_cursors"),
        "discord_heard" => mirrored("message, room, local", "mirror_received"),
        "discord_shortages" => mirrored("room, stead, lack, told", "mirror_shortages"),
        // A page that nobody answered has a state of its own.
        "pages" => {
            let state = "CASE state WHEN 'exhausted' THEN 'triggered' ELSE state END";
            format!("SELECT {} FROM pages", columns.replace("state", state))
        }
        unchanged => format!("SELECT {columns} FROM {unchanged}"),
    }
}

/// Returns the query for a table of V22 with the rows of Discord's old table, whose ids were numbers.
fn mirrored(columns: &str, table: &str) -> String {
    let ids = ["channel", "message", "parent", "instead_of", "account", "direct_channel"];
    let column = |name: &str| if ids.contains(&name) { format!("CAST({name} AS INTEGER)") } else { name.to_owned() };
    let columns: Vec<String> = columns.split(", ").map(column).collect();
    format!("SELECT {} FROM {table} WHERE platform = 'discord'", columns.join(", "))
}

/// Returns the columns of a table of the dump, separated by commas.
fn columns_of(old: &Database, table: &str) -> String {
    old.column(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")).join(", ")
}

/// Returns the rows of a query, sorted, so that their order in the file does not matter.
fn sorted(database: &Database, sql: &str) -> Vec<String> {
    let mut rows: Vec<String> = database.rows(sql).iter().map(|row| format!("{row:?}")).collect();
    rows.sort();
    rows
}

/// Opens the file, which migrates it.
async fn migrate(database: &Database) {
    let options = StoreOptions { path: database.path.clone(), queue: 16, batch: 16 };
    let store = Store::open(&options, database.after()).unwrap();
    store.close().await.unwrap();
}

/// True if the records of a table are rebuilt from their events.
fn is_rebuilt(table: &str) -> bool {
    matches!(table, "incidents" | "pages")
}

#[tokio::test]
async fn every_row_is_there_after_the_migrations() {
    let (old, new) = (Database::of(&BEFORE_REDESIGN), Database::of(&BEFORE_REDESIGN));
    migrate(&new).await;
    // Process and time of the opening differ by design.
    new.run("UPDATE owner SET process = 1, opened_at = 1");
    old.run("UPDATE owner SET process = 1, opened_at = 1");
    for table in old.tables() {
        // Records are rebuilt from their events; what that changes is listed in the next test.
        let columns = columns_of(&old, &table).replace(", doc", if is_rebuilt(&table) { "" } else { ", doc" });
        let before = sorted(&old, &format!("SELECT {columns} FROM {table}"));
        let after = sorted(&new, &rows_as_before(&BEFORE_REDESIGN, &table, &columns));
        let lost: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
        let added: Vec<_> = after.iter().filter(|row| !before.contains(row)).collect();
        assert!(before == after, "{table}: lost or changed {lost:#?}, now there {added:#?}");
    }
}

/// The parts of an incident's record that are folded in another way than at the time of the dump: it is acknowledged by
/// whoever acknowledges a page or a group, no longer by whoever takes a role, and its cause is a field.
const FOLDED_OTHERWISE: [&str; 2] = ["/times/acknowledged", "/resolution/cause"];

#[tokio::test]
async fn the_record_of_an_incident_keeps_what_it_held() {
    let (old, new) = (Database::of(&BEFORE_REDESIGN), Database::of(&BEFORE_REDESIGN));
    migrate(&new).await;
    let docs = "SELECT doc FROM incidents ORDER BY number";
    let parsed = |database: &Database| -> Vec<serde_json::Value> {
        database.column(docs).iter().map(|doc| serde_json::from_str(doc).unwrap()).collect()
    };
    let (before, after) = (parsed(&old), parsed(&new));
    assert_eq!(before.len(), after.len());
    let changed = before.iter().zip(&after).flat_map(|(before, after)| differences(before, after, ""));
    let unexpected: Vec<_> =
        changed.filter(|found| !FOLDED_OTHERWISE.iter().any(|part| found.starts_with(part))).collect();
    assert!(unexpected.is_empty(), "{unexpected:#?}");
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before["resolution"]["cause"], after["fields"]["cause"]["word"], "the field holds it");
    }
}

#[tokio::test]
async fn every_table_has_a_row_in_the_dump() {
    let (old, new) = (Database::of(&BEFORE_REDESIGN), Database::of(&BEFORE_REDESIGN));
    migrate(&new).await;
    let tables = old.tables();
    assert!(tables.len() >= 42, "{tables:?}");
    let empty: Vec<_> = tables.iter().filter(|table| old.rows(&format!("SELECT 1 FROM {table}")).is_empty()).collect();
    assert!(empty.is_empty(), "without a row: {empty:?}");
    let newer: Vec<_> = new.tables().into_iter().filter(|table| !tables.contains(table)).collect();
    assert_eq!(newer, NEWER_TABLES, "name a table of a new migration in NEWER_TABLES or in rows_as_before");
}

#[tokio::test]
async fn a_second_start_migrates_nothing() {
    let database = Database::of(&BEFORE_REDESIGN);
    migrate(&database).await;
    let history = "SELECT version, name, applied_on, checksum FROM refinery_schema_history";
    let first = sorted(&database, history);
    migrate(&database).await;
    assert_eq!(sorted(&database, history), first);
    assert_eq!(database.column("PRAGMA integrity_check"), ["ok"]);
}
