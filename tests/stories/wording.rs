//! What people read: page messages, refusals, replies, forms, and buttons that no longer apply.

use hotroom::chat::{CommandInput, Form, Reply, ReplyOutcome};

use crate::world::{World, alert, done, minutes, show};

/// Sends a filled form from a room.
async fn submits(world: &World, room: &str, command: &str, options: &[(&str, &str)]) -> Reply {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let said = CommandInput::Options { command: command.to_owned(), options, version: None };
    let delivery = format!("form-{command}-{}", world.now().timestamp_millis());
    world.delivers("dee", Some(room), said, &delivery).await
}

/// The fields that a form shows, with their values.
fn fields(form: &Form) -> Vec<String> {
    form.inputs.iter().map(|input| format!("{} {} {:?}", input.name, input.kind, input.value)).collect()
}

#[tokio::test]
async fn the_first_page_of_an_automatic_incident_says_what_is_wrong_and_links_to_the_room() {
    let world = World::new().await;
    let mut body = alert("CheckoutDown", "checkout", "critical", false);
    body["alerts"][0]["annotations"]["runbook_url"] = "https://wiki.example.com/checkout".into();
    body["alerts"][0]["annotations"]["dashboard_url"] = "https://graphs.example.com/checkout".into();
    world.posts("alertmanager", &body).await;

    let page = world.room("dm-cho").await;
    for wanted in ["CheckoutDown on web-1", "<#hot-1>", "wiki.example.com/checkout", "graphs.example.com/checkout"] {
        assert!(page.contains(wanted), "no {wanted} in {page}");
    }
    assert_eq!(page.matches("Checkout.").count() + page.matches("Checkout;").count(), 1, "named once: {page}");

    world.advance(minutes(5)).await;
    world.presses("ann", "dm-ann", "Acknowledge page").await;
    let late = world.room("dm-bob").await;
    assert!(late.contains("Ann acknowledged this page") && late.contains("<#hot-1>"), "{late}");
    world.end().await;
}

#[tokio::test]
async fn who_is_paged_before_the_room_is_open_gets_the_record_and_then_the_room() {
    let world = World::new().await;
    world.hears("dee", None, "/incident declare \"Checkout is down\" severity:sev1 service:checkout").await;
    world.worker.step().await.expect("one round of the outbox");
    let page = world.room("dm-cho").await;
    assert!(page.contains("opens in a moment") || page.contains("<#hot-1>"), "{page}");
    world.settle().await;
    let page = world.room("dm-cho").await;
    assert!(page.contains("<#hot-1>") && !page.contains("opens in a moment"), "{page}");
    world.end().await;
}

#[tokio::test]
async fn refusals_name_incidents_by_key_and_people_by_name() {
    let world = World::new().await;
    let says = async |line: &str| world.says_in("hot-1", "ann", line).await.post.text;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident status identified").await);
    let again = says("/incident status identified").await;
    assert!(again.starts_with("Nothing to do: HOT-1 is already **Identified**"), "{again}");
    let role = says("/incident role manager me").await;
    assert_eq!(role, "Nothing to do: Ann is already **Incident manager**.");
    assert_eq!(says("/incident join").await, "Nothing changed: you are already in the room.");
    done(&world.says_in("hot-1", "ann", "/incident invite @cho").await);
    assert_eq!(says("/incident invite @cho").await, "Nothing changed: everyone you named is already in the room.");
    world.end().await;
}

#[tokio::test]
async fn a_rule_that_declares_is_named_as_a_rule() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    let room = world.room("hot-1").await;
    assert!(room.contains("by hotroom \\(rule critical-service\\)"), "{room}");
    assert!(!room.contains("tied"), "{room}");
    world.end().await;
}

#[tokio::test]
async fn buttons_go_when_what_they_offer_is_done() {
    let world = World::new().await;
    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", false)).await;
    let says = async |line: &str| world.says_in("hot-1", "ann", line).await;
    assert!(world.room("hot-1").await.contains("(Take incident manager)"));
    done(&says("/incident role manager me").await);
    assert!(!world.room("hot-1").await.contains("(Take incident manager)"), "Ann has the role");
    for task in ["Check the queue", "Call the bank", "add it up"] {
        done(&says(&format!("/incident task \"{task}\"")).await);
    }
    done(&says("/incident task number:2 person:@bob").await);
    done(&says("/incident task done:1").await);
    let room = world.room("hot-1").await;
    assert!(!room.contains("(Finish task 1)") && !room.contains("(Take task 1)"), "{room}");
    assert!(room.contains("(Finish task 2)") && !room.contains("(Take task 2)"), "{room}");
    assert!(room.contains("(Finish task 3)") && room.contains("Task 3: add it up"), "{room}");

    world.posts("alertmanager", &alert("CheckoutDown", "checkout", "critical", true)).await;
    world.advance(minutes(6)).await;
    let asked = |room: &str| room.contains("hotroom never resolves incidents automatically");
    assert!(asked(&world.room("hot-1").await), "{}", world.room("hot-1").await);
    done(&says("/incident resolve \"Rolled back.\"").await);
    assert!(!asked(&world.room("hot-1").await), "it is resolved");
    assert_eq!(
        world.button("hot-1", "Close incident").await.confirm.as_deref(),
        Some("2 tasks are still open. Close anyway?")
    );
    done(&world.presses("ann", "hot-1", "Close incident").await);
    let room = world.room("hot-1").await;
    assert!(!room.contains("(Finish task") && !room.contains("(Post update)"), "{room}");
    assert!(room.contains("2 tasks are still open. The room stays readable"), "{room}");
    done(&says("/incident reopen \"It is back\"").await);
    assert!(world.room("hot-1").await.contains("(Finish task 2)"), "open again");
    world.end().await;
}

#[tokio::test]
async fn a_task_is_not_named_after_the_word_add() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident task add Check the queue").await);
    assert_eq!(world.incident("HOT-1").await.tasks[0].text.verbatim(), "Check the queue");
    world.end().await;
}

#[tokio::test]
async fn a_form_is_named_after_its_button_and_does_not_ask_for_the_incident_it_is_in() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3").await);
    let opens = async |room: &str, line: &str| {
        let reply = world.hears("dee", Some(room), line).await;
        (reply.form.clone().expect("a form"), reply.post.text)
    };
    let (form, text) = opens("hot-1", "/incident resolve").await;
    assert_eq!((form.title.as_str(), form.submit.as_str()), ("Resolve HOT-1", "Resolve incident"));
    assert_eq!(fields(&form), ["summary text \"\"", "cause choice \"\"", "incident hidden \"HOT-1\""]);
    assert!(text.starts_with("Stops the update reminders") && text.contains("Checkout is down"), "{text}");
    let (form, _) = opens("hot-1", "/incident note").await;
    assert_eq!(form.title, "Add note · HOT-1");
    let (form, _) = opens("alerts", "/incident update incident:HOT-1").await;
    assert_eq!(form.inputs.last().map(|input| input.kind.as_str()), Some("hidden"));
    let (form, _) = opens("alerts", "/incident update").await;
    assert_eq!(form.inputs.last().map(|input| input.kind.as_str()), Some("choice"));
    for (line, title) in [("/alert ack", "Acknowledge alerts"), ("/oncall override", "Save override")] {
        let (form, text) = opens("hot-1", line).await;
        assert_eq!(form.title, title);
        assert!(!text.contains("HOT-1"), "{line} is not about an incident: {text}");
    }
    world.end().await;
}

#[tokio::test]
async fn a_form_with_an_error_keeps_its_values_and_explains_it_at_the_field() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is down\" severity:sev3").await);
    for room in ["hot-1", "alerts"] {
        let reply = submits(&world, room, "incident snooze", &[("wait", "soon"), ("incident", "HOT-1")]).await;
        assert_eq!(reply.outcome, ReplyOutcome::Misunderstood);
        let form = reply.form.expect("the form comes back");
        assert_eq!(form.title, "Snooze reminder · HOT-1");
        assert_eq!(fields(&form), ["wait line \"soon\"", "incident hidden \"HOT-1\""]);
        let error = form.inputs[0].error.clone().expect("an error at the field");
        assert!(error.starts_with("For how long takes a duration such as 30m, 2h"), "{error}");
        assert!(!error.contains('`') && error.contains("soon is not one"), "{error}");
        world.pass(minutes(1));
    }
    world.end().await;
}

#[tokio::test]
async fn the_form_of_the_status_page_suggests_the_component_and_the_text() {
    let world = World::new().await;
    let declare = "/incident declare \"Checkout is down\" severity:sev1 service:checkout";
    done(&world.says("ann", declare).await);
    let reply = world.hears("dee", Some("hot-1"), "/incident statuspage").await;
    let form = reply.form.clone().expect("a form");
    let input = |name: &str| form.inputs.iter().find(|input| input.name == name).expect(name);
    let checkout = input("components.checkout");
    assert_eq!((checkout.value.as_str(), checkout.current.as_deref()), ("major_outage", Some("Operational")));
    assert!(form.inputs.iter().filter(|i| i.name.starts_with("components.") && !i.value.is_empty()).count() == 1);
    let (template, message) = (input("template"), input("message"));
    assert_eq!((template.texts.len(), message.unless.as_deref()), (template.choices.len(), Some("template")));
    assert!(template.texts.iter().all(|text| !text.is_empty()), "{template:?}");

    let options = [("status", "investigating"), ("message", "We know."), ("components.checkout", "major_outage")];
    done(&submits(&world, "hot-1", "incident statuspage", &options).await);
    world.settle().await;
    let reply = world.hears("dee", Some("hot-1"), "/incident statuspage").await;
    let form = reply.form.expect("a form");
    let checkout = form.inputs.iter().find(|input| input.name == "components.checkout").expect("the component");
    assert_eq!((checkout.value.as_str(), checkout.current.as_deref()), ("", Some("Major outage")));
    world.end().await;
}

#[tokio::test]
async fn who_is_on_call_is_told_with_each_time_once() {
    let world = World::new().await;
    let reply = world.says("ann", "/oncall now").await;
    assert_eq!(reply.post.text.matches("<t:").count(), 1, "{}", show(&reply.post));
    world.end().await;
}

/// The first message of a group waits for others of its group, unless it opened an incident.
#[tokio::test]
async fn alerts_that_open_an_incident_are_in_the_feed_at_once() {
    let world = World::new().await;
    let fresh = |name, severity| {
        let mut body = alert(name, "checkout", severity, false);
        body["alerts"][0]["startsAt"] = world.now().to_rfc3339().into();
        body
    };
    world.posts("alertmanager", &fresh("SlowCheckout", "warning")).await;
    assert!(!world.room("alerts").await.contains("SlowCheckout"), "it waits for others");
    world.posts("alertmanager", &fresh("CheckoutDown", "critical")).await;
    assert!(world.room("alerts").await.contains("CheckoutDown"), "{}", world.room("alerts").await);
    world.advance(minutes(1)).await;
    let feed = world.room("alerts").await;
    assert_eq!(feed.matches("# ").count(), 0, "{feed}");
    assert_eq!(world.posts_of("alerts").await.len(), 2, "each is posted once: {feed}");
    world.end().await;
}

#[tokio::test]
async fn a_reload_without_a_file_says_so() {
    let world = World::without_a_file().await;
    let reload = async || done(&world.says("ann", "/admin reload").await).post.text.clone();
    assert_eq!(reload().await, "There is no bot.toml here. hotroom runs on its built-in settings.");
    world.rewrites("[status_page]\nname = \"Shop\"\n");
    assert_eq!(reload().await, "The changed bot.toml is in force.");
    world.end().await;
}

#[tokio::test]
async fn a_list_counts_every_incident_and_says_how_many_it_shows() {
    let world = World::new().await;
    for n in 1..=31 {
        world.pass(minutes(1));
        done(&world.hears("ann", None, &format!("/incident declare \"Outage {n}\" severity:sev4")).await);
    }
    world.settle().await;
    for (line, title) in [("/incident list", "31 incidents, open"), ("/incident list all", "31 incidents")] {
        let text = show(&done(&world.says("ann", line).await).post);
        assert!(text.lines().any(|line| line.ends_with(title)), "{line}: {text}");
        assert_eq!(text.matches("**HOT-").count(), 20, "{line}: {text}");
        assert!(text.contains("20 are shown"), "{text}");
    }
    world.end().await;
}
