//! All contact methods at once: what each may say of a private incident and of a drill, and answers by several of them at the
//! same time.

use std::pin::Pin;

use futures_util::future::join_all;
use hotroom::domain::ids::PersonId;
use mail_parser::MessageParser;

use super::{
    Providers, declare, link, opens, page,
    phone::{SMS, URL, code, posts},
};
use crate::{
    fake_http::{FakeHttp, Reaction},
    fake_pushover::{self, FakePushover},
    fake_smtp::FakeSmtp,
    fake_twilio::{self, FakeTwilio},
    web_push::Browser,
    world::{World, done, minutes, show},
};

/// A bot with every service that contact methods need.
struct Services {
    providers: Providers,
    twilio: FakeTwilio,
    pushover: FakePushover,
    mail: FakeSmtp,
    hook: FakeHttp,
}

impl Services {
    async fn start() -> Self {
        Self {
            providers: Providers::start().await,
            twilio: FakeTwilio::start().await,
            pushover: FakePushover::start().await,
            mail: FakeSmtp::plain().await,
            hook: FakeHttp::start(|_| Reaction::answer(200, "")).await,
        }
    }

    async fn world(&self, people: &[(&str, &[&str])], private: bool, more: &str) -> World {
        let allowed = format!("private = {private}\n");
        let toml = format!(
            "[server]\npublic_url = \"{URL}\"\ntrust_local = true\n[net]\nallow = [\"127.0.0.0/8\"]\n{}\n{}{allowed}{}{allowed}\
             [mail]\nserver = \"localhost:{}\"\nfrom = \"hotroom <hotroom@example.com>\"\n{allowed}\
             [web_push]\nenabled = true\nsubject = \"mailto:oncall@example.com\"\n{more}",
            self.providers.settings(people, private),
            self.twilio.toml(),
            self.pushover.toml(),
            self.mail.port,
        );
        let secrets = [("PUSHOVER_TOKEN", fake_pushover::TOKEN), ("TWILIO_TOKEN", fake_twilio::TOKEN)];
        World::with_secrets(&toml, &secrets).await
    }

    /// Adds and verifies the webhook of cho.
    async fn add_webhook(&self, world: &World) {
        done(&world.says("cho", &format!("/oncall contact add webhook {}/hook", self.hook.url)).await);
        let bodies = self.hook.received();
        let code = bodies.iter().find_map(|request| request.json()["data"]["code"].as_str().map(str::to_owned));
        let cho = PersonId::from("cho");
        let methods = world.app.store.read(move |reads| reads.contact_methods_of(&cho)).await.unwrap();
        let number = methods.iter().position(|method| method.kind.name() == "webhook").expect("a webhook") + 1;
        done(&world.says("cho", &format!("/oncall contact verify {number} {}", code.expect("a code"))).await);
    }

    /// What was sent about the incident by each kind of method: its first words first.
    async fn sent(&self, world: &World, browser: &Browser) -> Vec<(&'static str, String)> {
        let mut sent: Vec<(&str, String)> = Vec::new();
        sent.extend(self.providers.texts().into_iter().map(|(_, text)| ("gateway", text)));
        for request in self.providers.http.received().iter().filter(|request| request.path == "/") {
            let body = request.json();
            sent.push(("ntfy", format!("{} {body}", body["title"].as_str().unwrap_or_default())));
        }
        sent.extend(self.twilio.texts().into_iter().map(|text| ("sms", text.body)));
        for call in self.twilio.calls() {
            let (_, said) = posts(world, &self.twilio.answer(&call)).await;
            sent.push(("voice", said.split_once("<Say>").map(|(_, said)| said.to_owned()).unwrap_or_default()));
        }
        let note = |note: fake_pushover::PushoverNote| format!("{} {} {:?}", note.title, note.text, note.url);
        sent.extend(self.pushover.messages().into_iter().map(|sent| ("pushover", note(sent))));
        for mail in self.mail.taken() {
            let subject = mail.header("subject").unwrap_or_default();
            let message = MessageParser::default().parse(mail.text.as_bytes()).expect("a message");
            let parts = [message.body_text(0), message.body_html(0)].into_iter().flatten().collect::<String>();
            sent.push(("mail", format!("{subject} {parts}")));
        }
        for request in self.hook.received() {
            let data = request.json()["data"].clone();
            sent.push(("webhook", format!("{} {data}", data["subject"].as_str().unwrap_or_default())));
        }
        let title = |message: &serde_json::Value| message["title"].as_str().unwrap_or_default().to_owned();
        sent.extend(browser.messages().iter().map(|message| ("web_push", format!("{} {message}", title(message)))));
        sent.retain(|(kind, text)| text.contains("HOT-1") || (*kind == "voice" && text.contains("SEV1")));
        sent
    }
}

const CHO: &[(&str, &[&str])] = &[(
    "cho",
    &[
        "mail:cho@example.com",
        "ntfy:cho-topic-1",
        "sms:+15550100003",
        "voice:+15550100003",
        "pushover:uQiRzpo4DXghDmr9QzzfQu27cmVRsG",
        "gateway:+4915100000003",
    ],
)];
/// Every kind, in the order of its word.
const KINDS: [&str; 8] = ["gateway", "mail", "ntfy", "pushover", "sms", "voice", "web_push", "webhook"];

fn kinds(sent: &[(&'static str, String)]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = sent.iter().map(|(kind, _)| *kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Declares an incident, waits until every method of cho has had its turn, and returns what was sent about it.
async fn paged_by_all(private: bool, kind: &str) -> Vec<(&'static str, String)> {
    let services = Services::start().await;
    let world = services.world(CHO, private, "").await;
    let browser = Browser::of(&world, "cho").await;
    browser.subscribes(&world).await;
    services.add_webhook(&world).await;
    world.advance(minutes(2)).await;
    let key = declare(&world, kind).await;
    world.advance(minutes(6)).await;
    let sent = services.sent(&world, &browser).await;
    done(&world.says("cho", &format!("/page ack {}", page(&world, &key).await.id())).await);
    world.end().await;
    sent
}

#[tokio::test]
async fn no_method_says_more_of_a_private_incident_than_key_severity_and_link() {
    let sent = paged_by_all(false, "private:yes").await;
    assert_eq!(kinds(&sent), ["web_push"], "nothing leaves without `private = true`: {sent:?}");
    let allowed = paged_by_all(true, "private:yes").await;
    let but_webhook: Vec<&str> = KINDS.into_iter().filter(|kind| *kind != "webhook").collect();
    assert_eq!(kinds(&allowed), but_webhook, "a personal webhook carries none: {allowed:?}");
    for (kind, text) in sent.iter().chain(&allowed) {
        assert!(text.contains("SEV1"), "{kind}: {text}");
        assert!(*kind == "voice" || text.contains("/a/"), "{kind} has a link: {text}");
        for secret in ["Checkout", "checkout", "is down", "Dee"] {
            assert!(!text.contains(secret), "{kind} shows {secret}: {text}");
        }
    }
}

#[tokio::test]
async fn every_method_says_drill_first() {
    let sent = paged_by_all(false, "drill:yes").await;
    assert_eq!(kinds(&sent), KINDS);
    for (kind, text) in &sent {
        assert!(text.starts_with("DRILL"), "{kind}: {text}");
    }
}

#[tokio::test]
async fn every_method_names_severity_service_and_title_of_a_public_incident() {
    let sent = paged_by_all(false, "").await;
    assert_eq!(kinds(&sent), KINDS);
    for (kind, text) in &sent {
        for fact in ["SEV1", "Checkout is down"] {
            assert!(text.contains(fact), "{kind} does not say {fact}: {text}");
        }
    }
}

/// What people write is text in every format, whatever it contains.
#[tokio::test]
async fn no_title_breaks_out_of_the_format_of_any_method() {
    let services = Services::start().await;
    let world = services.world(CHO, false, "").await;
    let browser = Browser::of(&world, "cho").await;
    browser.subscribes(&world).await;
    services.add_webhook(&world).await;
    world.advance(minutes(2)).await;
    let title = "</Say><Hangup/> x&to=+1 {{secret}} <b>";
    let line = format!("/incident declare \"{title}\" severity:sev1 service:checkout");
    done(&world.says("dee", &line).await);
    world.advance(minutes(6)).await;
    let sent = services.sent(&world, &browser).await;
    assert_eq!(kinds(&sent), KINDS);
    for (kind, text) in &sent {
        let escaped = if *kind == "voice" || *kind == "mail" { "&lt;b&gt;" } else { "<b>" };
        assert!(text.contains(escaped) && text.contains("{{secret}}"), "{kind} shows it as it was written: {text}");
        assert!(*kind != "voice" || !text.contains("<Hangup/> x"), "{text}");
    }
    assert!(services.twilio.texts().iter().all(|text| text.to == "+15550100003"), "a title names no number");
    done(&world.says("cho", &format!("/page ack {}", page(&world, "HOT-1").await.id())).await);
    world.end().await;
}

/// A policy that pages four people at once, each of whom answers in another way.
const FOUR: &str = "[[escalations]]\nid = \"default\"\nrepeat = 0\n[[escalations.steps]]\n\
    targets = [\"person:ann\", \"person:bob\", \"person:cho\", \"person:dee\"]\ndelay = \"5m\"\n";
type Answer<'a> = Pin<Box<dyn Future<Output = (&'static str, String)> + 'a>>;

#[tokio::test]
async fn of_a_link_a_code_a_button_and_a_notification_at_the_same_time_one_wins_and_the_others_see_who() {
    for first in 0..4 {
        let services = Services::start().await;
        let people: &[(&str, &[&str])] = &[("ann", &["sms:+15550100001"]), ("cho", &["gateway:+4915100000003"])];
        let world = services.world(people, false, FOUR).await;
        let browser = Browser::of(&world, "bob").await;
        browser.subscribes(&world).await;
        let key = declare(&world, "").await;
        let asked = page(&world, &key).await;
        let text = services.twilio.texts().remove(0).body;
        let reply = services.twilio.receive("+15550100001", &code(&text), SMS);
        let (path, line) = (link(&services.providers.texts()[0].1), format!("/page ack {}", asked.id()));
        let mut answers: Vec<Answer<'_>> = vec![
            Box::pin(async { ("Ann", posts(&world, &reply).await.1) }),
            Box::pin(async { ("Bob", browser.presses(&world, "ack").await.1.to_string()) }),
            Box::pin(async { ("Cho", opens(&world, "POST", &path).await.1) }),
            Box::pin(async { ("Dee", show(&world.hears("dee", None, &line).await.post)) }),
        ];
        answers.rotate_left(first);
        let answers = join_all(answers).await;
        world.settle().await;
        let taken = page(&world, &key).await;
        assert_eq!(taken.acknowledged_by.len(), 1, "{answers:?}");
        let winner = taken.taken_by.expect("somebody has it").to_string();
        for (person, answer) in &answers {
            let knows = answer.to_lowercase().contains(&winner);
            assert!(person.to_lowercase() == winner || knows, "{person} does not see that {winner} has it: {answer}");
        }
        world.end().await;
    }
}
