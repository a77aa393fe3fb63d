//! Reloading a changed file.

use std::path::PathBuf;

use crate::config::{Config, Live};

struct Desk {
    _dir: tempfile::TempDir,
    path: PathBuf,
    live: Live,
}

fn desk(text: &str) -> Desk {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("bot.toml");
    std::fs::write(&path, text).expect("written");
    let env = vec![("HOTROOM_STORE__BATCH".to_owned(), "3".to_owned())];
    let config = Config::load(Some(&path), env.clone()).expect("no mistake");
    Desk { _dir: dir, live: Live::of_file(config, Some(path.clone()), env), path }
}

impl Desk {
    fn write(&self, text: &str) {
        std::fs::write(&self.path, text).expect("written");
    }
}

#[test]
fn a_changed_file_is_taken_and_everyone_hears_of_it() {
    let desk = desk("[tracker]\nprefix = \"OLD\"\n");
    let mut changes = desk.live.changes();
    let before = desk.live.current();
    desk.write("[tracker]\nprefix = \"NEW\"\n");
    let reloaded = desk.live.reload().expect("no mistake");
    assert!(reloaded.after_restart.is_empty());
    assert_eq!(desk.live.current().tracker.prefix, "NEW");
    assert_eq!(desk.live.current().store.batch, 3, "the environment still wins");
    assert_ne!(desk.live.current().digest, before.digest);
    assert!(changes.has_changed().expect("open"));
    assert_eq!(changes.borrow_and_update().tracker.prefix, "NEW");
    assert_eq!(before.tracker.prefix, "OLD", "work that began with the old one ends with it");
}

#[test]
fn a_bad_file_keeps_the_old_configuration_and_names_every_mistake() {
    let desk = desk("[tracker]\nprefix = \"OLD\"\n");
    desk.write("[tracker]\nprefix = \"new\"\n[server]\nlisten = 1\n");
    let lines = desk.live.reload().expect_err("mistakes").lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("bot.toml:2: [tracker] prefix:"), "{lines:?}");
    assert_eq!(desk.live.current().tracker.prefix, "OLD");
    std::fs::remove_file(&desk.path).expect("removed");
    assert!(desk.live.reload().is_err(), "a file that has gone is no empty file");
    assert_eq!(desk.live.current().tracker.prefix, "OLD");
}

#[test]
fn what_is_fixed_at_the_start_keeps_its_value_and_is_named() {
    let desk = desk("");
    desk.write(
        "templates_dir = \"mine\"\n[server]\nlisten = \"127.0.0.1:9999\"\n[store]\npath = \"other.db\"\n[tracker]\nprefix = \"NEW\"\n",
    );
    let reloaded = desk.live.reload().expect("no mistake");
    assert_eq!(reloaded.after_restart, ["[server] listen", "[store] path", "templates_dir"]);
    let now = desk.live.current();
    assert_eq!(now.server.listen.port(), 8080);
    assert_eq!(now.server.public_url, "http://127.0.0.1:8080", "links go to the address in use");
    assert_eq!(now.store.path, PathBuf::from("hotroom.db"));
    assert_eq!(now.tracker.prefix, "NEW", "what can change has changed");
}

#[test]
fn without_a_file_there_is_nothing_to_reload() {
    let live = Live::new(Config::shipped());
    assert!(live.reload().expect("no mistake").after_restart.is_empty());
}

#[test]
fn without_a_file_the_built_in_settings_stay_until_there_is_one() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("bot.toml");
    let live = Live::of_file(Config::shipped(), Some(path.clone()), Vec::new());
    assert!(live.reload().expect("no mistake").no_file);
    std::fs::write(&path, "[tracker]\nprefix = \"NEW\"\n").expect("written");
    assert!(!live.reload().expect("no mistake").no_file);
    assert_eq!(live.current().tracker.prefix, "NEW");
    std::fs::remove_file(&path).expect("removed");
    assert!(live.reload().is_err(), "a file that was there has to be there");
}
