//! Several incidents at once: of one service, merged into each other, and in a list.

use serde_json::json;

use crate::world::{World, alert, done, show};

async fn declares(world: &World, who: &str, line: &str) -> hotroom::chat::Post {
    let reply = world.says(who, &format!("/incident declare {line}")).await;
    done(&reply).post.clone()
}

async fn incidents(world: &World) -> usize {
    world.get("/api/v1/incidents").await["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn an_alert_joins_the_incident_that_a_person_declared_on_its_service() {
    let world = World::new().await;
    declares(&world, "dee", "\"Customers cannot pay\" severity:sev1 service:checkout").await;
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    assert_eq!(incidents(&world).await, 1, "no second incident, and no second page");
    assert_eq!(world.incident("HOT-1").await.groups.len(), 1);
    assert_eq!(world.get("/api/v1/pages").await["items"].as_array().unwrap().len(), 1);
    world.end().await;
}

#[tokio::test]
async fn an_alert_joins_neither_a_drill_nor_a_private_incident_nor_one_of_another_service() {
    for options in ["service:checkout drill:yes", "service:checkout private:yes", "service:api", ""] {
        let world = World::new().await;
        declares(&world, "ann", &format!("\"Something else\" severity:sev3 {options}")).await;
        world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
        assert!(world.incident("HOT-1").await.groups.is_empty(), "{options}");
        assert_eq!(world.incident("HOT-2").await.groups.len(), 1, "{options}");
        world.end().await;
    }
}

#[tokio::test]
async fn a_second_incident_on_a_service_offers_to_merge_into_the_first() {
    let world = World::new().await;
    let first = declares(&world, "dee", "\"Customers cannot pay\" severity:sev3 service:checkout").await;
    assert!(!show(&first).contains("is open on"), "{}", show(&first));
    let second = declares(&world, "bob", "\"Checkout is down\" severity:sev1 service:checkout").await;
    assert!(show(&second).contains("HOT-1") && show(&second).contains("<#hot-1>"), "{}", show(&second));
    let offer = second.buttons.iter().find(|button| button.label == "Merge HOT-2 into HOT-1").expect("an offer");
    assert!(offer.confirm.is_some(), "merging asks first");
    let merged = world.delivers_press("bob", "hot-2", &offer.command, None, "merge").await;
    done(&merged);
    world.settle().await;
    let posts = world.posts_of("hot-2").await;
    let said = posts.iter().find(|post| post.text.contains("merged this incident")).expect("the room says so");
    assert!(said.text.contains("<#hot-1>"), "with a link to the other room: {}", show(said));
    for options in ["service:api", "service:checkout drill:yes", ""] {
        let other = declares(&world, "dee", &format!("\"Unrelated\" severity:sev4 {options}")).await;
        assert!(!show(&other).contains("Merge"), "{options}: {}", show(&other));
    }
    world.end().await;
}

#[tokio::test]
async fn those_with_a_role_are_called_when_their_incident_goes_on_in_another_room() {
    let world = World::new().await;
    declares(&world, "ann", "\"Slow\" severity:sev3").await;
    declares(&world, "bob", "\"Slower\" severity:sev3").await;
    done(&world.says_in("hot-2", "bob", "/incident role tech_lead @cho").await);
    done(&world.says_in("hot-2", "ann", "/incident merge HOT-1").await);
    let posts = world.posts_of("hot-2").await;
    let said = posts.iter().find(|post| post.text.contains("merged this incident")).expect("the room says so");
    let called: Vec<&str> = said.mentions.iter().map(|person| person.as_str()).collect();
    assert_eq!(called, ["bob", "cho"]);
    world.end().await;
}

#[tokio::test]
async fn the_list_of_open_incidents_begins_with_the_most_severe_and_counts_all() {
    let world = World::new().await;
    declares(&world, "dee", "\"The worst\" severity:sev2").await;
    for n in 0..24 {
        declares(&world, ["ann", "bob", "cho", "dee"][n % 4], &format!("\"Minor {n}\" severity:sev4")).await;
    }
    let listed = world.says("dee", "/incident list").await;
    let text = show(&done(&listed).post);
    let first = text.lines().find(|line| line.starts_with("- ")).unwrap_or_default();
    assert!(first.contains("HOT-1") && text.contains("25 incidents"), "{text}");
    assert!(text.contains("most severe 20"), "{text}");
    let (status, page) = world.send("POST", "/api/v1/commands", Some(&json!({"text": "/incident list all"}))).await;
    assert!(status.is_success() && page.to_string().contains("newest 20"), "{page}");
    world.end().await;
}
