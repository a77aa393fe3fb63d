//! People, teams and services as the operator declares them.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    contact::MethodKind,
    ids::{ComponentId, PersonId, Platform, PlatformId, PolicyId, RoomId, ServiceId, TeamId, TrackerId},
    pager::{PagerKind, PagerRoute},
    tracker::TrackerAccount,
};

/// A person who can be mentioned, invited and paged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The short name used in commands: `@ann`.
    pub id: PersonId,
    /// The name shown.
    pub name: String,
    /// What this person may do.
    pub access: Access,
    /// The person's time zone, for times in pages and hand-off messages.
    pub timezone: chrono_tz::Tz,
    /// The person's accounts on chat platforms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub accounts: BTreeMap<Platform, PlatformId>,
    /// The person's accounts at issue trackers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tracker_accounts: BTreeMap<TrackerId, TrackerAccount>,
    /// The person's accounts at outside pagers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pager_accounts: BTreeMap<PagerKind, String>,
    /// The contact methods that `bot.toml` declares.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contacts: Vec<ConfiguredContact>,
}

/// A contact method of `[[people]]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfiguredContact {
    /// Its kind.
    pub kind: MethodKind,
    /// Its address.
    pub address: String,
}

impl Person {
    /// Returns the person's account on a platform.
    pub fn account(&self, platform: &Platform) -> Option<&PlatformId> {
        self.accounts.get(platform)
    }
}

/// The access of a person. Each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Declare, read public incidents, add notes, answer one's own pages.
    Reporter,
    /// Acknowledge, take roles, change state, page.
    Responder,
    /// Reload the configuration, create sign-in links.
    Admin,
}

/// A group of people responsible for services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// The name used in commands.
    pub id: TeamId,
    /// The name shown.
    pub name: String,
    /// Its members.
    pub members: Vec<PersonId>,
    /// To whom overdue post-mortems and follow-ups of the team escalate; the admins if there are none.
    pub managers: Vec<PersonId>,
    /// The room in which it reads what concerns it; `None` for the incidents feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// The name alerts carry in the label `service`.
    pub id: ServiceId,
    /// The name shown.
    pub name: String,
    /// True if a critical alert of it declares an incident automatically.
    pub critical: bool,
    /// Who is paged for it.
    pub escalation: Option<PolicyId>,
    /// The team that owns it; its members are invited to the room.
    pub team: Option<TeamId>,
    /// The status-page component customers know it by.
    pub component: Option<ComponentId>,
    /// The services it needs: while one of them fires, its own alerts are shown there.
    #[serde(default)]
    pub depends_on: Vec<ServiceId>,
    /// How long a priority follow-up of its incidents may take; `None` for the general target.
    #[serde(default)]
    pub followup_target: Option<Duration>,
    /// Which system pages people for it first; `None` for that of `[pager]`.
    #[serde(default)]
    pub pager: Option<PagerRoute>,
}

/// Precedes the name of a rule in [`Actor::Machine`].
pub const RULE: &str = "rule ";

/// The [`Actor::Machine`] that applies the severity of an alert.
pub const ALERT_SEVERITY: &str = "alert severity";

/// Precedes the name of an account of a tracker in [`Actor::Machine`], for somebody who is not one of the people.
pub const TRACKER_ACCOUNT: &str = "tracker ";

/// Who or what did something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// A person, known by id and never by name.
    Person(PersonId),
    /// The bot itself, with the rule or timer that made it act.
    Machine(String),
}

impl Actor {
    /// Returns the person, if it was one.
    pub fn person(&self) -> Option<&PersonId> {
        match self {
            Self::Person(id) => Some(id),
            Self::Machine(_) => None,
        }
    }

    /// Returns the name of the account of a tracker, if it was one: `Eve Adams (Jira)`.
    pub fn tracker_account(&self) -> Option<&str> {
        match self {
            Self::Person(_) => None,
            Self::Machine(what) => what.strip_prefix(TRACKER_ACCOUNT),
        }
    }

    /// Returns the name of the operator's rule, if it was one.
    pub fn rule(&self) -> Option<&str> {
        match self {
            Self::Person(_) => None,
            Self::Machine(what) => what.strip_prefix(RULE),
        }
    }
}
