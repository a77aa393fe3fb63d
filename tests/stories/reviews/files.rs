//! Published post-mortems as files, and sentences that blame.

use std::path::Path;

use super::{postmortem, resolved, section, writes};
use crate::world::{World, done};

async fn with_folder(folder: &Path, more: &str) -> World {
    World::with(&format!("[documents]\nfolder = \"{}\"\n{more}", folder.display())).await
}

async fn published(world: &World) {
    resolved(world).await;
    assert_eq!(writes(world, "lessons", "Alert on the **pool**.", 1).await.0, 200);
    done(&world.says_in("hot-1", "ann", "/postmortem submit").await);
    done(&world.says_in("hot-1", "bob", "/postmortem approve").await);
    done(&world.says_in("hot-1", "ann", "/postmortem publish").await);
}

#[tokio::test]
async fn a_published_post_mortem_is_a_file_with_front_matter() {
    let folder = tempfile::tempdir().unwrap();
    let world = with_folder(folder.path(), "").await;
    published(&world).await;
    let text = std::fs::read_to_string(folder.path().join("HOT-1.md")).unwrap();
    assert!(text.starts_with("---\nincident: \"HOT-1\"\ntitle: \"Checkout is slow\"\n"), "{text}");
    assert!(text.contains("approved_by: \"Bob\"") && text.contains("\n# HOT-1: Checkout is slow\n"), "{text}");
    assert!(text.contains("\n## Lessons\n\nAlert on the **pool**.\n"), "{text}");
    assert!(!text.contains("Message for customers"), "that draft is no part of the document");
    world.end().await;
}

#[tokio::test]
async fn a_file_that_a_person_edited_is_left_alone_and_the_room_reads_why() {
    let folder = tempfile::tempdir().unwrap();
    let world = with_folder(folder.path(), "").await;
    published(&world).await;
    let file = folder.path().join("HOT-1.md");
    let edited = std::fs::read_to_string(&file).unwrap() + "By hand.\n";
    std::fs::write(&file, &edited).unwrap();
    let version = section(&postmortem(&world).await, "lessons")["version"].as_u64().unwrap();
    assert_eq!(writes(&world, "lessons", "Another lesson.", version).await.0, 200);
    done(&world.says_in("hot-1", "bob", "/postmortem approve").await);
    done(&world.says_in("hot-1", "ann", "/postmortem publish").await);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), edited);
    assert!(world.room("hot-1").await.contains("was edited in the folder"), "{}", world.room("hot-1").await);
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_private_incident_leaves_no_file_unless_the_folder_is_for_private_ones() {
    for (more, files) in [("", 0), ("private = true\n", 1)] {
        let folder = tempfile::tempdir().unwrap();
        let world = with_folder(folder.path(), more).await;
        done(&world.says("ann", "/incident declare \"A leak\" severity:sev1 private:yes").await);
        done(&world.says("ann", "/incident resolve \"Closed\" incident:HOT-1").await);
        for line in ["submit", "approve", "publish"] {
            done(&world.says("ann", &format!("/postmortem {line} incident:HOT-1")).await);
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), files, "{more}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_sentence_that_blames_a_person_is_marked() {
    let world = World::new().await;
    resolved(&world).await;
    assert_eq!(writes(&world, "fault", "Bob forgot the check. The pipeline skipped it.", 1).await.0, 200);
    let page = world.page("ann", "/incidents/HOT-1/postmortem").await;
    assert!(page.contains("“Bob forgot the check”") && !page.contains("“The pipeline"), "{page}");
    world.end().await;
    let world = World::with("[documents]\nblame_hints = false\n").await;
    resolved(&world).await;
    assert_eq!(writes(&world, "fault", "Bob forgot the check.", 1).await.0, 200);
    assert!(!world.page("ann", "/incidents/HOT-1/postmortem").await.contains("“Bob forgot"));
    world.end().await;
}
