//! The offline on-call sheet.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, process::Command};

use hotroom::deliver::offline_copy::OfflineCopy;

use super::{Providers, declare};
use crate::{
    fake_s3::{ACCESS_KEY, BUCKET, FakeS3, S3Fault},
    fake_smtp::FakeSmtp,
    world::{World, done, minutes},
};

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

fn in_bucket(storage: &FakeS3, private: bool) -> String {
    format!(
        "\n[offline_copy]\nprivate = {private}\n[offline_copy.bucket]\nendpoint = \"{}\"\nregion = \"us-east-1\"\n\
         bucket = \"{BUCKET}\"\nprefix = \"hotroom/\"\naccess_key = \"{ACCESS_KEY}\"\nsecret_key = \"env:S3\"\n",
        storage.http.url
    )
}

const S3: &[(&str, &str)] = &[("S3", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")];

#[tokio::test]
async fn a_bucket_gets_the_sheet_after_each_change_without_private_incidents_and_drills() {
    let storage = FakeS3::start().await;
    let world = World::with_secrets(&in_bucket(&storage, false), S3).await;
    let mut copy = OfflineCopy::default();
    assert!(copy.write(&world.app).await.unwrap());
    assert_eq!(
        storage.names(),
        ["hotroom/hotroom-probe.txt", "hotroom/oncall.html", "hotroom/oncall.html.minisig", "hotroom/oncall.pub"]
    );
    world.advance(minutes(30)).await;
    assert!(!copy.write(&world.app).await.unwrap(), "time alone changes nothing");
    done(&world.says("dee", "/incident declare \"Leak of data\" severity:sev1 private:yes").await);
    done(&world.says("dee", "/incident declare \"Practice\" severity:sev1 drill:yes").await);
    assert!(!copy.write(&world.app).await.unwrap(), "neither a private incident nor a drill leaves");
    declare(&world, "").await;
    assert!(copy.write(&world.app).await.unwrap());
    let sheet = storage.object("hotroom/oncall.html").unwrap();
    assert!(sheet.contains("Checkout is down") && sheet.contains("Cho"), "{sheet}");
    assert!(!sheet.contains("(private)") && !sheet.contains("Leak") && !sheet.contains("Practice"), "{sheet}");
    world.end().await;

    let named = World::with_secrets(&in_bucket(&storage, true), S3).await;
    done(&named.says("dee", "/incident declare \"Leak of data\" severity:sev1 private:yes").await);
    assert!(OfflineCopy::default().write(&named.app).await.unwrap());
    let sheet = storage.object("hotroom/oncall.html").unwrap();
    assert!(sheet.contains("HOT-1 (private)") && !sheet.contains("Leak"), "{sheet}");
    named.end().await;
}

#[tokio::test]
async fn a_bucket_that_everybody_can_read_is_refused_and_one_that_fails_is_tried_again() {
    let storage = FakeS3::start().await;
    storage.set_public(true);
    let world = World::with_secrets(&in_bucket(&storage, false), S3).await;
    let mut copy = OfflineCopy::default();
    let refused = copy.write(&world.app).await.unwrap_err().to_string();
    assert!(refused.contains("everybody can read the bucket example-on-call"), "{refused}");
    assert_eq!(storage.names(), ["hotroom/hotroom-probe.txt"], "no sheet was written");
    storage.set_public(false);
    for (fault, said) in [
        (S3Fault::AccessDenied, "403 AccessDenied: as the test said"),
        (S3Fault::SlowDown, "503 SlowDown"),
        (S3Fault::Close, "cannot be used"),
    ] {
        storage.fail(Some(fault));
        let why = copy.write(&world.app).await.unwrap_err().to_string();
        assert!(why.contains(said) && !why.contains("wJalr"), "{why}");
    }
    storage.fail(None);
    assert!(copy.write(&world.app).await.unwrap());
    assert!(storage.object("hotroom/oncall.html").is_some());
    world.end().await;
}

#[tokio::test]
async fn mail_brings_the_sheet_with_its_signature_after_changes_and_at_most_once_an_hour() {
    let smtp = FakeSmtp::plain().await;
    let toml = format!(
        "\n[mail]\nserver = \"127.0.0.1:{}\"\nfrom = \"hotroom@example.com\"\n\n[offline_copy]\n\
         mail = [\"ops@example.com\"]\n",
        smtp.port
    );
    let world = World::with(&toml).await;
    assert!(OfflineCopy::default().write(&world.app).await.unwrap());
    let [first] = smtp.taken().try_into().expect("one mail");
    assert_eq!(first.to, ["ops@example.com"]);
    assert!(first.text.contains("oncall.html.minisig") && first.text.contains("minisign -V"), "{}", first.text);
    assert!(!OfflineCopy::default().write(&world.app).await.unwrap(), "nothing has changed, also after a restart");
    declare(&world, "").await;
    assert!(!OfflineCopy::default().write(&world.app).await.unwrap(), "not within an hour");
    world.advance(minutes(60)).await;
    assert!(OfflineCopy::default().write(&world.app).await.unwrap());
    assert_eq!(smtp.taken().len(), 2);
    world.end().await;
}
