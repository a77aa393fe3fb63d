//! The client against a Twilio that remembers and fails.

use std::time::Duration;

use secrecy::SecretString;

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
    },
    fake_http::{
        Reaction,
        table::{AdapterUnderTest, client, run_failure_table},
    },
    fake_twilio::{ACCOUNT, FakeTwilio, NUMBER, TOKEN},
    net::{FormField, HttpClient},
};

const SERVICE: &str = "MG0123456789abcdef0123456789abcdef";

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).expect("a number")
}

fn settings(base_url: &str) -> TwilioSettings {
    TwilioSettings {
        account_sid: ACCOUNT.to_owned(),
        auth_token: SecretString::from(TOKEN),
        sender: SmsSender::Number(number(NUMBER)),
        voice_from: Some(number(NUMBER)),
        countries: vec!["+1".to_owned()],
        base_url: base_url.to_owned(),
        private: false,
    }
}

fn text(to: &str) -> TextMessage {
    TextMessage {
        to: number(to),
        body: "SEV1 shop: Kasse „kaputt“ & <leer>\nhttps://hot.example.com/a/x?y=1".to_owned(),
        status_callback: Some("https://hot.example.com/contact/twilio/status/abc".to_owned()),
        valid_for: Duration::from_secs(300),
    }
}

const VOICE: &str = "https://hot.example.com/contact/twilio/voice/abc";

fn call(to: &str) -> PhoneCall {
    PhoneCall {
        to: number(to),
        script: CallScript::Url(VOICE.to_owned()),
        status_callback: Some(status_url("https://hot.example.com")),
    }
}

const ANN: &str = "+15550100123";

/// What arrives at Twilio is judged by its own description, in the fake.
#[tokio::test]
async fn a_message_arrives_as_it_was_written() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    let sid = settings.send_text(&http, &text(ANN)).await.expect("accepted");
    let sent = twilio.texts().remove(0);
    assert_eq!((sent.sid, sent.to.as_str(), sent.validity), (sid.0, ANN, 300));
    assert_eq!((sent.body, sent.status_callback), (text(ANN).body, text(ANN).status_callback));
    let service = TwilioSettings { sender: SmsSender::Service(SERVICE.to_owned()), ..settings };
    let brief = TextMessage { status_callback: None, valid_for: Duration::ZERO, ..text(ANN) };
    service.send_text(&http, &brief).await.expect("accepted");
    let long = TextMessage { valid_for: Duration::from_secs(1_000_000), ..text(ANN) };
    service.send_text(&http, &long).await.expect("accepted");
    assert_eq!(twilio.texts().iter().map(|text| text.validity).collect::<Vec<_>>(), [300, 60, 36_000]);
    let form = String::from_utf8(twilio.http.received().remove(1).body).expect("text");
    assert!(form.contains("MessagingServiceSid=MG0123") && !form.contains("From="), "{form}");
}

#[tokio::test]
async fn a_call_is_placed_with_its_addresses() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    let sid = settings.place_call(&http, &call(ANN)).await.expect("accepted");
    let placed = twilio.calls().remove(0);
    assert_eq!((placed.sid, placed.to, placed.url.as_str()), (sid.0, ANN.to_owned(), VOICE));
    assert_eq!(placed.status_callback, call(ANN).status_callback);
    let spoken = "<Response><Say>Größe &amp; \"so\"</Say></Response>".to_owned();
    let inline = PhoneCall { script: CallScript::Twiml(spoken.clone()), status_callback: None, ..call(ANN) };
    settings.place_call(&http, &inline).await.expect("accepted");
    let placed = twilio.calls().remove(1);
    assert_eq!((placed.url.as_str(), placed.twiml, placed.status_callback), ("", Some(spoken), None));
    let silent = TwilioSettings { voice_from: None, ..settings };
    assert_eq!(silent.place_call(&http, &call(ANN)).await, Err(TwilioFailure::NoCaller));
}

#[tokio::test]
async fn numbers_of_other_countries_are_never_tried() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    let failure = settings.send_text(&http, &text("+4930901820")).await.expect_err("refused");
    assert_eq!(settings.place_call(&http, &call("+4930901820")).await, Err(TwilioFailure::Country));
    assert!(
        matches!(failure.outcome::<()>(Timestamp::UNIX_EPOCH), Outcome::Rejected { why } if why.contains("countries"))
    );
    assert!(twilio.http.received().is_empty());
}

#[tokio::test]
async fn a_refusal_says_what_it_means_and_not_whom_it_concerns() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    let said = |failure: TwilioFailure| {
        let outcome = failure.outcome::<()>(Timestamp::UNIX_EPOCH);
        let Outcome::Rejected { why } = outcome else { panic!("{outcome:?}") };
        why
    };
    twilio.refuse(ANN, 21614);
    let failure = settings.send_text(&http, &text(ANN)).await.expect_err("refused");
    assert!(!failure.is_opt_out());
    assert_eq!(said(failure), "Twilio: 21614 not a mobile number");
    twilio.refuse(ANN, 29999);
    let unknown = said(settings.send_text(&http, &text(ANN)).await.expect_err("refused"));
    assert_eq!(unknown, "Twilio: 29999, see https://www.twilio.com/docs/api/errors/29999");
    twilio.accept(ANN);
    twilio.receive(ANN, "stop", "https://hot.example.com/contact/twilio/sms");
    let failure = settings.send_text(&http, &text(ANN)).await.expect_err("refused");
    assert!(failure.is_opt_out());
    assert_eq!(said(failure), "Twilio: 21610 the person has answered STOP");
    settings.place_call(&http, &call(ANN)).await.expect("STOP ends messages, not calls");
    let wrong = TwilioSettings { auth_token: SecretString::from("another"), ..settings };
    let failure = said(wrong.send_text(&http, &text(ANN)).await.expect_err("refused"));
    assert_eq!(failure, "Twilio: 20003 authentication failed: account_sid or auth_token is wrong");
}

#[tokio::test]
async fn an_answer_that_got_lost_leaves_the_outcome_unknown() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    twilio.react_next(Reaction::Close, true);
    let failure = settings.send_text(&http, &text(ANN)).await.expect_err("lost");
    assert!(matches!(failure.outcome::<()>(Timestamp::UNIX_EPOCH), Outcome::Unknown { .. }));
    assert_eq!(twilio.texts().len(), 1, "and yet it was accepted");
}

#[tokio::test]
async fn the_account_and_its_number_are_looked_up() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    let account = settings.account(&http).await.expect("an account");
    assert_eq!((account.status.as_str(), account.kind.as_str()), ("active", "Full"));
    twilio.set_sms_url("https://hot.example.com/contact/twilio/sms");
    let found = settings.number(&http, &number(NUMBER)).await.expect("an answer").expect("a number");
    assert_eq!(found.sms_url.as_deref(), Some("https://hot.example.com/contact/twilio/sms"));
    assert!(found.capabilities.sms && found.capabilities.voice);
    assert_eq!(settings.number(&http, &number(ANN)).await, Ok(None));
}

#[tokio::test]
async fn what_the_fake_signs_is_accepted_and_what_was_changed_is_not() {
    let (twilio, http) = (FakeTwilio::start().await, client());
    let settings = settings(&twilio.http.url);
    settings.send_text(&http, &text(ANN)).await.expect("accepted");
    let report = twilio.report(&twilio.texts()[0].sid, "undelivered", Some(30003)).expect("a callback");
    let good = |callback: &crate::fake_twilio::Callback| {
        let fields: Vec<FormField> = crate::net::decode_form(callback.body().as_bytes()).expect("a form");
        is_signed(&settings.auth_token, &callback.url, &fields, &callback.signature)
    };
    assert!(good(&report));
    assert!(!good(&report.forged()) && !good(&report.changed("MessageStatus", "delivered")));
    let read = PhoneReport::parse(&report.fields);
    assert_eq!(read, Some(PhoneReport::Message(MessageState::Failed, Some(TwilioError { code: 30003 }))));
    assert_eq!(CallbackOwner::parse(&report.fields).map(|owner| owner.account).as_deref(), Some(ACCOUNT));
}

#[test]
fn settings_show_no_secret() {
    let debug = format!("{:?}", settings("https://api.twilio.com"));
    assert!(!debug.contains(TOKEN) && !debug.contains(NUMBER), "{debug}");
}

struct Message;

impl AdapterUnderTest for Message {
    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match settings(url).send_text(http, &text(ANN)).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"sid":"SM0123456789abcdef0123456789abcdef"}"#.to_vec()
    }

    fn refusal(&self, status: u16) -> Vec<u8> {
        format!(r#"{{"code":{},"message":"no","status":{status}}}"#, if status == 429 { 20429 } else { 21211 })
            .into_bytes()
    }
}

struct Call;

impl AdapterUnderTest for Call {
    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match settings(url).place_call(http, &call(ANN)).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"sid":"CA0123456789abcdef0123456789abcdef"}"#.to_vec()
    }
}

#[tokio::test]
async fn a_message_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Message, &[]).await;
}

#[tokio::test]
async fn a_call_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&Call, &[]).await;
}
