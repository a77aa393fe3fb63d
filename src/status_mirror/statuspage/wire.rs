//! The bodies of Statuspage's API, as far as they are used.

use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::{Map, Value, json};

use super::{LONGEST_NAME, cut, without_html};
use crate::{
    domain::status::{MirroredIncident, PublicStatus},
    status_mirror::is_plain_id,
};

/// Under which name the metadata of an incident carry what belongs to us.
const NAMESPACE: &str = "hotroom";

/// An id, which is put into paths.
fn plain_id<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let id = String::deserialize(from)?;
    if is_plain_id(&id) { Ok(id) } else { Err(D::Error::custom("an id that is none")) }
}

/// A page.
#[derive(Deserialize)]
pub(super) struct RemotePage {
    pub name: String,
}

/// A component or a group of components.
#[derive(Deserialize)]
pub(super) struct RemoteComponent {
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub group: bool,
}

/// An incident.
#[derive(Deserialize)]
pub(super) struct RemoteIncident {
    #[serde(deserialize_with = "plain_id")]
    pub id: String,
    #[serde(default)]
    metadata: Value,
    /// Newest first.
    #[serde(default)]
    incident_updates: Vec<RemoteUpdate>,
}

/// An update of an incident.
#[derive(Deserialize)]
pub(super) struct RemoteUpdate {
    #[serde(deserialize_with = "plain_id")]
    pub id: String,
    #[serde(default)]
    pub status: String,
    #[serde(default)]
    pub body: String,
}

impl RemoteIncident {
    /// Our reference of it.
    pub(super) fn reference(&self) -> Option<&str> {
        self.metadata[NAMESPACE]["incident"].as_str()
    }

    /// The number of our newest update that it has; 0 if it has none.
    pub(super) fn newest_update(&self) -> u32 {
        self.metadata[NAMESPACE]["update"].as_str().and_then(|number| number.parse().ok()).unwrap_or(0)
    }

    /// The newest update with a status.
    pub(super) fn shown_update(&self, status: PublicStatus) -> Option<&RemoteUpdate> {
        self.incident_updates.iter().find(|update| update.status == status.name())
    }
}

/// The body that creates or changes an incident. `with_update`: the newest update is posted.
pub(super) fn incident_body(incident: &MirroredIncident, with_update: bool) -> Value {
    let components: Map<String, Value> = incident
        .components
        .iter()
        .map(|component| (component.remote.clone(), Value::from(component.status.name())))
        .collect();
    let ids: Vec<&str> = incident.components.iter().map(|component| component.remote.as_str()).collect();
    let number = incident.newest().map_or(0, |update| update.number);
    let mut body = json!({
        "name": cut(&incident.name, LONGEST_NAME),
        "impact_override": incident.impact.name(),
        "components": components,
        "component_ids": ids,
        "metadata": {NAMESPACE: {"incident": incident.reference, "update": number.to_string()}},
    });
    if let Some(update) = incident.newest()
        && with_update
    {
        body["status"] = update.status.name().into();
        body["body"] = without_html(&update.body).into();
        body["deliver_notifications"] = incident.notify.into();
    }
    json!({"incident": body})
}
