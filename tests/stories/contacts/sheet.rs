//! The offline on-call sheet.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use hotroom::deliver::offline_copy::OfflineCopy;

use super::{Providers, declare};
use crate::world::{World, done, minutes};

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    folder
}

fn settings(folder: &Path, contacts: bool) -> String {
    format!("\n[offline_copy]\nfolder = \"{}\"\ncontacts = {contacts}\n", folder.display())
}

#[tokio::test]
async fn the_sheet_says_who_is_on_call_and_what_is_broken_and_follows_each_change() {
    let (folder, providers) = (folder(), Providers::start().await);
    let people: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003", "ntfy:cho-topic-1"])];
    let world = World::with(&(providers.settings(people, false) + &settings(folder.path(), true))).await;
    let mut copy = OfflineCopy::default();
    assert!(copy.write(&world.app).await.unwrap());
    let file = folder.path().join("oncall.html");
    let sheet = fs::read_to_string(&file).unwrap();
    assert!(sheet.contains("Cho") && sheet.contains("+4915100000003") && sheet.contains("2026-03-02"), "{sheet}");
    assert!(!sheet.contains("cho-topic-1"), "a topic is of no use to a person");
    assert!(!sheet.contains("src=") && !sheet.contains("@import"), "it stands alone");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!copy.write(&world.app).await.unwrap(), "nothing has changed");

    declare(&world, "").await;
    done(&world.says("dee", "/incident declare \"Leak of data\" severity:sev1 private:yes").await);
    world.advance(minutes(1)).await;
    assert!(copy.write(&world.app).await.unwrap());
    let sheet = fs::read_to_string(&file).unwrap();
    assert!(sheet.contains("HOT-1 SEV1") || sheet.contains("Checkout is down"), "{sheet}");
    assert!(sheet.contains("HOT-2 (private)") && !sheet.contains("Leak"), "{sheet}");
    world.end().await;
}

#[tokio::test]
async fn without_being_asked_for_no_number_is_in_it_and_an_open_folder_is_refused() {
    let (folder, providers) = (folder(), Providers::start().await);
    let people: &[(&str, &[&str])] = &[("cho", &["gateway:+4915100000003"])];
    let world = World::with(&(providers.settings(people, false) + &settings(folder.path(), false))).await;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let refused = OfflineCopy::default().write(&world.app).await.unwrap_err().to_string();
    assert!(refused.contains("chmod o-rwx"), "{refused}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o750)).unwrap();
    assert!(OfflineCopy::default().write(&world.app).await.unwrap());
    assert!(!fs::read_to_string(folder.path().join("oncall.html")).unwrap().contains("+49"));
    world.end().await;
}

/// Debian's minisign, where it is installed, judges the signature.
#[tokio::test]
async fn minisign_verifies_the_sheet_and_refuses_a_changed_one() {
    let folder = folder();
    let world = World::with(&settings(folder.path(), false)).await;
    assert!(OfflineCopy::default().write(&world.app).await.unwrap());
    let verify = || {
        let args = ["-V", "-p", "oncall.pub", "-m", "oncall.html"];
        Command::new("minisign").args(args).current_dir(folder.path()).output()
    };
    match verify() {
        Ok(judged) => {
            assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));
            let file = folder.path().join("oncall.html");
            let changed = fs::read_to_string(&file).unwrap().replace("On call", "On hold");
            fs::write(&file, changed).unwrap();
            assert!(!verify().unwrap().status.success(), "a changed sheet is refused");
        }
        Err(error) => {
            assert!(std::env::var("HOTROOM_SENDERS").is_err(), "minisign is required: {error}");
            println!("skipped: minisign is not installed");
        }
    }
    world.end().await;
}
