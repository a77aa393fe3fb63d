//! What every page of the console has around it.

use serde::Serialize;

use crate::{
    config::Config,
    web::{
        Viewer,
        console::{json::Me, state::me},
    },
};

/// The build that serves the page.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Which page of the navigation is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nav {
    /// The rooms.
    Rooms,
    /// The incidents, or one of them.
    Incidents,
    /// The alerts.
    Alerts,
    /// Who is on call.
    Oncall,
    /// How hotroom is.
    Health,
    /// None of these.
    None,
}

/// The context `page` of `templates/web/layout.html`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Page {
    /// Which page of the navigation is shown.
    pub nav: Nav,
    /// The build that serves the page.
    pub version: &'static str,
    /// The address people reach it at, without a last slash.
    pub url: String,
    /// The token of this session's forms.
    pub csrf: String,
    /// Who is signed in.
    pub me: Option<Me>,
}

impl Page {
    /// The frame for someone, or for whoever is not signed in.
    pub fn new(config: &Config, nav: Nav, viewer: Option<&Viewer>) -> Self {
        Self {
            nav,
            version: VERSION,
            url: config.server.public_url.trim_end_matches('/').to_owned(),
            csrf: viewer.map(|viewer| viewer.csrf.clone()).unwrap_or_default(),
            me: viewer.map(|viewer| me(&viewer.person)),
        }
    }
}

/// A page's own context inside its frame.
#[derive(Clone, Debug, Serialize)]
pub struct Framed<T> {
    /// The frame.
    pub page: Page,
    /// What the page shows.
    #[serde(flatten)]
    pub view: T,
}
