//! What the record of an incident says in the sections of its post-mortem.

use minijinja::{
    context,
    value::{Serde, Value},
};

use super::ReviewFacts;
use crate::{
    domain::{
        Timestamp,
        alert::{AlertGroup, Change},
        event::{Event, RecordedEvent},
        incident::{
            Incident, IncidentEvent, IncidentKind, LifecycleEvent, LinkedAlertsEvent, OutsidePageEvent, PagingEvent,
            PeopleEvent, PublicEvent, TimeName, TimelineEvent, TrackerEvent,
        },
        oncall::Page,
    },
    render::MessageRenderer,
};

/// The most entries of a prefilled timeline.
const ENTRIES: usize = 200;

/// Returns the name of the template that prefills a section.
pub(super) fn section_template(id: &str) -> String {
    format!("postmortem/section/{id}.md")
}

impl MessageRenderer<'_> {
    /// Renders what the record says in a section; blank if it says nothing.
    pub fn prefilled_section(&self, id: &str, incident: &Incident, facts: &ReviewFacts) -> String {
        let template = section_template(id);
        if !self.renderer.has(&template) {
            return String::new();
        }
        let text = self.renderer.render(&template, self.prefill_context(incident, facts));
        text.map(|text| text.trim().to_owned()).unwrap_or_else(|error| {
            tracing::error!(%error, "a template failed");
            String::new()
        })
    }

    /// The context of `templates/postmortem/section/`.
    pub(in crate::render) fn prefill_context(&self, incident: &Incident, facts: &ReviewFacts) -> Value {
        let resolution = incident.resolution.as_ref();
        context! {
            title => Serde(&incident.title),
            description => Serde(&incident.description),
            drill => incident.kind == IncidentKind::Drill,
            severity => self.names.of("severity", incident.severity.name()),
            service => incident.service.as_ref().map(|service| self.names.of("service", service.as_str())),
            impact => Serde(&incident.impact),
            affected => Serde(&incident.affected),
            resolution => resolution.map(|resolution| Serde(resolution.summary.clone())),
            cause => incident.cause(),
            declared_by => incident.declared_by.person().map(|person| self.names.person(person)),
            times => times(incident),
            lasted => lasted(incident),
            groups => facts.groups.iter().map(group_line).collect::<Vec<_>>(),
            changes => facts.changes.iter().map(change_line).collect::<Vec<_>>(),
            pages => facts.pages.iter().map(|page| self.page_line(page)).collect::<Vec<_>>(),
            tasks => incident.tasks.iter().map(|task| {
                let assignee = task.assignee.as_ref().map(|person| self.names.person(person));
                context! { text => Serde(&task.text), done => task.done, assignee }
            }).collect::<Vec<_>>(),
            timeline => self.timeline_lines(incident, &facts.events),
        }
    }

    fn page_line(&self, page: &Page) -> Value {
        let people: Vec<String> = page.people().into_iter().map(|person| self.names.person(person)).collect();
        let after = page.taken_at.map(|taken| (taken - page.created_at).num_seconds());
        let by = page.taken_by.as_ref().map(|person| self.names.person(person));
        context! { at => utc(page.created_at), whom => page.spec.whom.clone(), people, by, after }
    }

    /// The entries that a post-mortem tells the incident with, in order of time. Each is the line of the hot room.
    fn timeline_lines(&self, incident: &Incident, events: &[RecordedEvent]) -> Vec<Value> {
        let mut entries: Vec<(Timestamp, &RecordedEvent, &IncidentEvent)> = events
            .iter()
            .filter_map(|recorded| match &recorded.event {
                Event::Incident(event) if is_chosen(event) => Some((happened(recorded, event), recorded, event)),
                Event::Incident(_)
                | Event::OnCall(_)
                | Event::Alert(_)
                | Event::Review(_)
                | Event::FollowUp(_)
                | Event::Maintenance(_)
                | Event::System(_) => None,
            })
            .collect();
        entries.sort_by_key(|(at, recorded, _)| (*at, recorded.seq));
        let line = |(at, recorded, event): (Timestamp, &RecordedEvent, &IncidentEvent)| {
            let text = without_tokens(&self.line(incident, event, &recorded.actor));
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            context! { at => utc(at), text => Value::from_safe_string(text) }
        };
        entries.into_iter().take(ENTRIES).map(line).collect()
    }
}

/// Formats an instant for a document, whose readers have many time zones.
fn utc(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The named times that are known, each with the seconds since the one before it.
fn times(incident: &Incident) -> Vec<Value> {
    let mut before: Option<Timestamp> = None;
    let mut lines = Vec::new();
    for name in TimeName::ALL {
        let Some(time) = incident.times.get(&name) else { continue };
        let after = before.map(|before| (time.first - before).num_seconds().max(0));
        lines.push(context! { name => name.name(), at => utc(time.first), after });
        before = Some(time.first);
    }
    lines
}

/// Seconds from the first impact, or the declaration, to the last time customers were no longer affected.
fn lasted(incident: &Incident) -> Option<i64> {
    let first = |name| incident.times.get(&name).map(|time| time.first);
    let last = |name| incident.times.get(&name).map(|time| time.last);
    let began = first(TimeName::Impact).or_else(|| first(TimeName::Detected)).or_else(|| first(TimeName::Declared))?;
    let ended = last(TimeName::Mitigated).or_else(|| last(TimeName::Resolved))?;
    Some((ended - began).num_seconds().max(0))
}

fn group_line(group: &AlertGroup) -> Value {
    context! { title => Serde(&group.title), at => utc(group.opened_at) }
}

fn change_line(change: &Change) -> Value {
    context! { at => utc(change.at), summary => Serde(&change.summary), place => Serde(&change.place) }
}

/// When what an event says happened: an entry may be made later.
fn happened(recorded: &RecordedEvent, event: &IncidentEvent) -> Timestamp {
    if let IncidentEvent::Timeline(TimelineEvent::TimelineAdded { at, .. }) = event { *at } else { recorded.at }
}

/// True if an event belongs into the story of an incident, and not only into its record.
fn is_chosen(event: &IncidentEvent) -> bool {
    match event {
        IncidentEvent::Lifecycle(event) => match event {
            LifecycleEvent::Declared { .. }
            | LifecycleEvent::StatusChanged { .. }
            | LifecycleEvent::SeverityChanged { .. }
            | LifecycleEvent::Absorbed { .. } => true,
            LifecycleEvent::SeverityProposed { .. }
            | LifecycleEvent::PrivacyChanged { .. }
            | LifecycleEvent::Renamed { .. }
            | LifecycleEvent::ResolutionRecorded { .. }
            | LifecycleEvent::FieldsChanged { .. }
            | LifecycleEvent::Merged { .. } => false,
        },
        IncidentEvent::People(event) => match event {
            PeopleEvent::RoleAssigned { .. } | PeopleEvent::TaskDone { .. } => true,
            PeopleEvent::PeopleInvited { .. }
            | PeopleEvent::AdminJoined { .. }
            | PeopleEvent::RoleReleased { .. }
            | PeopleEvent::TaskAdded { .. }
            | PeopleEvent::TaskAssigned { .. }
            | PeopleEvent::TasksClosed { .. } => false,
        },
        IncidentEvent::Timeline(event) => is_chosen_entry(event),
        IncidentEvent::Paging(event) => match event {
            PagingEvent::PageAcknowledged { .. }
            | PagingEvent::PageEscalated { .. }
            | PagingEvent::NobodyOnCall { .. }
            | PagingEvent::PageExhausted { .. } => true,
            PagingEvent::PageStarted { .. }
            | PagingEvent::PagesStopped { .. }
            | PagingEvent::PageDeclined { .. }
            | PagingEvent::PageSnoozed { .. }
            | PagingEvent::PageReassigned { .. }
            | PagingEvent::PageResponderAdded { .. } => false,
        },
        IncidentEvent::Alerts(event) => match event {
            LinkedAlertsEvent::AlertsCleared { .. } => true,
            LinkedAlertsEvent::AlertsLinked { .. } | LinkedAlertsEvent::AlertsAcknowledged { .. } => false,
        },
        IncidentEvent::Public(event) => match event {
            PublicEvent::StatusPosted { .. } => true,
            PublicEvent::StatusRestored { .. }
            | PublicEvent::PublicTitleChanged { .. }
            | PublicEvent::StatusMoved { .. }
            | PublicEvent::StatusTakenOver { .. } => false,
        },
        IncidentEvent::Tracker(event) => matches!(event, TrackerEvent::IssueCommented { .. }),
        IncidentEvent::OutsidePage(event) => matches!(event, OutsidePageEvent::PageAnsweredOutside { .. }),
        IncidentEvent::Delivery(_) => false,
    }
}

/// The same for an entry of the timeline.
fn is_chosen_entry(event: &TimelineEvent) -> bool {
    match event {
        TimelineEvent::UpdatePosted { .. } | TimelineEvent::NoteAdded { .. } | TimelineEvent::TimelineAdded { .. } => {
            true
        }
        TimelineEvent::UpdateDrafted { .. }
        | TimelineEvent::UpdateClockSet { .. }
        | TimelineEvent::UpdateNudged { .. }
        | TimelineEvent::Snoozed { .. }
        | TimelineEvent::MessageChanged { .. }
        | TimelineEvent::WordsTakenOut { .. }
        | TimelineEvent::TimeSet { .. } => false,
    }
}

/// Replaces the tokens that chats show in their own way: times become UTC, rooms their names. Text from outside has none,
/// because it is escaped.
fn without_tokens(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        let escaped = out.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1;
        let token = if escaped { None } else { rest[at + 1..].split_once('>') };
        match token.and_then(|(token, after)| Some((plain_token(token)?, after))) {
            Some((plain, after)) => {
                out.push_str(&plain);
                rest = after;
            }
            None => {
                out.push('<');
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(rest);
    out
}

fn plain_token(token: &str) -> Option<String> {
    if let Some(time) = token.strip_prefix("t:") {
        let seconds = time.split(':').next()?.parse().ok()?;
        return Timestamp::from_timestamp(seconds, 0).map(utc);
    }
    token.strip_prefix('#').map(|room| format!("#{room}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_chats_become_text_and_escaped_ones_stay() {
        let text = r"moved at <t:1795269600:f> in <#hot-12>, said \<t:1795269600:f> & 1 < 2";
        let plain = r"moved at 2026-11-21 14:00 UTC in #hot-12, said \<t:1795269600:f> & 1 < 2";
        assert_eq!(without_tokens(text), plain);
    }
}
