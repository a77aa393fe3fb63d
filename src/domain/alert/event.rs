//! What the log keeps of groups and silences.

use serde::{Deserialize, Serialize};

use super::{ParentLink, Silence};
use crate::domain::{
    Timestamp,
    ids::{GroupId, IncidentId, RoomId, RouteId, SilenceId, StormId},
};

/// Events of groups, silences and storms: streams `group/<id>`, `silence/<id>` and `storm/<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[allow(missing_docs, reason = "each variant says what its fields mean")]
pub enum AlertEvent {
    /// A group's first alert came.
    GroupOpened { group: GroupId, route: RouteId, feed: RoomId },
    /// Someone has it.
    GroupAcknowledged { group: GroupId },
    /// Nobody has it any more: the time of the acknowledgement has run out.
    AcknowledgementExpired { group: GroupId },
    /// It is silenced as a whole until then; none: until nothing in it fires.
    GroupSilenced { group: GroupId, until: Option<Timestamp> },
    /// It belongs to an incident.
    GroupLinked { group: GroupId, incident: IncidentId },
    /// One of its alerts comes and goes; it is held as firing until it is calm.
    GroupFlapping { group: GroupId },
    /// An alert of it stopped flapping and still fires, or none of its alerts flaps any more.
    GroupSteady { group: GroupId },
    /// It is told within another group.
    #[serde(rename = "group_folded")]
    GroupJoinedParent {
        group: GroupId,
        #[serde(rename = "fold")]
        parent: ParentLink,
    },
    /// All its alerts are over.
    GroupClosed { group: GroupId },
    /// A silence was made.
    SilenceMade { silence: Silence },
    /// It was changed.
    SilenceChanged { silence: Silence },
    /// Someone ended it, or what it covered is over.
    SilenceEnded { silence: SilenceId },
    /// So many groups came that they are told together in this feed.
    StormBegan { storm: StormId, feed: RoomId },
    /// The feed is calm again.
    StormEnded { storm: StormId, feed: RoomId },
}

impl AlertEvent {
    /// The template that tells the group's feed of it; none: the group's message says it.
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
