//! Decides what a command does to a post-mortem.

use super::{
    NewPostmortem, Postmortem, PostmortemCommand, PostmortemEvent, PostmortemFacts, PostmortemState, PostmortemStep,
    SectionPrefill, consequence::is_due,
};
use crate::domain::{
    ids::PersonId,
    refusal::{IncidentRefusal, Refusal, ReviewRefusal},
    text::Untrusted,
};

/// The longest section, in characters.
pub const MAX_SECTION: usize = 20_000;
/// The longest comment or reason, in characters.
const MAX_COMMENT: usize = 2_000;
/// The most comments of a post-mortem.
const MAX_COMMENTS: usize = 500;

type Events = Result<Vec<PostmortemEvent>, Refusal>;

/// Opens a post-mortem. One that was skipped can be opened again.
///
/// # Errors
/// [`ReviewRefusal::PostmortemExists`] if there is one.
pub fn open(before: Option<&Postmortem>, spec: NewPostmortem) -> Events {
    match before {
        Some(postmortem) if postmortem.state != PostmortemState::Skipped => {
            Err(ReviewRefusal::PostmortemExists { key: spec.key, state: postmortem.state }.into())
        }
        Some(_) | None => Ok(vec![PostmortemEvent::PostmortemOpened { spec }]),
    }
}

/// Decides a command. No events: there is nothing to do.
///
/// # Errors
/// Why the command is not carried out.
pub fn decide(postmortem: &Postmortem, command: &PostmortemCommand, facts: &PostmortemFacts<'_>) -> Events {
    match command {
        PostmortemCommand::Assign { owner, approvers } => assign(postmortem, owner.as_ref(), approvers.as_deref()),
        PostmortemCommand::WriteSection { section, text, base } => write(postmortem, section, text, *base),
        PostmortemCommand::Prefill { sections } => Ok(prefill(postmortem, sections)),
        PostmortemCommand::Comment { section, text } => comment(postmortem, section, text),
        PostmortemCommand::ResolveComment { number } => resolve_comment(postmortem, *number),
        PostmortemCommand::Submit => submit(postmortem),
        PostmortemCommand::Return { reason } => {
            must_be(postmortem, &[PostmortemState::InReview, PostmortemState::Approved])?;
            may_approve(postmortem, facts)?;
            let reason = Some(checked(reason, "reason", MAX_COMMENT)?);
            Ok(vec![PostmortemEvent::PostmortemReturned { reason, review: false }])
        }
        PostmortemCommand::Approve => approve(postmortem, facts),
        PostmortemCommand::Publish { rooms } => publish(postmortem, rooms.clone()),
        PostmortemCommand::Skip { reason } => {
            must_be(postmortem, &[PostmortemState::Draft, PostmortemState::InReview, PostmortemState::Approved])?;
            Ok(vec![PostmortemEvent::PostmortemSkipped { reason: checked(reason, "reason", MAX_COMMENT)? }])
        }
        PostmortemCommand::Remind => Ok(remind(postmortem, facts).into_iter().collect()),
    }
}

fn assign(postmortem: &Postmortem, owner: Option<&PersonId>, approvers: Option<&[PersonId]>) -> Events {
    must_be(postmortem, &[PostmortemState::Draft, PostmortemState::InReview, PostmortemState::Approved])?;
    let owner = owner.unwrap_or(&postmortem.owner).clone();
    let approvers: Vec<PersonId> =
        approvers.map_or_else(|| postmortem.approvers.iter().cloned().collect(), <[PersonId]>::to_vec);
    if owner == postmortem.owner && approvers.iter().eq(postmortem.approvers.iter()) {
        return Err(ReviewRefusal::NothingAssigned { owner }.into());
    }
    Ok(vec![PostmortemEvent::PostmortemAssigned { owner, approvers }])
}

/// Writes a section, if nobody wrote it meanwhile. A change of a document that was approved or published has to be
/// approved again.
fn write(postmortem: &Postmortem, id: &str, text: &Untrusted, base: u32) -> Events {
    if postmortem.state == PostmortemState::Skipped {
        return Err(state_refusal(postmortem));
    }
    let section = postmortem.section(id).ok_or_else(|| unknown_section(postmortem, id))?;
    if text.verbatim().chars().count() > MAX_SECTION {
        return Err(IncidentRefusal::TooLong { what: "section".into(), max: MAX_SECTION }.into());
    }
    if section.text == *text {
        return Ok(Vec::new());
    }
    if section.version != base {
        let (version, by) = (section.version, section.by.clone());
        return Err(ReviewRefusal::SectionChanged { section: section.title.clone(), version, by }.into());
    }
    let mut events =
        vec![PostmortemEvent::SectionWritten { section: id.to_owned(), version: base + 1, text: text.clone() }];
    if matches!(postmortem.state, PostmortemState::Approved | PostmortemState::Published) && id != super::EXTERNAL {
        events.push(PostmortemEvent::PostmortemReturned { reason: None, review: postmortem.needs_approval });
    }
    Ok(events)
}

/// Puts down what the record says in sections that nobody has written.
fn prefill(postmortem: &Postmortem, sections: &[SectionPrefill]) -> Vec<PostmortemEvent> {
    if postmortem.state != PostmortemState::Draft {
        return Vec::new();
    }
    let filled = sections.iter().filter_map(|new| {
        let section = postmortem.section(&new.section)?;
        let (section_id, version, text) = (new.section.clone(), section.version + 1, new.text.clone());
        let changes = section.prefilled && section.text != new.text;
        changes.then_some(PostmortemEvent::SectionPrefilled { section: section_id, version, text })
    });
    filled.collect()
}

fn comment(postmortem: &Postmortem, id: &str, text: &Untrusted) -> Events {
    postmortem.section(id).ok_or_else(|| unknown_section(postmortem, id))?;
    if postmortem.comments.len() >= MAX_COMMENTS {
        return Err(ReviewRefusal::TooManyComments { max: MAX_COMMENTS }.into());
    }
    let number = u32::try_from(postmortem.comments.len()).unwrap_or(u32::MAX).saturating_add(1);
    let text = checked(text, "comment", MAX_COMMENT)?;
    Ok(vec![PostmortemEvent::SectionCommented { number, section: id.to_owned(), text }])
}

fn resolve_comment(postmortem: &Postmortem, number: u32) -> Events {
    let Some(comment) = postmortem.comments.iter().find(|comment| comment.number == number) else {
        return Err(ReviewRefusal::UnknownComment { number }.into());
    };
    Ok(if comment.resolved { Vec::new() } else { vec![PostmortemEvent::CommentResolved { number }] })
}

fn submit(postmortem: &Postmortem) -> Events {
    must_be(postmortem, &[PostmortemState::Draft])?;
    if postmortem.document().all(|section| section.text.is_blank()) {
        return Err(ReviewRefusal::PostmortemEmpty { key: postmortem.key.clone() }.into());
    }
    Ok(vec![PostmortemEvent::PostmortemSubmitted { review: postmortem.needs_approval }])
}

fn approve(postmortem: &Postmortem, facts: &PostmortemFacts<'_>) -> Events {
    must_be(postmortem, &[PostmortemState::InReview])?;
    may_approve(postmortem, facts)?;
    Ok(vec![PostmortemEvent::PostmortemApproved])
}

fn publish(postmortem: &Postmortem, rooms: Vec<crate::domain::ids::RoomId>) -> Events {
    let ready: &[PostmortemState] = if postmortem.needs_approval {
        &[PostmortemState::Approved]
    } else {
        &[PostmortemState::Draft, PostmortemState::Approved]
    };
    must_be(postmortem, ready)?;
    if postmortem.document().all(|section| section.text.is_blank()) {
        return Err(ReviewRefusal::PostmortemEmpty { key: postmortem.key.clone() }.into());
    }
    Ok(vec![PostmortemEvent::PostmortemPublished { rooms }])
}

/// Nobody approves their own document if another person may.
fn may_approve(postmortem: &Postmortem, facts: &PostmortemFacts<'_>) -> Result<(), Refusal> {
    let Some(person) = facts.actor.person() else { return Ok(()) };
    let others = postmortem.approvers.iter().any(|approver| approver != person);
    let own = *person == postmortem.owner && others;
    if !own && (facts.is_admin || postmortem.approvers.contains(person)) {
        return Ok(());
    }
    let approvers: Vec<PersonId> =
        postmortem.approvers.iter().filter(|one| *one != &postmortem.owner).cloned().collect();
    Err(ReviewRefusal::NotApprover { own, approvers }.into())
}

/// Returns the reminder of the present step, if it is time for one.
fn remind(postmortem: &Postmortem, facts: &PostmortemFacts<'_>) -> Option<PostmortemEvent> {
    let (step, due) = (postmortem.state.step()?, postmortem.due?);
    if !is_due(due, facts.policy, facts.now) {
        return None;
    }
    let people: Vec<PersonId> = match step {
        PostmortemStep::Review => {
            let others = postmortem.approvers.iter().filter(|approver| **approver != postmortem.owner);
            let others: Vec<PersonId> = others.cloned().collect();
            if others.is_empty() { vec![postmortem.owner.clone()] } else { others }
        }
        PostmortemStep::Draft | PostmortemStep::Publish => vec![postmortem.owner.clone()],
    };
    let escalates = facts.now >= due + facts.policy.escalate_after;
    let managers = if escalates {
        facts.managers.iter().filter(|one| !people.contains(one)).cloned().collect()
    } else {
        Vec::new()
    };
    Some(PostmortemEvent::PostmortemReminded { step, people, managers, overdue: facts.now >= due })
}

fn must_be(postmortem: &Postmortem, states: &[PostmortemState]) -> Result<(), Refusal> {
    if states.contains(&postmortem.state) { Ok(()) } else { Err(state_refusal(postmortem)) }
}

fn state_refusal(postmortem: &Postmortem) -> Refusal {
    let needs_approval = postmortem.needs_approval;
    ReviewRefusal::PostmortemState { key: postmortem.key.clone(), state: postmortem.state, needs_approval }.into()
}

fn unknown_section(postmortem: &Postmortem, id: &str) -> Refusal {
    let known = postmortem.sections.iter().map(|section| section.id.clone()).collect();
    ReviewRefusal::UnknownSection { section: Untrusted::new(id), known }.into()
}

fn checked(text: &Untrusted, what: &str, max: usize) -> Result<Untrusted, Refusal> {
    if text.is_blank() {
        return Err(IncidentRefusal::Empty { what: what.into() }.into());
    }
    if text.verbatim().chars().count() > max {
        return Err(IncidentRefusal::TooLong { what: what.into(), max }.into());
    }
    Ok(text.clone())
}
