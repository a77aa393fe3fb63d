//! What one person may do in a short time.

use hotroom::chat::ReplyOutcome;

use crate::world::{World, done, minutes, show};

#[tokio::test]
async fn one_person_declares_ten_incidents_in_five_minutes_and_no_more() {
    let world = World::new().await;
    let declare =
        async |who: &str, n: usize| world.says(who, &format!("/incident declare \"Outage {n}\" severity:sev4")).await;
    for n in 0..10 {
        done(&declare("cho", n).await);
    }
    let refused = declare("cho", 10).await;
    assert_eq!(refused.outcome, ReplyOutcome::Refused);
    assert!(show(&refused.post).contains("10 incidents within 5 minutes"), "{}", show(&refused.post));
    done(&declare("bob", 11).await);
    world.advance(minutes(5)).await;
    done(&declare("cho", 12).await);
    world.end().await;
}
