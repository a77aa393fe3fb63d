//! The names that are valid now, for the parser, for forms and for completion.

use crate::app::Context;
use crate::chat::CommandInput;
use crate::command::KnownName;
use crate::command::Vocabulary;
use crate::config::Config;
use crate::domain::Timestamp;
use crate::domain::alert::AlertGroup;
use crate::domain::alert::Silence;
use crate::domain::alert::SilenceState;
use crate::domain::ids::PersonId;
use crate::domain::oncall::Override;
use crate::domain::text::Untrusted;
use crate::store::IncidentFilter;
use crate::store::ListViewer;
use crate::store::Reads;
use crate::store::SilenceFilter;
use crate::store::StoreError;

/// How many open incidents or overrides are offered.
const OFFERED: usize = 50;

/// How many groups a command may name by number.
const NUMBERS: usize = 10;

/// The names of the configuration.
pub fn of_config(config: &Config) -> Vocabulary {
    let policy = &config.policy;
    let plain = |name: &String| KnownName::new(name.clone(), name.clone());
    let urgencies = policy.matrix.values().next().map(|row| row.keys().map(plain).collect()).unwrap_or_default();
    Vocabulary {
        people: config.people.iter().map(|p| KnownName::new(p.id.as_str(), p.name.clone())).collect(),
        teams: config.teams.iter().map(|t| KnownName::new(t.id.as_str(), t.name.clone())).collect(),
        services: config.services.iter().map(|s| KnownName::new(s.id.as_str(), s.name.clone())).collect(),
        schedules: config.schedules.iter().map(|s| KnownName::new(s.id.as_str(), s.id.as_str())).collect(),
        statuses: policy.workflow.statuses.iter().map(|s| KnownName::new(s.id.as_str(), s.name.clone())).collect(),
        severities: policy
            .severities
            .iter()
            .map(|(severity, rule)| (*severity, KnownName::new(severity.name(), rule.name.clone())))
            .collect(),
        roles: policy.roles.iter().map(|r| KnownName::new(r.id.as_str(), r.name.clone())).collect(),
        causes: policy.workflow.causes.iter().map(plain).collect(),
        kinds: policy.kinds.clone(),
        fields: policy.fields.clone(),
        impacts: policy.matrix.keys().map(plain).collect(),
        urgencies,
        components: config
            .status_page
            .components
            .iter()
            .map(|c| KnownName::new(c.id.as_str(), c.name.clone()))
            .collect(),
        templates: Vec::new(),
        incidents: Vec::new(),
        groups: Vec::new(),
        overrides: Vec::new(),
        silences: Vec::new(),
    }
}

/// The overrides that are or will be in force, each with who stands in where and until when.
pub fn overrides(reads: &Reads<'_>, cx: Context<'_>) -> Result<Vec<KnownName>, StoreError> {
    let zone = cx.actor.person().and_then(|person| cx.config.person(person)).map_or(chrono_tz::UTC, |p| p.timezone);
    let at = |time: Timestamp| time.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z");
    let known = |entry: &Override| {
        let name = cx.config.person(&entry.person).map_or(entry.person.as_str(), |person| person.name.as_str());
        let label = format!("{name} ({}): {} to {}", entry.schedule, at(entry.from), at(entry.until));
        KnownName::new(entry.id.to_string(), label)
    };
    Ok(crate::app::oncall::paging::coming_overrides(reads, cx.now)?.iter().take(OFFERED).map(known).collect())
}

/// The groups in which something fires, newest first.
pub fn firing_groups(reads: &Reads<'_>, cx: Context<'_>) -> Result<Vec<KnownName>, StoreError> {
    let groups = crate::app::alerts::list(reads, None, OFFERED, cx.now)?;
    let known = |group: &AlertGroup| {
        let firing = group.counts.firing + group.counts.children_firing;
        let label = format!("{} {} ({firing} firing)", group.name(), group.title.shown(70));
        KnownName::new(group.id.to_string(), label)
    };
    Ok(groups.iter().map(known).collect())
}

/// The numbers of groups in a command, such as 12 of `/alert why G-12`; the first ten.
pub fn group_numbers(said: &CommandInput) -> Vec<u64> {
    let of_text = |text: &str| text.split_whitespace().filter_map(group_number).take(NUMBERS).collect::<Vec<_>>();
    match said {
        CommandInput::Text(text) | CommandInput::Press { command: text, .. } => of_text(text),
        CommandInput::Options { options, .. } => {
            of_text(&options.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" "))
        }
    }
}

/// The number in a word of a command line: `G-12`, `group:G-12`.
fn group_number(word: &str) -> Option<u64> {
    AlertGroup::number_of(word.rsplit(':').next().unwrap_or(word))
}

/// The groups whose numbers occur in what was said, as `G-12`.
pub fn groups_by_number(reads: &Reads<'_>, said: &[u64]) -> Result<Vec<KnownName>, StoreError> {
    let found: Vec<AlertGroup> = said
        .iter()
        .map(|number| reads.group_by_number(*number))
        .flat_map(Result::transpose)
        .collect::<Result<_, _>>()?;
    Ok(found.iter().map(|group| KnownName::new(group.id.to_string(), group.name())).collect())
}

/// The active silences, newest first.
pub fn silences(reads: &Reads<'_>, cx: Context<'_>) -> Result<Vec<KnownName>, StoreError> {
    let filter = SilenceFilter { state: Some(SilenceState::Active), limit: OFFERED, ..SilenceFilter::default() };
    let known = |silence: &Silence| {
        let matchers: Vec<String> = silence.matchers().iter().map(ToString::to_string).collect();
        let why = if silence.comment.is_blank() { String::new() } else { format!(": {}", silence.comment.shown(40)) };
        let label = format!("{}{why}", Untrusted::new(matchers.join(", ")).shown(55));
        KnownName::new(silence.id.to_string(), label)
    };
    Ok(reads.list_silences(&filter, cx.now)?.iter().map(known).collect())
}

/// The open incidents that this person may see, newest first.
pub fn open_incidents(reads: &Reads<'_>, person: &PersonId) -> Result<Vec<KnownName>, StoreError> {
    let viewer = ListViewer::Person(person.clone());
    let filter = IncidentFilter { viewer, open: Some(true), limit: OFFERED, ..IncidentFilter::default() };
    let page = reads.list_incidents(&filter)?;
    Ok(page.items.iter().map(|i| KnownName::new(i.key.to_string(), i.title.shown(80))).collect())
}
