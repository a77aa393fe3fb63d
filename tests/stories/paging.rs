//! Pages: who is paged, when, and what happens when two people respond.

use hotroom::{
    chat::{Reply, ReplyOutcome},
    domain::oncall::{AttemptOutcome, Page, PageState},
};

use crate::world::{World, alert, done, minutes, show};

async fn declare(world: &World) -> String {
    let reply = world.says("dee", "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await;
    done(&reply).incident.clone().expect("an incident").to_string()
}

async fn pages(world: &World, key: &str) -> Vec<Page> {
    let id = world.incident(key).await.id;
    world.app.store.read(move |reads| reads.pages_of_incident(id)).await.unwrap()
}

/// Returns the people whom a page notified, in order, with the attempt number of each.
fn asked(page: &Page) -> Vec<String> {
    page.attempts.iter().map(|attempt| format!("{} {}", attempt.person, attempt.n)).collect()
}

async fn answers(world: &World, who: &str, word: &str, page: &Page) -> Reply {
    world.says(who, &format!("/page {word} {}", page.id())).await
}

/// On 2026-03-02 the shipped schedule has cho on call.
#[tokio::test]
async fn a_page_reaches_the_one_on_call_and_climbs_until_someone_has_it() {
    let world = World::new().await;
    let key = declare(&world).await;
    let page = pages(&world, &key).await.remove(0);
    assert_eq!(asked(&page), ["cho 1"]);
    assert_eq!(page.attempts[0].outcome, AttemptOutcome::Delivered, "every attempt is a line people can see");
    let direct = world.room("dm-cho").await;
    assert!(direct.contains("Acknowledge page") && direct.contains("calls cho"), "{direct}");

    world.advance(minutes(4)).await;
    assert_eq!(pages(&world, &key).await[0].attempts.len(), 1, "it is not time yet");
    world.advance(minutes(1)).await;
    let page = pages(&world, &key).await.remove(0);
    assert_eq!(asked(&page), ["cho 1", "ann 1", "bob 1", "cho 2", "dee 1"]);

    done(&answers(&world, "bob", "ack", &page).await);
    let taken = pages(&world, &key).await.remove(0);
    assert_eq!((taken.state, taken.taken_by), (PageState::Acknowledged, Some("bob".into())));
    let before = world.posts_of("dm-cho").await.len();
    world.advance(minutes(60)).await;
    assert_eq!(pages(&world, &key).await[0].attempts.len(), 5, "nobody is paged after that");
    assert_eq!(world.posts_of("dm-cho").await.len(), before);
    let told = world.room("dm-cho").await;
    assert!(!told.contains("/page ack"), "what was said before is edited: {told}");
    assert!(world.room(&key.to_lowercase()).await.contains("Bob acknowledged the page"));
    world.end().await;
}

#[tokio::test]
async fn of_two_who_acknowledge_the_second_is_told_who_has_it() {
    let world = World::new().await;
    let key = declare(&world).await;
    let page = pages(&world, &key).await.remove(0);
    let id = page.id();
    let (first, second) = (format!("/page ack {id}"), format!("/page ack {id}"));
    let (cho, ann) = tokio::join!(world.hears("cho", None, &first), world.hears("ann", None, &second));
    world.settle().await;
    let outcomes = [cho.outcome, ann.outcome];
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == ReplyOutcome::Done).count(), 1, "{outcomes:?}");
    let late = if cho.outcome == ReplyOutcome::Done { &ann } else { &cho };
    let winner = if cho.outcome == ReplyOutcome::Done { "Cho" } else { "Ann" };
    assert!(late.post.text.contains(winner), "{}", show(&late.post));
    world.end().await;
}

#[tokio::test]
async fn who_cannot_take_it_is_not_asked_again_and_the_next_is_asked_at_once() {
    let world = World::new().await;
    let key = declare(&world).await;
    let page = pages(&world, &key).await.remove(0);
    done(&answers(&world, "cho", "decline", &page).await);
    let page = pages(&world, &key).await.remove(0);
    assert_eq!(asked(&page), ["cho 1", "ann 1", "bob 1", "dee 1"]);
    world.end().await;
}

#[tokio::test]
async fn after_downtime_an_overdue_page_goes_one_step_at_a_time() {
    let world = World::new().await;
    let key = declare(&world).await;
    world.was_down(minutes(60));
    world.settle().await;
    assert_eq!(pages(&world, &key).await[0].attempts.len(), 5, "one step, not all of them");
    world.end().await;
}

#[tokio::test]
async fn when_nobody_answers_the_room_and_the_feed_say_so_loudly() {
    let world = World::new().await;
    let key = declare(&world).await;
    world.advance(minutes(31)).await;
    assert!(pages(&world, &key).await[0].is_exhausted());
    for room in [key.to_lowercase(), "incidents".to_owned()] {
        let told = world.room(&room).await.to_lowercase();
        assert!(told.contains("nobody acknowledged the page"), "{room}: {told}");
    }
    world.end().await;
}

#[tokio::test]
async fn raising_the_severity_pages_again_after_a_page_that_nobody_answered_and_lowering_does_not() {
    let world = World::new().await;
    let reply = world.says("dee", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await;
    let key = done(&reply).incident.clone().expect("an incident").to_string();
    world.advance(minutes(31)).await;
    assert!(pages(&world, &key).await[0].is_exhausted());

    done(&world.says("dee", &format!("/incident severity sev1 incident:{key}")).await);
    let all = pages(&world, &key).await;
    let asking: Vec<_> = all.iter().filter(|page| !page.is_exhausted()).map(asked).collect();
    assert_eq!((all.len(), asking), (2, vec![vec!["cho 1".to_owned()]]));

    world.advance(minutes(31)).await;
    done(&world.says("dee", &format!("/incident severity sev2 incident:{key}")).await);
    assert_eq!(pages(&world, &key).await.len(), 2, "less severe needs nobody more");
    world.end().await;
}

#[tokio::test]
async fn raising_the_severity_does_not_double_a_page_in_progress() {
    for answered in [false, true] {
        let world = World::new().await;
        let reply = world.says("dee", "/incident declare \"Checkout is slow\" severity:sev2 service:checkout").await;
        let key = done(&reply).incident.clone().expect("an incident").to_string();
        if answered {
            done(&answers(&world, "cho", "ack", &pages(&world, &key).await[0]).await);
        }
        done(&world.says("dee", &format!("/incident severity sev1 incident:{key}")).await);
        assert_eq!(pages(&world, &key).await.len(), 1);
        world.end().await;
    }
}

#[tokio::test]
async fn nobody_on_call_pages_the_fallback_and_says_so() {
    let world = World::with(
        r#"
        [[schedules]]
        id = "primary"
        timezone = "UTC"
        [[schedules.layers]]
        people = ["", "cho"]
        start = "2026-01-05 09:00"
        turn = "1w"
        "#,
    )
    .await;
    let key = declare(&world).await;
    assert_eq!(asked(&pages(&world, &key).await[0]), ["ann 1"]);
    assert!(world.room(&key.to_lowercase()).await.contains("Nobody is on call"));
    let feed = world.room("incidents").await.to_lowercase();
    assert!(feed.contains("nobody is on call"), "{feed}");
    world.end().await;
}

#[tokio::test]
async fn resolving_the_incident_ends_its_pages() {
    let world = World::new().await;
    let key = declare(&world).await;
    done(&world.says("dee", &format!("/incident resolve \"rolled back\" incident:{key}")).await);
    let page = pages(&world, &key).await.remove(0);
    assert_eq!(page.state, PageState::Resolved);
    world.advance(minutes(30)).await;
    assert_eq!(pages(&world, &key).await[0].attempts.len(), 1);
    let late = answers(&world, "cho", "ack", &page).await;
    assert_eq!(late.outcome, ReplyOutcome::Refused, "{}", show(&late.post));
    world.end().await;
}

#[tokio::test]
async fn a_stand_in_is_paged_instead_and_a_drill_says_that_it_is_one() {
    let world = World::new().await;
    done(&world.says("ann", "/oncall override @bob until:18:00").await);
    let now = world.says("dee", "/oncall now").await;
    assert!(show(&now.post).contains("Bob"), "{}", show(&now.post));
    let drill = "/incident declare \"Practice\" severity:sev1 service:checkout drill:yes";
    let key = done(&world.says("dee", drill).await).incident.clone().expect("an incident").to_string();
    assert_eq!(asked(&pages(&world, &key).await[0]), ["bob 1"]);
    assert!(world.room("dm-bob").await.contains("DRILL"));
    world.end().await;
}

#[tokio::test]
async fn a_page_by_hand_asks_that_person_and_refuses_what_is_over() {
    let world = World::new().await;
    let key = declare(&world).await;
    done(&world.says("ann", &format!("/page @dee \"please look\" incident:{key}")).await);
    // Both pages have the same time, so their order is not defined.
    let mut all: Vec<_> = pages(&world, &key).await.iter().map(asked).collect();
    all.sort();
    assert_eq!(all, [["cho 1"], ["dee 1"]]);
    assert!(world.room("dm-dee").await.contains("please look"));
    done(&world.says("dee", &format!("/incident resolve \"rolled back\" incident:{key}")).await);
    let late = world.says("ann", &format!("/page @dee incident:{key}")).await;
    assert_eq!(late.outcome, ReplyOutcome::Refused, "{}", show(&late.post));
    world.end().await;
}

/// Returns the lines of a room that list whom a page notifies.
async fn notices(world: &World, room: &str) -> Vec<String> {
    let posts = world.posts_of(room).await;
    let of_pages =
        |text: &str| ["Paging", "Paged", "No acknowledgement yet", "is paging"].iter().any(|word| text.contains(word));
    posts.iter().filter(|post| of_pages(&post.text)).map(show).collect()
}

#[tokio::test]
async fn the_line_about_a_page_stays_true_and_has_buttons_only_while_they_do_something() {
    let world = World::new().await;
    let key = declare(&world).await;
    let room = key.to_lowercase();
    let id = pages(&world, &key).await[0].id();
    let asking = |line: &str| {
        format!(
            "{line}\n(Acknowledge page) /page ack {id}\n(Escalate page) /page escalate {id}\n(Can't take it) /page decline {id}"
        )
    };
    assert_eq!(notices(&world, &room).await, [asking("Paging Cho (Checkout).")]);

    world.advance(minutes(5)).await;
    let passed = "Paged Cho (Checkout): no acknowledgement, so the next step was paged.".to_owned();
    let second = notices(&world, &room).await.remove(1);
    assert!(second.starts_with("No acknowledgement yet. Step 2: now paging"), "{second}");
    assert!(second.contains("/page ack") && second.contains("calls ann, bob, cho, dee"), "{second}");
    assert_eq!(notices(&world, &room).await[0], passed);

    world.advance(minutes(2)).await;
    done(&world.presses("bob", &room, "Acknowledge page").await);
    let taken = "Paged Ann, Bob, Cho and Dee (Checkout): **Bob** acknowledged after 7 min.".to_owned();
    let open = format!("{taken}\n(Snooze 30 min) /page snooze 30m page:{id}\n(Reassign page) /page reassign page:{id}");
    assert_eq!(notices(&world, &room).await, [passed.clone(), open]);
    done(&world.says("dee", &format!("/incident resolve \"rolled back\" incident:{key}")).await);
    assert_eq!(notices(&world, &room).await, [passed, taken], "who had it is not forgotten");
    assert!(!world.room(&room).await.contains("/page "), "nothing of the page is left to press");
    world.end().await;
}

#[tokio::test]
async fn a_page_that_nobody_answered_or_that_ended_with_its_incident_says_so_where_it_was_announced() {
    let world = World::new().await;
    let key = declare(&world).await;
    let room = key.to_lowercase();
    world.advance(minutes(31)).await;
    let last = notices(&world, &room).await.pop().expect("a line");
    assert!(last.contains("**nobody acknowledged.**") && last.contains("/page ack"), "{last}");
    assert!(!last.contains("/page escalate"), "nobody is left to ask: {last}");
    done(&world.says("ann", &format!("/page @dee incident:{key}")).await);
    assert!(notices(&world, &room).await.iter().any(|line| line.starts_with("Ann is paging Dee.")));
    done(&world.says("dee", &format!("/incident resolve \"rolled back\" incident:{key}")).await);
    let after = notices(&world, &room).await.join("\n");
    assert!(after.contains("Paged Dee: the incident was over before anyone acknowledged."), "{after}");
    assert!(!world.room(&room).await.contains("/page ack"));
    assert!(!world.room("dm-dee").await.contains("/page ack"), "nor in what was said to people alone");
    world.end().await;
}

#[tokio::test]
async fn an_incident_without_a_service_pages_the_fallback_and_says_why() {
    let world = World::new().await;
    let reply = world.says("dee", "/incident declare \"Something is very wrong\" severity:sev1").await;
    let key = done(&reply).incident.clone().expect("an incident").to_string();
    let asked_now = asked(&pages(&world, &key).await[0]);
    assert_eq!(asked_now, ["ann 1"], "a severity that pages never stays silent");
    for room in [key.to_lowercase(), "incidents".to_owned()] {
        let told = world.room(&room).await.to_lowercase();
        assert!(told.contains("nobody is on call") && told.contains("names no service"), "{room}: {told}");
    }
    assert!(world.room("dm-ann").await.contains("You are paged as the fallback"));
    world.advance(minutes(10)).await;
    assert_eq!(asked(&pages(&world, &key).await[0]), ["ann 1", "ann 2", "ann 3"]);
    world.advance(minutes(5)).await;
    assert!(world.room("incidents").await.contains("nobody acknowledged the page"));
    world.end().await;
}

#[tokio::test]
async fn without_a_fallback_it_is_said_loudly_that_nobody_was_paged() {
    let world = World::with("[pager]\nfallback = \"\"").await;
    let quiet = world.says("dee", "/incident declare \"A small thing\" severity:sev3").await;
    let key = done(&quiet).incident.clone().expect("an incident").to_string();
    assert!(pages(&world, &key).await.is_empty());
    done(&world.says("dee", &format!("/incident severity sev1 incident:{key}")).await);
    let told = world.room("incidents").await;
    assert!(told.contains("nobody was paged") && told.contains("names no service"), "{told}");
    world.end().await;
}

#[tokio::test]
async fn a_page_that_nobody_answered_does_not_keep_a_graver_severity_from_paging() {
    let world = World::new().await;
    let key = declare(&world).await;
    world.advance(minutes(31)).await;
    assert!(pages(&world, &key).await[0].is_exhausted());
    done(&world.says("dee", &format!("/incident severity sev3 incident:{key}")).await);
    done(&world.says("dee", &format!("/incident severity sev1 incident:{key}")).await);
    assert_eq!(pages(&world, &key).await.len(), 2);
    world.end().await;
}

#[tokio::test]
async fn an_override_is_taken_back_by_its_button_from_a_list_and_over_the_api() {
    let world = World::new().await;
    let on_call = async || show(&world.says("dee", "/oncall now").await.post);
    let put = world.says("ann", "/oncall override @bob until:18:00").await;
    let back = done(&put).post.buttons[0].command.clone();
    world.advance(minutes(30)).await;
    assert!(on_call().await.contains("Bob"));
    let reporter = world.says("bob", "/oncall cancel").await;
    let listed = reporter.form.expect("a form").inputs[0].choices.clone();
    assert!(matches!(&listed[..], [(_, label)] if label.starts_with("Bob (primary)")), "{listed:?}");
    done(&world.says("bob", &back).await);
    assert!(on_call().await.contains("Cho"), "the schedule counts again");
    let again = world.says("bob", &back).await;
    assert_eq!(again.outcome, ReplyOutcome::Refused, "{}", show(&again.post));
    let kept = world
        .app
        .store
        .read(|reads| reads.overrides(crate::world::start(), crate::world::start() + chrono::TimeDelta::minutes(10)));
    assert_eq!(kept.await.unwrap().len(), 1, "who was on call then is not rewritten");

    let wanted = serde_json::json!({"person": "@dee", "from": "2026-03-03T10:00:00Z", "until": "2026-03-03T18:00:00Z"});
    let (status, made) = world.send("POST", "/api/v1/oncall/overrides", Some(&wanted)).await;
    assert_eq!(status, 201, "{made}");
    let id = world.get("/api/v1/oncall/overrides").await["items"][0]["id"].as_str().expect("an id").to_owned();
    let (status, _) = world.send("POST", &format!("/api/v1/oncall/overrides/{id}/cancel"), None).await;
    assert_eq!(status, 200);
    assert_eq!(world.get("/api/v1/oncall/overrides").await["items"], serde_json::json!([]));
    let (status, _) = world.send("POST", &format!("/api/v1/oncall/overrides/{id}/cancel"), None).await;
    assert_eq!(status, 404);
    world.end().await;
}

/// Returns a bot whose acknowledgements last an hour, with an incident opened by a rule and its page; and the id of the
/// group.
async fn alerted() -> (World, String) {
    let world = World::with("[alerts]\nacknowledge_expires = \"1h\"\n").await;
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    world.advance(minutes(1)).await;
    let groups = world.get("/api/v1/groups").await;
    let group = groups["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(asked(&pages(&world, "HOT-1").await[0]), ["cho 1"]);
    (world, group)
}

#[tokio::test]
async fn an_acknowledgement_of_alerts_stops_the_page_and_pages_again_when_it_runs_out() {
    let (world, group) = alerted().await;
    done(&world.says("bob", &format!("/alert ack {group}")).await);
    let first = pages(&world, "HOT-1").await.remove(0);
    assert_eq!(
        (first.state, first.taken_by),
        (PageState::Acknowledged, Some("bob".into())),
        "who has the alerts has it"
    );
    world.advance(minutes(58)).await;
    assert_eq!(pages(&world, "HOT-1").await.len(), 1);
    world.advance(minutes(3)).await;
    let second = pages(&world, "HOT-1").await.remove(1);
    assert_eq!((asked(&second), second.spec.lapsed.clone()), (vec!["cho 1".to_owned()], Some("bob".into())));
    let direct = world.room("dm-cho").await;
    assert!(direct.contains("The acknowledgement of Bob has expired and the alerts still fire."), "{direct}");
    assert!(world.room("hot-1").await.contains("The acknowledgement of Bob has expired and the alerts still fire."));
    world.advance(minutes(5)).await;
    assert_eq!(asked(&pages(&world, "HOT-1").await[1])[..2], ["cho 1", "ann 1"], "it climbs as a page does");
    done(&answers(&world, "cho", "ack", &second).await);
    world.advance(minutes(180)).await;
    assert_eq!(pages(&world, "HOT-1").await.len(), 2, "a page that is answered itself has no such end");
    world.end().await;
}

#[tokio::test]
async fn nobody_is_paged_again_for_what_is_over_silenced_or_another_has() {
    for after in ["/incident resolve incident:HOT-1 summary:done", "/alert silence GROUP 3h", ""] {
        let (world, group) = alerted().await;
        done(&world.says("bob", &format!("/alert ack {group}")).await);
        if after.is_empty() {
            world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", true)).await;
        } else {
            done(&world.says("bob", &after.replace("GROUP", &group)).await);
        }
        world.advance(minutes(120)).await;
        assert_eq!(pages(&world, "HOT-1").await.len(), 1, "{after}");
        world.end().await;
    }
}

#[tokio::test]
async fn reopening_to_a_severity_that_pages_starts_the_policy_at_its_first_step() {
    for line in ["/incident reopen \"still broken\"", "/incident status investigating \"still broken\""] {
        let world = World::new().await;
        let key = declare(&world).await;
        world.advance(minutes(6)).await;
        done(&world.says("dee", &format!("/incident resolve \"restarted\" incident:{key}")).await);
        assert!(pages(&world, &key).await.iter().all(|page| page.state == PageState::Resolved));
        done(&world.says("dee", &format!("{line} incident:{key}")).await);
        let all = pages(&world, &key).await;
        let asking: Vec<_> = all.iter().filter(|page| page.is_asking()).map(asked).collect();
        assert_eq!(asking, [["cho 1"]], "{line}");
        world.end().await;
    }
    let world = World::new().await;
    let reply = world.says("dee", "/incident declare \"Typo\" severity:sev4 service:checkout").await;
    let key = done(&reply).incident.clone().expect("an incident").to_string();
    done(&world.says("dee", &format!("/incident resolve \"fixed\" incident:{key}")).await);
    done(&world.says("dee", &format!("/incident reopen \"not fixed\" incident:{key}")).await);
    assert!(pages(&world, &key).await.is_empty());
    world.end().await;
}

#[tokio::test]
async fn an_unanswered_page_goes_on_for_the_incident_that_its_own_is_merged_into() {
    let world = World::new().await;
    let key = declare(&world).await;
    done(&world.says("dee", &format!("/incident task text:\"Roll back\" person:@bob incident:{key}")).await);
    done(&world.says("dee", &format!("/incident task text:\"Ask the database team\" incident:{key}")).await);
    done(&world.says("dee", &format!("/incident task done:2 incident:{key}")).await);
    done(&world.says("ann", "/incident declare \"Slow pages\" severity:sev4").await);
    done(&world.says("ann", "/incident task text:\"Look at the dashboard\" incident:HOT-2").await);
    let page = pages(&world, &key).await.remove(0);
    world.advance(minutes(3)).await;
    done(&world.says("dee", &format!("/incident merge HOT-2 incident:{key}")).await);

    let into = world.incident("HOT-2").await;
    assert_eq!(into.severity, hotroom::domain::incident::Severity::Sev1);
    assert!(into.update_due.is_some(), "its update clock runs");
    let tasks: Vec<String> =
        into.tasks.iter().map(|task| format!("{} {}", task.number, task.text.verbatim())).collect();
    assert_eq!(tasks, ["1 Look at the dashboard", "2 Roll back"]);
    assert_eq!(into.tasks[1].assignee, Some("bob".into()));
    assert_eq!(world.incident(&key).await.tasks.len(), 1, "what is done stays");

    let moved = pages(&world, "HOT-2").await;
    assert_eq!(
        moved.iter().map(|page| (page.id(), page.state)).collect::<Vec<_>>(),
        [(page.id(), PageState::Triggered)]
    );
    assert!(pages(&world, &key).await.is_empty());
    assert!(world.room("dm-cho").await.contains("HOT-2"), "{}", world.room("dm-cho").await);
    world.advance(minutes(2)).await;
    let moved = pages(&world, "HOT-2").await.remove(0);
    assert_eq!(asked(&moved), ["cho 1", "ann 1", "bob 1", "cho 2", "dee 1"], "it escalates when it would have");
    done(&answers(&world, "bob", "ack", &moved).await);
    assert!(world.room("hot-2").await.contains("Bob acknowledged the page"));
    done(&world.says("ann", "/incident resolve \"restarted\" incident:HOT-2").await);
    assert_eq!(pages(&world, "HOT-2").await[0].state, PageState::Resolved);
    world.end().await;
}

#[tokio::test]
async fn a_merge_doubles_no_page_and_starts_one_where_nobody_answered() {
    let world = World::new().await;
    declare(&world).await;
    declare(&world).await;
    done(&world.says("dee", "/incident merge HOT-2 incident:HOT-1").await);
    let asking = |pages: &[Page]| pages.iter().filter(|page| page.is_asking()).count();
    assert_eq!(asking(&pages(&world, "HOT-2").await), 1);
    assert_eq!(asking(&pages(&world, "HOT-1").await), 0);
    world.end().await;

    let world = World::new().await;
    let key = declare(&world).await;
    world.advance(minutes(31)).await;
    assert!(pages(&world, &key).await[0].is_exhausted());
    done(&world.says("ann", "/incident declare \"Slow pages\" severity:sev4 service:checkout").await);
    done(&world.says("dee", &format!("/incident merge HOT-2 incident:{key}")).await);
    let all = pages(&world, "HOT-2").await;
    assert_eq!(all.iter().map(asked).collect::<Vec<_>>(), [["cho 1"]]);
    world.end().await;
}

/// Cho is on call; Dee stands in.
#[tokio::test]
async fn an_override_of_a_person_who_was_removed_does_not_count_anywhere() {
    let world = World::new().await;
    done(&world.says("ann", "/oncall override @dee until:\"2026-03-09 10:00\"").await);
    assert!(show(&world.says("ann", "/oncall now").await.post).contains("Dee"));
    let people = ["ann", "bob", "cho"].map(|id| {
        let access = if id == "ann" { "admin" } else { "responder" };
        format!("[[people]]\nid = \"{id}\"\nname = \"{}\"\naccess = \"{access}\"\n", id.to_uppercase())
    });
    world
        .rewrites(&format!("{}[[teams]]\nid = \"ops\"\nname = \"Operations\"\nmembers = [\"ann\"]\n", people.concat()));
    world.app.reload(&hotroom::domain::people::Actor::Machine("SIGHUP".into()), "SIGHUP").await.unwrap();
    let now = show(&world.says("ann", "/oncall now").await.post);
    assert!(now.contains("CHO") && !now.to_lowercase().contains("dee"), "{now}");
    // The token of the session may contain any three letters.
    let view = world.page("ann", "/oncall").await.to_lowercase();
    assert!(!view.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == "dee"), "{view}");
    let key = declare_as(&world, "ann").await;
    assert_eq!(asked(&pages(&world, &key).await[0]), ["cho 1"]);
    world.end().await;
}

async fn declare_as(world: &World, who: &str) -> String {
    let reply = world.says(who, "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await;
    done(&reply).incident.clone().expect("an incident").to_string()
}

#[tokio::test]
async fn a_page_that_was_acknowledged_and_forgotten_starts_again() {
    let policy = "[[escalations]]\nid = \"default\"\nrepeat = 0\nacknowledge_timeout = \"30m\"\n\
                  [[escalations.steps]]\ntargets = [\"schedule:primary\"]\ndelay = \"5m\"\n";
    let world = World::with(policy).await;
    let key = declare(&world).await;
    let first = pages(&world, &key).await.remove(0);
    done(&answers(&world, "cho", "ack", &first).await);
    world.advance(minutes(29)).await;
    done(&world.says("cho", &format!("/incident note \"Looking at the logs\" incident:{key}")).await);
    world.advance(minutes(29)).await;
    assert_eq!(pages(&world, &key).await.len(), 1, "a note is work: the time starts again");
    world.advance(minutes(2)).await;
    let all = pages(&world, &key).await;
    assert_eq!(all.len(), 2, "nobody has done anything for half an hour");
    assert_eq!((asked(&all[1]), all[1].spec.lapsed.as_ref()), (vec!["cho 1".to_owned()], Some(&"cho".into())));
    let direct = world.room("dm-cho").await;
    assert!(direct.contains("acknowledged this, and nothing has been done since"), "{direct}");
    done(&answers(&world, "cho", "ack", &all[1]).await);
    done(&world.says("cho", &format!("/incident resolve \"fixed\" incident:{key}")).await);
    world.advance(minutes(120)).await;
    assert_eq!(pages(&world, &key).await.len(), 2, "an incident that is over pages nobody");
    world.end().await;
}

/// Nobody types the id of a page at night.
#[tokio::test]
async fn a_bare_acknowledgement_answers_the_page_that_can_be_meant() {
    let world = World::new().await;
    let first = declare(&world).await;
    done(&world.says_in(&first.to_lowercase(), "cho", "/page ack").await);
    assert_eq!(pages(&world, &first).await[0].taken_by, Some("cho".into()));
    let over = world.says_in(&first.to_lowercase(), "cho", "/page ack").await;
    assert_eq!(over.outcome, ReplyOutcome::Refused, "{}", show(&over.post));
    assert!(show(&over.post).contains("No page is open here"), "{}", show(&over.post));

    // Elsewhere it is the page that asks the person; a responder who is not asked takes one over in its room.
    let second = declare(&world).await;
    let not_asked = world.says_in("ops", "bob", "/page ack").await;
    assert_eq!(not_asked.outcome, ReplyOutcome::Refused, "{}", show(&not_asked.post));
    done(&world.says_in("dm-cho", "cho", "/page ack").await);
    assert_eq!(pages(&world, &second).await[0].taken_by, Some("cho".into()));
    let third = declare(&world).await;
    done(&world.says_in(&third.to_lowercase(), "bob", "/page ack").await);
    assert_eq!(pages(&world, &third).await[0].taken_by, Some("bob".into()));

    // Two that ask: the reply names both.
    declare(&world).await;
    declare(&world).await;
    let both = world.says_in("dm-cho", "cho", "/page ack").await;
    assert_eq!(both.outcome, ReplyOutcome::Refused);
    assert!(show(&both.post).contains("Several pages can be meant"), "{}", show(&both.post));
    world.end().await;
}
