//! What changed at an issue since it was last seen, and what follows here.

use super::{follow_ups::IssueFollowUp, keys, people};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    config::OutsideTracker,
    domain::{
        event::Event,
        ids::{PersonId, StatusId},
        incident::{Command, Incident, IncidentEvent, TrackerEvent},
        people::Actor,
        refusal::IncidentRefusal,
        text::Untrusted,
        tracker::{ChangeId, Issue, IssueComment, IssueLink, LinkState, SeenComment, SeenIssue, TrackerPerson},
    },
    store::{StoreError, Tx},
};

/// The longest comment that is taken over, in characters.
const LONGEST_COMMENT: usize = 10_000;
/// How many comments that others wrote are remembered for each issue.
const MOST_COMMENTS: usize = 2_000;

/// An issue that was read.
pub(super) struct FetchedIssue<'a> {
    /// Its link.
    pub link: IssueLink,
    /// The issue as it is now.
    pub issue: &'a Issue,
    /// True if a summary is posted in place of each comment.
    pub catch_up: bool,
}

/// Applies what changed at an issue.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    fetched: FetchedIssue<'_>,
) -> Result<(), StoreError> {
    let FetchedIssue { link, issue, catch_up } = fetched;
    let Some(outside) = cx.config.tracker.outside(&link.tracker) else { return Ok(()) };
    let Some(incident) = tx.incident(link.incident)? else { return Ok(()) };
    let since = link.seen.updated;
    let mut reading = IssueReading { cx, outside, incident: &incident, issue, link };
    reading.status(tx, work)?;
    reading.severity(tx, work)?;
    reading.assignee(tx, work)?;
    reading.title(tx, work)?;
    reading.watchers(tx, work)?;
    reading.restriction(tx, work)?;
    let comments = reading.comments(tx, work, catch_up)?;
    let mut link = reading.link;
    let mut seen = SeenIssue::from_issue(issue);
    // Some trackers do not show who watches, and nobody is added a second time.
    seen.watchers.append(&mut link.seen.watchers.clone());
    let changed = comments > 0 || link.seen != seen;
    link.seen = seen;
    link.issue = Some(issue.issue.clone());
    tx.save_issue_link(&link)?;
    if let Some(since) = since
        && catch_up
        && changed
    {
        let event = TrackerEvent::IssueCaughtUp { since, comments };
        record(cx, work, &incident, event);
    }
    Ok(())
}

fn record(cx: Context<'_>, work: &mut WorkList, incident: &Incident, event: TrackerEvent) {
    let command = Command::RecordIssue(event);
    work.push(cx, FollowUp::RecordInIncident { incident: incident.id, command });
}

/// A field that changed.
struct FieldChange<'a> {
    /// The field, as in the history of the issue.
    field: &'a str,
    /// What it shows now, for the room.
    shows: String,
}

impl<'a> FieldChange<'a> {
    fn new(field: &'a str, shows: String) -> Self {
        Self { field, shows }
    }
}

/// An issue that was read, beside what was last seen of it.
struct IssueReading<'a> {
    cx: Context<'a>,
    outside: &'a OutsideTracker,
    incident: &'a Incident,
    issue: &'a Issue,
    link: IssueLink,
}

impl IssueReading<'_> {
    /// Who changed a field last, by the history of the issue.
    fn author_of(&self, field: &str) -> Option<&TrackerPerson> {
        let of_field = |change: &&crate::domain::tracker::IssueChangeRecord| change.field.eq_ignore_ascii_case(field);
        self.issue.changes.iter().rev().find(of_field).map(|change| &change.author)
    }

    /// True if the newest change of a field is hotroom's own: then what the issue shows is what hotroom wrote.
    fn is_own(&self, field: &str) -> bool {
        let of_field = |change: &&crate::domain::tracker::IssueChangeRecord| change.field.eq_ignore_ascii_case(field);
        let newest = self.issue.changes.iter().rev().find(of_field);
        newest.is_some_and(|change| self.link.own_changes.contains(&change.id.0))
    }

    fn push(
        &self,
        tx: &Tx<'_>,
        work: &mut WorkList,
        changed: FieldChange<'_>,
        command: Command,
    ) -> Result<(), StoreError> {
        let known = self.author_of(changed.field);
        let actor = people::actor_of(tx, self.cx, self.outside, known)?;
        let author = self.shown(tx, known)?;
        let follow_up = IssueFollowUp { command, author, change: changed.shows };
        work.push(self.cx.by(&actor), FollowUp::FollowIssue { incident: self.incident.id, follow_up });
        Ok(())
    }

    fn shown(&self, tx: &Tx<'_>, known: Option<&TrackerPerson>) -> Result<String, StoreError> {
        match known {
            Some(known) => people::shown(tx, self.cx, self.outside, known),
            None => Ok(self.outside.kind.title().to_owned()),
        }
    }

    fn status(&self, tx: &Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let shows = &self.issue.status;
        let seen = self.link.seen.status.as_ref();
        if seen.is_none_or(|seen| seen.eq_ignore_ascii_case(shows)) || self.is_own("status") {
            return Ok(());
        }
        let Some(to) = self.status_here(shows) else { return Ok(()) };
        let reason = None;
        self.push(tx, work, FieldChange::new("status", format!("status: {shows}")), Command::SetStatus { to, reason })
    }

    /// The status here that a status of the tracker stands for; `None` if the incident has such a one already, or if it
    /// stands for none. Several can: then the first that the incident can go to.
    fn status_here(&self, shows: &str) -> Option<StatusId> {
        let project = self.outside.project(&self.link.project)?;
        let is_shown =
            |status: &StatusId| project.status_of(status).is_some_and(|name| name.eq_ignore_ascii_case(shows));
        if is_shown(&self.incident.status) {
            return None;
        }
        let workflow = &self.cx.config.policy.workflow;
        let next = workflow.after(&self.incident.status);
        let fitting: Vec<&StatusId> =
            workflow.statuses.iter().map(|status| &status.id).filter(|status| is_shown(status)).collect();
        let reachable = fitting.iter().find(|status| next.contains(status));
        reachable.or_else(|| fitting.first()).map(|status| (*status).clone())
    }

    fn severity(&self, tx: &Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let Some(shows) = &self.issue.priority else { return Ok(()) };
        if self.link.seen.status.is_none() || self.link.seen.priority.as_ref() == Some(shows) || self.is_own("priority")
        {
            return Ok(());
        }
        let Some(to) = self.outside.severity_of(&self.link.project, shows) else { return Ok(()) };
        if to == self.incident.severity {
            return Ok(());
        }
        let change = format!("priority: {shows}");
        self.push(tx, work, FieldChange::new("priority", change), Command::SetSeverity { to, reason: None })
    }

    fn assignee(&self, tx: &Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let shows = self.issue.assignee.as_ref().map(|person| &person.account);
        if self.link.seen.status.is_none() || self.link.seen.assignee.as_ref() == shows || self.is_own("assignee") {
            return Ok(());
        }
        let role = self.cx.config.policy.manager().clone();
        let holder = self.incident.holder(&role).cloned();
        let Some(assignee) = &self.issue.assignee else {
            // Nobody is assigned where the manager has no account, and hotroom wrote that.
            let unknown = holder
                .as_ref()
                .is_none_or(|holder| people::account_of(self.cx.config, &self.link.tracker, holder).is_none());
            if unknown {
                return Ok(());
            }
            let command = Command::AssignRole { role, person: None };
            return self.push(tx, work, FieldChange::new("assignee", "assignee: none".to_owned()), command);
        };
        let Some(person) = people::person_of(tx, self.cx.config, &self.link.tracker, assignee)? else {
            let name = people::author(self.outside, assignee);
            let change = format!("assignee: {name}");
            let author = self.shown(tx, self.author_of("assignee"))?;
            let why = IncidentRefusal::UnknownPerson { name, near: None }.to_string();
            record(self.cx, work, self.incident, TrackerEvent::IssueChangeRefused { author, change, why });
            return Ok(());
        };
        if holder.as_ref() == Some(&person) || self.is_kept_out(&person) {
            return Ok(());
        }
        let change = format!("assignee: {}", assignee.name);
        self.push(tx, work, FieldChange::new("assignee", change), Command::AssignRole { role, person: Some(person) })
    }

    fn title(&self, tx: &Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let shows = &self.issue.summary;
        if self.link.seen.summary.as_ref().is_none_or(|seen| seen == shows) || self.is_own("summary") {
            return Ok(());
        }
        let title = Untrusted::new(Untrusted::from(shows.as_str()).shown(200));
        if title == self.incident.title || title.is_blank() {
            return Ok(());
        }
        self.push(tx, work, FieldChange::new("summary", "summary".to_owned()), Command::Rename { title, public: false })
    }

    /// True if a person may not enter because of the issue: of a private incident whose issue everybody may read, anybody could
    /// invite themselves.
    fn is_kept_out(&self, person: &PersonId) -> bool {
        self.incident.private && !self.issue.restricted && !self.incident.members.contains(person)
    }

    /// An issue that fewer people may read makes its room private.
    fn restriction(&self, tx: &Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        if self.link.seen.status.is_none()
            || self.link.seen.restricted
            || !self.issue.restricted
            || self.incident.private
        {
            return Ok(());
        }
        let change = FieldChange::new("security", "restricted".to_owned());
        self.push(tx, work, change, Command::SetPrivate { private: true })
    }

    /// People who began to watch the issue are invited.
    fn watchers(&self, tx: &Tx<'_>, work: &mut WorkList) -> Result<(), StoreError> {
        let mut people = Vec::new();
        for watcher in self.issue.watchers.iter().filter(|w| !self.link.seen.watchers.contains(&w.account.0)) {
            let person = people::person_of(tx, self.cx.config, &self.link.tracker, watcher)?;
            let is_new = |person: &PersonId| !self.incident.members.contains(person) && !self.is_kept_out(person);
            people.extend(person.filter(is_new));
        }
        if !people.is_empty() {
            let command = Command::Invite { people };
            work.push(self.cx, FollowUp::RecordInIncident { incident: self.incident.id, command });
        }
        Ok(())
    }

    /// Takes over comments of others, and edits of them. Returns the number of new ones.
    fn comments(&mut self, tx: &mut Tx<'_>, work: &mut WorkList, summarized: bool) -> Result<u32, StoreError> {
        let (mut new, issue) = (0, self.issue);
        for comment in &issue.comments {
            // A comment that some people may not read stays where it is, unless the room is private too.
            let hidden = comment.restricted && !self.incident.private;
            if hidden || self.is_own_comment(tx, comment)? {
                continue;
            }
            match self.link.comments.get(&comment.id.0) {
                None => {
                    self.add_comment(tx, work, comment, summarized)?;
                    new += 1;
                }
                Some(seen) if comment.edited.is_some() && seen.edited != comment.edited => {
                    self.change_comment(tx, work, comment)?;
                }
                Some(_) => continue,
            }
            let seen = SeenComment { edited: comment.edited, deleted: false };
            self.link.comments.insert(comment.id.0.clone(), seen);
        }
        while self.link.comments.len() > MOST_COMMENTS {
            self.link.comments.pop_first();
        }
        Ok(new)
    }

    /// By its id, or, if the answer with the id was lost, by a link into hotroom that no person has quoted.
    fn is_own_comment(&self, tx: &Tx<'_>, comment: &IssueComment) -> Result<bool, StoreError> {
        if self.link.own_changes.contains(&comment.id.0) {
            return Ok(true);
        }
        let (url, key) =
            (&self.cx.config.server.public_url, self.incident.former_key.as_ref().unwrap_or(&self.incident.key));
        let record = format!("{url}/incidents/{key}#");
        let room = self.incident.room.as_ref().map(|room| format!("{url}/rooms/{room}#"));
        let is_ours = |line: &str| line.contains(&record) || room.as_ref().is_some_and(|room| line.contains(room));
        if !comment.text.lines().any(|line| !line.trim_start().starts_with('>') && is_ours(line)) {
            return Ok(false);
        }
        let person = people::person_of(tx, self.cx.config, &self.link.tracker, &comment.author)?;
        Ok(person.is_none())
    }

    fn add_comment(
        &self,
        tx: &Tx<'_>,
        work: &mut WorkList,
        comment: &IssueComment,
        summarized: bool,
    ) -> Result<(), StoreError> {
        let actor = people::actor_of(tx, self.cx, self.outside, Some(&comment.author))?;
        let author = self.shown(tx, Some(&comment.author))?;
        let event = TrackerEvent::IssueCommented {
            comment: comment.id.clone(),
            author,
            at: comment.at.min(self.cx.now),
            text: text_of(&comment.text),
            summarized,
        };
        record(self.cx.by(&actor), work, self.incident, event);
        Ok(())
    }

    fn change_comment(&self, tx: &Tx<'_>, work: &mut WorkList, comment: &IssueComment) -> Result<(), StoreError> {
        let Some(entry) = entry_of(tx, self.incident, &comment.id)? else { return Ok(()) };
        let actor = people::actor_of(tx, self.cx, self.outside, Some(&comment.author))?;
        let author = self.shown(tx, Some(&comment.author))?;
        let event = TrackerEvent::IssueCommentChanged { entry, author, text: Some(text_of(&comment.text)) };
        record(self.cx.by(&actor), work, self.incident, event);
        Ok(())
    }
}

fn text_of(text: &str) -> Untrusted {
    Untrusted::new(Untrusted::from(text).shown(LONGEST_COMMENT))
}

/// The event in which a comment is recorded.
fn entry_of(tx: &Tx<'_>, incident: &Incident, comment: &ChangeId) -> Result<Option<u64>, StoreError> {
    let is_it = |event: &Event| {
        matches!(event, Event::Incident(IncidentEvent::Tracker(TrackerEvent::IssueCommented { comment: id, .. }))
            if id == comment)
    };
    let events = tx.events_of(&Incident::stream(incident.id), 0, usize::MAX)?;
    Ok(events.iter().find(|recorded| is_it(&recorded.event)).map(|recorded| recorded.seq))
}

/// Records that a comment was deleted at the tracker.
pub(super) fn comment_deleted(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    mut link: IssueLink,
    comment: &ChangeId,
) -> Result<(), StoreError> {
    let Some(incident) = tx.incident(link.incident)? else { return Ok(()) };
    let Some(seen) = link.comments.get_mut(&comment.0).filter(|seen| !seen.deleted) else { return Ok(()) };
    seen.deleted = true;
    tx.save_issue_link(&link)?;
    let Some(entry) = entry_of(tx, &incident, comment)? else { return Ok(()) };
    let events = tx.event(&Incident::stream(incident.id), entry)?;
    let author = match events.map(|recorded| recorded.event) {
        Some(Event::Incident(IncidentEvent::Tracker(TrackerEvent::IssueCommented { author, .. }))) => author,
        Some(_) | None => String::new(),
    };
    let actor = Actor::Machine(format!("{}{}", crate::domain::people::TRACKER_ACCOUNT, author));
    record(cx.by(&actor), work, &incident, TrackerEvent::IssueCommentChanged { entry, author, text: None });
    Ok(())
}

/// The issue is gone: the incident keeps its key, and people are asked whether to create it again.
pub(super) fn deleted(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    mut link: IssueLink,
) -> Result<(), StoreError> {
    if matches!(link.state, LinkState::Deleted | LinkState::Creating) {
        return Ok(());
    }
    let Some(incident) = tx.incident(link.incident)? else { return Ok(()) };
    let issue = link.issue.as_ref().map(|issue| issue.key.clone()).unwrap_or_default();
    link.state = LinkState::Deleted;
    tx.save_issue_link(&link)?;
    record(cx, work, &incident, TrackerEvent::IssueDeleted { issue });
    Ok(())
}

/// True if the label is a mark of hotroom, of whichever instance.
pub(super) fn is_mark(label: &str) -> bool {
    label.starts_with(keys::MARK)
}
