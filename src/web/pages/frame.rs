//! The frame around every page of the console.

use serde::Serialize;

use crate::{
    config::Config,
    web::{
        VERSION, Viewer, assets,
        console::{json::Me, state::me},
    },
};

/// The current entry of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Nav {
    /// The rooms.
    Rooms,
    /// The incidents, or one incident.
    Incidents,
    /// What changes after incidents.
    Followups,
    /// How long things took.
    Reports,
    /// The reports from users.
    UserReports,
    /// Planned maintenance.
    Maintenance,
    /// The alerts.
    Alerts,
    /// The on-call schedules.
    Oncall,
    /// The health of hotroom.
    Health,
    /// The reader's profile.
    Profile,
    /// No entry.
    None,
}

/// The context `page` of `templates/web/layout.html`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PageFrame {
    /// The current entry of the navigation.
    pub nav: Nav,
    /// The running build.
    pub version: &'static str,
    /// The public base URL, without a trailing slash.
    pub url: String,
    /// The hash in the address of scripts and styles.
    pub assets: &'static str,
    /// The scripts to load ahead.
    pub modules: Vec<&'static str>,
    /// The CSRF token of the session.
    pub csrf: String,
    /// The signed-in person.
    pub me: Option<Me>,
    /// Why nothing is sent; `None` if sending is not paused.
    pub paused: Option<String>,
    /// True if push messages are set up, so that the browser can subscribe.
    pub push: bool,
    /// True if users can report something.
    pub user_reports: bool,
}

impl PageFrame {
    /// The frame for a signed-in person, or for nobody.
    pub fn new(config: &Config, nav: Nav, viewer: Option<&Viewer>) -> Self {
        Self {
            nav,
            version: VERSION,
            url: config.server.public_url.trim_end_matches('/').to_owned(),
            assets: &assets::HASH,
            modules: if viewer.is_some() { assets::modules().collect() } else { Vec::new() },
            csrf: viewer.map(|viewer| viewer.csrf.clone()).unwrap_or_default(),
            me: viewer.map(|viewer| me(&viewer.person)),
            paused: None,
            push: config.contact.web_push.is_some(),
            user_reports: config.reports.policy.on,
        }
    }
}

/// A page's own context within its frame.
#[derive(Clone, Debug, Serialize)]
pub struct FramedView<T> {
    /// The frame.
    pub page: PageFrame,
    /// The page's context.
    #[serde(flatten)]
    pub view: T,
}
