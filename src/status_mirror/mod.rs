//! Clients of status pages that mirror ours, one folder for each product. A client is given what the page is to show of an
//! incident now, looks at what is there, and changes only what differs; when this happens is decided elsewhere.

pub mod cachet;
mod failure;
mod pace;
pub mod statuspage;
mod text;

use std::collections::BTreeMap;

use crate::{
    domain::{
        Timestamp,
        ids::{ComponentId, StatusMirrorId},
        status::{MirroredIncident, MirroredPost},
    },
    net::{HttpClient, HttpFailure, HttpResponse},
};

use cachet::CachetSettings;
pub use failure::StatusMirrorFailure;
pub use pace::RequestPace;
use statuspage::StatuspageSettings;
pub use text::is_plain_id;

/// One of `[[status_mirrors]]`.
#[derive(Clone, Debug)]
pub struct StatusMirror {
    /// Its name.
    pub id: StatusMirrorId,
    /// What the mirror calls our components.
    pub components: BTreeMap<ComponentId, String>,
    /// Whether it notifies its own subscribers of our updates.
    pub notify: bool,
    /// How it is reached.
    pub client: StatusMirrorClient,
}

/// The client of a mirror.
#[derive(Clone, Debug)]
pub enum StatusMirrorClient {
    /// Atlassian Statuspage.
    Statuspage(StatuspageSettings),
    /// Cachet 2 or 3.
    Cachet(CachetSettings),
}

/// What a call is made with.
#[derive(Clone, Copy)]
pub struct StatusMirrorContext<'a> {
    /// The HTTP client.
    pub http: &'a HttpClient,
    /// The limits of requests.
    pub pace: &'a RequestPace,
    /// The time of the call.
    pub now: Timestamp,
}

/// What a mirror says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusMirrorDescription {
    /// The product, with its version where it matters, and the name of the page.
    pub name: String,
    /// The names of its components, by their ids.
    pub components: BTreeMap<String, String>,
}

impl StatusMirrorClient {
    /// Brings an incident and its components up to date. `known` is what is stored of the incident there.
    ///
    /// # Errors
    /// [`StatusMirrorFailure`]; a repeat continues where this attempt ended.
    pub async fn publish(
        &self,
        cx: StatusMirrorContext<'_>,
        incident: &MirroredIncident,
        known: Option<&MirroredPost>,
    ) -> Result<MirroredPost, StatusMirrorFailure> {
        match self {
            Self::Statuspage(settings) => settings.publish(cx, incident, known).await,
            Self::Cachet(settings) => settings.publish(cx, incident, known).await,
        }
    }

    /// Removes an incident. One that is not there is no failure.
    ///
    /// # Errors
    /// [`StatusMirrorFailure`]; a repeat does no harm.
    pub async fn withdraw(
        &self,
        cx: StatusMirrorContext<'_>,
        reference: &str,
        known: Option<&MirroredPost>,
    ) -> Result<(), StatusMirrorFailure> {
        match self {
            Self::Statuspage(settings) => settings.withdraw(cx, reference, known).await,
            Self::Cachet(settings) => settings.withdraw(cx, reference, known).await,
        }
    }

    /// Reads what the page is and which components it has.
    ///
    /// # Errors
    /// [`StatusMirrorFailure`] when it does not answer or refuses the credentials.
    pub async fn describe(&self, cx: StatusMirrorContext<'_>) -> Result<StatusMirrorDescription, StatusMirrorFailure> {
        match self {
            Self::Statuspage(settings) => settings.describe(cx).await,
            Self::Cachet(settings) => settings.describe(cx).await,
        }
    }

    /// Proves that components may be changed: writes the name that a component has already.
    ///
    /// # Errors
    /// [`StatusMirrorFailure`] when the write is refused.
    pub async fn prove_access(
        &self,
        cx: StatusMirrorContext<'_>,
        component: &str,
        name: &str,
    ) -> Result<(), StatusMirrorFailure> {
        match self {
            Self::Statuspage(settings) => settings.rename_component(cx, component, name).await,
            Self::Cachet(settings) => settings.rename_component(cx, component, name).await,
        }
    }
}

/// What the answer to a removal means: what is not there is removed.
fn removed(answer: Result<HttpResponse, HttpFailure>) -> Result<(), StatusMirrorFailure> {
    match answer {
        Ok(_) => Ok(()),
        Err(failure) if matches!(failure.status(), Some(404 | 410)) => Ok(()),
        Err(failure) => Err(StatusMirrorFailure::Removal(failure)),
    }
}
