//! `hotroom alert replay --rules FILE`: replays stored alerts against another `bot.toml`.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::Context as _;
use serde::Serialize;

use super::{Exit, Report, report::counted};
use crate::{
    app::alerts::{self, ReplayedAlert, pass_time},
    config::Config,
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup},
        ids::StormId,
        people::Actor,
    },
    store::{IncidentFilter, Reads, Scan, StoreError},
};

/// How many rows are read and how many events are replayed at a time.
const PAGE: usize = 250;
/// How many differences are listed.
const LISTED: usize = 10;

/// The groups, messages and incidents that alerts produced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
struct Tally {
    groups: u64,
    /// How many groups are shown in a parent group.
    folded: u64,
    messages: u64,
    incidents: u64,
    /// Messages by feed, and groups by service.
    feeds: BTreeMap<String, u64>,
    services: BTreeMap<String, u64>,
}

/// The result of a replay.
#[derive(Debug, Serialize)]
struct ReplayReport {
    alerts: u64,
    /// What the bot produced.
    made: Tally,
    /// What the active rules produce in a replay.
    again: Tally,
    /// What the other rules produce in a replay.
    tried: Tally,
}

/// The options of a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayOptions {
    /// How far back it goes.
    pub since: Duration,
    /// The current time.
    pub now: Timestamp,
    /// True for JSON output.
    pub json: bool,
}

/// Replays the alerts in the database of the file `config` against the rules of the file `tried`. The database is only
/// read.
pub fn replay(config: Option<&Path>, env: &[(String, String)], tried: &Path, asked: ReplayOptions) -> Report {
    let read = |file| Config::load(file, env.to_vec());
    let (config, tried) = match (read(config), read(Some(tried))) {
        (Ok(config), Ok(tried)) => (config, tried),
        (Err(mistakes), _) | (_, Err(mistakes)) => {
            let mut report = Report::new();
            report.find(Exit::Wrong, mistakes);
            return report;
        }
    };
    match compare(&config, &tried, asked) {
        Err(error) => Report::failed(format!("{error:#}")),
        Ok(replayed) if asked.json => match serde_json::to_string_pretty(&replayed) {
            Ok(text) => Report::good(text),
            Err(error) => Report::failed(error),
        },
        Ok(replayed) => table(&replayed),
    }
}

fn compare(config: &Config, tried: &Config, asked: ReplayOptions) -> anyhow::Result<ReplayReport> {
    let now = asked.now;
    let from = now - chrono::TimeDelta::from_std(asked.since).context("--since is too long")?;
    let history = Scan::read_only(&config.store.path)?;
    let (alerts, again) = replay_history(&history, config, from, now)?;
    let (_, tried) = replay_history(&history, tried, from, now)?;
    let made = history.read(|reads| tally(reads, from, rule_made))?;
    Ok(ReplayReport { alerts, made, again, tried })
}

/// True for incidents that a rule opened. Only these are compared: people would have declared theirs anyway.
fn rule_made(declared_by: &Actor) -> bool {
    matches!(declared_by, Actor::Machine(name) if name.starts_with(crate::app::alerts::RULE))
}

/// Replays the history in a temporary database with some rules.
fn replay_history(history: &Scan, rules: &Config, from: Timestamp, now: Timestamp) -> anyhow::Result<(u64, Tally)> {
    let folder = tempfile::tempdir().context("a folder for the rehearsal")?;
    let scratch = Scan::scratch(&folder.path().join("rehearsal.db"), from)?;
    let mut story = Story::new(history, from);
    let mut alerts = 0;
    loop {
        let heard = story.next_page()?;
        if heard.is_empty() {
            break;
        }
        alerts += heard.iter().filter(|word| word.fires).count() as u64;
        scratch.write(|tx| alerts::replay(tx, rules, &heard))?;
    }
    scratch.write(|tx| pass_time(tx, rules, now))?;
    Ok((alerts, scratch.read(|reads| tally(reads, from, |_| true))?))
}

fn tally(reads: &Reads<'_>, since: Timestamp, counts: impl Fn(&Actor) -> bool) -> Result<Tally, StoreError> {
    let mut tally = Tally::default();
    let mut storms: BTreeMap<StormId, String> = BTreeMap::new();
    let mut last: Option<AlertGroup> = None;
    loop {
        let page = reads.groups_opened(since, last.as_ref(), PAGE)?;
        for group in &page {
            tally.groups += 1;
            tally.folded += u64::from(group.shown_in_parent().is_some());
            tally.messages += u64::from(group.display.postings);
            *tally.feeds.entry(group.feed.to_string()).or_default() += u64::from(group.display.postings);
            let service = group.service.clone().unwrap_or_default();
            *tally.services.entry(service).or_default() += 1;
            if let Some(storm) = group.display.storm {
                storms.insert(storm, group.feed.to_string());
            }
        }
        let Some(end) = page.into_iter().last() else { break };
        last = Some(end);
    }
    for feed in storms.into_values() {
        tally.messages += 1;
        *tally.feeds.entry(feed).or_default() += 1;
    }
    let mut filter = IncidentFilter { limit: 500, ..IncidentFilter::default() };
    loop {
        let page = reads.list_incidents(&filter)?;
        let in_time = |id: uuid::Uuid| crate::store::created_since(id, since);
        tally.incidents += page.items.iter().filter(|one| in_time(one.id.0) && counts(&one.declared_by)).count() as u64;
        filter.after = page.next.filter(|next| in_time(next.0));
        if filter.after.is_none() {
            return Ok(tally);
        }
    }
}

/// The history in its original order, merged from two streams, starts and ends of alerts, that are read in pages.
struct Story<'a> {
    history: &'a Scan,
    since: Timestamp,
    begun: Stream,
    ended: Stream,
}

#[derive(Default)]
struct Stream {
    page: std::collections::VecDeque<Alert>,
    last: Option<Alert>,
    dry: bool,
}

impl Stream {
    fn fill(&mut self, read: impl FnOnce(Option<&Alert>) -> Result<Vec<Alert>, StoreError>) -> Result<(), StoreError> {
        if self.page.is_empty() && !self.dry {
            self.page = read(self.last.as_ref())?.into();
            self.dry = self.page.is_empty();
            self.last = self.page.back().cloned();
        }
        Ok(())
    }
}

impl<'a> Story<'a> {
    fn new(history: &'a Scan, since: Timestamp) -> Self {
        Self { history, since, begun: Stream::default(), ended: Stream::default() }
    }

    fn next_page(&mut self) -> Result<Vec<ReplayedAlert>, StoreError> {
        let mut page = Vec::new();
        while page.len() < PAGE {
            let (history, since) = (self.history, self.since);
            self.begun.fill(|after| history.read(|reads| reads.alerts_begun(since, after, PAGE)))?;
            self.ended.fill(|after| history.read(|reads| reads.alerts_ended(since, after, PAGE)))?;
            let end = self.ended.page.front().and_then(|alert| alert.ends_at);
            match (self.begun.page.front().map(|alert| alert.first_seen), end) {
                (None, None) => break,
                (Some(began), end) if end.is_none_or(|end| began < end) => page.extend(self.beginning()),
                (_, _) => page.extend(self.end()),
            }
        }
        Ok(page)
    }

    /// Returns the start of an alert. One that was received only after its end also ends here.
    fn beginning(&mut self) -> Vec<ReplayedAlert> {
        let Some(alert) = self.begun.page.pop_front() else { return Vec::new() };
        let at = alert.first_seen;
        let over = ended_before_it_was_heard(&alert).then(|| ReplayedAlert { at, alert: alert.clone(), fires: false });
        [Some(ReplayedAlert { at, alert, fires: true }), over].into_iter().flatten().collect()
    }

    fn end(&mut self) -> Option<ReplayedAlert> {
        let alert = self.ended.page.pop_front()?;
        let at = alert.ends_at?;
        (!ended_before_it_was_heard(&alert)).then_some(ReplayedAlert { at, alert, fires: false })
    }
}

fn ended_before_it_was_heard(alert: &Alert) -> bool {
    alert.ends_at.is_some_and(|end| end <= alert.first_seen)
}

fn table(replayed: &ReplayReport) -> Report {
    let ReplayReport { alerts, made, again, tried } = replayed;
    let mut report = Report::good(counted(*alerts, "alert was heard again.", "alerts were heard again."));
    report.say(format!("{:<12}{:>12}{:>16}{:>16}", "", "as it was", "rules in force", "rules tried"));
    let mut line = |name: &str, of: fn(&Tally) -> u64| {
        report.say(format!("{name:<12}{:>12}{:>16}{:>16}", of(made), of(again), of(tried)));
    };
    line("groups", |tally| tally.groups);
    line("  folded", |tally| tally.folded);
    line("messages", |tally| tally.messages);
    line("incidents", |tally| tally.incidents);
    differences(&mut report, "messages in the feed", &again.feeds, &tried.feeds);
    differences(&mut report, "groups of the service", &again.services, &tried.services);
    report
        .say("Nothing was sent and nothing was written. Acknowledgements and silences of people are not played again.");
    report
}

/// Lists the largest differences between the active and the other rules.
fn differences(report: &mut Report, what: &str, again: &BTreeMap<String, u64>, tried: &BTreeMap<String, u64>) {
    let of = |all: &BTreeMap<String, u64>, name: &String| all.get(name).copied().unwrap_or_default();
    let names: std::collections::BTreeSet<&String> = again.keys().chain(tried.keys()).collect();
    let mut found: Vec<(u64, String)> = names
        .into_iter()
        .map(|name| (of(again, name), of(tried, name), name))
        .filter(|(before, after, _)| before != after)
        .map(|(before, after, name)| {
            let shown = if name.is_empty() { "(none)" } else { name.as_str() };
            (before.abs_diff(after), format!("{what} {shown}: {before} -> {after}"))
        })
        .collect();
    found.sort_by_key(|(distance, _)| std::cmp::Reverse(*distance));
    found.into_iter().take(LISTED).for_each(|(_, line)| report.say(line));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            alert::{
                Fingerprint, Signal,
                episode::{self, EpisodeChange},
            },
            ids::SourceId,
            text::Untrusted,
        },
        store::{Store, StoreOptions},
    };

    fn at(seconds: i64) -> Timestamp {
        "2026-11-21T12:00:00Z".parse::<Timestamp>().expect("a time") + chrono::TimeDelta::seconds(seconds)
    }

    fn alert(name: &str, host: &str, began: i64, ended: Option<i64>) -> Alert {
        let labels = [("alertname", name), ("instance", host), ("service", "checkout"), ("severity", "critical")];
        let signal = Signal {
            fingerprint: Fingerprint(format!("{name}/{host}")),
            firing: true,
            name: name.into(),
            severity: Some(crate::domain::incident::Severity::Sev1),
            service: Some("checkout".to_owned()),
            host: Some(host.into()),
            summary: format!("{name} on {host}").as_str().into(),
            labels: labels.map(|(name, value)| (name.to_owned(), Untrusted::new(value))).into_iter().collect(),
            annotations: BTreeMap::new(),
            starts_at: Some(at(began)),
            ends_at: None,
            links: Vec::new(),
            acknowledged_by: None,
            remarks: Vec::new(),
            truncated: 0,
            warnings: Vec::new(),
        };
        let source = SourceId::new("alertmanager");
        let heard = episode::SignalContext {
            source: &source,
            at: at(began),
            resolve_timeout: Duration::ZERO,
            reopen_hold: Duration::ZERO,
            leases: false,
        };
        match episode::merge(None, &signal, &heard) {
            EpisodeChange::Fired(alert) => Alert { firing: ended.is_none(), ends_at: ended.map(at), ..alert },
            other @ (EpisodeChange::Ignored
            | EpisodeChange::Repeated(_)
            | EpisodeChange::Changed(_)
            | EpisodeChange::Resolved(_)
            | EpisodeChange::Recorded(_)
            | EpisodeChange::Held(_)) => panic!("{other:?}"),
        }
    }

    /// Creates the files of a bot whose rules produced these alerts.
    async fn bot(alerts: &[Alert]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("hotroom.db");
        let own = format!("[store]\npath = {:?}\n", file.display().to_string());
        std::fs::write(folder.path().join("bot.toml"), &own).expect("written");
        let config = Config::from_text("bot.toml", &own, []).expect("no mistake");
        let options = StoreOptions { path: file, queue: 100, batch: 10 };
        let store = Store::open(&options, at(-10)).expect("opens");
        let mut heard: Vec<ReplayedAlert> = Vec::new();
        for alert in alerts {
            heard.push(ReplayedAlert { at: alert.first_seen, alert: alert.clone(), fires: true });
            let over = alert.ends_at.map(|at| ReplayedAlert { at, alert: alert.clone(), fires: false });
            heard.extend(over);
        }
        heard.sort_by_key(|word| word.at);
        let live = move |tx: &mut crate::store::Tx<'_>| {
            alerts::replay(tx, &config, &heard)?;
            pass_time(tx, &config, at(3600))
        };
        store.transact(live).await.expect("written");
        store.close().await.expect("closed");
        folder
    }

    fn asked() -> ReplayOptions {
        ReplayOptions { since: Duration::from_secs(7200), now: at(3600), json: true }
    }

    fn replayed(folder: &Path, rules: &str) -> serde_json::Value {
        let tried = folder.join("tried.toml");
        std::fs::write(&tried, rules).expect("written");
        let report = replay(Some(&folder.join("bot.toml")), &[], &tried, asked());
        assert_eq!(report.exit, Exit::Good, "{}", report.text());
        serde_json::from_str(&report.text()).expect("JSON")
    }

    fn a_bad_hour() -> Vec<Alert> {
        let mut alerts: Vec<Alert> =
            (0..6).map(|n| alert(&format!("Check{n}"), "web-1", n * 10, Some(600 + n))).collect();
        alerts.push(alert("Check0", "web-1", 1500, Some(1600)));
        alerts.push(alert("Other", "web-2", 1500, None));
        alerts
    }

    #[tokio::test]
    async fn the_rules_in_force_make_again_what_they_made() {
        let folder = bot(&a_bad_hour()).await;
        let told = replayed(folder.path(), "");
        assert_eq!(told["alerts"], 8);
        assert_eq!(told["again"], told["tried"], "the same rules come to the same");
        assert_eq!(
            (&told["made"]["groups"], &told["made"]["messages"]),
            (&told["again"]["groups"], &told["again"]["messages"])
        );
        assert_eq!((told["made"]["groups"].as_u64(), told["made"]["incidents"].as_u64()), (Some(8), Some(2)));
    }

    #[tokio::test]
    async fn other_rules_are_shown_with_what_they_would_have_made() {
        let folder = bot(&a_bad_hour()).await;
        let before = std::fs::read(folder.path().join("hotroom.db")).expect("read");
        let rules = "[[alerts.correlate]]\nname = \"host\"\nlabels = [\"instance\"]\nwindow = \"1h\"\n\
                     [[alerts.declare]]\nname = \"none\"\nmatchers = [\"severity=never\"]\n";
        let told = replayed(folder.path(), rules);
        assert_eq!(told["tried"]["groups"], told["again"]["groups"], "groups stay, they are folded");
        assert!(told["tried"]["folded"].as_u64() >= Some(5), "{told}");
        assert!(told["tried"]["messages"].as_u64() < told["again"]["messages"].as_u64(), "{told}");
        assert_eq!(told["tried"]["incidents"], 0);
        assert_eq!(std::fs::read(folder.path().join("hotroom.db")).expect("read"), before, "the database is only read");
        let tried = folder.path().join("tried.toml");
        let shown =
            replay(Some(&folder.path().join("bot.toml")), &[], &tried, ReplayOptions { json: false, ..asked() }).text();
        assert!(shown.contains("messages in the feed alerts: "), "{shown}");
    }

    #[test]
    fn mistakes_in_the_rules_and_a_database_that_is_not_there_are_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("bot.toml");
        std::fs::write(&file, format!("[store]\npath = {:?}\n", folder.path().join("none.db"))).expect("written");
        let rules = folder.path().join("rules.toml");
        std::fs::write(&rules, "[alerts]\nrouts = 1\n").expect("written");
        assert_eq!(replay(Some(&file), &[], &rules, asked()).exit, Exit::Wrong);
        std::fs::write(&rules, "").expect("written");
        assert_eq!(replay(Some(&file), &[], &rules, asked()).exit, Exit::Failed);
    }
}
