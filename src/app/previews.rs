//! Answers a message that refers to an incident or an alert group with a card.

use std::time::Duration;

use serde::Serialize;

use super::App;
use crate::{
    config::Config,
    domain::{
        Timestamp,
        effect::{ChatEffect, EffectKey, TrackerEffect},
        ids::RoomId,
        preview::{PreviewReference, ReferenceStyle, references},
        text::Untrusted,
    },
    store::{Reads, StoreError, Tx, chat::PreviewRequest},
};

/// How long a reference is not shown again in a room. A message that is older is not answered any more.
pub const PREVIEW_PAUSE: Duration = Duration::from_secs(600);

/// The most projects on the list of a room.
const MOST_PROJECTS: usize = 50;

/// A message of a person.
pub struct PreviewedMessage {
    /// Its room.
    pub room: RoomId,
    /// Its id.
    pub message: i64,
    /// Its text.
    pub text: Untrusted,
    /// When it was written.
    pub at: Timestamp,
}

/// What may be shown in a room, by what its people have set and by `bot.toml`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewRules {
    /// True if messages are answered with cards.
    pub enabled: bool,
    /// The projects and repositories whose issues and pull requests are shown.
    pub projects: Vec<String>,
}

impl PreviewRules {
    /// The rules of a room.
    pub fn of_room(reads: &Reads<'_>, config: &Config, room: &RoomId) -> Result<Self, StoreError> {
        let set = reads.room_previews(room)?;
        let usual = config.chat.previews && !config.chat.rooms_without_previews.contains(room);
        Ok(Self {
            enabled: set.enabled.unwrap_or(usual),
            projects: set.projects.unwrap_or_else(|| config.chat.preview_projects.clone()),
        })
    }

    /// True if a project or a repository is on the list.
    pub fn shows(&self, project: &str) -> bool {
        self.projects.iter().any(|listed| listed.eq_ignore_ascii_case(project))
    }
}

/// Has issues read that belong to no incident, unless that was done a short time ago.
fn ask_tracker(
    tx: &mut Tx<'_>,
    config: &Config,
    now: Timestamp,
    message: &PreviewedMessage,
    found: &[PreviewReference],
) -> Result<(), StoreError> {
    let Some(outside) = &config.tracker.outside else { return Ok(()) };
    let rules = PreviewRules::of_room(tx, config, &message.room)?;
    let noted = tx.previews(&message.room, message.message)?.map(|noted| noted.references).unwrap_or_default();
    for (n, reference) in found.iter().enumerate() {
        let PreviewReference::Incident(key) = reference else { continue };
        let is_shown = outside.project_with_prefix(&key.prefix).is_some() && rules.shows(&key.prefix);
        if !is_shown || !noted.contains(&reference.to_string()) || tx.incident_by_key(key)?.is_some() {
            continue;
        }
        if tx.issue_card(key, now - PREVIEW_PAUSE)?.is_none() {
            let (room, message) = (message.room.clone(), message.message);
            let row = EffectKey::new(&format!("preview/{room}/issue"), message.unsigned_abs(), n);
            let show = TrackerEffect::ShowIssue { tracker: outside.id(), key: key.clone(), room, message };
            tx.enqueue(&row, &show.into(), now)?;
        }
    }
    Ok(())
}

impl App {
    /// Has what a message refers to shown below it. What may be shown is decided when it is shown.
    ///
    /// # Errors
    /// [`StoreError`] when that could not be stored. The message itself is stored already.
    pub async fn preview(&self, message: PreviewedMessage) -> Result<(), StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let is_old = (now - message.at).to_std().is_ok_and(|age| age > PREVIEW_PAUSE);
        if is_old {
            return Ok(());
        }
        let prefixes = config.tracker.prefixes();
        let forge_url = config.tracker.forge_url();
        let style =
            ReferenceStyle { public_url: &config.server.public_url, prefixes: &prefixes, forge_url: &forge_url };
        let found = references(message.text.verbatim(), style);
        if found.is_empty() {
            return Ok(());
        }
        let references: Vec<String> = found.iter().map(ToString::to_string).collect();
        let note = move |tx: &mut Tx<'_>| {
            let (room, id) = (&message.room, message.message);
            if !PreviewRules::of_room(tx, &config, room)?.enabled {
                return Ok(());
            }
            let since = now - PREVIEW_PAUSE;
            let request = PreviewRequest { room, message: id, references: &references, now, since };
            if tx.note_previews(&request)? {
                let effect = ChatEffect::Preview { room: room.clone(), message: id }.into();
                tx.enqueue(&EffectKey::new(&format!("preview/{room}"), id.unsigned_abs(), 0), &effect, now)?;
                ask_tracker(tx, &config, now, &message, &found)?;
            }
            Ok(())
        };
        self.store.transact(note).await
    }
}

/// The previews of a room, for the reply to whoever asks for them or changes them.
#[derive(Debug, Serialize)]
pub struct RoomPreviewsView {
    room: Option<RoomId>,
    enabled: bool,
    projects: Vec<String>,
    known: Vec<String>,
}

/// A change of the previews of a room. What is `None` stays as it is.
pub(in crate::app) struct PreviewChange<'a> {
    /// `on`, `off` or `usual`.
    pub cards: Option<&'a str>,
    /// Projects separated by commas, `none` or `usual`.
    pub projects: Option<&'a Untrusted>,
}

/// Shows or changes the previews of a room.
pub(in crate::app) fn change_room_previews(
    tx: &mut Tx<'_>,
    config: &Config,
    room: Option<&RoomId>,
    change: &PreviewChange<'_>,
) -> Result<RoomPreviewsView, StoreError> {
    let known = known_projects(config);
    let Some(room) = room else {
        return Ok(RoomPreviewsView { room: None, enabled: false, projects: Vec::new(), known });
    };
    let mut set = tx.room_previews(room)?;
    if let Some(cards) = change.cards {
        set.enabled = if cards == "usual" { None } else { Some(cards == "on") };
    }
    if let Some(projects) = change.projects {
        let listed = projects.verbatim().split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "none");
        let listed = listed.take(MOST_PROJECTS).map(str::to_owned).collect();
        set.projects = if projects.verbatim().trim() == "usual" { None } else { Some(listed) };
    }
    tx.save_room_previews(room, &set)?;
    let PreviewRules { enabled, projects } = PreviewRules::of_room(tx, config, room)?;
    Ok(RoomPreviewsView { room: Some(room.clone()), enabled, projects, known })
}

/// What can be on the list of a room.
fn known_projects(config: &Config) -> Vec<String> {
    let outside = config.tracker.outside.iter().flat_map(|outside| &outside.projects);
    let repositories = config.tracker.pull_requests.iter().flat_map(|settings| &settings.repositories);
    let prefixes = outside.map(|project| project.prefix.clone());
    prefixes.chain(repositories.map(|repository| repository.name.clone())).collect()
}
