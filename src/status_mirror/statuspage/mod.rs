//! Atlassian Statuspage, by its REST API.
//!
//! One call changes an incident with its components, because the API takes one request a second. The metadata of the incident
//! carry its reference and the number of its newest update, so that an attempt whose end is unknown is found out by reading.

#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{
    StatusMirrorContext, StatusMirrorDescription, StatusMirrorFailure, removed,
    text::{cut, without_html},
};
use crate::{
    domain::status::{MirroredIncident, MirroredPost, UpdateAtMirror, update_digest},
    net::{HttpCall, UrlOrigin},
};
use wire::{RemoteComponent, RemoteIncident, RemotePage, incident_body};

/// Where the API is.
pub const API: &str = "https://api.statuspage.io/v1";
/// How many requests a minute the API takes for one token.
const MOST_REQUESTS: usize = 60;
/// The largest answer: a hundred incidents with their updates.
const LARGEST: usize = 8 << 20;
/// How many of the newest incidents are searched, and the most components of one listing.
const LISTED: usize = 100;
/// How many listings of components are read.
const MOST_LISTINGS: usize = 20;
/// The longest title.
const LONGEST_NAME: usize = 255;

/// A page at Statuspage.
#[derive(Clone, Debug)]
pub struct StatuspageSettings {
    /// Where the API is, with its version.
    pub url: String,
    /// The key of a user of the API.
    pub token: SecretString,
    /// The id of the page.
    pub page: String,
}

impl StatuspageSettings {
    /// Brings an incident and its components up to date.
    pub(super) async fn publish(
        &self,
        cx: StatusMirrorContext<'_>,
        incident: &MirroredIncident,
        known: Option<&MirroredPost>,
    ) -> Result<MirroredPost, StatusMirrorFailure> {
        let there = match known {
            Some(known) => self.read_incident(cx, &known.remote).await?,
            None => None,
        };
        // It was deleted there, or the answer to its creation was lost.
        let there = match there {
            Some(there) => Some(there),
            None => self.find(cx, &incident.reference).await?,
        };
        let Some(there) = there else { return self.create(cx, incident).await };
        let known = known.filter(|known| known.remote == there.id).cloned().unwrap_or_else(|| bare(&there));
        // The answer to the call that posted the newest update there may have been lost.
        let mut post = posted(incident, &there, known);
        let is_new = there.newest_update() < incident.newest().map_or(0, |update| update.number);
        let path = format!("/incidents/{}", there.id);
        let now: RemoteIncident = self.write(cx, Method::PATCH, &path, &incident_body(incident, is_new)).await?;
        if is_new {
            post = posted(incident, &now, post);
        }
        self.edit_updates(cx, incident, &mut post).await?;
        Ok(post)
    }

    async fn create(
        &self,
        cx: StatusMirrorContext<'_>,
        incident: &MirroredIncident,
    ) -> Result<MirroredPost, StatusMirrorFailure> {
        // Nobody needs a message about an incident that they hear of after its end.
        let incident = MirroredIncident { notify: incident.notify && !incident.is_over(), ..incident.clone() };
        let made: RemoteIncident = self.write(cx, Method::POST, "/incidents", &incident_body(&incident, true)).await?;
        let known = bare(&made);
        Ok(posted(&incident, &made, known))
    }

    /// Removes an incident.
    pub(super) async fn withdraw(
        &self,
        cx: StatusMirrorContext<'_>,
        reference: &str,
        known: Option<&MirroredPost>,
    ) -> Result<(), StatusMirrorFailure> {
        let id = match known {
            Some(known) => Some(known.remote.clone()),
            None => self.find(cx, reference).await?.map(|there| there.id),
        };
        let Some(id) = id else { return Ok(()) };
        let call = self.call(cx, Method::DELETE, &format!("/incidents/{id}"))?;
        removed(cx.http.send(call).await)
    }

    /// Changes the updates whose text has changed since they were posted.
    async fn edit_updates(
        &self,
        cx: StatusMirrorContext<'_>,
        incident: &MirroredIncident,
        post: &mut MirroredPost,
    ) -> Result<(), StatusMirrorFailure> {
        for update in &incident.updates {
            let digest = update_digest(&update.body);
            let Some(there) = post.updates.get_mut(&update.number).filter(|there| there.digest != digest) else {
                continue;
            };
            let path = format!("/incidents/{}/incident_updates/{}", post.remote, there.remote);
            let body = json!({"incident_update": {"body": without_html(&update.body)}});
            let _edited: Value = self.write(cx, Method::PATCH, &path, &body).await?;
            there.digest = digest;
        }
        Ok(())
    }

    /// Reads an incident. `None` if it does not exist.
    async fn read_incident(
        &self,
        cx: StatusMirrorContext<'_>,
        id: &str,
    ) -> Result<Option<RemoteIncident>, StatusMirrorFailure> {
        match self.read(cx, &format!("/incidents/{id}")).await {
            Ok(found) => Ok(Some(found)),
            Err(failure) if failure.status() == Some(404) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Looks for the incident with this reference among the newest.
    async fn find(
        &self,
        cx: StatusMirrorContext<'_>,
        reference: &str,
    ) -> Result<Option<RemoteIncident>, StatusMirrorFailure> {
        let newest: Vec<RemoteIncident> = self.read(cx, &format!("/incidents?limit={LISTED}&page=1")).await?;
        Ok(newest.into_iter().find(|incident| incident.reference() == Some(reference)))
    }

    /// Reads the name of the page and its components.
    pub(super) async fn describe(
        &self,
        cx: StatusMirrorContext<'_>,
    ) -> Result<StatusMirrorDescription, StatusMirrorFailure> {
        let page: RemotePage = self.read(cx, "").await?;
        let mut components = BTreeMap::new();
        for listing in 1..=MOST_LISTINGS {
            let path = format!("/components?per_page={LISTED}&page={listing}");
            let found: Vec<RemoteComponent> = self.read(cx, &path).await?;
            let last = found.len() < LISTED;
            // A group has no status of its own.
            components.extend(found.into_iter().filter(|known| !known.group).map(|known| (known.id, known.name)));
            if last {
                break;
            }
        }
        Ok(StatusMirrorDescription { name: format!("Statuspage \"{}\"", page.name), components })
    }

    /// Gives a component a name.
    pub(super) async fn rename_component(
        &self,
        cx: StatusMirrorContext<'_>,
        component: &str,
        name: &str,
    ) -> Result<(), StatusMirrorFailure> {
        let body = json!({"component": {"name": name}});
        let _written: Value = self.write(cx, Method::PATCH, &format!("/components/{component}"), &body).await?;
        Ok(())
    }

    async fn read<T: DeserializeOwned>(
        &self,
        cx: StatusMirrorContext<'_>,
        path: &str,
    ) -> Result<T, StatusMirrorFailure> {
        let call = self.call(cx, Method::GET, path)?;
        let answer = cx.http.send(call).await.map_err(StatusMirrorFailure::Read)?;
        answer.json().map_err(StatusMirrorFailure::Read)
    }

    async fn write<T: DeserializeOwned>(
        &self,
        cx: StatusMirrorContext<'_>,
        method: Method,
        path: &str,
        body: &Value,
    ) -> Result<T, StatusMirrorFailure> {
        let call = self.call(cx, method, path)?.json(body.to_string().into_bytes());
        let answer = cx.http.send(call).await.map_err(StatusMirrorFailure::Write)?;
        answer.json().map_err(StatusMirrorFailure::Write)
    }

    fn call(&self, cx: StatusMirrorContext<'_>, method: Method, path: &str) -> Result<HttpCall, StatusMirrorFailure> {
        cx.pace.take(&format!("{} {}", self.url, self.page), MOST_REQUESTS, cx.now)?;
        let url = format!("{}/pages/{}{path}", self.url.trim_end_matches('/'), self.page);
        let authorization = SecretString::from(format!("OAuth {}", self.token.expose_secret()));
        let call = HttpCall::new(method, url, UrlOrigin::Config).secret_header("authorization", &authorization);
        Ok(call.header("accept", "application/json").at_most(LARGEST))
    }
}

/// Adds what an answer shows of the newest update to what is known of the incident.
fn posted(incident: &MirroredIncident, there: &RemoteIncident, mut known: MirroredPost) -> MirroredPost {
    let number = there.newest_update();
    if let Some(update) = incident.updates.iter().find(|update| update.number == number)
        && !known.updates.contains_key(&number)
        && let Some(shown) = there.shown_update(update.status)
    {
        // A text that was changed meanwhile differs, and is corrected.
        let digest = if shown.body == without_html(&update.body) { update_digest(&update.body) } else { String::new() };
        known.updates.insert(number, UpdateAtMirror { remote: shown.id.clone(), digest });
    }
    known
}

fn bare(there: &RemoteIncident) -> MirroredPost {
    MirroredPost { remote: there.id.clone(), updates: BTreeMap::new() }
}
