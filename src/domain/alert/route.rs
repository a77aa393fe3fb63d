//! The routing tree: to which feeds an alert goes, and which alerts are grouped.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Candidates, Digest, Matcher, TimeInterval, all_match};
use crate::domain::{
    Timestamp,
    ids::{RoomId, RouteId},
    text::Untrusted,
};

/// The three intervals of a group, as in Alertmanager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a new group waits for further alerts.
    pub group_wait: Duration,
    /// The interval between notifications of new alerts of a group.
    pub group_interval: Duration,
    /// The interval after which a group that still fires is posted again.
    pub repeat_interval: Duration,
}

impl Default for Timing {
    /// Alertmanager's own defaults.
    fn default() -> Self {
        Self {
            group_wait: Duration::from_secs(30),
            group_interval: Duration::from_secs(300),
            repeat_interval: Duration::from_secs(4 * 3600),
        }
    }
}

/// A node of the routing tree, with the inherited values filled in.
#[derive(Clone, Debug)]
pub struct Route {
    /// Its path in the tree by matchers, such as `root/service="checkout"`: adding other routes does not change it.
    pub id: RouteId,
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// True if later siblings are tried too.
    pub proceed: bool,
    /// The feed.
    pub feed: RoomId,
    /// The labels to group by; `None` is `...`: all labels.
    pub group_by: Option<Vec<String>>,
    /// How long a new group waits for further alerts.
    pub group_wait: Duration,
    /// The interval between notifications of new alerts of a group.
    pub group_interval: Duration,
    /// The interval after which a group that still fires is posted again.
    pub repeat_interval: Duration,
    /// True if people are asked what to do when no alert of an incident fires any more.
    pub send_resolved: bool,
    /// When it sends no notifications. Not inherited.
    pub mute: Vec<TimeInterval>,
    /// When it sends notifications; if empty, always. Not inherited.
    pub active: Vec<TimeInterval>,
    /// The child routes.
    pub routes: Vec<Route>,
    /// Which child routes may match.
    index: Candidates,
}

/// A node as written: what is absent is inherited from the parent.
#[derive(Clone, Debug, Default)]
pub struct RouteSpec {
    /// All must match.
    pub matchers: Vec<Matcher>,
    /// True if later siblings are tried too (`continue = true`).
    pub proceed: bool,
    /// The feed.
    pub feed: Option<RoomId>,
    /// The labels to group by; `["..."]` is all labels.
    pub group_by: Option<Vec<String>>,
    /// How long a new group waits for further alerts.
    pub group_wait: Option<Duration>,
    /// The interval between notifications of new alerts of a group.
    pub group_interval: Option<Duration>,
    /// The interval after which a group that still fires is posted again.
    pub repeat_interval: Option<Duration>,
    /// True if people are asked what to do when no alert of an incident fires any more.
    pub send_resolved: Option<bool>,
    /// When it sends no notifications.
    pub mute: Vec<TimeInterval>,
    /// When it sends notifications; if empty, always.
    pub active: Vec<TimeInterval>,
    /// The child routes.
    pub routes: Vec<RouteSpec>,
}

/// Identifies a group: a hash of the route and of the labels its alerts agree in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupKey(pub String);

impl Route {
    /// Builds the tree below a root. The root matches every alert, whatever its matchers say; `feed` is the feed of alerts
    /// that no route sends elsewhere.
    pub fn root(spec: RouteSpec, feed: RoomId) -> Self {
        let timing = Timing::default();
        let above = Self {
            id: RouteId::new("root"),
            matchers: Vec::new(),
            proceed: false,
            feed,
            group_by: Some(Vec::new()),
            group_wait: timing.group_wait,
            group_interval: timing.group_interval,
            repeat_interval: timing.repeat_interval,
            send_resolved: true,
            mute: Vec::new(),
            active: Vec::new(),
            routes: Vec::new(),
            index: Candidates::default(),
        };
        above.child(RouteId::new("root"), RouteSpec { matchers: Vec::new(), ..spec })
    }

    fn child(&self, id: RouteId, spec: RouteSpec) -> Self {
        let group_by = match spec.group_by {
            Some(labels) if labels.iter().any(|label| label == "...") => None,
            Some(labels) => Some(labels),
            None => self.group_by.clone(),
        };
        let mut node = Self {
            id,
            matchers: spec.matchers,
            proceed: spec.proceed,
            feed: spec.feed.unwrap_or_else(|| self.feed.clone()),
            group_by,
            group_wait: spec.group_wait.unwrap_or(self.group_wait),
            group_interval: spec.group_interval.unwrap_or(self.group_interval),
            repeat_interval: spec.repeat_interval.unwrap_or(self.repeat_interval),
            send_resolved: spec.send_resolved.unwrap_or(self.send_resolved),
            mute: spec.mute,
            active: spec.active,
            routes: Vec::new(),
            index: Candidates::default(),
        };
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for below in spec.routes {
            let name = below.matchers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            let suffix = if *count > 1 { format!("#{count}") } else { String::new() };
            let route = node.child(RouteId::new(format!("{}/{name}{suffix}", node.id)), below);
            node.routes.push(route);
        }
        node.index = Candidates::new(node.routes.iter().map(|route| route.matchers.as_slice()));
        node
    }

    /// Returns the intervals of its groups.
    pub fn timing(&self) -> Timing {
        Timing {
            group_wait: self.group_wait,
            group_interval: self.group_interval,
            repeat_interval: self.repeat_interval,
        }
    }

    /// True if it sends no notifications at this time.
    pub fn is_quiet(&self, at: Timestamp) -> bool {
        let holds = |intervals: &[TimeInterval]| intervals.iter().any(|interval| interval.contains(at));
        holds(&self.mute) || (!self.active.is_empty() && !holds(&self.active))
    }

    /// Returns the routes of an alert, as in Alertmanager: depth first, the first matching child wins unless it says
    /// `continue`, and a node itself is a route only if no child matches.
    pub fn matching(&self, labels: &BTreeMap<String, Untrusted>) -> Vec<&Route> {
        let mut found = Vec::new();
        self.collect(labels, &mut found);
        found
    }

    fn collect<'a>(&'a self, labels: &BTreeMap<String, Untrusted>, found: &mut Vec<&'a Route>) -> bool {
        if !all_match(&self.matchers, labels) {
            return false;
        }
        let before = found.len();
        for child in self.index.find(labels).into_iter().filter_map(|place| self.routes.get(place)) {
            if child.collect(labels, found) && !child.proceed {
                break;
            }
        }
        if found.len() == before {
            found.push(self);
        }
        true
    }

    /// Finds a node.
    pub fn find(&self, id: &RouteId) -> Option<&Route> {
        if &self.id == id {
            return Some(self);
        }
        self.routes.iter().find_map(|child| child.find(id))
    }

    /// Returns every feed of the tree.
    pub fn feeds(&self) -> Vec<&RoomId> {
        let mut feeds = vec![&self.feed];
        feeds.extend(self.routes.iter().flat_map(Route::feeds));
        feeds.sort();
        feeds.dedup();
        feeds
    }

    /// Returns the labels of an alert that identify its group: those of `group_by` that it has.
    pub fn group_labels(&self, labels: &BTreeMap<String, Untrusted>) -> BTreeMap<String, Untrusted> {
        let wanted = |name: &String| self.group_by.as_ref().is_none_or(|by| by.contains(name));
        let present = labels.iter().filter(|(name, value)| wanted(name) && !value.verbatim().is_empty());
        present.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Returns the key of the group with these labels.
    pub fn group_key(&self, group_labels: &BTreeMap<String, Untrusted>) -> GroupKey {
        let pairs = group_labels.iter().map(|(name, value)| (name.as_str(), value.verbatim()));
        GroupKey(Digest::new("group").part(self.id.as_str()).labels(pairs).hex())
    }
}
