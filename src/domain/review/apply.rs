//! Builds the record of a post-mortem from its events. Never fails.

use super::{
    NewPostmortem, NewSection, Postmortem, PostmortemEvent, PostmortemSection, PostmortemState, SectionComment,
};
use crate::domain::{Timestamp, people::Actor, text::Untrusted};

/// The version of the record that [`apply`] builds. Raise it with every change of [`Postmortem`] or of what events do to
/// it, so that stored records are rebuilt from their events.
pub const RECORD_VERSION: u32 = 1;

/// Returns the record after one more event. Events before the first opening change nothing.
pub fn apply(postmortem: Option<Postmortem>, event: &PostmortemEvent, at: Timestamp, by: &Actor) -> Option<Postmortem> {
    let mut next = match (postmortem, event) {
        (before, PostmortemEvent::PostmortemOpened { spec }) => {
            let version = before.map_or(0, |before| before.version);
            Postmortem { version, ..opened(spec, at, by) }
        }
        (None, _) => return None,
        (Some(mut postmortem), event) => {
            apply_event(&mut postmortem, event, at, by);
            postmortem
        }
    };
    next.version += 1;
    Some(next)
}

/// Returns the record of a whole history; `None` if it has no opening.
pub fn replay<'e>(events: impl IntoIterator<Item = (&'e PostmortemEvent, Timestamp, &'e Actor)>) -> Option<Postmortem> {
    events.into_iter().fold(None, |postmortem, (event, at, by)| apply(postmortem, event, at, by))
}

fn opened(spec: &NewPostmortem, at: Timestamp, by: &Actor) -> Postmortem {
    let mut postmortem = Postmortem {
        incident: spec.incident,
        key: spec.key.clone(),
        state: PostmortemState::Draft,
        owner: spec.owner.clone(),
        approvers: spec.approvers.iter().cloned().collect(),
        needs_approval: spec.needs_approval,
        template: spec.template.clone(),
        sections: spec.sections.iter().map(|section| new_section(section, at, by)).collect(),
        comments: Vec::new(),
        targets: spec.targets,
        due: None,
        opened_at: at,
        submitted_at: None,
        approved_by: None,
        approved_at: None,
        published_at: None,
        published_in: Vec::new(),
        skip_reason: None,
        version: 0,
    };
    enter(&mut postmortem, PostmortemState::Draft, at);
    postmortem
}

fn new_section(section: &NewSection, at: Timestamp, by: &Actor) -> PostmortemSection {
    let NewSection { id, title, help, prefilled } = section.clone();
    PostmortemSection { id, title, help, text: Untrusted::default(), version: 1, prefilled, by: by.clone(), at }
}

/// A step that begins has its own target.
fn enter(postmortem: &mut Postmortem, state: PostmortemState, at: Timestamp) {
    postmortem.state = state;
    postmortem.due = state.step().map(|step| at + postmortem.targets.of(step));
}

fn apply_event(postmortem: &mut Postmortem, event: &PostmortemEvent, at: Timestamp, by: &Actor) {
    match event {
        PostmortemEvent::PostmortemAssigned { owner, approvers } => {
            postmortem.owner = owner.clone();
            postmortem.approvers = approvers.iter().cloned().collect();
        }
        PostmortemEvent::SectionWritten { section, version, text } => {
            if let Some(written) = find(postmortem, section) {
                (written.text, written.version, written.prefilled) = (text.clone(), *version, false);
                (written.by, written.at) = (by.clone(), at);
            }
        }
        PostmortemEvent::SectionPrefilled { section, version, text } => {
            if let Some(filled) = find(postmortem, section) {
                (filled.text, filled.version, filled.prefilled) = (text.clone(), *version, true);
                (filled.by, filled.at) = (by.clone(), at);
            }
        }
        PostmortemEvent::SectionCommented { number, section, text } => postmortem.comments.push(SectionComment {
            number: *number,
            section: section.clone(),
            by: by.clone(),
            at,
            text: text.clone(),
            resolved: false,
        }),
        PostmortemEvent::CommentResolved { number } => {
            let settled = postmortem.comments.iter_mut().filter(|comment| comment.number == *number);
            settled.for_each(|comment| comment.resolved = true);
        }
        PostmortemEvent::PostmortemSubmitted { review } => {
            postmortem.submitted_at = Some(at);
            enter(postmortem, after_draft(*review), at);
        }
        PostmortemEvent::PostmortemReturned { review, .. } => {
            (postmortem.approved_by, postmortem.approved_at) = (None, None);
            let state = if *review { PostmortemState::InReview } else { PostmortemState::Draft };
            enter(postmortem, state, at);
        }
        PostmortemEvent::PostmortemApproved => {
            (postmortem.approved_by, postmortem.approved_at) = (by.person().cloned(), Some(at));
            enter(postmortem, PostmortemState::Approved, at);
        }
        PostmortemEvent::PostmortemPublished { rooms } => {
            postmortem.published_at = Some(at);
            postmortem.published_in.clone_from(rooms);
            enter(postmortem, PostmortemState::Published, at);
        }
        PostmortemEvent::PostmortemSkipped { reason } => {
            postmortem.skip_reason = Some(reason.clone());
            enter(postmortem, PostmortemState::Skipped, at);
        }
        PostmortemEvent::PostmortemOpened { .. }
        | PostmortemEvent::PostmortemReminded { .. }
        | PostmortemEvent::PostmortemRedacted { .. } => {}
    }
}

fn after_draft(review: bool) -> PostmortemState {
    if review { PostmortemState::InReview } else { PostmortemState::Approved }
}

fn find<'p>(postmortem: &'p mut Postmortem, section: &str) -> Option<&'p mut PostmortemSection> {
    postmortem.sections.iter_mut().find(|one| one.id == section)
}
