//! Queries: lists, one incident, who is on call, help, and forms to fill in.

use super::contacts;
use super::followups;
use super::invocation::Invocation;
use super::maintenance;
use super::replies;
use super::reviews;
use super::silences;
use super::user_reports;
use crate::app::incidents::status_page;
use crate::app::oncall::readiness;
use crate::app::tracker;
use crate::chat::Reply;
use crate::command::Ask;
use crate::command::CommandSpec;
use crate::command::Form;
use crate::command::ListFilter;
use crate::command::ListScope;
use crate::command::Prefill;
use crate::command::Query;
use crate::command::Vocabulary;
use crate::domain::ids::FieldId;
use crate::domain::ids::IncidentId;
use crate::domain::ids::Key;
use crate::domain::ids::PersonId;
use crate::domain::incident::{HOSTS, Incident, MOST_ENTRIES};
use crate::domain::refusal::{AlertRefusal, IncidentRefusal};
use crate::domain::text::Untrusted;
use crate::store::IncidentFilter;
use crate::store::ListViewer;
use crate::store::Reads;
use crate::store::StoreError;

/// How many incidents a list in chat shows.
const LISTED: usize = 20;
/// The longest public title.
const TITLE: usize = 200;

/// Answers a query from one view of the data.
pub(in crate::app) fn answer(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    query: &Query,
    names: &Vocabulary,
) -> Result<Reply, StoreError> {
    match query {
        Query::List(filter) => list(reads, invocation, filter),
        Query::Info { key } => with_incident(reads, invocation, key.as_ref(), replies::info),
        Query::Fields { key } => with_incident(reads, invocation, key.as_ref(), replies::fields),
        Query::Help { command } => Ok(replies::help(invocation.app, command.as_deref(), invocation.access)),
        Query::OnCallNow { schedule } => {
            let shifts = crate::app::oncall::paging::on_call_now(reads, invocation.cx, schedule.as_ref())?;
            let proofs = readiness::proofs(reads, shifts.iter().flat_map(|line| &line.people))?;
            Ok(replies::on_call(invocation, &shifts, &proofs))
        }
        Query::OnCallGaps { schedule } => {
            let found = crate::app::oncall::paging::coming_gaps(reads, invocation.cx, schedule.as_ref())?;
            Ok(replies::gaps(invocation, &found))
        }
        Query::OnCallReadiness => {
            let report = readiness::report(reads, invocation.cx)?;
            Ok(replies::readiness(invocation, &report))
        }
        Query::Contacts { attempts } => contacts::listed(reads, invocation, *attempts),
        Query::AlertList { state } => {
            let mut groups = crate::app::alerts::list(reads, *state, LISTED + 1, invocation.cx.now)?;
            let more = groups.len() > LISTED;
            groups.truncate(LISTED);
            let known = groups.into_iter().map(|group| {
                let key = key_of(reads, group.incident, invocation.person)?;
                Ok((group, key))
            });
            Ok(replies::groups(invocation, &known.collect::<Result<Vec<_>, StoreError>>()?, more))
        }
        Query::AlertWhy { group } => match crate::app::alerts::explain(reads, invocation.cx, *group)? {
            Some(why) => Ok(replies::why(invocation, &why)),
            None => Ok(replies::refused(invocation.app, &AlertRefusal::UnknownGroup { id: group.to_string() }.into())),
        },
        Query::MyFollowUps => followups::mine(reads, invocation),
        Query::FollowUps { key, scope } => followups::list(reads, invocation, key.as_ref(), *scope),
        Query::Maintenances { all } => maintenance::listed(reads, invocation, *all),
        Query::UserReports { all } => user_reports::listed(reads, invocation, *all),
        Query::UserReport { number } => user_reports::shown(reads, invocation, *number),
        Query::Postmortem { key } => with_incident(reads, invocation, key.as_ref(), reviews::show),
        Query::AlertSilences { state } => silences::listed(reads, invocation, *state),
        Query::IssueSearch { text } => followups::issues(reads, invocation, text),
        Query::Board { name } => boards(reads, invocation, name.as_ref()),
        Query::SilencePreview(silence) => silences::preview(reads, invocation, silence),
        Query::Ask(ask) => form(reads, invocation, ask, names),
    }
}

/// The boards that were asked for. Everyone may read them: nothing of a private incident is on them.
fn boards(reads: &Reads<'_>, invocation: &Invocation<'_>, name: Option<&Untrusted>) -> Result<Reply, StoreError> {
    let config = invocation.cx.config;
    let asked = tracker::boards::asked(config, name.map(Untrusted::verbatim));
    let now = invocation.cx.now;
    let facts: Vec<_> =
        asked.into_iter().map(|board| tracker::boards::facts(reads, config, now, board)).collect::<Result<_, _>>()?;
    let known: Vec<String> = config.tracker.boards.iter().map(|board| board.id.to_string()).collect();
    Ok(replies::boards(invocation, &facts, &known))
}

/// The key of an incident, if this person may see it.
fn key_of(reads: &Reads<'_>, id: Option<IncidentId>, person: &PersonId) -> Result<Option<Key>, StoreError> {
    let Some(id) = id else { return Ok(None) };
    Ok(reads.incident(id)?.filter(|incident| incident.visible_to(person)).map(|incident| incident.key))
}

/// The keys of the open incidents that this person may see.
pub(in crate::app) fn open_keys(reads: &Reads<'_>, person: &PersonId) -> Result<Vec<Key>, StoreError> {
    let viewer = ListViewer::Person(person.clone());
    let filter = IncidentFilter { viewer, open: Some(true), limit: LISTED, ..IncidentFilter::default() };
    Ok(reads.list_incidents(&filter)?.items.into_iter().map(|incident| incident.key).collect())
}

fn list(reads: &Reads<'_>, invocation: &Invocation<'_>, wanted: &ListFilter) -> Result<Reply, StoreError> {
    let filter = IncidentFilter {
        viewer: ListViewer::Person(invocation.person.clone()),
        open: match wanted.show {
            ListScope::Open => Some(true),
            ListScope::Resolved | ListScope::Over => Some(false),
            ListScope::All => None,
        },
        resolved: match wanted.show {
            ListScope::Resolved => Some(true),
            ListScope::Over => Some(false),
            ListScope::Open | ListScope::All => None,
        },
        severity: wanted.severity,
        service: wanted.service.clone(),
        field: wanted.field.as_ref().map(|(name, value)| (FieldId::new(name.as_str()), value.clone())),
        text: wanted.text.as_ref().map(|text| text.verbatim().to_owned()),
        most_severe_first: wanted.show == ListScope::Open,
        limit: LISTED,
        ..IncidentFilter::default()
    };
    let count = reads.count_incidents(&filter)?.into_iter().map(|(_, count)| count).sum();
    Ok(replies::list(invocation, &reads.list_incidents(&filter)?.items, count, wanted))
}

/// What a query about one incident shows.
type IncidentQuery = fn(&Reads<'_>, &Invocation<'_>, &Incident) -> Result<Reply, StoreError>;

/// Answers about the incident that was named, or that of the room, if the person may see it.
fn with_incident(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    key: Option<&Key>,
    show: IncidentQuery,
) -> Result<Reply, StoreError> {
    let found = match key {
        Some(key) => reads.incident_by_key(key)?.filter(|incident| incident.visible_to(invocation.person)),
        None => invocation.here.clone(),
    };
    match (found, key) {
        (Some(incident), _) => show(reads, invocation, &incident),
        (None, Some(key)) => {
            Ok(replies::refused(invocation.app, &IncidentRefusal::UnknownIncident { key: key.to_string() }.into()))
        }
        (None, None) => Ok(replies::refused(
            invocation.app,
            &IncidentRefusal::WhichIncident { open: open_keys(reads, invocation.person)? }.into(),
        )),
    }
}

/// The form of a bare command.
fn form(reads: &Reads<'_>, invocation: &Invocation<'_>, ask: &Ask, names: &Vocabulary) -> Result<Reply, StoreError> {
    let DrawnForm { form, incident } = draw_form(reads, invocation, ask, names, Vec::new())?;
    Ok(match form {
        Some(form) => replies::form(invocation, form, ask, incident.as_ref()),
        None => replies::help(invocation.app, Some(&ask.command), invocation.access),
    })
}

/// A form, if the command has one, and the incident that it is about.
pub(in crate::app) struct DrawnForm {
    pub form: Option<Form>,
    pub incident: Option<Incident>,
}

/// Draws a form with what is known and with the errors in what was entered, by option.
pub(in crate::app) fn draw_form(
    reads: &Reads<'_>,
    invocation: &Invocation<'_>,
    ask: &Ask,
    names: &Vocabulary,
    errors: Vec<(String, String)>,
) -> Result<DrawnForm, StoreError> {
    let about_one = invocation.app.catalog.command(&ask.command).is_some_and(CommandSpec::acts_on_incident);
    let incident: Option<Incident> = match &ask.key {
        _ if !about_one => None,
        Some(key) => reads.incident_by_key(key)?.filter(|incident| incident.visible_to(invocation.person)),
        None => invocation.here.clone(),
    };
    let mut names = names.clone();
    names.incidents = crate::app::commands::vocabulary::open_incidents(reads, invocation.person)?;
    names.overrides = crate::app::commands::vocabulary::overrides(reads, invocation.cx)?;
    names.groups = crate::app::commands::vocabulary::firing_groups(reads, invocation.cx)?;
    names.silences = crate::app::commands::vocabulary::silences(reads, invocation.cx)?;
    names.templates = status_page::templates(&invocation.app.renderer, invocation.cx.config, incident.as_ref());
    let mut prefill = incident.as_ref().map(|i| Prefill::of(i, &invocation.cx.config.policy)).unwrap_or_default();
    if let Some(incident) = &incident {
        let hosts = reads.hosts_of_incident(incident.id, MOST_ENTRIES)?;
        prefill.fields.iter_mut().filter(|field| field.id.as_str() == HOSTS && field.value.is_empty()).for_each(
            |field| {
                field.value = hosts.join(", ");
            },
        );
    }
    prefill.components = status_page::shown_now(reads, invocation.cx)?;
    prefill.affected = incident.as_ref().and_then(|i| status_page::suggested(invocation.cx.config, i));
    prefill.public_title = incident.as_ref().map(|incident| {
        let (renderer, config) = (&invocation.app.renderer, invocation.cx.config);
        status_page::next_title(renderer, config, incident, &[]).shown(TITLE)
    });
    let prefill = Prefill { errors, ..prefill.asking(ask) };
    Ok(DrawnForm { form: invocation.app.catalog.form(&ask.command, &names, &prefill), incident })
}
