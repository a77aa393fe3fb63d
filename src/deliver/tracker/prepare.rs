//! What an effect of a tracker comes to, once the incident and its link have been read.

use super::send::{CommentCover, IssueSearch, TrackerCall, TrackerRequest};
use super::{follow_up, mentioned};
use crate::{
    app::tracker::{account_of, polling, results::status_of_event},
    chat::platforms::attached_file,
    config::{OutsideTracker, TrackerClients},
    deliver::{
        adapter::{PrepareContext, PreparedCall},
        guard::IncidentExtract,
    },
    domain::{
        effect::{IssueAspect, SkipReason, TrackerEffect},
        ids::{IncidentId, Key},
        incident::{Category, Incident, TimeName},
        text::Untrusted,
        tracker::{IssueChange, IssueDraft, IssueField, IssueLink, IssueRef, LinkState},
    },
    render::{EntryKind, IssueEntry, MessageRenderer},
    store::{
        Reads, StoreError,
        chat::{Author, MessageRange},
    },
    tracker::{MappedField, TrackerProject},
};

type CallResult = Result<PreparedCall<TrackerCall>, StoreError>;

/// How many messages of the room one comment takes.
const MESSAGES: usize = 500;

/// Reads what the effect names and makes the request.
pub(super) fn prepare(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    effect: &TrackerEffect,
    clients: &TrackerClients,
) -> CallResult {
    let (Some(outside), Some(client)) = (&cx.config.tracker.outside, clients.client(&cx.config)) else {
        return Ok(PreparedCall::Skip(SkipReason::NoTracker));
    };
    let prepared = match effect {
        TrackerEffect::AdoptIssue { tracker, issue, .. } if *tracker == outside.id() => {
            Ok(TrackerRequest::Read { issue: issue.clone() })
        }
        TrackerEffect::PollTracker { tracker } if *tracker == outside.id() => {
            let state = reads.tracker_state(tracker)?;
            Ok(TrackerRequest::List { since: polling::asked_since(state.known_until, cx.now) })
        }
        TrackerEffect::MoveMentioned { tracker, key, repository, number, step } if *tracker == outside.id() => {
            let pull = reads.pull_request(repository, *number)?;
            let wanted = mentioned::MentionedIssue { reads, outside, key, step: *step }.request(pull)?;
            wanted.map(|wanted| TrackerRequest::MoveMentioned(Box::new(wanted)))
        }
        TrackerEffect::ShowIssue { tracker, key, .. } if *tracker == outside.id() => {
            let project = outside.project_with_prefix(&key.prefix).ok_or(SkipReason::NotMapped);
            project.map(|project| TrackerRequest::Read { issue: outside.issue_id(project, key) })
        }
        TrackerEffect::ReadBoard { board } => match cx.config.tracker.board(board) {
            Some(board) if board.kind == outside.kind => Ok(TrackerRequest::Board(Box::new(board.query.clone()))),
            Some(_) | None => Err(SkipReason::NoTracker),
        },
        TrackerEffect::AdoptIssue { .. }
        | TrackerEffect::PollTracker { .. }
        | TrackerEffect::ShowIssue { .. }
        | TrackerEffect::MoveMentioned { .. } => Err(SkipReason::NoTracker),
        TrackerEffect::CreateFollowUp { followup, .. }
        | TrackerEffect::UpdateFollowUp { followup, .. }
        | TrackerEffect::ReadFollowUp { followup } => follow_up::request(cx, reads, outside, effect, *followup)?,
        TrackerEffect::CreateIssue { incident }
        | TrackerEffect::MoveIssue { incident, .. }
        | TrackerEffect::UpdateIssue { incident, .. }
        | TrackerEffect::CommentIssue { incident }
        | TrackerEffect::WatchIssue { incident, .. }
        | TrackerEffect::LinkIssues { incident, .. }
        | TrackerEffect::ReadIssue { incident, .. } => match reads.issue_link(*incident)? {
            Some(link) if link.tracker == outside.id() => LinkedEffect { cx, reads, outside, link }.request(effect)?,
            Some(_) => Err(SkipReason::NoTracker),
            None => Err(SkipReason::NoIssue),
        },
    };
    Ok(match prepared {
        Ok(request) => {
            let class = crate::domain::effect::DestinationEffect::class(effect);
            PreparedCall::Call(TrackerCall { net: cx.config.net.clone(), client, class, request })
        }
        Err(reason) => PreparedCall::Skip(reason),
    })
}

type RequestResult = Result<Result<TrackerRequest, SkipReason>, StoreError>;

/// An effect of an incident that has a link.
struct LinkedEffect<'a> {
    cx: &'a PrepareContext,
    reads: &'a Reads<'a>,
    outside: &'a OutsideTracker,
    link: IssueLink,
}

impl LinkedEffect<'_> {
    fn request(&self, effect: &TrackerEffect) -> RequestResult {
        if let TrackerEffect::ReadIssue { .. } = effect {
            return Ok(match &self.link.issue {
                Some(issue) if self.link.state != LinkState::Deleted => {
                    Ok(TrackerRequest::Read { issue: issue.id.clone() })
                }
                Some(_) | None => Err(SkipReason::NoIssue),
            });
        }
        let Some(IncidentExtract::Full(incident)) = &self.cx.incident else { return Ok(Err(SkipReason::NoSubject)) };
        let Some(project) = self.outside.project(&self.link.project) else { return Ok(Err(SkipReason::NoTracker)) };
        match effect {
            TrackerEffect::CreateIssue { .. } => self.create(incident, project),
            TrackerEffect::MoveIssue { incident: id, seq } => self.move_to(incident, project, *id, *seq),
            TrackerEffect::UpdateIssue { aspect, .. } => Ok(self.update(incident, project, *aspect)),
            TrackerEffect::CommentIssue { .. } => self.comment(incident),
            TrackerEffect::WatchIssue { person, .. } => {
                let account = account_of(&self.cx.config, &self.link.tracker, person);
                Ok(match account {
                    None => Err(SkipReason::NoAccount),
                    Some(account) if self.link.seen.watchers.contains(&account.0) => Err(SkipReason::StateChanged),
                    Some(account) => self.change(IssueChange::Watch(account)),
                })
            }
            TrackerEffect::LinkIssues { other, .. } => self.link_to(other),
            TrackerEffect::ReadIssue { .. }
            | TrackerEffect::CreateFollowUp { .. }
            | TrackerEffect::UpdateFollowUp { .. }
            | TrackerEffect::ReadFollowUp { .. }
            | TrackerEffect::AdoptIssue { .. }
            | TrackerEffect::MoveMentioned { .. }
            | TrackerEffect::ShowIssue { .. }
            | TrackerEffect::ReadBoard { .. }
            | TrackerEffect::PollTracker { .. } => Ok(Err(SkipReason::NoIssue)),
        }
    }

    fn message_renderer(&self) -> MessageRenderer<'_> {
        MessageRenderer::new(&self.cx.app.renderer, &self.cx.config, self.cx.now)
    }

    fn change(&self, change: IssueChange) -> Result<TrackerRequest, SkipReason> {
        let issue = self.link.linked().cloned().ok_or(SkipReason::NoIssue)?;
        Ok(TrackerRequest::Change { issue, change: Box::new(change) })
    }

    /// The link to another issue. That of an incident which may not be written to is left alone, so that nothing names it.
    fn link_to(&self, other: &Key) -> RequestResult {
        let issue = match self.reads.incident_by_key(other)? {
            Some(incident) if incident.private && !self.outside.private => return Ok(Err(SkipReason::PrivateIncident)),
            Some(incident) => {
                let link = self.reads.issue_link(incident.id)?.filter(|link| link.tracker == self.outside.id());
                link.and_then(|link| link.linked().cloned())
            }
            None => self
                .outside
                .project_with_prefix(&other.prefix)
                .map(|project| IssueRef { id: self.outside.issue_id(project, other), key: other.to_string() }),
        };
        Ok(match issue {
            Some(issue) if self.link.issue.as_ref() != Some(&issue) => self.change(IssueChange::LinkIssue(issue)),
            Some(_) | None => Err(SkipReason::NoIssue),
        })
    }

    fn create(&self, incident: &Incident, project: &TrackerProject) -> RequestResult {
        if self.link.state != LinkState::Creating {
            return Ok(Err(SkipReason::NoIssue));
        }
        let (voice, config) = (self.message_renderer(), &self.cx.config);
        let account = |person| account_of(config, &self.link.tracker, person);
        let draft = IssueDraft {
            project: project.name.clone(),
            summary: voice.issue_summary(incident),
            description: voice.issue_description(incident),
            issue_type: None,
            severity: Some(incident.severity),
            component: incident.service.as_ref().map(|service| project.component(service)),
            fields: self.fields(incident, project),
            labels: Vec::new(),
            assignee: incident.holder(config.policy.manager()).and_then(account),
            reporter: incident.declared_by.person().and_then(account),
            mark: self.link.mark.clone(),
            room: incident.room.as_ref().map(|room| format!("{}/rooms/{room}", config.server.public_url)),
        };
        let search = match (self.link.doubt_since, self.cx.uncertain) {
            (Some(since), _) => Some(IssueSearch::Since(since)),
            (None, true) => Some(IssueSearch::First),
            (None, false) => None,
        };
        Ok(Ok(TrackerRequest::Create { draft: Box::new(draft), search }))
    }

    fn move_to(&self, incident: &Incident, project: &TrackerProject, id: IncidentId, seq: u64) -> RequestResult {
        let Some(status) = status_of_event(self.reads, id, seq)? else { return Ok(Err(SkipReason::NoSubject)) };
        let Some(to) = project.status_of(&status) else { return Ok(Err(SkipReason::NotMapped)) };
        if self.link.seen.status.as_deref().is_some_and(|seen| seen.eq_ignore_ascii_case(to)) {
            return Ok(Err(SkipReason::StateChanged));
        }
        let category = self.cx.config.policy.workflow.status(&status).map(|status| status.category);
        let fields = match category {
            Some(Category::Resolved | Category::Closed) => self.resolution(incident, project),
            Some(Category::Triage | Category::Active | Category::Declined | Category::Cancelled | Category::Merged)
            | None => Vec::new(),
        };
        Ok(self.change(IssueChange::Move { to: to.to_owned(), fields }))
    }

    /// The fields that are set with the resolution.
    fn resolution(&self, incident: &Incident, project: &TrackerProject) -> Vec<IssueField> {
        let fixed = project.resolution.iter().map(|(field, value)| (field.clone(), value.clone()));
        let mut fields: Vec<IssueField> = fixed.map(|(field, value)| IssueField { field, value }).collect();
        let written = |field: &IssueField| Some(&field.field) == project.fields.get(&MappedField::Resolution);
        fields.extend(self.fields(incident, project).into_iter().filter(written));
        fields
    }

    /// The mapped fields that have a value.
    fn fields(&self, incident: &Incident, project: &TrackerProject) -> Vec<IssueField> {
        let time = |name| incident.times.get(&name).map(|time| time.first.to_rfc3339());
        let text = |text: &crate::domain::text::Untrusted| (!text.is_blank()).then(|| text.shown(2_000));
        let value = |field: MappedField| match field {
            MappedField::Impact => text(&incident.impact),
            MappedField::Affected => text(&incident.affected),
            MappedField::Service => incident.service.as_ref().map(|service| project.component(service)),
            MappedField::ImpactStart => time(TimeName::Impact),
            MappedField::Detected => time(TimeName::Detected),
            MappedField::Mitigated => time(TimeName::Mitigated),
            MappedField::Resolution => incident.resolution.as_ref().and_then(|resolution| text(&resolution.summary)),
            MappedField::Record => Some(self.message_renderer().record_link(incident)),
        };
        let named = project.fields.iter();
        named.filter_map(|(field, name)| Some(IssueField { field: name.clone(), value: value(*field)? })).collect()
    }

    fn update(
        &self,
        incident: &Incident,
        project: &TrackerProject,
        aspect: IssueAspect,
    ) -> Result<TrackerRequest, SkipReason> {
        let seen = &self.link.seen;
        match aspect {
            IssueAspect::Title => {
                let summary = self.message_renderer().issue_summary(incident);
                if seen.summary.as_ref() == Some(&summary) {
                    return Err(SkipReason::StateChanged);
                }
                self.change(IssueChange::Rename(summary))
            }
            IssueAspect::Severity => {
                let shown = seen.priority.as_deref();
                if shown.and_then(|shown| self.outside.severity_of(&project.name, shown)) == Some(incident.severity) {
                    return Err(SkipReason::StateChanged);
                }
                self.change(IssueChange::SetSeverity(incident.severity))
            }
            IssueAspect::Assignee => {
                let holder = incident.holder(self.cx.config.policy.manager());
                let account = holder.and_then(|holder| account_of(&self.cx.config, &self.link.tracker, holder));
                if seen.assignee == account {
                    return Err(SkipReason::StateChanged);
                }
                self.change(IssueChange::Assign(account))
            }
            IssueAspect::Fields => {
                let fields = self.fields(incident, project);
                if fields.is_empty() { Err(SkipReason::NotMapped) } else { self.change(IssueChange::Fill(fields)) }
            }
            IssueAspect::Room => {
                let Some(room) = &incident.room else { return Err(SkipReason::NoSubject) };
                let url = format!("{}/rooms/{room}", self.cx.config.server.public_url);
                self.change(IssueChange::LinkRoom { url, title: format!("#{}", incident.key.room_name()) })
            }
            IssueAspect::Mark => self.change(IssueChange::Mark(self.link.mark.clone())),
        }
    }

    /// One comment with everything that was said since the last one.
    fn comment(&self, incident: &Incident) -> RequestResult {
        let Some(issue) = self.link.linked().cloned() else { return Ok(Err(SkipReason::NoIssue)) };
        let events = self.reads.events_of(&Incident::stream(incident.id), self.link.commented, usize::MAX)?;
        let role = self.cx.config.policy.manager();
        let mut entries: Vec<IssueEntry> = events
            .iter()
            .filter_map(|recorded| IssueEntry::from_event(recorded, role))
            .map(|entry| entry.with_cause_of(incident))
            .filter(|entry| self.is_news(entry))
            .collect();
        let covered = events.last().map_or(self.link.commented, |recorded| recorded.seq);
        let messages = self.talk(incident, &mut entries)?;
        entries.sort_by_key(|entry| entry.at);
        let Some(last) = entries.last() else { return Ok(Err(SkipReason::NoMessage)) };
        let voice = self.message_renderer();
        let reference = voice.entry_link(incident, last);
        let text = voice.issue_comment(incident, &entries);
        let cover = CommentCover { events: covered, messages };
        Ok(Ok(TrackerRequest::Comment { issue, text, reference, look_first: self.cx.uncertain, cover }))
    }

    /// A manager with an account is the assignee, which needs no comment.
    fn is_news(&self, entry: &IssueEntry) -> bool {
        match &entry.kind {
            EntryKind::Manager(person) => account_of(&self.cx.config, &self.link.tracker, person).is_none(),
            EntryKind::Update | EntryKind::Note | EntryKind::Resolution | EntryKind::Message => true,
        }
    }

    /// Adds what people said in the room, if it is to be sent. Returns up to which message.
    fn talk(&self, incident: &Incident, entries: &mut Vec<IssueEntry>) -> Result<i64, StoreError> {
        let after = self.link.chatted;
        let (true, Some(room)) = (self.outside.chat, &incident.room) else { return Ok(after) };
        let messages = self.reads.messages(room, MessageRange::After(after), MESSAGES)?.items;
        let voice = self.message_renderer();
        for message in &messages {
            let Author::Person(person) = &message.author else { continue };
            let Ok(post) = serde_json::from_str::<crate::chat::Post>(&message.body) else { continue };
            let mut entry = IssueEntry {
                author: crate::domain::people::Actor::Person(person.clone()),
                at: message.at,
                kind: EntryKind::Message,
                text: Untrusted::default(),
                facts: Vec::new(),
                anchor: format!("#m{}", message.id),
            };
            entry.text = without_files(&post.text, &voice.entry_link(incident, &entry)).into();
            entries.push(entry);
        }
        Ok(messages.last().map_or(after, |message| message.id))
    }
}

/// A message without the addresses of its files, which expire and are the platform's: each file is a link to the message in
/// the record.
fn without_files(text: &str, message: &str) -> String {
    let line = |line: &str| match attached_file(line) {
        Some(name) => format!("{name}: {message}"),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
