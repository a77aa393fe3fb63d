//! The round trip of each documented sample, and sources that become silent.

use std::time::Duration;

use hotroom::{
    cli::{SampleToSend, send_sample},
    intake::samples,
    store::Reads,
    web::pages::{health, words::ConfigNames},
};

use crate::world::{World, minutes};

/// Senders that never say that something is over.
const NEVER_RESOLVES: [&str; 6] = ["elastalert2", "falco", "graylog", "kubernetes-events", "ntfy", "splunk"];

#[tokio::test]
async fn each_documented_sample_fires_is_told_again_and_is_over_as_one_alert() {
    for kind in samples::kinds() {
        let world = World::new().await;
        for step in samples::STEPS {
            let Some(body) = samples::written(kind, step) else {
                assert!(step == "resolved" && NEVER_RESOLVES.contains(&kind), "{kind} has no sample {step}");
                world.advance(Duration::from_secs(86_400)).await;
                assert!(world.alerts().await.ends_with("resolved"), "{kind}: nobody speaks of it any more");
                continue;
            };
            let door = format!("POST /intake/{kind}");
            let (status, told) = world.takes(&door, &[("content-type", "application/json")], body).await;
            assert_eq!((status.as_u16(), told["duplicate"].as_bool()), (202, Some(false)), "{kind} {step}: {told}");
            world.advance(minutes(1)).await;
            let alerts = world.alerts().await;
            let states: &[&str] = if step == "resolved" { &["resolved"] } else { &["firing", "acknowledged"] };
            let one = !alerts.contains(',') && states.iter().any(|state| alerts.ends_with(state));
            assert!(one, "{kind} {step}: {alerts}");
        }
        assert_eq!(world.unreadable().await, [""; 0], "{kind}");
        assert!(world.room("alerts").await.contains("Resolved"), "{kind}");
        world.end().await;
    }
}

/// The samples of `hotroom alert send`, each dated when it is sent.
#[tokio::test]
async fn each_sample_that_is_said_now_fires_and_is_over() {
    for kind in samples::kinds().filter(|kind| !NEVER_RESOLVES.contains(kind)) {
        let world = World::new().await;
        for (step, state) in [("firing", "firing"), ("resolved", "resolved")] {
            let said = samples::said(kind, step, world.now()).unwrap();
            let json = [("content-type", "application/json")];
            assert_eq!(world.takes(&format!("POST /intake/{kind}"), &json, said).await.0, 202, "{kind} {step}");
            world.advance(minutes(5)).await;
            let alerts = world.alerts().await;
            assert!(!alerts.contains(',') && alerts.ends_with(state), "{kind} {step}: {alerts}");
        }
        world.end().await;
    }
}

#[test]
fn there_are_samples_of_every_sender_that_has_a_page() {
    let pages = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/senders")).unwrap();
    let names = pages.map(|page| page.unwrap().file_name().into_string().unwrap());
    let mut missing: Vec<String> = names
        .filter_map(|name| name.strip_suffix(".md").filter(|name| *name != "README").map(ToOwned::to_owned))
        .filter(|name| !samples::kinds().any(|kind| kind == name))
        .collect();
    missing.sort();
    assert_eq!(missing, [""; 0]);
}

#[test]
fn a_sample_that_is_said_now_names_no_old_time() {
    let now = crate::world::start();
    for kind in samples::kinds() {
        for step in samples::STEPS {
            let Some(said) = samples::said(kind, step, now) else { continue };
            assert!(!said.contains("2026-01-01") && !said.contains("17672"), "{kind} {step}: {said}");
        }
    }
    assert!(samples::said("datadog", "firing", now).unwrap().contains("\"1772445600000\""));
    assert_eq!(samples::said("nobody", "firing", now), None);
}

const WATCHED: &str = "[[sources]]\nid = \"generic\"\nkind = \"generic\"\nsilent_after = \"30m\"\nheartbeat = true\n\
    [[sources]]\nid = \"calm\"\nkind = \"generic\"\nsilent_after = \"10m\"\n";

#[tokio::test]
async fn the_silence_of_a_source_that_must_be_heard_is_an_alert_until_it_speaks_again() {
    let world = World::with(WATCHED).await;
    let beat = async || assert_eq!(world.takes("POST /intake/generic", &[], "[]").await.0, 202);
    world.advance(minutes(29)).await;
    assert_eq!(world.alerts().await, "");
    beat().await;
    world.advance(minutes(29)).await;
    assert_eq!(world.alerts().await, "", "it spoke half an hour ago");
    world.advance(minutes(2)).await;
    assert_eq!(world.alerts().await, "SourceSilent firing");
    world.advance(Duration::from_secs(2 * 86_400)).await;
    assert_eq!(world.alerts().await, "SourceSilent firing", "for as long as it is silent");
    beat().await;
    assert_eq!(world.alerts().await, "SourceSilent resolved");
    world.advance(minutes(31)).await;
    assert_eq!(world.alerts().await, "SourceSilent firing, SourceSilent resolved", "and again");
    beat().await;
    world.end().await;
}

#[tokio::test]
async fn a_source_that_was_never_heard_is_silent_and_is_shown_as_such() {
    let world = World::with(WATCHED).await;
    world.advance(minutes(31)).await;
    assert_eq!(world.alerts().await, "SourceSilent firing", "only of the one that asks for it");
    let silent = async || {
        let (config, now) = (world.app.config.current(), world.now());
        let read = move |reads: &Reads<'_>| health::sources(reads, ConfigNames { config: &config }, now, &[]);
        let sources = world.app.store.read(read).await.unwrap();
        sources.into_iter().filter(|source| source.silent).map(|source| source.id).collect::<Vec<_>>()
    };
    assert_eq!(silent().await, ["generic", "calm"]);
    assert_eq!(world.takes("POST /intake/calm", &[], "[]").await.0, 202);
    assert_eq!(silent().await, ["generic"]);
    world.takes("POST /intake/generic", &[], "[]").await;
    world.end().await;
}

#[tokio::test]
async fn the_command_line_posts_a_sample_as_its_sender_would() {
    let toml = "[[sources]]\nid = \"g\"\nkind = \"grafana\"\ntoken = \"env:T\"\n\
        [[sources]]\nid = \"signed\"\nkind = \"sentry\"\nsigning_secret = \"env:T\"\n";
    let world = World::with_secrets(toml, &[("T", "token")]).await;
    let url = world.serves().await;
    let send = async |sample: &str, step: &str, source: Option<&str>| {
        let (sample, step, source) = (sample.to_owned(), step.to_owned(), source.map(ToOwned::to_owned));
        let part = SampleToSend { sample, step, source, url: Some(url.clone()), ca: None, json: false };
        let said = send_sample(&world.app.config.current(), &part, world.now()).await;
        world.settle().await;
        said.map_err(|error| format!("{error:#}"))
    };
    let said = send("grafana", "firing", None).await.unwrap();
    assert!(said.starts_with("grafana, firing: posted to http://127.0.0.1:") && said.contains("/intake/g"), "{said}");
    assert_eq!(world.alerts().await, "CheckoutSlow firing");
    world.advance(minutes(5)).await;
    send("grafana", "resolved", Some("g")).await.unwrap();
    assert_eq!(world.alerts().await, "CheckoutSlow resolved");
    let wrong = send("grafana", "exploded", None).await.unwrap_err();
    assert!(wrong.starts_with("grafana has no sample exploded"), "{wrong}");
    assert!(send("sentry", "firing", None).await.unwrap_err().contains("no source of kind sentry"));
    assert!(send("sentry", "firing", Some("signed")).await.unwrap_err().contains("requires signed bodies"));
    assert!(send("sentry", "firing", Some("x")).await.unwrap_err().contains("no source x"));
    world.end().await;
}
