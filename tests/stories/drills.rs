//! Drills: they work like real incidents for those whom they page, and alarm nobody else.

use crate::world::{World, done, minutes};

#[tokio::test]
async fn a_drill_that_nobody_answers_alarms_nobody_but_the_people_paged() {
    let world = World::new().await;
    done(&world.says("dee", "/incident declare \"Practice\" severity:sev1 service:checkout drill:yes").await);
    done(&world.says_in("hot-1", "bob", "/incident update \"we practise\"").await);
    done(&world.says_in("hot-1", "bob", "/incident severity sev2").await);
    world.advance(minutes(31)).await;
    assert!(world.room("hot-1").await.contains("Nobody acknowledged the page"));
    let feed = world.room("incidents").await;
    assert!(feed.contains("DRILL"), "the line says what it is: {feed}");
    for words in ["nobody acknowledged", "please join", "we practise", "severity from"] {
        assert!(!feed.contains(words), "{words}: {feed}");
    }
    done(&world.says_in("hot-1", "bob", "/incident resolve \"enough practice\"").await);
    assert!(!world.room("incidents").await.contains("now **Resolved**"), "{}", world.room("incidents").await);
    world.end().await;
}

#[tokio::test]
async fn a_call_for_help_in_the_feed_ends_with_the_incident() {
    let world = World::new().await;
    done(&world.says("dee", "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await);
    world.advance(minutes(31)).await;
    let asks = world.posts_of("incidents").await;
    let calls = |post: &&hotroom::chat::Post| post.text.contains("please join");
    assert_eq!(asks.iter().filter(calls).count(), 1);
    done(&world.says_in("hot-1", "bob", "/incident resolve \"rolled back\"").await);
    let after = world.posts_of("incidents").await;
    assert!(!after.iter().any(|post| calls(&post)), "{after:#?}");
    let said = after.iter().find(|post| post.text.contains("nobody acknowledged the page")).expect("it stays");
    assert!(said.buttons.is_empty(), "{said:?}");
    world.end().await;
}
