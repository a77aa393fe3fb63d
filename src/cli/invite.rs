//! `hotroom invite PERSON`: creates a single-use sign-in link.

use serde_json::json;

use super::{Exit, Report};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        event::{Event, SystemEvent},
        ids::PersonId,
        people::Actor,
    },
    store::{Append, Scan, StoreError},
};

/// Creates a sign-in link in the database. The bot may be running.
pub fn invite(config: &Config, person: &str, now: Timestamp) -> Report {
    let id = PersonId::from(person.trim_start_matches('@'));
    if config.person(&id).is_none() {
        let known: Vec<&str> = config.people.iter().map(|person| person.id.as_str()).collect();
        let mut report = Report::new();
        report.find(Exit::Wrong, format!("there is no person {id}; known: {}", known.join(", ")));
        return report;
    }
    let made = Scan::open(&config.store.path)
        .map_err(|error| error.to_string())
        .and_then(|scan| scan.write(|tx| made(tx, &id, now)).map_err(|error| error.to_string()));
    match made {
        Ok(token) => {
            let link = format!("{}/sign-in/{token}", config.server.public_url);
            Report { data: json!({ "person": id, "link": link }), ..Report::good(&link) }
        }
        Err(error) => Report::failed(error),
    }
}

fn made(tx: &mut crate::store::Tx<'_>, person: &PersonId, now: Timestamp) -> Result<String, StoreError> {
    let token = tx.create_sign_in_link(person, now)?;
    let actor = Actor::Machine("hotroom invite".to_owned());
    let append = Append { stream: "system", expected_seq: None, actor: &actor, at: now, request: "cli" };
    tx.append(&append, &[Event::System(SystemEvent::InviteMade { person: person.to_string() })])?;
    Ok(token)
}
