//! Decodes the tree into typed settings, section by section.

mod alerts;
mod contact;
mod folding;
mod incident;
mod machine;
mod mapping;
mod matchers;
mod muting;
mod net;
mod oncall;
mod organisation;
mod pager;
mod policy;
mod postmortem;
mod reports;
mod rules;
mod secrets;
mod status_mirrors;
mod tracker;
mod webhooks;
mod wikis;

pub(super) use machine::made_from;
pub use mapping::{ShippedMapping, shipped as shipped_mappings};
pub(super) use rules::shipped as shipped_rules;

use std::{ops::RangeInclusive, path::PathBuf, time::Duration};

use super::{
    kinds,
    model::{ChatConfig, Config, Retention, Source},
    read::Section,
};
use crate::domain::{incident::Policy, review::PostmortemPolicy};

/// Returns a range of durations in seconds.
fn seconds(low: u64, high: u64) -> RangeInclusive<Duration> {
    Duration::from_secs(low)..=Duration::from_secs(high)
}

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// Decodes the whole file. Mistakes are in the context; the value is usable only if there are none.
pub(super) fn config(root: &Section<'_>) -> Option<Config> {
    let templates_dir = root.read("templates_dir", "path", kinds::line).map(PathBuf::from);
    let server = root.table("server", machine::server);
    let log = root.table("log", machine::log);
    let store = root.table("store", machine::store);
    let net = root.table("net", net::net);
    let chat = root.table("chat", machine::chat);
    let tracker = root.table("tracker", tracker::tracker);
    let people = root.tables("people", "id", organisation::person);
    let teams = root.tables("teams", "id", organisation::team);
    let services = root.tables("services", "id", organisation::service);
    let policy = policy::policy(root);
    let sources = root.tables("sources", "id", alerts::source);
    let alerts = root.table("alerts", alerts::alerts);
    let schedules = root.tables("schedules", "id", oncall::schedule);
    let escalations = root.tables("escalations", "id", oncall::escalation);
    let pager = root.table("pager", oncall::pager);
    let status_page = root.table("status_page", organisation::status_page);
    let contact = contact::contact(root);
    let offline_copy = root.table("offline_copy", oncall::offline_copy).flatten();
    let status_mirrors = root.tables("status_mirrors", "id", status_mirrors::status_mirror);
    let webhooks = root.tables("webhooks", "id", webhooks::webhook);
    let postmortem = root.table("postmortem", postmortem::postmortem);
    let followups = root.table("followups", postmortem::followups);
    let documents = root.table("documents", postmortem::documents);
    let reports = root.table("reports", reports::reports);
    let retention = root.table("retention", machine::retention);
    secrets::check(root, server.as_ref(), &sources);
    finish(root, chat.as_ref(), &sources);
    Some(Config {
        server: server?,
        log: log?,
        store: store?,
        net: net?,
        chat: chat?,
        tracker: tracker?,
        people,
        teams,
        services,
        policy: whole_policy(policy?, retention.as_ref()?, postmortem.as_ref()?),
        sources,
        alerts: alerts?,
        schedules,
        escalations,
        pager: pager?,
        status_page: status_page?,
        templates_dir,
        offline_copy,
        contact,
        status_mirrors,
        webhooks,
        postmortem: postmortem?,
        followups: followups?,
        documents: documents?,
        reports: reports?,
        retention: retention?,
        warnings: Vec::new(),
        digest: String::new(),
    })
}

/// The rules of incidents, with what other sections say of them.
fn whole_policy(policy: Policy, retention: &Retention, postmortem: &PostmortemPolicy) -> Policy {
    Policy { room_open_for: retention.room, postmortems: postmortem.required().collect(), ..policy }
}

/// Warns of sources that nobody hears, and reports keys that nobody knows.
fn finish(root: &Section<'_>, chat: Option<&ChatConfig>, sources: &[Source]) {
    if chat.is_some_and(|chat| chat.discord.is_none()) && sources.iter().any(Source::is_watched) {
        root.warn("sources", "a source of the kind discord hears nothing without a token of [chat.discord]");
    }
    root.finish();
}
