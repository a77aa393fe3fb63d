//! Decodes people, teams, services and the status page.

use std::{collections::BTreeMap, time::Duration};

use super::{DAY, seconds};
use crate::{
    config::{kinds, mistake::shown, model::StatusPage, read::Section, tree::Value},
    domain::{
        contact::{self, MethodKind},
        ids::{ComponentId, PersonId, Platform, PlatformId, PolicyId, RoomId, ServiceId, TeamId, TrackerId},
        pager::PagerKind,
        people::{Access, ConfiguredContact, Person, Service, Team},
        status::{Component, MaintenancePolicy},
        tracker::TrackerAccount,
    },
    tracker::TrackerKind,
};

const ACCESS: [(&str, Access); 3] =
    [("reporter", Access::Reporter), ("responder", Access::Responder), ("admin", Access::Admin)];

pub(super) fn person(s: &Section<'_>) -> Option<Person> {
    let id = s.id();
    let access = s.need("access", "reporter, responder or admin", |value| kinds::word(value, &ACCESS));
    let timezone = s.read("timezone", "time zone", kinds::zone).unwrap_or(chrono_tz::Tz::UTC);
    let name = s.name(id.as_deref().unwrap_or_default());
    let discord = s.read("discord", "Discord id", kinds::snowflake);
    let accounts = discord.map(|id| (Platform::new("discord"), PlatformId::new(id.to_string()))).into_iter().collect();
    let OutsideAccounts { trackers, pagers } =
        s.read("accounts", "table of accounts", outside_accounts).unwrap_or_default();
    let contacts = s.read("contacts", "list of contact methods", contacts).unwrap_or_default();
    let access = access.unwrap_or(Access::Reporter);
    Some(Person {
        id: PersonId::new(id?),
        name,
        access,
        timezone,
        accounts,
        tracker_accounts: trackers,
        pager_accounts: pagers,
        contacts,
    })
}

/// A person's accounts in other systems.
#[derive(Default)]
struct OutsideAccounts {
    trackers: BTreeMap<TrackerId, TrackerAccount>,
    pagers: BTreeMap<PagerKind, String>,
}

/// Parses `{ jira = "5b10a2844c20165700ede21g", github = "ann", pagerduty = "PANN123" }`.
fn outside_accounts(value: &Value) -> Result<OutsideAccounts, String> {
    let mut accounts = OutsideAccounts::default();
    for (system, account) in kinds::pairs(value)? {
        if let Some(pager) = PagerKind::parse(&system) {
            accounts.pagers.insert(pager, account);
            continue;
        }
        let known = TrackerKind::WORDS.into_iter().filter(|(_, kind)| *kind != TrackerKind::Builtin);
        let Some((_, kind)) = known.clone().find(|(word, _)| *word == system) else {
            let pagers = PagerKind::ALL.map(PagerKind::word);
            let words: Vec<&str> = known.map(|(word, _)| word).chain(pagers).collect();
            return Err(format!("{} is no tracker or pager; there are {}", shown(&system), words.join(", ")));
        };
        // Other people read it.
        if kind != TrackerKind::Redmine && account.contains('@') {
            return Err(format!("the account at {} is an id or a login, not a mail address", kind.title()));
        }
        accounts.trackers.insert(kind.id(), TrackerAccount(account));
    }
    Ok(accounts)
}

/// Parses contact methods, such as `mail:ann@example.com`.
fn contacts(value: &Value) -> Result<Vec<ConfiguredContact>, String> {
    let mut contacts: Vec<ConfiguredContact> = Vec::new();
    for text in kinds::texts(value)? {
        let (kind, given) = text.split_once(':').unwrap_or((text.as_str(), ""));
        let Some(kind) = MethodKind::parse(kind).filter(|kind| can_be_declared(*kind)) else {
            let declared = MethodKind::ALL.into_iter().filter(|kind| can_be_declared(*kind));
            let known: Vec<&str> = declared.map(MethodKind::name).collect();
            return Err(format!(
                "{} is no kind of contact method; write one of {} before a colon, as \"mail:ann@example.com\"",
                shown(kind),
                known.join(", ")
            ));
        };
        // The address is not repeated: logs and chats should not have it.
        let address = contact::address(kind, given)
            .map_err(|_| format!("has a {} without a usable address; docs/oncall.md shows each kind", kind.name()))?;
        if contacts.iter().any(|known| known.kind == kind && known.address == address) {
            return Err(format!("names the same {} twice", kind.name()));
        }
        contacts.push(ConfiguredContact { kind, address });
    }
    Ok(contacts)
}

/// A browser subscribes itself, and the secret of a webhook is shown only to its person.
fn can_be_declared(kind: MethodKind) -> bool {
    match kind {
        MethodKind::WebPush | MethodKind::Webhook => false,
        MethodKind::Mail
        | MethodKind::Ntfy
        | MethodKind::Sms
        | MethodKind::Voice
        | MethodKind::Pushover
        | MethodKind::Gateway => true,
    }
}

pub(super) fn team(s: &Section<'_>) -> Option<Team> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let members = s.texts("members").unwrap_or_default();
    let managers = s.texts("managers").unwrap_or_default();
    let room = s.read("room", "name", kinds::id).map(RoomId::new);
    Some(Team {
        id: TeamId::new(id?),
        name,
        members: members.into_iter().map(PersonId::new).collect(),
        managers: managers.into_iter().map(PersonId::new).collect(),
        room,
    })
}

pub(super) fn service(s: &Section<'_>) -> Option<Service> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let critical = s.flag("critical", false);
    let escalation = s.reference("escalation").map(PolicyId::new);
    let team = s.reference("team").map(TeamId::new);
    let component = s.reference("component").map(ComponentId::new);
    let depends_on = s.texts("depends_on").unwrap_or_default().into_iter().map(ServiceId::new).collect();
    let followup_target = super::postmortem::followup_target(s);
    let pager = super::pager::service_route(s);
    let id = ServiceId::new(id?);
    Some(Service { id, name, critical, escalation, team, component, depends_on, followup_target, pager })
}

pub(super) fn status_page(s: &Section<'_>) -> StatusPage {
    StatusPage {
        name: s.line("name"),
        host: s.read("host", "host name", host),
        components: s.tables("components", "id", component),
        maintenance: s.table("maintenance", maintenance).unwrap_or(MaintenancePolicy {
            remind_before: Duration::from_secs(3_600),
            verify: Duration::from_secs(900),
            remind_every: Duration::from_secs(1_800),
        }),
    }
}

fn maintenance(s: &Section<'_>) -> MaintenancePolicy {
    MaintenancePolicy {
        remind_before: s.duration("remind_before", seconds(0, 30 * DAY)),
        verify: s.duration("verify", seconds(0, DAY)),
        remind_every: s.duration("remind_every", seconds(60, DAY)),
    }
}

fn host(value: &Value) -> Result<String, String> {
    let said = kinds::line(value)?.trim_end_matches('.').to_ascii_lowercase();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
    if said.is_empty() || !said.chars().all(plain) {
        return Err(format!("{} is not a host name; write one such as \"status.example.com\"", shown(&said)));
    }
    Ok(said)
}

fn component(s: &Section<'_>) -> Option<Component> {
    let id = s.id();
    let name = s.name(id.as_deref().unwrap_or_default());
    let description = s.read("description", "text", kinds::text).filter(|text| !text.is_empty());
    let group = s.read("group", "text", kinds::text).filter(|text| !text.is_empty());
    Some(Component { id: ComponentId::new(id?), name, description, group })
}
