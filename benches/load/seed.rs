//! Creates a large database.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use hotroom::{
    config::Config,
    domain::{
        event::Event,
        ids::{IncidentId, PersonId},
        incident::{Command, Declare, Facts, Incident, IncidentEvent, IncidentKind, Severity, decide, declare},
        people::Actor,
        text::Untrusted,
    },
    store::{Append, Store, StoreError, StoreOptions, Tx},
};

const INCIDENTS: u64 = 100_000;
const NOTES: u64 = 5;

/// Writes 100,000 incidents with 1,000,000 events, the last ten of them open, one titled "needle".
pub async fn large_file(path: &Path) {
    let config = std::sync::Arc::new(Config::shipped());
    let start: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
    let options = StoreOptions { path: path.to_owned(), queue: 1024, batch: 512 };
    let store = Store::open(&options, start).expect("the store opens");
    for thousand in 0..INCIDENTS / 1000 {
        let config = std::sync::Arc::clone(&config);
        let write = move |tx: &mut Tx<'_>| (0..1000).try_for_each(|n| one(tx, &config, thousand * 1000 + n, start));
        store.transact(write).await.expect("a thousand incidents are written");
    }
    store.close().await.expect("the store closes");
}

fn one(tx: &mut Tx<'_>, config: &Config, n: u64, start: DateTime<Utc>) -> Result<(), StoreError> {
    let now = start + TimeDelta::minutes(i64::try_from(n).unwrap_or(0));
    let actor = Actor::Person(PersonId::from("ann"));
    let none = std::collections::BTreeMap::new();
    let facts = Facts {
        now,
        actor: &actor,
        policy: &config.policy,
        expect: None,
        components: &none,
        others: &none,
        asking: &[],
        hosts: &[],
        responds: true,
    };
    let title = if n == INCIDENTS / 2 { "the needle".to_owned() } else { format!("Service {} is slow", n % 97) };
    let wanted = Declare {
        title: Untrusted::new(title),
        description: Untrusted::default(),
        severity: Some(Severity::Sev3),
        judged: None,
        service: Some("api".into()),
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        group: None,
        impact_since: None,
        affected: None,
    };
    let key = tx.next_key(&config.tracker.prefix)?;
    let mut decision = declare(IncidentId::new(now), key, &wanted, Vec::new(), &facts).expect("it is declared");
    let mut events: Vec<IncidentEvent> = decision.steps.into_iter().map(|step| step.event).collect();
    let notes = (0..NOTES).map(|note| Command::AddNote { text: Untrusted::new(format!("note {note}")) });
    let over = [Command::Resolve { summary: Some("fixed".into()), cause: None }, Command::Close { reason: None }];
    let end = if n + 10 < INCIDENTS { 2 } else { 0 };
    for command in notes.chain(over.into_iter().take(end)) {
        decision = decide(&decision.incident, &command, &facts).expect("it is allowed");
        events.extend(decision.steps.into_iter().map(|step| step.event));
    }
    let stream = Incident::stream(decision.incident.id);
    let append = Append { stream: &stream, expected_seq: Some(0), actor: &actor, at: now, request: "seed" };
    let events: Vec<Event> = events.into_iter().map(Event::Incident).collect();
    tx.append(&append, &events)?;
    tx.save_incident(&decision.incident)
}
