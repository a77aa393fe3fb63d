//! The data of the page, read in one snapshot.

use std::collections::BTreeSet;

use crate::{
    app::incidents::status_page::with_texts,
    config::Config,
    domain::{
        Timestamp,
        ids::{ComponentId, IncidentId},
        status,
        status::{Banner, ComponentStatus, PublicIncident, short_id},
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
    pub open: Vec<PublicIncident>,
    /// The latest incidents and all open ones, newest first.
    pub newest: Vec<PublicIncident>,
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
        let spoken = |incident: PublicIncident| with_texts(incident, renderer, config);
        let open: Vec<_> = reads.open_public_incidents(OPEN_LISTED)?.into_iter().map(spoken).collect();
        let newest: Vec<_> = reads.public_incidents(LISTED)?.into_iter().map(spoken).collect();
        let newest = with_open(newest, &open);
        let changes = components.iter().map(|component| component.updated_at);
        let updated_at = changes.chain(newest.iter().map(|incident| incident.updated_at)).max();
        let banner = status::banner(components.iter().map(|component| component.status), &open);
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
    pub(super) fn link(&self, incident: &PublicIncident) -> String {
        format!("{}/incidents/{}", self.url, incident.reference())
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

/// The newest incidents, and the open ones that are older: their updates have to reach the readers of the feeds.
fn with_open(mut newest: Vec<PublicIncident>, open: &[PublicIncident]) -> Vec<PublicIncident> {
    let listed: BTreeSet<IncidentId> = newest.iter().map(|public| public.incident).collect();
    newest.extend(open.iter().filter(|public| !listed.contains(&public.incident)).cloned());
    newest
}

/// The public id of an incident's update, counted from the oldest.
pub(super) fn update_id(id: IncidentId, number: usize) -> String {
    short_id(&format!("update {id} {number}"))
}

/// The public id of a component group.
pub(super) fn group_id(name: &str) -> String {
    short_id(&format!("group {name}"))
}
