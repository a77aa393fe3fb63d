//! The data of the page, read in one snapshot.

use std::collections::BTreeSet;

use super::entry::PublicEntry;
use crate::{
    app::{incidents::status_page::with_texts, maintenance},
    config::Config,
    domain::{
        Timestamp,
        ids::ComponentId,
        status,
        status::{Banner, ComponentStatus, Maintenance, short_id},
    },
    render::Renderer,
    store::{Reads, StoreError},
};

/// Maximum number of incidents in the API, besides open ones.
const LISTED: usize = 50;
/// Maximum number of open incidents.
const OPEN_LISTED: usize = 500;

/// All public data at one moment.
pub(super) struct Snapshot {
    /// The current time.
    pub now: Timestamp,
    /// The name of the page.
    pub name: String,
    /// The address of the page.
    pub url: String,
    /// The page's id.
    pub id: String,
    /// When anything on it last changed.
    pub updated_at: Timestamp,
    /// The components, in display order.
    pub components: Vec<ComponentState>,
    /// Open incidents, newest first.
    pub open: Vec<PublicEntry>,
    /// The latest incidents and all open ones, newest first.
    pub newest: Vec<PublicEntry>,
    /// Maintenance that takes place now, or was to end.
    pub active: Vec<PublicEntry>,
    /// Maintenance to come, the next first.
    pub upcoming: Vec<PublicEntry>,
    /// The latest maintenance by its begin, and all that is not over, newest first.
    pub maintenances: Vec<PublicEntry>,
    /// The overall status.
    pub banner: Banner,
}

/// One component as displayed.
pub(super) struct ComponentState {
    pub key: ComponentId,
    pub id: String,
    pub name: String,
    pub description: Option<String>,
    pub group: Option<String>,
    pub status: ComponentStatus,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Snapshot {
    pub(super) fn gather(
        reads: &Reads<'_>,
        config: &Config,
        renderer: &Renderer,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let components = components(reads, config)?;
        let open = reads.open_public_incidents(OPEN_LISTED)?;
        let banner = status::banner(components.iter().map(|component| component.status), &open);
        let spoken = |incident| PublicEntry::of_incident(&with_texts(incident, renderer, config));
        let open: Vec<PublicEntry> = open.into_iter().map(spoken).collect();
        let newest = with_open(reads.public_incidents(LISTED)?.into_iter().map(spoken).collect(), &open);
        let planned = |item: Maintenance| PublicEntry::of_maintenance(&maintenance::with_texts(item, renderer));
        let (active, upcoming): (Vec<_>, Vec<_>) =
            reads.open_maintenances(OPEN_LISTED)?.into_iter().partition(|item| item.status.is_active());
        let active: Vec<PublicEntry> = active.into_iter().map(planned).collect();
        let upcoming: Vec<PublicEntry> = upcoming.into_iter().map(planned).collect();
        let latest = reads.maintenances(LISTED)?.into_iter().map(planned).collect();
        let maintenances = with_open(with_open(latest, &active), &upcoming);
        let changes = components.iter().map(|component| component.updated_at);
        let updated_at = changes.chain(newest.iter().chain(&maintenances).map(|entry| entry.updated_at)).max();
        let below = format!("{}/status", config.server.public_url.trim_end_matches('/'));
        let scheme = if below.starts_with("https://") { "https" } else { "http" };
        let url = config.status_page.host.as_ref().map(|host| format!("{scheme}://{host}"));
        let url = url.unwrap_or_else(|| below.clone());
        Ok(Self {
            now,
            name: config.status_page.name.clone(),
            // It does not depend on the host, so that subscribers of feeds keep what they have.
            id: short_id(&format!("page {below}")),
            url,
            updated_at: updated_at.unwrap_or(Timestamp::UNIX_EPOCH),
            components,
            open,
            newest,
            active,
            upcoming,
            maintenances,
            banner,
        })
    }

    /// Returns the component of a record, if it is still configured.
    pub(super) fn component(&self, key: &ComponentId) -> Option<&ComponentState> {
        self.components.iter().find(|component| component.key == *key)
    }

    /// The component groups, each once, in display order.
    pub(super) fn groups(&self) -> Vec<&str> {
        let mut groups: Vec<&str> = Vec::new();
        for group in self.components.iter().filter_map(|component| component.group.as_deref()) {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        groups
    }

    /// The address of one incident.
    pub(super) fn link(&self, entry: &PublicEntry) -> String {
        format!("{}/incidents/{}", self.url, entry.id)
    }

    /// Incidents and maintenance that are in the feeds: the newest first.
    pub(super) fn history(&self) -> Vec<&PublicEntry> {
        let mut entries: Vec<&PublicEntry> = self.newest.iter().chain(&self.maintenances).collect();
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.created_at));
        entries
    }
}

fn components(reads: &Reads<'_>, config: &Config) -> Result<Vec<ComponentState>, StoreError> {
    let stored = reads.stored_components()?;
    let shown = |known: &status::Component| {
        let stored = stored.get(&known.id);
        ComponentState {
            key: known.id.clone(),
            id: short_id(&format!("component {}", known.id)),
            name: known.name.clone(),
            description: known.description.clone(),
            group: known.group.clone(),
            status: stored.map_or(ComponentStatus::Operational, |stored| stored.status),
            created_at: stored.map_or(Timestamp::UNIX_EPOCH, |stored| stored.created_at),
            updated_at: stored.map_or(Timestamp::UNIX_EPOCH, |stored| stored.updated_at),
        }
    };
    Ok(config.status_page.components.iter().map(shown).collect())
}

/// The newest entries, and the open ones that are not among them: their updates have to reach the readers of the feeds.
fn with_open(mut newest: Vec<PublicEntry>, open: &[PublicEntry]) -> Vec<PublicEntry> {
    let listed: BTreeSet<String> = newest.iter().map(|entry| entry.id.clone()).collect();
    newest.extend(open.iter().filter(|entry| !listed.contains(&entry.id)).cloned());
    newest
}

/// The public id of a component group.
pub(super) fn group_id(name: &str) -> String {
    short_id(&format!("group {name}"))
}
