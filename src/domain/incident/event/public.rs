//! What the status page was told.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{ComponentId, IncidentId, Key},
    status::{ComponentStatus, PublicStatus},
    text::Untrusted,
};

/// An event of the incident on the status page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum PublicEvent {
    /// A message was posted under a title, and components changed from `before`. Older events have no title: customers
    /// read the incident's own.
    StatusPosted {
        status: PublicStatus,
        body: Untrusted,
        components: Vec<(ComponentId, ComponentStatus)>,
        before: Vec<(ComponentId, ComponentStatus)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Untrusted>,
    },
    /// The end was posted, and its components were released. `components`: what they showed then.
    StatusRestored {
        body: Untrusted,
        components: Vec<(ComponentId, ComponentStatus)>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        title: Option<Untrusted>,
    },
    /// The title that customers read was set.
    PublicTitleChanged { from: Option<Untrusted>, to: Untrusted },
    /// It was merged into another incident, which continues its post.
    StatusMoved { into: IncidentId, key: Key },
    /// It continues the post of another incident that was merged into it, with the components that one changed.
    StatusTakenOver {
        other: IncidentId,
        key: Key,
        title: Option<Untrusted>,
        before: Vec<(ComponentId, ComponentStatus)>,
    },
}

impl PublicEvent {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::StatusPosted { .. } => "status_posted",
            Self::StatusRestored { .. } => "status_restored",
            Self::PublicTitleChanged { .. } => "public_title_changed",
            Self::StatusMoved { .. } => "status_moved",
            Self::StatusTakenOver { .. } => "status_taken_over",
        }
    }

    /// The texts that people wrote.
    pub(super) fn texts(&self) -> Vec<&Untrusted> {
        match self {
            Self::StatusPosted { body, title, .. } | Self::StatusRestored { body, title, .. } => {
                std::iter::once(body).chain(title).collect()
            }
            Self::PublicTitleChanged { from, to } => from.iter().chain([to]).collect(),
            Self::StatusTakenOver { title, .. } => title.iter().collect(),
            Self::StatusMoved { .. } => Vec::new(),
        }
    }

    /// The event with each text that people wrote replaced.
    pub(super) fn map_texts(mut self, change: &mut impl FnMut(Untrusted) -> Untrusted) -> Self {
        let replace = |text: &mut Untrusted| *text = change(std::mem::take(text));
        match &mut self {
            Self::StatusPosted { body, title, .. } | Self::StatusRestored { body, title, .. } => {
                std::iter::once(body).chain(title).for_each(replace);
            }
            Self::PublicTitleChanged { from, to } => from.iter_mut().chain([to]).for_each(replace),
            Self::StatusTakenOver { title, .. } => title.iter_mut().for_each(replace),
            Self::StatusMoved { .. } => {}
        }
        self
    }
}
