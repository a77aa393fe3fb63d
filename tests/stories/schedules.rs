//! Schedules: layers, temporary schedules, and overrides made from the chat.

use hotroom::chat::ReplyOutcome;

use crate::world::{World, done, minutes, show};

/// Ann and Bob are on call together by day, Cho at the weekend, Dee on one holiday.
const PLAN: &str = r#"
[[schedules]]
id = "primary"
timezone = "Europe/Berlin"
precedence = "priority"

[[schedules.layers]]
people = [["ann", "bob"]]
start = "2026-01-05 09:00"
turn = "1mo"

[[schedules.layers]]
people = ["cho"]
start = "2026-01-05 09:00"
turn = "1w"
weekly = ["fri 17:00 - mon 09:00"]
priority = 1

[[schedules.temporary]]
from = "2026-03-11 00:00"
until = "2026-03-12 00:00"

[[schedules.temporary.shifts]]
people = ["dee"]
from = "2026-03-11 08:00"
until = "2026-03-12 00:00"
"#;

/// Who is on call now, without who is next.
async fn on_call(world: &World) -> String {
    let shown = show(&world.says("dee", "/oncall now").await.post);
    shown.split("; then").next().unwrap_or_default().to_owned()
}

/// The clock starts on Monday, 2 March 2026, 10:00 in UTC.
#[tokio::test]
async fn the_people_of_a_slot_are_on_call_together_and_the_higher_layer_has_the_weekend() {
    let world = World::with(PLAN).await;
    let now = on_call(&world).await;
    assert!(now.contains("Ann") && now.contains("Bob"), "{now}");
    let page = world.page("ann", "/oncall").await;
    assert!(page.contains("Ann") && page.contains("Bob") && page.contains("Cho"), "a row for each");
    world.advance(minutes(4 * 24 * 60 + 7 * 60)).await;
    let now = on_call(&world).await;
    assert!(now.contains("Cho") && !now.contains("Ann"), "Friday, 18:00 in Berlin: {now}");
    world.end().await;
}

#[tokio::test]
async fn a_temporary_schedule_hides_layers_and_overrides_and_its_gap_is_named() {
    let world = World::with(PLAN).await;
    let gaps = show(&done(&world.says("dee", "/oncall gaps").await).post);
    assert_eq!(gaps.matches("nobody is on call").count(), 1, "{gaps}");
    done(&world.says("ann", "/oncall override @bob until:\"2026-03-12 12:00\"").await);
    world.advance(minutes(9 * 24 * 60)).await;
    let now = on_call(&world).await;
    assert!(now.starts_with("**Primary**: Dee"), "the override does not apply on 11 March: {now}");
    world.advance(minutes(24 * 60)).await;
    assert!(on_call(&world).await.contains("Bob"), "it does on the 12th");
    world.end().await;
}

#[tokio::test]
async fn an_override_replaces_one_person_adds_one_or_takes_one_off() {
    let world = World::with(PLAN).await;
    let said = show(&done(&world.says("ann", "/oncall override @dee until:18:00 instead:@ann").await).post);
    assert!(said.contains("in place of"), "{said}");
    let now = on_call(&world).await;
    assert!(now.contains("Dee") && now.contains("Bob") && !now.contains("Ann"), "{now}");
    done(&world.says("ann", "/oncall override @cho until:18:00 kind:add").await);
    done(&world.says("ann", "/oncall override @bob until:18:00 kind:remove").await);
    let now = on_call(&world).await;
    assert!(now.contains("Dee") && now.contains("Cho") && !now.contains("Bob"), "{now}");
    let listed = world.get("/api/v1/oncall/overrides").await;
    let kinds: Vec<_> = listed["items"].as_array().expect("a list").iter().map(|item| item["kind"].clone()).collect();
    assert_eq!(kinds, ["replace", "add", "remove"], "in the order in which they were entered");
    assert_eq!(listed["items"][0]["instead_of"], "ann");
    let both = world.says("ann", "/oncall override @bob until:18:00 kind:add instead:@dee").await;
    assert!(show(&both.post).contains("instead"), "{}", show(&both.post));
    world.end().await;
}

#[tokio::test]
async fn whoever_takes_over_is_on_call_until_the_next_hand_off_and_hands_the_rest_on() {
    let world = World::new().await;
    let taken = show(&done(&world.says("dee", "/oncall take").await).post);
    assert!(taken.contains("Dee"), "{taken}");
    assert!(on_call(&world).await.contains("Dee"));
    let handed = show(&done(&world.says("dee", "/oncall handover @bob").await).post);
    assert!(handed.contains("Bob") && handed.contains("in place of"), "{handed}");
    let now = on_call(&world).await;
    assert!(now.contains("Bob") && !now.contains("Dee"), "{now}");
    let nothing = world.says("dee", "/oncall handover @ann").await;
    assert_eq!(nothing.outcome, ReplyOutcome::Refused);
    assert!(show(&nothing.post).contains("not on call now"), "{}", show(&nothing.post));
    done(&world.says("ann", "/oncall take for:2h").await);
    assert!(on_call(&world).await.contains("Ann"));
    world.advance(minutes(121)).await;
    assert!(on_call(&world).await.contains("Bob"), "after two hours it is Bob's shift again");
    world.end().await;
}
