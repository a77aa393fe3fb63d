//! Reports equal a slow recomputation from all events, for whoever reads them.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tempfile::TempDir;

use super::{Breakdown, ReportRequest, TimesReport, times};
use crate::{
    config::Config,
    domain::{
        Timestamp,
        event::Event,
        ids::{IncidentId, PageId, PersonId},
        incident::{
            self, Category, Command, Declare, Facts, Incident, IncidentEvent, IncidentKind, NamedTime, PagingEvent,
            PublicEvent, RecordedFact, Severity, TimeName,
        },
        people::Actor,
        report::{Measure, Moment, week_of},
        status::{ComponentStatus, PublicStatus},
    },
    store::{Append, Reads, Store, StoreError, StoreOptions, Tx},
};

/// A step of a random history.
#[derive(Clone, Debug)]
enum Step {
    /// An incident: its severity, service, whether it is private, whether it is a drill.
    Declare(Severity, Option<&'static str>, bool, bool),
    /// A command to one of the incidents, by one of the people. One that is refused changes nothing.
    Command(usize, &'static str, Act),
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Acknowledge,
    Lead,
    Diagnose,
    Monitor,
    Inform,
    Resolve,
    Reopen,
    Close,
    Cancel,
    Raise,
    ImpactBefore(i64),
    Private(bool),
    Invite,
    Note,
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        1 => Just(Act::Acknowledge),
        1 => Just(Act::Lead),
        1 => Just(Act::Diagnose),
        1 => Just(Act::Monitor),
        1 => Just(Act::Inform),
        3 => Just(Act::Resolve),
        1 => Just(Act::Reopen),
        1 => Just(Act::Close),
        1 => Just(Act::Cancel),
        1 => Just(Act::Raise),
        1 => (0_i64..90).prop_map(Act::ImpactBefore),
        1 => any::<bool>().prop_map(Act::Private),
        1 => Just(Act::Invite),
        1 => Just(Act::Note),
    ]
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let service = prop_oneof![Just(None), Just(Some("checkout")), Just(Some("website"))];
    let severity = prop_oneof![Just(Severity::Sev1), Just(Severity::Sev2), Just(Severity::Sev4)];
    let declare = (severity, service, prop::bool::weighted(0.3), prop::bool::weighted(0.2))
        .prop_map(|(severity, service, private, drill)| Step::Declare(severity, service, private, drill));
    let people = prop_oneof![Just("ann"), Just("bob"), Just("cho")];
    let command = (0_usize..12, people, acts()).prop_map(|(n, who, act)| Step::Command(n, who, act));
    proptest::collection::vec(prop_oneof![1 => declare, 4 => command], 1..70)
}

fn start() -> Timestamp {
    "2026-09-01T06:00:00Z".parse().expect("a time")
}

impl Act {
    fn command(self, who: &str, incident: &Incident, now: Timestamp) -> Command {
        let person = PersonId::new(who);
        match self {
            Self::Acknowledge => {
                let page = PageId::new(now);
                Command::Record(RecordedFact::PageAcknowledged { page, person, via: None })
            }
            Self::Lead => Command::AssignRole { role: "incident_manager".into(), person: Some(person) },
            Self::Diagnose => Command::SetStatus { to: "identified".into(), reason: None },
            Self::Monitor => Command::SetStatus { to: "monitoring".into(), reason: None },
            Self::Inform => Command::PostStatus {
                status: PublicStatus::Investigating,
                body: "We look into it".into(),
                components: Vec::new(),
                title: None,
            },
            Self::Resolve => Command::Resolve { summary: None, cause: Some("bug".to_owned()) },
            Self::Reopen => Command::Reopen { reason: Some("again".into()) },
            Self::Close => Command::Close { reason: Some("over".into()) },
            Self::Cancel => Command::Cancel { reason: Some("false alarm".into()), message: None },
            Self::Raise => Command::SetSeverity { to: Severity::Sev1, reason: None },
            Self::ImpactBefore(minutes) => {
                let declared = incident.times[&TimeName::Declared].first;
                let at = (declared + chrono::TimeDelta::minutes(30 - minutes)).min(now);
                Command::SetTime { name: TimeName::Impact, at }
            }
            Self::Private(private) => Command::SetPrivate { private },
            Self::Invite => Command::Invite { people: vec!["bob".into()] },
            Self::Note => Command::AddNote { text: "hm".into() },
        }
    }
}

/// Runs a history. Every step takes seven hours, so that it spans weeks.
fn run(tx: &mut Tx<'_>, config: &Config, steps: &[Step]) -> Result<(), StoreError> {
    let mut ids: Vec<IncidentId> = Vec::new();
    let (components, none) = (BTreeMap::<_, ComponentStatus>::new(), BTreeMap::new());
    for (n, step) in steps.iter().enumerate() {
        let now = start() + chrono::TimeDelta::hours(7 * i64::try_from(n).expect("few"));
        let actor = Actor::Person(if let Step::Command(_, who, _) = step { (*who).into() } else { "ann".into() });
        let facts = Facts {
            now,
            actor: &actor,
            policy: &config.policy,
            expect: None,
            components: &components,
            others: &none,
            asking: &[],
            hosts: &[],
            responds: true,
        };
        let (before, decision) = match step {
            Step::Declare(severity, service, private, drill) => {
                let wanted = declaration(*severity, *service, *private, *drill);
                let (id, key) = (IncidentId::new(now), tx.next_key("HOT")?);
                ids.push(id);
                (0, incident::declare(id, key, &wanted, Vec::new(), &facts))
            }
            Step::Command(place, who, act) => {
                let Some(id) = ids.get(*place) else { continue };
                let incident = tx.incident(*id)?.expect("declared");
                (incident.version, incident::decide(&incident, &act.command(who, &incident, now), &facts))
            }
        };
        let Ok(decision) = decision else { continue };
        if decision.steps.is_empty() {
            continue;
        }
        let events: Vec<Event> = decision.steps.iter().map(|step| Event::Incident(step.event.clone())).collect();
        let stream = Incident::stream(decision.incident.id);
        tx.append(
            &Append { stream: &stream, expected_seq: Some(before), actor: &actor, at: now, request: "test" },
            &events,
        )?;
        tx.save_incident(&decision.incident)?;
    }
    Ok(())
}

fn declaration(severity: Severity, service: Option<&str>, private: bool, drill: bool) -> Declare {
    Declare {
        title: "broken".into(),
        description: "".into(),
        severity: Some(severity),
        judged: None,
        service: service.map(Into::into),
        kind: if drill { IncidentKind::Drill } else { IncidentKind::Real },
        own_kind: None,
        private,
        group: None,
        impact_since: None,
        affected: None,
    }
}

/// An incident as its events say, read one by one.
struct Slow {
    key: String,
    severity: Severity,
    service: Option<String>,
    cause: String,
    moments: BTreeMap<Moment, Timestamp>,
}

/// Reads all histories and returns what a reader may see and reports count.
fn recomputed(reads: &Reads<'_>, reader: &str, request: &ReportRequest) -> Result<Vec<Slow>, StoreError> {
    let mut found = Vec::new();
    for incident in reads.list_incidents(&crate::store::IncidentFilter { limit: 500, ..Default::default() })?.items {
        let replayed = reads.replay_incident(incident.id)?.expect("has a history");
        let real = matches!(replayed.category, Category::Active | Category::Resolved | Category::Closed);
        let shown = replayed.visible_to(&reader.into()) && (request.drills || replayed.kind == IncidentKind::Real);
        let declared = replayed.times[&TimeName::Declared].first;
        let day = declared.with_timezone(&request.zone).date_naive();
        if real && shown && (request.from..=request.until).contains(&day) {
            found.push(slow(reads, &replayed)?);
        }
    }
    Ok(found)
}

fn slow(reads: &Reads<'_>, incident: &Incident) -> Result<Slow, StoreError> {
    let (mut people, mut moments) = (BTreeSet::new(), BTreeMap::new());
    for recorded in reads.events_of(&Incident::stream(incident.id), 0, usize::MAX)? {
        let Event::Incident(event) = &recorded.event else { continue };
        if let IncidentEvent::Public(PublicEvent::StatusPosted { .. }) = event {
            moments.entry(Moment::Informed).or_insert(recorded.at);
        }
        // Of the acts of this test, notes, invitations, privacy and times are no work on an incident.
        let works = match event.name() {
            "page_acknowledged" => {
                let IncidentEvent::Paging(PagingEvent::PageAcknowledged { person, .. }) = event else { continue };
                Some(person.clone())
            }
            "role_assigned" | "status_changed" | "severity_changed" | "status_posted" | "status_restored" => {
                recorded.actor.person().cloned()
            }
            _ => None,
        };
        people.extend(works);
        if people.len() == 2 {
            moments.entry(Moment::Assembled).or_insert(recorded.at);
        }
    }
    let known = |name: TimeName| incident.times.get(&name).copied();
    for (moment, name) in [
        (Moment::Impact, TimeName::Impact),
        (Moment::Detected, TimeName::Detected),
        (Moment::Declared, TimeName::Declared),
        (Moment::Acknowledged, TimeName::Acknowledged),
        (Moment::Diagnosed, TimeName::Diagnosed),
    ] {
        moments.extend(known(name).map(|time: NamedTime| (moment, time.first)));
    }
    for (moment, name) in [(Moment::Mitigated, TimeName::Mitigated), (Moment::Resolved, TimeName::Resolved)] {
        let since = incident.reopened_at.unwrap_or(Timestamp::MIN_UTC);
        moments.extend(known(name).filter(|time| time.last >= since).map(|time| (moment, time.last)));
    }
    let service = incident.service.as_ref().map(ToString::to_string);
    let cause = incident.cause().unwrap_or_default().to_owned();
    Ok(Slow { key: incident.key.to_string(), severity: incident.severity, service, cause, moments })
}

/// Compares the figures of a report with those of the slow incidents.
fn same(report: &TimesReport, slow: &[Slow], request: &ReportRequest) {
    let keys = |keys: Vec<&String>| keys.into_iter().cloned().collect::<BTreeSet<String>>();
    let counted: Vec<String> = report.incidents.iter().map(|incident| incident.key.to_string()).collect();
    assert_eq!(keys(counted.iter().collect()), keys(slow.iter().map(|one| &one.key).collect()));
    for (figure, measure) in report.figures.iter().zip(Measure::ALL) {
        let mut spans: Vec<i64> = slow.iter().filter_map(|one| span(one, measure)).collect();
        spans.sort_unstable();
        assert_eq!((figure.count, figure.left_out), (spans.len(), slow.len() - spans.len()), "{measure:?}");
        let Some(spread) = figure.spread else { continue };
        let mean = spans.iter().sum::<i64>() / i64::try_from(spans.len()).expect("few");
        assert_eq!((spread.shortest, spread.longest, spread.mean), (spans[0], spans[spans.len() - 1], mean));
        let half = spans.len() / 2;
        let median = if spans.len() % 2 == 1 { spans[half] } else { (spans[half - 1] + spans[half]) / 2 };
        assert_eq!(spread.median, median, "{measure:?}");
    }
    for group in &report.groups {
        let inside = slow.iter().filter(|one| part(one, request) == group.key).map(|one| &one.key);
        assert_eq!(keys(group.incidents.iter().collect()), keys(inside.collect()), "{}", group.key);
    }
    assert_eq!(report.groups.iter().map(|group| group.incidents.len()).sum::<usize>(), slow.len());
}

fn span(one: &Slow, measure: Measure) -> Option<i64> {
    let (from, until) = (one.moments.get(&measure.from())?, one.moments.get(&measure.until())?);
    if until < from { None } else { Some((*until - *from).num_milliseconds()) }
}

fn part(one: &Slow, request: &ReportRequest) -> String {
    match request.by {
        Breakdown::Week => week_of(one.moments[&Moment::Declared], request.zone).to_string(),
        Breakdown::Severity => one.severity.name().to_owned(),
        Breakdown::Service => one.service.clone().unwrap_or_default(),
        Breakdown::Cause => one.cause.clone(),
        Breakdown::Detection => String::new(),
        Breakdown::Team => {
            let config = Config::shipped();
            let team = one.service.as_ref().and_then(|service| config.service(service)?.team.clone());
            team.map(|team| team.to_string()).unwrap_or_default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn figures_equal_a_slow_recomputation_for_members_and_others(
        steps in steps(), by in 0_usize..6, drills in any::<bool>(), days in 1_u64..30
    ) {
        let folder = TempDir::new().expect("a folder");
        let options = StoreOptions { path: folder.path().join("hotroom.db"), queue: 100, batch: 10 };
        let store = Store::open(&options, start()).expect("opens");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let end = start() + chrono::TimeDelta::days(20);
        let plain = ReportRequest::new(end, chrono_tz::Europe::Berlin);
        let from = plain.until - chrono::Days::new(days);
        let request = ReportRequest { by: Breakdown::ALL[by], drills, from, ..plain };
        let done = runtime.block_on(async {
            store.transact(move |tx| run(tx, &Config::shipped(), &steps)).await?;
            store.read(move |reads| {
                for reader in ["ann", "bob", "eve"] {
                    let report = times(reads, &Config::shipped(), &reader.into(), &request)?;
                    same(&report, &recomputed(reads, reader, &request)?, &request);
                }
                Ok(())
            }).await
        });
        done.expect("reads and writes");
    }
}
