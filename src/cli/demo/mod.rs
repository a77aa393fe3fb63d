//! `hotroom demo`: plays a scripted outage against the HTTP API, slowly enough to watch in the browser.
//!
//! The script is data ([`script::SCRIPT`]). This module posts its alerts as Alertmanager does and sends its slash
//! commands through the REST API.

mod demo_client;
mod script;
mod stage;
#[cfg(test)]
mod tests;

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use secrecy::SecretString;
use serde_json::Value;

use crate::app::Clock;
use demo_client::DemoClient;
use script::{SCRIPT, Step};
pub use stage::{DemoStage, quiet};

/// The settings of a demo.
pub struct Demo {
    /// The address of the bot, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// The API token of the bot, if it needs one.
    pub token: Option<SecretString>,
    /// A PEM file of certificate authorities to trust besides the public ones.
    pub ca: Option<PathBuf>,
    /// The pause after each step.
    pub pace: Duration,
    /// The source of the alerts' start times.
    pub clock: Clock,
}

/// How often the bot is polled for something it does by itself.
const TRIES: u32 = 150;
/// The pause between two polls.
const BETWEEN: Duration = Duration::from_millis(200);

/// The incident of the demo, as far as it is known.
#[derive(Default)]
struct DemoIncident {
    key: String,
    room: String,
}

/// Plays the outage and passes a line for each step to `tell`.
///
/// Fails if the bot responds with something else than expected.
pub async fn demo(demo: &Demo, mut tell: impl FnMut(&str)) -> anyhow::Result<()> {
    let client = DemoClient::new(demo)?;
    client.ready().await?;
    tell(&format!("Open {} and choose Ann. The outage begins in a moment; Ctrl-C ends the demo.", demo.url));
    tokio::time::sleep(demo.pace * 2).await;
    let mut demo_incident = DemoIncident::default();
    for step in SCRIPT {
        play(demo, &client, &mut demo_incident, step, &mut tell).await?;
    }
    tell(&format!(
        "The outage is over. Look around: {0}/incidents/{1}, {0}/incidents/{1}/postmortem, {0}/followups, {0}/status, \
         {0}/alerts, {0}/oncall",
        demo.url, demo_incident.key
    ));
    Ok(())
}

async fn play(
    demo: &Demo,
    client: &DemoClient<'_>,
    demo_incident: &mut DemoIncident,
    step: &Step,
    tell: &mut impl FnMut(&str),
) -> anyhow::Result<()> {
    match step {
        Step::Tell(line) => tell(line),
        Step::Alerts(alerts) => {
            client.alerts(alerts, demo.clock.now()).await?;
            for alert in *alerts {
                tell(&format!("alertmanager  {} {} on {}", alert.state(), alert.name, alert.host));
            }
            tokio::time::sleep(demo.pace).await;
        }
        Step::Opens => {
            let incident = client.wait("an incident with a room", || newest(client)).await?;
            demo_incident.key = text(&incident, "key")?;
            demo_incident.room = text(&incident, "room")?;
            tell(&format!("hotroom       {} is open: {}/rooms/{}", demo_incident.key, demo.url, demo_incident.room));
            tokio::time::sleep(demo.pace).await;
        }
        Step::Acknowledges => {
            let page = client.wait("a page", || paged(client, &demo_incident.key)).await?;
            let (person, id) = (text(&page, "person")?, text(&page, "id")?);
            says(demo, client, demo_incident, &Line { person: &person, command: &format!("/page ack {id}") }, tell)
                .await?;
        }
        Step::Reviews => {
            let path = format!("/api/v1/incidents/{}/postmortem", demo_incident.key);
            client.wait("a post-mortem", || async { Ok(client.get(&path).await.ok()) }).await?;
            tell(&format!("hotroom       {}/incidents/{}/postmortem", demo.url, demo_incident.key));
            tokio::time::sleep(demo.pace).await;
        }
        Step::Writes(person, section, words) => {
            tell(&format!("{person:<13} writes {section}"));
            client
                .write(person, &demo_incident.key, section, words)
                .await
                .with_context(|| format!("{person} wrote {section}"))?;
            tokio::time::sleep(demo.pace).await;
        }
        Step::Says(person, command) => says(demo, client, demo_incident, &Line { person, command }, tell).await?,
    }
    Ok(())
}

/// What someone types in the hot room.
struct Line<'a> {
    person: &'a str,
    command: &'a str,
}

async fn says(
    demo: &Demo,
    client: &DemoClient<'_>,
    demo_incident: &DemoIncident,
    line: &Line<'_>,
    tell: &mut impl FnMut(&str),
) -> anyhow::Result<()> {
    let Line { person, command } = line;
    tell(&format!("{person:<13} {command}"));
    client.say(person, &demo_incident.room, command).await.with_context(|| format!("{person} said: {command}"))?;
    tokio::time::sleep(demo.pace).await;
    Ok(())
}

/// Returns the newest open incident once it has a room.
async fn newest(client: &DemoClient<'_>) -> anyhow::Result<Option<Value>> {
    let list = client.get("/api/v1/incidents?limit=1").await?;
    Ok(list["items"].as_array().and_then(|items| items.first()).filter(|i| i["room"].is_string()).cloned())
}

/// Returns the unacknowledged page of an incident.
async fn paged(client: &DemoClient<'_>, key: &str) -> anyhow::Result<Option<Value>> {
    let list = client.get("/api/v1/pages?limit=20").await?;
    let items = list["items"].as_array().cloned().unwrap_or_default();
    Ok(items.into_iter().find(|page| page["incident"] == key && page["person"].is_string()))
}

fn text(value: &Value, key: &str) -> anyhow::Result<String> {
    value[key].as_str().map(str::to_owned).with_context(|| format!("the bot's answer has no {key:?}"))
}
