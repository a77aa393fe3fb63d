//! A group shows why it is muted, and `/alert why` explains its state.

use crate::{
    silences::{firing, group_of},
    world::{World, done, minutes, show},
};

const INHIBIT: &str = "[[alerts.inhibit]]\nsource = [\"alertname=ClusterDown\"]\ntarget = [\"severity=warning\"]\nequal = [\"service\"]\n";

async fn message(world: &World, check: &str) -> String {
    let posts = world.posts_of("alerts").await;
    let of_check = |post: &&hotroom::chat::Post| post.title.as_deref().is_some_and(|title| title.contains(check));
    show(posts.iter().rfind(of_check).expect("a message of that check"))
}

async fn why(world: &World, check: &str) -> String {
    let group = group_of(world, check).await;
    show(&done(&world.says("cho", &format!("/alert why {group}")).await).post)
}

#[tokio::test]
async fn the_message_names_the_silence_with_its_maker_end_and_comment() {
    let world = World::new().await;
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning")])).await;
    world.advance(minutes(1)).await;
    assert!(!message(&world, "Slow").await.contains("Silenced"));
    let made = world.says("bob", "/alert silence match:service=api wait:2h comment:the deploy").await;
    let id = done(&made).data.as_ref().unwrap()["id"].as_str().unwrap().to_owned();
    world.advance(minutes(1)).await;
    let said = message(&world, "Slow").await;
    assert!(said.contains("by Bob: the deploy") && said.contains(&id), "{said}");
    let group = group_of(&world, "Slow").await;
    done(&world.says("bob", &format!("/alert expire {id}")).await);
    done(&world.says("cho", &format!("/alert shelve {group} 1h the vendor mends it")).await);
    world.advance(minutes(1)).await;
    let said = message(&world, "Slow").await;
    assert!(said.contains("shelved until") && said.contains("by Cho: the vendor mends it"), "{said}");
    assert!(!said.contains(&id), "{said}");
    world.end().await;
}

#[tokio::test]
async fn the_message_names_the_alert_that_inhibits_it() {
    let world = World::with(INHIBIT).await;
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning")])).await;
    world.advance(minutes(1)).await;
    world.posts("alertmanager", &firing(&[("ClusterDown", "api", "error")])).await;
    world.advance(minutes(6)).await;
    let said = message(&world, "Slow").await;
    assert!(said.contains("inhibited by ClusterDown of api"), "{said}");
    let told = why(&world, "Slow").await;
    assert!(told.contains("**Inhibited** by ClusterDown of api"), "{told}");
    assert!(told.contains("**Next**: nothing while all of it is silenced or inhibited"), "{told}");
    world.end().await;
}

#[tokio::test]
async fn whoever_asks_is_told_route_labels_clocks_and_what_comes_next() {
    let world = World::new().await;
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning")])).await;
    let told = why(&world, "Slow").await;
    for part in [
        "1 firing, 0 resolved, from alertmanager",
        "**Route**: `root` to",
        "`alertname=Slow` `service=api`",
        "posted after 10 s, updated every 1 min, repeated after 4 h",
        "**Next**: a reminder that it still fires, <t:",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let group = group_of(&world, "Slow").await;
    done(&world.says("bob", &format!("/alert ack {group}")).await);
    let told = why(&world, "Slow").await;
    assert!(told.contains("**Acknowledged** by Bob until") && told.contains("all of it is acknowledged"), "{told}");
    let by_api = world.get(&format!("/api/v1/groups/{group}/why")).await;
    assert_eq!(by_api["data"]["next"]["what"], "acknowledged");
    done(&world.says("bob", &format!("/alert declare {group}")).await);
    assert!(why(&world, "Slow").await.contains("nothing but new alerts: its incident is open"));
    let nothing = world.says("cho", "/alert why 01930000-0000-7000-8000-000000000000").await;
    assert_eq!(nothing.outcome, hotroom::chat::ReplyOutcome::Refused);
    world.end().await;
}

#[tokio::test]
async fn whoever_asks_is_told_by_which_rule_groups_are_told_together() {
    let pattern = "[[alerts.correlate]]\nname = \"service\"\nlabels = [\"service\"]\nwindow = \"1h\"\n";
    let world = World::with(pattern).await;
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning")])).await;
    world.posts("alertmanager", &firing(&[("Load", "api", "warning")])).await;
    assert!(why(&world, "Slow").await.contains("**Also shows** Load of api by pattern service: service=api"));
    let below = why(&world, "Load").await;
    assert!(below.contains("**Shown in** Slow of api by pattern service: service=api"), "{below}");
    assert!(below.contains("posted by its parent group"), "{below}");
    world.end().await;
}
