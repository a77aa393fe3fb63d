//! What an effect of the chat comes to, once the records it names have been read and its text has been rendered.

use minijinja::context;

use super::ChatCall;
use crate::{
    app::{Context, alerts, background, card_facts},
    chat::{Post, RoomSpec},
    deliver::adapter::{PrepareContext, PreparedCall},
    domain::{
        alert::{AlertGroup, Enrichment},
        effect::{Audience, ChatEffect, HOT_ROOM, SkipReason},
        event::{Event, SystemEvent},
        ids::{GroupId, IncidentId, RoomId, StormId},
        incident::{Category, DeliveryEvent, INCIDENTS_FEED, Incident, IncidentEvent, offers_action},
        people::Actor,
    },
    render::{GroupFacts, MessageRenderer, PageStepPlace},
    store::{Reads, StoreError},
};

pub(super) type CallResult = Result<PreparedCall<ChatCall>, StoreError>;

/// Reads what the effect names and renders what it says.
pub(super) fn prepare(cx: &PrepareContext, reads: &Reads<'_>, effect: &ChatEffect) -> CallResult {
    Preparation { cx, reads }.prepared(effect)
}

pub(super) const NO_SUBJECT: PreparedCall<ChatCall> = PreparedCall::Skip(SkipReason::NoSubject);
pub(super) const NO_ROOM_YET: PreparedCall<ChatCall> = PreparedCall::NotYet("the room is not open yet");

/// One effect that is being prepared.
pub(super) struct Preparation<'a> {
    pub(super) cx: &'a PrepareContext,
    pub(super) reads: &'a Reads<'a>,
}

impl Preparation<'_> {
    fn prepared(&self, effect: &ChatEffect) -> CallResult {
        match effect {
            ChatEffect::OpenRoom { incident } => {
                self.with_incident(*incident, |incident| Ok(self.open_room(&incident)))
            }
            ChatEffect::Invite { incident, people } => self.in_room(*incident, |_, room| {
                Ok(PreparedCall::Call(ChatCall::Invite { room, people: people.clone() }))
            }),
            ChatEffect::RestrictRoom { incident } => self.in_room(*incident, |incident, room| {
                let members = incident.members.iter().cloned().collect();
                Ok(PreparedCall::Call(ChatCall::Restrict { room, private: incident.private, members }))
            }),
            ChatEffect::UpdateCard { incident } => self.in_room(*incident, |incident, room| self.card(&incident, room)),
            ChatEffect::Background { incident } => {
                self.in_room(*incident, |incident, room| self.background(&incident, room))
            }
            ChatEffect::FeedLine { incident } => {
                self.with_incident(*incident, |incident| Ok(self.feed_line(&incident)))
            }
            ChatEffect::Announce { incident, seq, to } => {
                self.with_incident(*incident, |incident| self.announce(&incident, *seq, to))
            }
            ChatEffect::ReviseAnnouncement { incident, seq, feed } => {
                self.with_incident(*incident, |incident| self.revise(&incident, *seq, feed))
            }
            ChatEffect::ArchiveRoom { incident, closed } => self.archive(*incident, *closed),
            ChatEffect::ReopenRoom { incident } => self.reopen(*incident),
            ChatEffect::GroupMessage { group, .. } => self.group(*group),
            ChatEffect::GroupNotice { group, seq } => self.group_notice(*group, *seq),
            ChatEffect::StormMessage { storm, feed } => self.storm(*storm, feed),
            ChatEffect::PagePerson { page, person, attempt } => self.page(*page, person, *attempt),
            ChatEffect::UpdatePage { page, person, attempt } => self.page_changed(*page, person, *attempt),
            ChatEffect::PageNotice { page, step, round, .. } => self.page_notice(*page, *step, *round),
            ChatEffect::Preview { room, message } => self.preview(room, *message),
            ChatEffect::PageRoom { page, room, step, round } => {
                self.page_room(*page, room, PageStepPlace::new(*step, *round))
            }
            ChatEffect::UpdatePageRoom { page, room, step, round } => {
                self.page_room_changed(*page, room, PageStepPlace::new(*step, *round))
            }
            ChatEffect::PostmortemNotice { incident, seq, to } => {
                self.with_incident(*incident, |incident| self.postmortem(&incident, *seq, to))
            }
            ChatEffect::FollowUpNotice { incident, followup, seq, to } => {
                self.with_incident(*incident, |incident| self.followup(&incident, *followup, *seq, to))
            }
            ChatEffect::FollowUpDigest { person } => self.followup_digest(person),
            ChatEffect::MaintenanceNotice { maintenance, seq, to } => self.maintenance(*maintenance, *seq, to),
            ChatEffect::Board { board, column } => self.board(board, column.as_deref()),
            ChatEffect::UserReportMessage { report } => self.user_report(*report),
            ChatEffect::Notice { seq, to } => self.notice(*seq, to),
        }
    }

    pub(super) fn message_renderer(&self) -> MessageRenderer<'_> {
        MessageRenderer::new(&self.cx.app.renderer, &self.cx.config, self.cx.now)
    }

    /// The call for an incident, if there is such an incident.
    pub(super) fn with_incident(&self, id: IncidentId, prepare: impl FnOnce(Incident) -> CallResult) -> CallResult {
        self.reads.incident(id)?.map_or(Ok(NO_SUBJECT), prepare)
    }

    /// The same for what needs the hot room to exist.
    pub(super) fn in_room(&self, id: IncidentId, prepare: impl FnOnce(Incident, RoomId) -> CallResult) -> CallResult {
        self.with_incident(id, |incident| match incident.room.clone() {
            Some(room) => prepare(incident, room),
            None => Ok(NO_ROOM_YET),
        })
    }

    fn open_room(&self, incident: &Incident) -> PreparedCall<ChatCall> {
        PreparedCall::Call(ChatCall::OpenRoom(RoomSpec {
            name: incident.key.room_name(),
            topic: self.message_renderer().topic(incident),
            incident: Some(incident.id),
            private: incident.private,
            members: incident.members.iter().cloned().collect(),
            now: self.cx.now,
        }))
    }

    fn card(&self, incident: &Incident, room: RoomId) -> CallResult {
        let actor = Actor::Machine("card".into());
        let cx = Context { config: &self.cx.config, now: self.cx.now, actor: &actor, request: "card", expect: None };
        let post = self.message_renderer().card(incident, &card_facts::facts(self.reads, cx, incident)?);
        let mark = format!("card/{}", incident.id);
        Ok(PreparedCall::Call(ChatCall::Upsert { room, mark, post: Box::new(post) }))
    }

    /// What may explain an incident. What was shown once is edited, also when nothing is left of it.
    fn background(&self, incident: &Incident, room: RoomId) -> CallResult {
        let actor = Actor::Machine("background".into());
        let cx =
            Context { config: &self.cx.config, now: self.cx.now, actor: &actor, request: "background", expect: None };
        let facts = background::facts(self.reads, cx, incident)?;
        let (mark, post) =
            (format!("background/{}", incident.id), Box::new(self.message_renderer().background(&facts)));
        Ok(PreparedCall::Call(if facts.is_empty() {
            ChatCall::Amend { room, mark, post }
        } else {
            ChatCall::Upsert { room, mark, post }
        }))
    }

    /// An incident that became private leaves an empty line behind, not its title; one that always was leaves none.
    fn feed_line(&self, incident: &Incident) -> PreparedCall<ChatCall> {
        let room = self.cx.config.chat.incidents_feed.clone();
        let mark = format!("incident/{}", incident.id);
        PreparedCall::Call(if incident.private {
            ChatCall::Amend { room, mark, post: self.withdrawal() }
        } else {
            ChatCall::Upsert { room, mark, post: Box::new(self.message_renderer().feed_line(incident)) }
        })
    }

    /// What stands in a feed in place of an incident that became private.
    pub(super) fn withdrawal(&self) -> Box<Post> {
        Box::new(Post { withdraws: true, ..self.message_renderer().reply("gone_private", context! {}) })
    }

    pub(super) fn feed(&self, room: &RoomId) -> RoomId {
        if room.as_str() == INCIDENTS_FEED { self.cx.config.chat.incidents_feed.clone() } else { room.clone() }
    }

    /// What an announcement says now: nothing of an incident that became private.
    fn revise(&self, incident: &Incident, seq: u64, feed: &RoomId) -> CallResult {
        if feed.as_str() == HOT_ROOM {
            return self.announce(incident, seq, &Audience::HotRoom).map(amended);
        }
        let post = if incident.private {
            Some(self.withdrawal())
        } else {
            let recorded = self.reads.event(&Incident::stream(incident.id), seq)?;
            let to = Audience::Feed(feed.clone());
            recorded.and_then(|recorded| self.message_renderer().event(incident, &recorded, &to)).map(Box::new)
        };
        let Some(post) = post else { return Ok(PreparedCall::Skip(SkipReason::NoMessage)) };
        let (room, mark) = (self.feed(feed), announcement(incident, seq));
        Ok(PreparedCall::Call(ChatCall::Amend { room, mark, post }))
    }

    fn announce(&self, incident: &Incident, seq: u64, to: &Audience) -> CallResult {
        let Some(recorded) = self.reads.event(&Incident::stream(incident.id), seq)? else { return Ok(NO_SUBJECT) };
        let Some(mut post) = self.message_renderer().event(incident, &recorded, to) else {
            return Ok(PreparedCall::Skip(SkipReason::NoMessage));
        };
        if !self.still_asks(&recorded.event)? {
            post.buttons.clear();
        }
        let (post, key) = (Box::new(post), self.cx.key.to_string());
        let is_edited = matches!(&recorded.event, Event::Incident(event) if offers_action(event));
        Ok(match to {
            Audience::HotRoom => match incident.room.clone() {
                Some(room) if is_edited => {
                    PreparedCall::Call(ChatCall::Upsert { room, mark: announcement(incident, seq), post })
                }
                Some(room) => PreparedCall::Call(ChatCall::Post { room, key, post }),
                None => NO_ROOM_YET,
            },
            Audience::Feed(_) if incident.private => PreparedCall::Skip(SkipReason::BecamePrivate),
            Audience::Feed(feed) => {
                let (room, mark) = (self.feed(feed), announcement(incident, seq));
                PreparedCall::Call(ChatCall::Upsert { room, mark, post })
            }
            Audience::Person(person) => PreparedCall::Call(ChatCall::Direct { person: person.clone(), key, post }),
        })
    }

    /// False for the message to a paged person without direct messages, if the page no longer asks that person.
    fn still_asks(&self, event: &Event) -> Result<bool, StoreError> {
        let Event::Incident(IncidentEvent::Delivery(DeliveryEvent::PersonUnreachable { person, page, .. })) = event
        else {
            return Ok(true);
        };
        let page = page.map(|page| self.reads.page(page)).transpose()?.flatten();
        Ok(page.is_some_and(|page| page.still_asks(person)))
    }

    fn notice(&self, seq: u64, to: &Audience) -> CallResult {
        let recorded = self.reads.event(SystemEvent::STREAM, seq)?;
        let Some(post) = recorded.and_then(|recorded| self.message_renderer().notice(&recorded)) else {
            return Ok(PreparedCall::Skip(SkipReason::NoMessage));
        };
        let (post, key) = (Box::new(post), self.cx.key.to_string());
        Ok(PreparedCall::Call(match to {
            Audience::Person(person) => ChatCall::Direct { person: person.clone(), key, post },
            Audience::Feed(feed) => ChatCall::Post { room: self.feed(feed), key, post },
            Audience::HotRoom => ChatCall::Post { room: self.cx.config.chat.incidents_feed.clone(), key, post },
        }))
    }

    /// A group of a private incident does not name it: the feed is read by everyone.
    fn group(&self, id: GroupId) -> CallResult {
        let reads = self.reads;
        let Some(group) = reads.group(id)? else { return Ok(NO_SUBJECT) };
        if group.display.storm.is_some() && group.display.postings == 0 {
            return Ok(PreparedCall::Skip(SkipReason::InStormSummary));
        }
        let config = &self.cx.config;
        let incident = group.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
        let above =
            group.display.parent.as_ref().map(|parent_link| reads.group(parent_link.parent)).transpose()?.flatten();
        let alerts = reads.alerts_of_group(&group, GroupFacts::READ)?;
        let service = group.service.as_deref().and_then(|name| config.service(name));
        let mut known = Enrichment::collect(&config.alerts.enrich, &alerts);
        known.team = known.team.or_else(|| service.and_then(|service| service.team.clone()));
        let quiet = alerts::mute_reasons(reads, config, &group, &alerts, self.cx.now)?;
        let facts = GroupFacts {
            alerts,
            silences: quiet.silences,
            inhibitors: quiet.inhibitors,
            known,
            incident_open: incident.as_ref().is_some_and(Incident::is_open),
            incident: incident.filter(|incident| !incident.private).map(|incident| incident.key),
            children: reads.child_groups(id, GroupFacts::CHILDREN)?,
            parent: above.map(|above| above.title),
        };
        let post = Box::new(self.message_renderer().group(&group, &facts));
        Ok(PreparedCall::Call(ChatCall::Upsert { room: group.feed.clone(), mark: group.message_reference(), post }))
    }

    /// The summary of a feed's latest storm; that of an older one stays as it was.
    fn storm(&self, id: StormId, feed: &RoomId) -> CallResult {
        let latest = self.reads.feed_traffic(feed)?.and_then(|traffic| traffic.storm);
        let Some(storm) = latest.filter(|storm| storm.id == id) else {
            return Ok(PreparedCall::Skip(SkipReason::NewerStorm));
        };
        let post = Box::new(self.message_renderer().storm(&storm, &self.reads.storm_totals(id)?));
        Ok(PreparedCall::Call(ChatCall::Upsert { room: feed.clone(), mark: format!("storm/{id}"), post }))
    }

    fn group_notice(&self, id: GroupId, seq: u64) -> CallResult {
        let Some(group) = self.reads.group(id)? else { return Ok(NO_SUBJECT) };
        let recorded = self.reads.event(&AlertGroup::stream(id), seq)?;
        let Some(post) = recorded.and_then(|recorded| self.message_renderer().group_notice(&group, &recorded)) else {
            return Ok(PreparedCall::Skip(SkipReason::NoMessage));
        };
        let key = self.cx.key.to_string();
        Ok(PreparedCall::Call(ChatCall::Post { room: group.feed, key, post: Box::new(post) }))
    }

    /// A room is archived some time after its incident was closed, unless the status has changed since.
    fn archive(&self, id: IncidentId, closed: Option<u64>) -> CallResult {
        self.in_room(id, |incident, room| {
            let since = closed.unwrap_or(incident.status_version);
            let archives = is_closed(&incident) && incident.status_version == since;
            Ok(if archives {
                PreparedCall::Call(ChatCall::Archive { room, archived: true })
            } else {
                PreparedCall::Skip(SkipReason::StateChanged)
            })
        })
    }

    /// A room is opened again if its incident is still open when the row goes out.
    fn reopen(&self, id: IncidentId) -> CallResult {
        self.in_room(id, |incident, room| {
            Ok(if is_closed(&incident) {
                PreparedCall::Skip(SkipReason::StateChanged)
            } else {
                PreparedCall::Call(ChatCall::Archive { room, archived: false })
            })
        })
    }
}

fn is_closed(incident: &Incident) -> bool {
    !incident.is_open() && incident.category != Category::Resolved
}

/// The same call for a message that exists already; one that was never posted is not posted now.
fn amended(prepared: PreparedCall<ChatCall>) -> PreparedCall<ChatCall> {
    let PreparedCall::Call(ChatCall::Upsert { room, mark, post }) = prepared else {
        return PreparedCall::Skip(SkipReason::NoMessage);
    };
    PreparedCall::Call(ChatCall::Amend { room, mark, post })
}

/// The reference key of an announcement in a feed or a hot room, so that it can be edited.
fn announcement(incident: &Incident, seq: u64) -> String {
    format!("incident/{}/{seq}", incident.id)
}
