//! Sections and comments, which are written in the console and by the API instead of by commands.

use std::sync::Arc;

use super::{PostmortemResult, command};
use crate::{
    app::{App, Context, reactor},
    domain::{
        Timestamp,
        event::Event,
        ids::Key,
        incident::Incident,
        people::{Access, Actor, Person},
        refusal::{IncidentRefusal, Refusal},
        review::{Postmortem, PostmortemCommand, PostmortemEvent},
        text::Untrusted,
    },
    store::{Reads, StoreError, Tx},
};

/// A change of a section or a comment, and who makes it.
#[derive(Clone, Debug)]
pub struct PostmortemEdit {
    /// Who makes it.
    pub person: Person,
    /// The key of the incident.
    pub key: Key,
    /// The change.
    pub command: PostmortemCommand,
    /// The request, for the log.
    pub request: String,
}

/// A version of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SectionVersion {
    /// Its number, from 2: version 1 is what the template has.
    pub version: u32,
    /// Who wrote it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// True if it comes from the record of the incident.
    pub prefilled: bool,
    /// The text.
    pub text: Untrusted,
}

impl App {
    /// Writes a section or a comment, for a person who may act on the incident.
    pub async fn edit_postmortem(self: &Arc<Self>, edit: PostmortemEdit) -> Result<PostmortemResult, StoreError> {
        if edit.person.access < Access::Responder {
            let (act, needs) = ("/postmortem".to_owned(), "responder".to_owned());
            return Ok(Err(IncidentRefusal::NotAllowed { act, needs }.into()));
        }
        let app = Arc::clone(self);
        let (config, now) = (self.config.current(), self.clock.now());
        let work = move |tx: &mut Tx<'_>| {
            let PostmortemEdit { person, key, command: wanted, request } = &edit;
            let actor = Actor::Person(person.id.clone());
            let cx = Context { config: &config, now, actor: &actor, request, expect: None };
            let Some(incident) = tx.incident_by_key(key)?.filter(|one| one.visible_to(&person.id)) else {
                return Ok(Err(unknown(key)));
            };
            reactor::run(tx, cx, |tx, _| command(tx, cx, &app.renderer, &incident, wanted))
        };
        self.store.transact(work).await
    }
}

fn unknown(key: &Key) -> Refusal {
    IncidentRefusal::UnknownIncident { key: key.to_string() }.into()
}

/// Returns the versions of a section, newest first.
pub fn versions(reads: &Reads<'_>, incident: &Incident, section: &str) -> Result<Vec<SectionVersion>, StoreError> {
    let mut versions = Vec::new();
    for recorded in reads.events_of(&Postmortem::stream(incident.id), 0, usize::MAX)? {
        let (version, text, prefilled) = match recorded.event {
            Event::Review(PostmortemEvent::SectionWritten { section: id, version, text }) if id == section => {
                (version, text, false)
            }
            Event::Review(PostmortemEvent::SectionPrefilled { section: id, version, text }) if id == section => {
                (version, text, true)
            }
            // One that is opened again begins anew.
            Event::Review(PostmortemEvent::PostmortemOpened { .. }) => {
                versions.clear();
                continue;
            }
            Event::Review(_)
            | Event::Incident(_)
            | Event::OnCall(_)
            | Event::Alert(_)
            | Event::FollowUp(_)
            | Event::Maintenance(_)
            | Event::System(_) => continue,
        };
        versions.push(SectionVersion { version, by: recorded.actor, at: recorded.at, prefilled, text });
    }
    versions.reverse();
    Ok(versions)
}
