//! Everything as JSON Lines, and back into an empty instance.

use std::{collections::BTreeMap, path::Path};

use hotroom::{
    cli::{Exit, export, import_export},
    store::{EXPORT_LEFT_OUT, Scan},
};
use serde_json::Value;

use crate::world::{World, alert, done, minutes};

/// A world with a bit of everything, and an incident that is still open.
async fn busy() -> World {
    let world = World::new().await;
    world.posts("alertmanager", &alert("TooManyReads", "checkout", "warning", false)).await;
    world.advance(minutes(2)).await;
    done(
        &world
            .says("ann", "/incident declare \"Leak of customers' data\" severity:sev1 service:checkout private:yes")
            .await,
    );
    done(&world.says("ann", "/incident update \"Leak \u{1F512} confirmed\" incident:HOT-1").await);
    done(&world.says("ann", "/incident resolve \"Closed\" incident:HOT-1").await);
    done(&world.says("ann", "/followup add \"Alert on the pool\" owner:@ann incident:HOT-1").await);
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev2").await);
    world.advance(minutes(3)).await;
    world
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The rows by table, without what every start writes.
fn rows(file: &Path) -> BTreeMap<String, Vec<Value>> {
    let mut tables: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for line in lines(file).into_iter().filter(|line| line["table"].is_string()) {
        tables.entry(line["table"].as_str().unwrap().to_owned()).or_default().push(line["row"].clone());
    }
    tables
}

#[tokio::test]
async fn an_export_that_is_imported_gives_the_same_records_and_sends_nothing() {
    let world = busy().await;
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (folder.path().join("first.jsonl"), folder.path().join("second.jsonl"));
    let wrote = export(&world.database(), &first, world.now());
    assert_eq!(wrote.exit, Exit::Good, "{:?}", wrote.lines);
    let schema = serde_json::from_str(&std::fs::read_to_string("docs/schemas/export.json").unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let all = lines(&first);
    for line in &all {
        let errors: Vec<String> = schema.iter_errors(line).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {line}");
    }
    assert_eq!(all.last().unwrap()["rows"], all.len() - 2);

    let database = folder.path().join("new.db");
    let read = import_export(&first, &database, world.now());
    assert_eq!(read.exit, Exit::Good, "{:?}", read.lines);
    let again = export(&database, &second, world.now());
    assert_eq!(again.exit, Exit::Good, "{:?}", again.lines);
    assert_eq!(rows(&first), rows(&second), "the same rows");
    assert!(
        rows(&first)["incidents"].len() == 2 && rows(&first)["outbox"].iter().all(|row| row["settled_at"].is_null())
    );

    let before = world.get("/api/v1/incidents/HOT-1").await;
    let word = before["title"].as_str().unwrap().split_whitespace().next().unwrap().to_owned();
    let (posts, now) = (world.room("incidents").await, world.now());
    world.end().await;
    let moved = World::on(&database, "", now).await;
    assert_eq!(moved.get("/api/v1/incidents/HOT-1").await, before);
    let found = moved.get(&format!("/api/v1/issues?q={word}")).await;
    assert!(found["items"].to_string().contains("HOT-1"), "old issues are found by their words: {found}");
    moved.pass(minutes(600));
    moved.settle().await;
    assert_eq!(moved.room("incidents").await, posts, "nothing is sent before a person resumes it");
    let page = moved.page("ann", "/health").await;
    assert!(page.contains("imported export"), "{page}");
    done(&moved.says("ann", "/admin resume").await);
    done(&moved.says("ann", "/incident declare \"A new one\" severity:sev3").await);
    assert!(moved.room("incidents").await.contains("HOT-3"), "{}", moved.room("incidents").await);
    moved.end().await;
}

#[tokio::test]
async fn what_cannot_be_imported_leaves_nothing_behind() {
    let world = busy().await;
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.jsonl");
    assert_eq!(export(&world.database(), &whole, world.now()).exit, Exit::Good);
    let again = export(&world.database(), &whole, world.now());
    assert!(again.text().contains("exists"), "a file is never overwritten: {}", again.text());
    let text = std::fs::read_to_string(&whole).unwrap();
    let broken = |name: &str, text: String| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let lines: Vec<&str> = text.lines().collect();
    for (name, text, why) in [
        ("short", lines[..lines.len() - 1].join("\n"), "the export broke off"),
        ("less", [&lines[..5], &lines[lines.len() - 1..]].concat().join("\n"), "rows were read"),
        ("other", "{}\n".to_owned(), "no export of the format"),
        ("empty", String::new(), "it is empty"),
        ("older", text.replacen("\"schema\":", "\"schema\":1", 1), "Import it with that version"),
        ("table", text.replacen("\"table\":\"incidents\"", "\"table\":\"sessions\"", 1), "no table of an export"),
        ("column", text.replacen("\"prefix\":", "\"prefix; DROP TABLE events\":", 1), "has no column"),
    ] {
        let file = broken(name, text);
        let database = folder.path().join(format!("{name}.db"));
        let report = import_export(&file, &database, world.now());
        assert!(report.exit != Exit::Good && report.text().contains(why), "{name}: {}", report.text());
        assert!(!database.exists(), "{name}");
    }
    let database = folder.path().join("used.db");
    assert_eq!(import_export(&whole, &database, world.now()).exit, Exit::Good);
    let twice = import_export(&whole, &database, world.now());
    assert!(twice.text().contains("is not empty"), "{}", twice.text());
    let running = import_export(&whole, &world.database(), world.now());
    assert!(running.text().contains("stop it first"), "{}", running.text());
    world.end().await;
}

/// What tables have whose migrations say it less plainly: a migration that has run must not change.
const PLAIN: [(&str, &str); 5] = [
    (
        "alerts",
        "Episodes of alerts: one row from the first event to the end, with the record as JSON. last_seen, latest_start and \
         expires_at change with each event and count more than the JSON. rule_due: when a rule wants to open an incident. \
         severity: 1 is the most severe, 9 means none.",
    ),
    ("changes", "Deployments and other changes that senders reported."),
    ("feed_traffic", "The message rate of each feed, and its latest alert storm."),
    ("pages", "Pages: one run of an escalation policy each, with every attempt in the record."),
    ("status_incidents", "The incidents of the public status page, as customers read them."),
];

/// The tables of an export with the comments of the migrations that made them.
fn documented() -> String {
    let folder = tempfile::tempdir().unwrap();
    let scan = Scan::scratch(&folder.path().join("schema.db"), crate::world::start()).unwrap();
    let tables = scan.read(|reads| reads.export_tables()).unwrap();
    let mut migrations: Vec<(u32, String)> = std::fs::read_dir("migrations")
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name[1..].split("__").next().unwrap().parse().unwrap(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    migrations.sort();
    let meaning = |table: &str| {
        if let Some((_, plain)) = PLAIN.iter().find(|(name, _)| *name == table) {
            return Some((*plain).to_owned());
        }
        let made = format!("CREATE TABLE {table} ");
        let text = migrations.iter().rev().find_map(|(_, text)| text.split_once(&made).map(|(before, _)| before))?;
        let comment: Vec<&str> = text.trim_end().lines().rev().map_while(|line| line.strip_prefix("-- ")).collect();
        let comment: Vec<&str> = comment.into_iter().rev().collect();
        (!comment.is_empty()).then(|| comment.join(" "))
    };
    let mut out = String::from("| table | what it has | columns |\n|---|---|---|\n");
    for (table, columns) in tables {
        let names: Vec<String> = columns
            .iter()
            .map(|column| match column.kind {
                "text" => format!("`{}`", column.name),
                kind => format!("`{}` ({kind})", column.name),
            })
            .collect();
        out += &format!(
            "| `{table}` | {} | {} |\n",
            meaning(&table).unwrap_or_default().replace('|', "\\|"),
            names.join(", ")
        );
    }
    out += "\nLeft out:\n\n| table | why |\n|---|---|\n";
    for (table, why) in EXPORT_LEFT_OUT {
        out += &format!("| `{table}` | {why} |\n");
    }
    out
}

#[test]
fn the_documented_tables_are_those_of_an_export() {
    const MARK: &str = "<!-- made by the test `the_documented_tables_are_those_of_an_export` -->\n\n";
    let (file, made) = ("docs/export.md", documented());
    let text = std::fs::read_to_string(file).unwrap();
    let (before, after) = text.split_once(MARK).expect("the mark of the generated part");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        return std::fs::write(file, format!("{before}{MARK}{made}")).unwrap();
    }
    assert_eq!(after, made, "docs/export.md is old; run: UPDATE_DOCS=1 cargo test --test stories exports");
}
