//! The client against a PagerDuty that remembers and fails.

use reqwest::header::{HeaderMap, HeaderValue};

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome},
        pager::{PagerReport, RemoteAnswer},
        severity::Severity,
    },
    fake_http::table::{AdapterUnderTest, client, run_failure_table},
    fake_pagerduty::{CHECKOUT_KEY, CHO, FakePagerDuty, KEY, PagerDutyHook, SECRET, TOKEN},
    pager::{PagerFinding, PagerHookRefusal},
};

fn settings(url: &str) -> PagerDutySettings {
    PagerDutySettings {
        events_url: url.to_owned(),
        url: url.to_owned(),
        routing_key: SecretString::from(KEY),
        services: [("checkout".into(), SecretString::from(CHECKOUT_KEY))].into(),
        api_token: Some(SecretString::from(TOKEN)),
        webhook_secrets: vec![SecretString::from("pd-webhook-secret-0"), SecretString::from(SECRET)],
    }
}

fn alert(summary: &str) -> PagerAlert {
    PagerAlert {
        key: "hotroom/0a1b2c3d4e/019a3b60-0000-7000-8000-000000000001".to_owned(),
        service: Some("checkout".into()),
        component: Some("checkout".to_owned()),
        summary: summary.to_owned(),
        severity: Severity::Sev1,
        link: "https://hotroom.example/incidents/HOT-12".to_owned(),
        source: "https://hotroom.example".to_owned(),
        at: Timestamp::UNIX_EPOCH,
        details: [("key", "HOT-12".to_owned())].into(),
    }
}

fn change(answer: OutsideAnswer) -> PagerChange {
    PagerChange { key: alert("").key, service: Some("checkout".into()), answer }
}

#[tokio::test]
async fn a_page_is_an_incident_of_its_service_and_ends_with_it() {
    let (fake, http) = (FakePagerDuty::start().await, client());
    let settings = settings(&fake.http.url);
    let long = "SEV1 HOT-12 ".repeat(200);
    assert_eq!(settings.trigger(&http, &alert(&long)).await.expect("taken"), PagerReceipt::Taken);
    settings.trigger(&http, &alert(&long)).await.expect("a repeat is taken");
    let incident = fake.incidents().remove(0);
    assert_eq!((fake.incidents().len(), incident.routing_key.as_str()), (1, CHECKOUT_KEY));
    let payload = &incident.event["payload"];
    assert_eq!((payload["severity"].as_str(), payload["component"].as_str()), (Some("critical"), Some("checkout")));
    assert!(payload["summary"].as_str().is_some_and(|summary| summary.chars().count() <= 1024));

    let PagerReceipt::Shown(page) = settings.read(&http, &alert("").key).await.expect("read") else { panic!("hidden") };
    assert_eq!((page.remote.id.as_str(), page.answer), ("PINC001", None));
    settings.change(&http, &change(OutsideAnswer::Acknowledged)).await.expect("acknowledged");
    let PagerReceipt::Shown(page) = settings.read(&http, &alert("").key).await.expect("read") else { panic!("hidden") };
    let own = RemoteAnswer { answer: OutsideAnswer::Acknowledged, by: None };
    assert_eq!(page.answer, Some(own), "what hotroom did itself is nobody's answer");
    settings.change(&http, &change(OutsideAnswer::Resolved)).await.expect("resolved");
    assert_eq!(fake.incidents()[0].status, "resolved");
}

#[tokio::test]
async fn without_anybody_on_call_the_event_is_taken_and_no_incident_is_shown() {
    let (fake, http) = (FakePagerDuty::start().await, client());
    fake.state().on_call = false;
    let settings = settings(&fake.http.url);
    assert_eq!(settings.trigger(&http, &alert("down")).await.expect("taken"), PagerReceipt::Taken);
    assert_eq!(settings.read(&http, &alert("").key).await.expect("read"), PagerReceipt::Hidden);
    settings.change(&http, &change(OutsideAnswer::Acknowledged)).await.expect("an unknown key is dropped");
}

#[tokio::test]
async fn an_event_that_is_refused_is_not_repeated_and_says_why() {
    let (fake, http) = (FakePagerDuty::start().await, client());
    let wrong = PagerDutySettings {
        routing_key: SecretString::from("short"),
        services: BTreeMap::new(),
        ..settings(&fake.http.url)
    };
    let failure = wrong.trigger(&http, &alert("down")).await.expect_err("refused");
    let Outcome::Rejected::<()> { why } = failure.outcome(Timestamp::UNIX_EPOCH) else { panic!("repeated") };
    assert_eq!(why, "PagerDuty refuses the event: Length of 'routing_key' is incorrect (should be 32 characters)");
}

fn headers(signature: &str) -> HeaderMap {
    [("x-pagerduty-signature", signature)]
        .into_iter()
        .map(|(name, value)| (name.parse().expect("a name"), HeaderValue::from_str(value).expect("a value")))
        .collect()
}

#[tokio::test]
async fn a_webhook_is_believed_with_any_good_signature_of_its_list() {
    let (fake, http) = (FakePagerDuty::start().await, client());
    let settings = settings(&fake.http.url);
    settings.trigger(&http, &alert("down")).await.expect("taken");
    let hook = fake.answer(CHO, "acknowledged");
    let read = |hook: &PagerDutyHook| settings.read_hook(&headers(&hook.signature), &hook.body);
    let PagerReport { delivery, key, page } = read(&hook).expect("good").expect("a report");
    assert_eq!((delivery.as_str(), key), ("01EVENT1", alert("").key));
    let by = page.answer.expect("an answer").by.expect("a user");
    assert_eq!((by.account.as_str(), by.name.as_str()), CHO);

    for (secrets, good) in [(vec!["other", SECRET], true), (vec!["pd-webhook-secret-0"], true), (vec!["other"], false)]
    {
        let hook = PagerDutyHook::signed(hook.body.clone(), &secrets);
        assert_eq!(read(&hook).is_ok(), good, "{secrets:?}");
    }
    let forged = PagerDutyHook { signature: String::new(), ..hook.clone() };
    assert_eq!(read(&forged), Err(PagerHookRefusal::BadSignature));
    let changed = PagerDutyHook { body: hook.body.iter().copied().chain(*b" ").collect(), ..hook };
    assert_eq!(read(&changed), Err(PagerHookRefusal::BadSignature));
    let ping = PagerDutyHook::signed(
        br#"{"event":{"id":"1","event_type":"pagey.ping","data":{"message":"Hello"}}}"#.to_vec(),
        &[SECRET],
    );
    assert_eq!(read(&ping), Ok(None), "a ping is about no incident");
    let unreadable = PagerDutyHook::signed(b"[]".to_vec(), &[SECRET]);
    assert!(matches!(read(&unreadable), Err(PagerHookRefusal::Unreadable(_))));
}

#[tokio::test]
async fn the_probe_pages_nobody_and_names_the_service_of_each_key() {
    let (fake, http) = (FakePagerDuty::start().await, client());
    let hook_url = "https://hotroom.example/hooks/pagerduty";
    let missing = settings(&fake.http.url).probe(&http, hook_url).await;
    assert!(
        missing.contains(&PagerFinding::Wrong(format!("no webhook of it calls {hook_url}: add one"))),
        "{missing:?}"
    );
    fake.state().hook_url = Some(hook_url.to_owned());
    let found = settings(&fake.http.url).probe(&http, hook_url).await;
    let good = |text: &str| PagerFinding::Good(text.to_owned());
    assert!(found.contains(&good("routing_key pages the service Everything else")), "{found:?}");
    assert!(found.contains(&good("the key of checkout pages the service Checkout")), "{found:?}");
    assert!(found.iter().all(|finding| matches!(finding, PagerFinding::Good(_))), "{found:?}");
    assert!(fake.incidents().is_empty());

    fake.state().services.remove(1);
    fake.state().forbidden.push("webhook_subscriptions");
    let found = settings(&fake.http.url).probe(&http, hook_url).await;
    let wrong = "the key of checkout: PagerDuty refuses the event: 'routing_key' is invalid";
    assert!(found.contains(&PagerFinding::Wrong(wrong.to_owned())), "{found:?}");
    let stranger = PagerDutySettings { api_token: Some(SecretString::from("x")), ..settings(&fake.http.url) };
    let found = stranger.probe(&http, hook_url).await;
    let refused = "PagerDuty does not accept [pager.pagerduty] api_token";
    assert!(found.contains(&PagerFinding::Wrong(refused.to_owned())), "{found:?}");
}

/// The table of failures, for what pages people.
struct OneTrigger;

impl AdapterUnderTest for OneTrigger {
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match settings(url).trigger(http, &alert("down")).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"status":"success","message":"Event processed","dedup_key":"k"}"#.to_vec()
    }

    fn refusal(&self, _status: u16) -> Vec<u8> {
        br#"{"status":"invalid event","message":"Event object is invalid","errors":["'payload.source' is missing"]}"#
            .to_vec()
    }
}

/// The same for the question how a page stands.
struct OneQuestion;

impl AdapterUnderTest for OneQuestion {
    fn class(&self) -> EffectClass {
        EffectClass::Keyed
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        match settings(url).read(http, "hotroom/0a1b2c3d4e/1").await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(Timestamp::UNIX_EPOCH),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"incidents":[]}"#.to_vec()
    }
}

#[tokio::test]
async fn failures_have_the_outcomes_of_the_table() {
    run_failure_table(&OneTrigger, &[]).await;
    run_failure_table(&OneQuestion, &[]).await;
}
