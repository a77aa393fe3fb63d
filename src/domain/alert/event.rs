//! Events of alert groups, silences and storms.

use serde::{Deserialize, Serialize};

use super::{ParentLink, Silence};
use crate::domain::{
    Timestamp,
    ids::{GroupId, IncidentId, RoomId, RouteId, SilenceId, StormId},
};

/// An event of a stream `group/<id>`, `silence/<id>` or `storm/<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum AlertEvent {
    /// The first alert of a group fired.
    GroupOpened { group: GroupId, route: RouteId, feed: RoomId },
    /// A person acknowledged it.
    GroupAcknowledged { group: GroupId },
    /// The acknowledgement ended at its planned time.
    AcknowledgementExpired { group: GroupId },
    /// It was silenced as a whole; without `until`, until nothing in it fires.
    GroupSilenced { group: GroupId, until: Option<Timestamp> },
    /// It joined an incident.
    GroupLinked { group: GroupId, incident: IncidentId },
    /// One of its alerts comes and goes; it is held as firing until it is calm.
    GroupFlapping { group: GroupId },
    /// An alert of it stopped flapping and still fires, or none of its alerts flaps any more.
    GroupSteady { group: GroupId },
    /// It is shown inside a parent group.
    #[serde(rename = "group_folded")]
    GroupJoinedParent {
        group: GroupId,
        #[serde(rename = "fold")]
        parent: ParentLink,
    },
    /// All its alerts are resolved.
    GroupClosed { group: GroupId },
    /// A silence was created.
    SilenceMade { silence: Silence },
    /// A silence was changed.
    SilenceChanged { silence: Silence },
    /// A person ended a silence, or the alerts it covered are resolved.
    SilenceEnded { silence: SilenceId },
    /// So many groups came that this feed summarizes them.
    StormBegan { storm: StormId, feed: RoomId },
    /// The feed is calm again.
    StormEnded { storm: StormId, feed: RoomId },
}

impl AlertEvent {
    /// Returns the template of the notice in the group's feed; `None` if the group's message shows the event.
    pub fn notice(&self) -> Option<&'static str> {
        match self {
            Self::GroupFlapping { .. } => Some("group_flapping"),
            Self::GroupSteady { .. } => Some("group_steady"),
            Self::GroupOpened { .. }
            | Self::GroupAcknowledged { .. }
            | Self::AcknowledgementExpired { .. }
            | Self::GroupSilenced { .. }
            | Self::GroupLinked { .. }
            | Self::GroupJoinedParent { .. }
            | Self::GroupClosed { .. }
            | Self::SilenceMade { .. }
            | Self::SilenceChanged { .. }
            | Self::SilenceEnded { .. }
            | Self::StormBegan { .. }
            | Self::StormEnded { .. } => None,
        }
    }
}
