//! hotroom, on a clock that moves only when told.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chrono::TimeDelta;
use hotroom::{
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, AlertState},
        ids::GroupId,
        text::Untrusted,
    },
    store::GroupFilter,
};
use serde_json::json;

use crate::{
    alertmanager::matcher,
    notice::{Heard, Notice, Told, shown},
    timeline::{Step, Timeline, Unit, labels},
    world::{World, start},
};

/// A group as it was last seen.
#[derive(Clone, Default)]
struct Seen {
    /// When it was last told.
    told: Option<Timestamp>,
    /// What people were told that fires.
    shown: BTreeSet<String>,
}

/// Plays one timeline.
pub async fn play(timeline: &Timeline) -> Heard {
    let mut player = Player {
        world: World::with(&timeline.bot_toml()).await,
        seen: BTreeMap::new(),
        heard: Heard::default(),
        silent: timeline.unresolved,
        webhook: timeline.webhook,
    };
    for (at, step) in &timeline.steps {
        player.reach(*at).await;
        player.act(step).await;
        player.look().await;
    }
    // The last unit is not watched to its end, so that nothing is told in the moment at which the other one stops.
    player.reach(timeline.until - 0.01).await;
    player.world.end().await;
    player.heard
}

struct Player {
    world: World,
    seen: BTreeMap<GroupId, Seen>,
    heard: Heard,
    silent: &'static [&'static str],
    webhook: bool,
}

fn instant(units: f64) -> Timestamp {
    start() + TimeDelta::milliseconds((units * Unit::HOTROOM.0) as i64)
}

impl Player {
    async fn act(&mut self, step: &Step) {
        let (path, body) = match step {
            Step::Push { labels: text, starts, ends } if self.webhook => {
                let over = ends.map(instant).filter(|end| *end <= self.world.now());
                let starts = starts.map_or_else(|| self.world.now(), instant).to_rfc3339();
                let ends = over.map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), |end| end.to_rfc3339());
                let status = if over.is_some() { "resolved" } else { "firing" };
                let alert = json!({"status": status, "labels": labels(text), "startsAt": starts, "endsAt": ends});
                ("/intake/alertmanager", json!({"version": "4", "status": status, "alerts": [alert]}))
            }
            Step::Push { labels: text, starts, ends } => {
                let mut alert = json!({ "labels": labels(text) });
                for (name, units) in [("startsAt", starts), ("endsAt", ends)] {
                    if let Some(units) = units {
                        alert[name] = json!(instant(*units).to_rfc3339());
                    }
                }
                ("/api/v2/alerts", json!([alert]))
            }
            Step::Silence { matchers, units } => {
                let parts: Vec<_> = matchers.iter().map(|text| matcher(text)).collect();
                let ends = self.world.now() + TimeDelta::milliseconds((units * Unit::HOTROOM.0) as i64);
                let silence = json!({"matchers": parts, "startsAt": self.world.now().to_rfc3339(),
                    "endsAt": ends.to_rfc3339(), "createdBy": "timeline", "comment": "played"});
                ("/api/v2/silences", silence)
            }
        };
        let (status, answer) = self.world.send("POST", path, Some(&body)).await;
        assert!(status.is_success(), "{body}: {status} {answer}");
        self.world.settle().await;
    }

    /// Moves the clock, looking at what was told after each timer on the way.
    async fn reach(&mut self, units: f64) {
        let end = instant(units);
        loop {
            self.world.settle().await;
            self.look().await;
            let due = self.world.app.store.read(|reads| reads.next_due()).await.expect("read");
            match due.filter(|due| *due <= end) {
                Some(due) => self.pass(due),
                None => break,
            }
        }
        self.pass(end);
        self.world.settle().await;
        self.look().await;
    }

    fn pass(&self, then: Timestamp) {
        let wait = (then - self.world.now()).to_std().unwrap_or(Duration::ZERO);
        self.world.pass(wait);
    }

    /// Notes what was told since the last look.
    async fn look(&mut self) {
        let now = self.world.now();
        let at = (now - start()).num_milliseconds() / Unit::HOTROOM.0 as i64;
        let filter = GroupFilter { limit: 500, ..GroupFilter::default() };
        let groups = self.world.app.store.read(move |reads| reads.list_groups(&filter, now)).await.expect("read").items;
        for group in groups {
            let alerts = group.clone();
            let alerts =
                self.world.app.store.read(move |reads| reads.alerts_of_group(&alerts, 100)).await.expect("read");
            let labels = |which: &dyn Fn(&Alert) -> bool| -> BTreeSet<String> {
                alerts.iter().filter(|alert| which(alert)).map(|alert| text(&alert.labels)).collect()
            };
            let (shown, live) = (labels(&|alert| shows(alert, now)), labels(&|alert| alert.firing));
            self.compare(&group, (shown, &live), at);
        }
    }

    fn compare(&mut self, group: &AlertGroup, (firing, live): (BTreeSet<String>, &BTreeSet<String>), at: i64) {
        let seen = self.seen.entry(group.id).or_default();
        let (to, labels) = (group.feed.as_str().to_owned(), text(&group.labels));
        // Who was told of it sees in the message that it is over.
        for alert in seen.shown.difference(live).filter(|_| !self.silent.contains(&to.as_str())) {
            let told = Told { to: to.clone(), group: labels.clone(), alert: alert.clone() };
            self.heard.resolves.entry(told).or_insert(at);
        }
        seen.shown.retain(|alert| live.contains(alert));
        if group.schedule.flushed_at.is_some() && group.schedule.flushed_at != seen.told {
            seen.told = group.schedule.flushed_at;
            seen.shown.clone_from(&firing);
            self.heard.notices.insert(Notice { at, to, group: labels, firing });
        }
    }
}

/// Whether it fires and is not muted.
fn shows(alert: &Alert, now: Timestamp) -> bool {
    match alert.state(now) {
        AlertState::Firing | AlertState::Acknowledged => true,
        AlertState::Silenced | AlertState::Resolved => false,
    }
}

fn text(labels: &BTreeMap<String, Untrusted>) -> String {
    shown(labels.iter().map(|(name, value)| (name.as_str(), value.verbatim())))
}
