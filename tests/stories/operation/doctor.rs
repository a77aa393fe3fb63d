//! `hotroom doctor` on a file that somebody changed by other means.

use hotroom::{
    cli::{Exit, Remedies, Report, doctor},
    config::Config,
};

use crate::world::{World, done};

/// What is done to the file, and what the doctor says of it.
const DAMAGES: [(&str, &str); 6] = [
    ("UPDATE incidents SET doc = replace(doc, 'Checkout is down', 'All is well')", "the record of HOT-1 differs"),
    ("DELETE FROM incidents", "has a history and no record"),
    ("UPDATE pages SET doc = replace(doc, '\"triggered\"', '\"resolved\"')", "the record of page"),
    ("DELETE FROM outbox WHERE lane LIKE 'wake/page/%'", "the row of its timer is missing"),
    ("UPDATE outbox SET effect = '{}' WHERE settled_at IS NULL", "of the outbox cannot be read"),
    ("UPDATE outbox SET key = replace(key, '/1/', '/4711/')", "was caused by no event"),
];

#[tokio::test]
async fn records_and_rows_that_were_changed_by_other_means_are_found() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await);
    let (now, whole) = (world.now(), world.database());
    let found = |damage: &str, quick: bool| -> Report {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("[store]\npath = \"{}\"\n", folder.path().join("copy.db").display());
        let config = Config::from_text("bot.toml", &text, []).unwrap();
        // The log beside the file is copied into it by the connection that reads it here.
        rusqlite::Connection::open(&whole).unwrap().execute("VACUUM INTO ?1", [config.store.path.to_str()]).unwrap();
        rusqlite::Connection::open(&config.store.path).unwrap().execute_batch(damage).unwrap();
        doctor(&config, Remedies { quick, ..Remedies::default() }, now)
    };
    let sound = found("", false);
    assert!(sound.lines.iter().any(|line| line.contains("1 page and ")), "{sound:?}");
    assert!(!sound.text().contains("restore the latest backup") && !sound.text().contains("differs"), "{sound:?}");
    for (damage, said) in DAMAGES {
        let report = found(damage, false);
        assert_eq!(report.exit, Exit::Failed, "{damage}");
        assert!(report.text().contains(said), "{damage}: {}", report.text());
    }
    assert!(found(DAMAGES[0].0, true).text().contains(DAMAGES[0].1), "the newest are compared in any case");
    world.end().await;
}
