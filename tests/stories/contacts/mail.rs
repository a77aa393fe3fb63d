//! Pages by mail: links in them, mail servers that fail, and messages that come back.

use std::collections::{BTreeMap, BTreeSet};

use hotroom::{
    cli::read_mailbox,
    contact::mail::MailboxCount,
    domain::{contact::ContactMethod, oncall::PageState},
};
use mail_parser::MessageParser;

use super::{Providers, declare, link, opens, page, statuses};
use crate::{
    fake_imap::FakeImap,
    fake_smtp::{FakeSmtp, Moment, SmtpEncryption, SmtpReaction, TakenMail},
    world::{World, done, minutes},
};

const CHO: &[&str] = &["mail:cho@example.com"];
const CHO_AND_PUSH: &[&str] = &["mail:cho@example.com", "ntfy:cho-topic-1"];

/// Settings with a mail server, and a mailbox for bounces if it has a port.
fn settings(providers: &Providers, contacts: &[&str], private: bool, [smtp, imap]: [u16; 2]) -> String {
    let people = providers.settings(&[("cho", contacts)], private);
    let bounces = if imap == 0 {
        String::new()
    } else {
        format!(
            "[mail.bounces]\naddress = \"bounces@example.com\"\nserver = \"localhost:{imap}\"\nuser = \"bounces\"\n\
             password = \"env:MAILBOX\"\n"
        )
    };
    format!(
        "{people}\n[mail]\nserver = \"localhost:{smtp}\"\nfrom = \"hotroom <hotroom@example.com>\"\n\
         private = {private}\n{bounces}"
    )
}

async fn world(providers: &Providers, contacts: &[&str], ports: [u16; 2]) -> World {
    World::with_secrets(&settings(providers, contacts, false, ports), &[("MAILBOX", "secret")]).await
}

/// A mail server that reacts at one moment, for the first times that it comes.
async fn failing(moment: Moment, reaction: SmtpReaction, mut times: usize) -> FakeSmtp {
    let react = move |at| {
        if at == moment && times > 0 {
            times -= 1;
            return reaction.clone();
        }
        SmtpReaction::Usual
    };
    FakeSmtp::start(SmtpEncryption::None, None, react).await
}

fn text(mail: &TakenMail) -> String {
    let message = MessageParser::default().parse(mail.text.as_bytes()).expect("a message");
    message.body_text(0).expect("a text").into_owned()
}

#[tokio::test]
async fn a_page_by_mail_is_acknowledged_by_its_link_and_not_by_a_scanner() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    let world = world(&providers, CHO, [server.port, 0]).await;
    let key = declare(&world, "").await;
    let mail = server.until_taken(1).await.remove(0);
    assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("hotroom@example.com", &["cho@example.com".to_owned()][..]));
    assert_eq!(mail.header("subject").as_deref(), Some("SEV1 HOT-1 Checkout is down"));
    let html =
        MessageParser::default().parse(mail.text.as_bytes()).expect("a message").body_html(0).map(|h| h.into_owned());
    let path = link(&text(&mail));
    assert!(html.expect("HTML").replace("&#x2f;", "/").contains(&path), "both parts lead to the same place");
    assert_eq!(statuses(&page(&world, &key).await), ["cho mail accepted"]);
    // A mail scanner opens every link.
    for method in ["GET", "HEAD", "GET"] {
        opens(&world, method, &path).await;
    }
    assert_eq!(page(&world, &key).await.state, PageState::Triggered);
    let (_, view) = opens(&world, "POST", &path).await;
    assert!(view.contains("You acknowledged this page"), "{view}");
    world.settle().await;
    let room = world.room("hot-1").await;
    assert!(room.contains("**Cho** acknowledged after 0 s, by the link sent to Cho by mail"), "{room}");
    world.advance(minutes(30)).await;
    assert_eq!(server.taken().len(), 1);
    world.end().await;
}

/// The way of `docs/contact/mail.md`: add an address, enter the code, get a page.
#[tokio::test]
async fn an_address_that_a_person_adds_gets_pages_once_its_code_was_entered() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    let world = world(&providers, &[], [server.port, 0]).await;
    done(&world.says("cho", "/oncall contact add mail cho@example.com").await);
    let mail = server.until_taken(1).await.remove(0);
    let subject = mail.header("subject").expect("a subject");
    let code = subject.strip_prefix("hotroom code: ").unwrap_or_else(|| panic!("{subject}"));
    assert!(text(&mail).contains(code), "{}", text(&mail));
    declare(&world, "").await;
    world.advance(minutes(2)).await;
    assert_eq!(server.taken().len(), 1, "an address that is not verified is not paged");
    done(&world.says("cho", &format!("/oncall contact verify 1 {code}")).await);
    declare(&world, "").await;
    assert_eq!(
        server.taken().last().and_then(|mail| mail.header("subject")).as_deref(),
        Some("SEV1 HOT-2 Checkout is down")
    );
    world.end().await;
}

#[tokio::test]
async fn a_greylisted_page_is_taken_within_its_time() {
    let providers = Providers::start().await;
    let server = failing(Moment::Recipient, SmtpReaction::Reply("450 4.2.0 Greylisted"), 3).await;
    let world = world(&providers, CHO, [server.port, 0]).await;
    let key = declare(&world, "").await;
    assert_eq!(statuses(&page(&world, &key).await), ["cho mail delayed"]);
    world.advance(minutes(2)).await;
    assert_eq!(server.taken().len(), 1);
    let asked = page(&world, &key).await;
    assert_eq!((statuses(&asked), asked.attempts.len()), (vec!["cho mail accepted".to_owned()], 1));
    assert!(!text(&server.taken()[0]).contains("ossible repeat"), "a refusal leaves no doubt");
    world.end().await;
}

#[tokio::test]
async fn a_full_mailbox_fails_the_message_and_the_next_method_goes_out() {
    let providers = Providers::start().await;
    let server = failing(Moment::FinalDot, SmtpReaction::Reply("552 5.2.2 Mailbox full: Checkout is down"), 9).await;
    let world = world(&providers, CHO_AND_PUSH, [server.port, 0]).await;
    let key = declare(&world, "").await;
    world.advance(minutes(2)).await;
    let lines = statuses(&page(&world, &key).await);
    assert!(
        lines.contains(&"cho mail failed".to_owned()) && lines.contains(&"cho ntfy accepted".to_owned()),
        "{lines:?}"
    );
    let tries = server.moments().iter().filter(|moment| **moment == Moment::FinalDot).count();
    assert_eq!(tries, 1, "it is not tried again");
    let room = world.room("hot-1").await;
    assert!(room.contains("552 5.2.2") && !room.contains("Mailbox full"), "{room}");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_message_that_may_have_been_taken_is_repeated_once_and_says_so() {
    let providers = Providers::start().await;
    let server = failing(Moment::FinalDot, SmtpReaction::Close, 9).await;
    let world = world(&providers, CHO, [server.port, 0]).await;
    declare(&world, "").await;
    world.advance(minutes(4)).await;
    let taken = server.taken();
    let says: Vec<bool> = taken.iter().map(|mail| text(mail).contains("Possible repeat")).collect();
    // The next step pages cho again, by the same method.
    assert_eq!(says, [false, true, false, true]);
    assert_eq!(taken[0].header("message-id"), taken[1].header("message-id"));
    assert!(taken[1].header("subject").is_some_and(|subject| subject.contains("possible repeat")));
    world.end_with_given_up().await;
}

#[tokio::test]
async fn all_mail_of_an_incident_is_one_thread() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    let world = world(&providers, CHO, [server.port, 0]).await;
    let key = declare(&world, "").await;
    // A method gets one mail a minute.
    world.advance(minutes(2)).await;
    done(&world.says("dee", &format!("/page @cho \"please look again\" incident:{key}")).await);
    world.advance(minutes(2)).await;
    declare(&world, "").await;
    world.advance(minutes(2)).await;
    let taken = server.taken();
    let mut threads: BTreeMap<bool, BTreeSet<String>> = BTreeMap::new();
    for mail in &taken {
        let first = mail.header("subject").is_some_and(|subject| subject.contains("HOT-1 "));
        threads.entry(first).or_default().insert(mail.header("references").expect("a thread"));
    }
    assert!(taken.len() >= 3 && threads.len() == 2, "{taken:?}");
    assert!(threads.values().all(|ids| ids.len() == 1) && threads[&true] != threads[&false], "{threads:?}");
    let ids: BTreeSet<_> = taken.iter().map(|mail| mail.header("message-id")).collect();
    assert_eq!(ids.len(), taken.len());
    world.end().await;
}

/// A report as mail servers write it, sent to this address.
fn report(to: &str, status: &str) -> Vec<u8> {
    format!(
        "Return-Path: <>\r\nTo: {to}\r\nAuto-Submitted: auto-replied\r\nContent-Type: multipart/report; \
         report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\
         Reporting-MTA: dns; mail.example.com\r\n\r\nFinal-Recipient: rfc822; cho@example.com\r\nAction: failed\r\n\
         Status: {status}\r\nDiagnostic-Code: smtp; 550 {status} <cho@example.com> unknown\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

async fn visit(world: &World) -> MailboxCount {
    let config = world.app.config.current();
    let bounces = config.contact.mail.as_ref().and_then(|mail| mail.bounces.as_ref()).expect("they are read");
    let count = read_mailbox(&world.app, bounces).await.expect("a visit");
    world.settle().await;
    count
}

async fn mail_method(world: &World) -> ContactMethod {
    let methods = world.app.store.read(|reads| reads.contact_methods_of(&"cho".into())).await.expect("read");
    methods.into_iter().find(|method| method.address == "cho@example.com").expect("it exists")
}

#[tokio::test]
async fn a_bounce_fails_the_attempt_and_switches_the_method_off_and_a_forged_one_does_nothing() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    let mailbox = FakeImap::start(&[], None).await;
    let world = world(&providers, CHO_AND_PUSH, [server.port, mailbox.port]).await;
    let key = declare(&world, "").await;
    world.advance(minutes(1)).await;
    let sender = server.until_taken(1).await.remove(0).from;
    assert!(sender.starts_with("bounces+") && sender.ends_with("@example.com"), "{sender}");

    for forged in ["bounces+0123456789abcdef01234567@example.com", "bounces@example.com", "hotroom@example.com"] {
        mailbox.receive(&report(forged, "5.1.1"));
    }
    mailbox
        .receive(format!("Return-Path: <>\r\nTo: {sender}\r\nSubject: I am away\r\n\r\n5.1.1 failed\r\n").as_bytes());
    visit(&world).await;
    assert!(mail_method(&world).await.is_usable());
    assert!(statuses(&page(&world, &key).await).contains(&"cho mail accepted".to_owned()));

    let pushes = providers.pushes().len();
    mailbox.receive(&report(&sender, "5.1.1"));
    assert_eq!(visit(&world).await, MailboxCount { read: 1, bounces: 1 });
    assert!(statuses(&page(&world, &key).await).contains(&"cho mail failed".to_owned()));
    assert!(!mail_method(&world).await.is_usable());
    let room = world.room("hot-1").await;
    assert!(room.contains("5.1.1") && !room.contains("cho@example.com"), "{room}");
    let told: Vec<String> = providers.pushes().into_iter().skip(pushes).map(|(_, title, _)| title).collect();
    assert!(told.iter().any(|title| title.contains("contact methods changed")), "{told:?}");
    assert_eq!(visit(&world).await, MailboxCount::default(), "it is read once");
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_bounce_that_is_not_for_good_leaves_the_method_on() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    let mailbox = FakeImap::start(&[], None).await;
    let world = world(&providers, CHO, [server.port, mailbox.port]).await;
    let key = declare(&world, "").await;
    let sender = server.until_taken(1).await.remove(0).from;
    mailbox.receive(&report(&sender, "4.4.7"));
    visit(&world).await;
    assert_eq!(statuses(&page(&world, &key).await)[0], "cho mail failed");
    assert!(mail_method(&world).await.is_usable());
    world.advance(minutes(1)).await;
    world.end_with_given_up().await;
}

#[tokio::test]
async fn a_private_page_by_mail_says_key_severity_and_link_only_and_only_where_that_is_allowed() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    for (private, count) in [(false, 0), (true, 1)] {
        let toml = settings(&providers, CHO, private, [server.port, 0]);
        let world = World::with(&toml).await;
        declare(&world, "private:yes").await;
        assert_eq!(server.taken().len(), count, "private = {private}");
        if let Some(mail) = server.taken().first() {
            let message = MessageParser::default().parse(mail.text.as_bytes()).expect("a message");
            let all = [message.subject(), message.body_text(0).as_deref(), message.body_html(0).as_deref()]
                .map(|part| part.unwrap_or_default().to_owned())
                .concat();
            assert!(all.contains("SEV1") && all.contains("HOT-1") && all.contains("/a/"), "{all}");
            for secret in ["Checkout", "checkout", "is down", "Dee"] {
                assert!(!all.contains(secret), "{secret} leaks: {all}");
            }
        }
        world.end().await;
    }
}

#[tokio::test]
async fn a_drill_by_mail_says_so_in_subject_and_text() {
    let (providers, server) = (Providers::start().await, FakeSmtp::plain().await);
    let world = world(&providers, CHO, [server.port, 0]).await;
    declare(&world, "drill:yes").await;
    let mail = server.until_taken(1).await.remove(0);
    assert!(mail.header("subject").is_some_and(|subject| subject.starts_with("DRILL: ")), "{mail:?}");
    assert!(text(&mail).starts_with("DRILL"), "{}", text(&mail));
    world.end().await;
}
