//! Messages about post-mortems and follow-ups.

use super::{
    ChatCall,
    prepare::{CallResult, NO_ROOM_YET, NO_SUBJECT, Preparation},
};
use crate::{
    app::{Context, reviews},
    chat::Post,
    deliver::adapter::PreparedCall,
    domain::{
        effect::{Audience, SkipReason},
        ids::{FollowUpId, PersonId},
        incident::{Incident, IncidentKind},
        people::Actor,
        review::{FollowUpItem, Postmortem},
    },
    render::PostmortemMessage,
};

impl Preparation<'_> {
    /// A reader who may not see the incident by now reads nothing of it.
    pub(super) fn postmortem(&self, incident: &Incident, seq: u64, to: &Audience) -> CallResult {
        let recorded = self.reads.event(&Postmortem::stream(incident.id), seq)?;
        let (Some(recorded), Some(postmortem)) = (recorded, self.reads.postmortem(incident.id)?) else {
            return Ok(NO_SUBJECT);
        };
        let actor = Actor::Machine("postmortem".into());
        let cx =
            Context { config: &self.cx.config, now: self.cx.now, actor: &actor, request: "postmortem", expect: None };
        let sections = reviews::shown(self.reads, cx, &self.cx.app.renderer, incident, &postmortem)?;
        let summary = sections.first().map(|section| section.text.shown(usize::MAX)).unwrap_or_default();
        let elsewhere = !matches!(to, Audience::HotRoom);
        let message = PostmortemMessage { incident, postmortem: &postmortem, summary: &summary, elsewhere };
        let Some(post) = self.message_renderer().postmortem_notice(message, &recorded) else {
            return Ok(PreparedCall::Skip(SkipReason::NoMessage));
        };
        Ok(self.told(incident, post, to))
    }

    pub(super) fn followup(&self, incident: &Incident, id: FollowUpId, seq: u64, to: &Audience) -> CallResult {
        let recorded = self.reads.event(&FollowUpItem::stream(id), seq)?;
        let (Some(recorded), Some(item)) = (recorded, self.reads.followup(id)?) else { return Ok(NO_SUBJECT) };
        Ok(match self.message_renderer().followup_notice(incident, &item, &recorded) {
            Some(post) => self.told(incident, post, to),
            None => PreparedCall::Skip(SkipReason::NoMessage),
        })
    }

    pub(super) fn followup_digest(&self, person: &PersonId) -> CallResult {
        let actor = Actor::Machine("digest".into());
        let cx = Context { config: &self.cx.config, now: self.cx.now, actor: &actor, request: "digest", expect: None };
        let digest = reviews::digest(self.reads, cx, person)?;
        if digest.is_empty() {
            return Ok(PreparedCall::Skip(SkipReason::StateChanged));
        }
        let (post, key) = (
            Box::new(self.message_renderer().weekly_digest(&digest.own, &digest.overdue, &digest.pulls)),
            self.cx.key.to_string(),
        );
        Ok(PreparedCall::Call(ChatCall::Direct { person: person.clone(), key, post }))
    }

    /// A message about what an incident leaves, for those who may see the incident.
    fn told(&self, incident: &Incident, post: Post, to: &Audience) -> PreparedCall<ChatCall> {
        let (post, key) = (Box::new(post), self.cx.key.to_string());
        match to {
            Audience::HotRoom => match incident.room.clone() {
                Some(room) => PreparedCall::Call(ChatCall::Post { room, key, post }),
                None if incident.kind == IncidentKind::Retrospective => PreparedCall::Skip(SkipReason::NoMessage),
                None => NO_ROOM_YET,
            },
            Audience::Feed(_) if incident.private => PreparedCall::Skip(SkipReason::BecamePrivate),
            Audience::Feed(feed) => PreparedCall::Call(ChatCall::Post { room: self.feed(feed), key, post }),
            Audience::Person(person) if !incident.visible_to(person) => PreparedCall::Skip(SkipReason::BecamePrivate),
            Audience::Person(person) => PreparedCall::Call(ChatCall::Direct { person: person.clone(), key, post }),
        }
    }
}
