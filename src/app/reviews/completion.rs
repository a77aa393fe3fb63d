//! The follow-up for the completion of a post-mortem, which follows the document: open while it is written, done when it is
//! published, dropped when none is written.

use super::{PostmortemUpdate, followups};
use crate::{
    app::Context,
    domain::{
        incident::{Incident, IncidentKind},
        review::{FollowUpCommand, FollowUpState, PostmortemEvent, PostmortemState},
        text::Untrusted,
    },
    render::{MessageRenderer, Renderer},
    store::{StoreError, Tx},
};

/// Brings the follow-up to what became of the post-mortem. A drill has none.
pub(super) fn follow(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    renderer: &Renderer,
    incident: &Incident,
    update: &PostmortemUpdate,
) -> Result<(), StoreError> {
    if incident.kind == IncidentKind::Drill {
        return Ok(());
    }
    let postmortem = &update.postmortem;
    let Some(item) = followups::completion(tx, incident)? else {
        let opened = |(_, event): &(u64, PostmortemEvent)| matches!(event, PostmortemEvent::PostmortemOpened { .. });
        if update.events.iter().any(opened) {
            let title = MessageRenderer::new(renderer, cx.config, cx.now).completion_title(incident);
            return followups::add_completion(tx, cx, incident, Untrusted::new(title), postmortem.owner.clone());
        }
        return Ok(());
    };
    let is_open = item.state == FollowUpState::Open;
    let mut commands = Vec::new();
    match postmortem.state {
        PostmortemState::Draft | PostmortemState::InReview | PostmortemState::Approved => {
            if !is_open {
                commands.push(FollowUpCommand::Reopen);
            }
            if item.owner.as_ref() != Some(&postmortem.owner) {
                let owner = Some(postmortem.owner.clone());
                commands.push(FollowUpCommand::Change { owner, due: None, link: None });
            }
        }
        PostmortemState::Published if is_open => commands.push(FollowUpCommand::Finish),
        PostmortemState::Skipped if is_open => {
            let reason = update.events.iter().rev().find_map(|(_, event)| {
                if let PostmortemEvent::PostmortemSkipped { reason } = event { Some(reason.clone()) } else { None }
            });
            commands.extend(reason.map(|reason| FollowUpCommand::Drop { reason }));
        }
        PostmortemState::Published | PostmortemState::Skipped => {}
    }
    for command in commands {
        followups::follow_issue(tx, cx, item.id, &command)?;
    }
    Ok(())
}
