//! What a row means, once the records it names have been read and its text has been rendered.

use std::sync::Arc;

use minijinja::context;

use super::mirror;
use crate::{
    app::{App, Context, alerts, incidents::card_facts, oncall::paging::NOT_NEEDED},
    chat::{Post, RoomSpec},
    config::Config,
    domain::{
        Timestamp,
        alert::{AlertGroup, Known},
        effect::{Audience, Effect},
        event::SystemEvent,
        ids::{GroupId, IncidentId, PageId, PersonId, RoomId, StormId},
        incident::{Category, INCIDENTS_FEED, Incident},
        oncall::Page,
        people::Actor,
    },
    render::{GroupFacts, Voice},
    store::{ClaimedEffect, Reads, StoreError},
};

/// One call of the chat platform, with everything it says.
pub(super) enum PreparedCall {
    /// There is nothing left to do.
    Nothing(&'static str),
    /// Something that must be there first is not there yet.
    NotYet(&'static str),
    OpenRoom(RoomSpec),
    Invite(RoomId, Vec<PersonId>),
    Restrict {
        room: RoomId,
        private: bool,
        members: Vec<PersonId>,
    },
    Post {
        room: RoomId,
        key: String,
        post: Box<Post>,
    },
    Upsert {
        room: RoomId,
        mark: String,
        post: Box<Post>,
    },
    /// As `Upsert`, if it was ever posted.
    Amend {
        room: RoomId,
        mark: String,
        post: Box<Post>,
    },
    Direct {
        person: PersonId,
        key: String,
        post: Box<Post>,
    },
    UpsertDirect {
        person: PersonId,
        mark: String,
        post: Box<Post>,
    },
    Archive {
        room: RoomId,
        archived: bool,
    },
    /// A room is there, seen by whom it should be, open or closed.
    Likeness {
        spec: RoomSpec,
        archived: bool,
    },
}

pub(super) type Made = Result<PreparedCall, StoreError>;

/// Reads what the row names and renders what it says.
pub(super) async fn prepare(app: &Arc<App>, row: &ClaimedEffect) -> Made {
    let desk = Desk { app: Arc::clone(app), now: app.clock.now(), config: app.config.current() };
    let (effect, key) = (row.effect.clone(), row.key.to_string());
    app.store.read(move |reads| desk.prepared(reads, &effect, key)).await
}

/// What is at hand when an errand is made.
struct Desk {
    app: Arc<App>,
    now: Timestamp,
    config: Arc<Config>,
}

impl Desk {
    fn prepared(&self, reads: &Reads<'_>, effect: &Effect, key: String) -> Made {
        match effect {
            Effect::OpenRoom { incident } => of(reads, *incident, |incident| Ok(self.open_room(&incident))),
            Effect::Invite { incident, people } => {
                in_room(reads, *incident, |_, room| Ok(PreparedCall::Invite(room, people.clone())))
            }
            Effect::RestrictRoom { incident } => in_room(reads, *incident, |incident, room| {
                let members = incident.members.iter().cloned().collect();
                Ok(PreparedCall::Restrict { room, private: incident.private, members })
            }),
            Effect::UpdateCard { incident } => {
                in_room(reads, *incident, |incident, room| self.card(reads, &incident, room))
            }
            Effect::FeedLine { incident } => of(reads, *incident, |incident| Ok(self.feed_line(&incident))),
            Effect::Announce { incident, seq, to } => {
                of(reads, *incident, |incident| self.announce(reads, &incident, (*seq, to), key))
            }
            Effect::ReviseAnnouncement { incident, seq, feed } => {
                of(reads, *incident, |incident| self.revise(reads, &incident, (*seq, feed)))
            }
            Effect::ArchiveRoom { incident } => archive(reads, *incident, true),
            Effect::ReopenRoom { incident } => archive(reads, *incident, false),
            Effect::GroupMessage { group, .. } => self.group(reads, *group),
            Effect::GroupNotice { group, seq } => self.group_notice(reads, (*group, *seq), key),
            Effect::StormMessage { storm, feed } => self.storm(reads, (*storm, feed)),
            Effect::PagePerson { page, person, attempt } => self.page(reads, *page, (person, *attempt)),
            Effect::UpdatePage { page, person, attempt } => self.page_changed(reads, *page, (person, *attempt)),
            Effect::PageNotice { page, step, round, .. } => self.page_notice(reads, *page, (*step, *round)),
            Effect::Notice { seq, to } => self.notice(reads, (*seq, to), key),
            Effect::MirrorRoom { room } => mirror::room(reads, room, self.now),
            Effect::MirrorMessage { message, standing, .. } => {
                mirror::message(reads, &self.voice(), &self.config, (*message, *standing))
            }
            Effect::ConfirmSubscription { .. } => Ok(PreparedCall::Nothing("it is no errand for a chat")),
            Effect::Timer(_) => Ok(PreparedCall::Nothing("a timer is looked at by the app")),
        }
    }

    fn voice(&self) -> Voice<'_> {
        Voice::new(&self.app.renderer, &self.config, self.now)
    }

    fn open_room(&self, incident: &Incident) -> PreparedCall {
        PreparedCall::OpenRoom(RoomSpec {
            name: incident.key.room_name(),
            topic: self.voice().topic(incident),
            incident: Some(incident.id),
            private: incident.private,
            members: incident.members.iter().cloned().collect(),
            now: self.now,
        })
    }

    fn card(&self, reads: &Reads<'_>, incident: &Incident, room: RoomId) -> Made {
        let actor = Actor::Machine("card".into());
        let cx = Context { config: &self.config, now: self.now, actor: &actor, request: "card", expect: None };
        let post = self.voice().card(incident, &card_facts::facts(reads, cx, incident)?);
        Ok(PreparedCall::Upsert { room, mark: format!("card/{}", incident.id), post: Box::new(post) })
    }

    /// An incident that became private leaves an empty line behind, not its title; one that always was leaves none.
    fn feed_line(&self, incident: &Incident) -> PreparedCall {
        let room = self.config.chat.incidents_feed.clone();
        let mark = format!("incident/{}", incident.id);
        if incident.private {
            return PreparedCall::Amend { room, mark, post: self.gone_private() };
        }
        PreparedCall::Upsert { room, mark, post: Box::new(self.voice().feed_line(incident)) }
    }

    fn gone_private(&self) -> Box<Post> {
        Box::new(self.voice().reply("gone_private", context! {}))
    }

    fn feed(&self, room: &RoomId) -> RoomId {
        if room.as_str() == INCIDENTS_FEED { self.config.chat.incidents_feed.clone() } else { room.clone() }
    }

    /// What an announcement says now: nothing of an incident that became private.
    fn revise(&self, reads: &Reads<'_>, incident: &Incident, (seq, feed): (u64, &RoomId)) -> Made {
        let post = if incident.private {
            Some(self.gone_private())
        } else {
            let recorded = reads.event(&Incident::stream(incident.id), seq)?;
            let to = Audience::Feed(feed.clone());
            recorded.and_then(|recorded| self.voice().event(incident, &recorded, &to)).map(Box::new)
        };
        let amend = |post| PreparedCall::Amend { room: self.feed(feed), mark: announcement(incident, seq), post };
        Ok(post.map_or(PreparedCall::Nothing("the event is not told"), amend))
    }

    fn announce(&self, reads: &Reads<'_>, incident: &Incident, (seq, to): (u64, &Audience), key: String) -> Made {
        let Some(recorded) = reads.event(&Incident::stream(incident.id), seq)? else {
            return Ok(PreparedCall::Nothing("the event is not there"));
        };
        let Some(post) = self.voice().event(incident, &recorded, to) else {
            return Ok(PreparedCall::Nothing("the event is not told"));
        };
        let post = Box::new(post);
        Ok(match to {
            Audience::HotRoom => match incident.room.clone() {
                Some(room) => PreparedCall::Post { room, key, post },
                None => PreparedCall::NotYet("the room is not open yet"),
            },
            Audience::Feed(_) if incident.private => PreparedCall::Nothing("it became private"),
            Audience::Feed(feed) => {
                PreparedCall::Upsert { room: self.feed(feed), mark: announcement(incident, seq), post }
            }
            Audience::Person(person) => PreparedCall::Direct { person: person.clone(), key, post },
        })
    }

    fn notice(&self, reads: &Reads<'_>, (seq, to): (u64, &Audience), key: String) -> Made {
        let recorded = reads.event(SystemEvent::STREAM, seq)?;
        let Some(post) = recorded.and_then(|recorded| self.voice().notice(&recorded)) else {
            return Ok(PreparedCall::Nothing("there is no such notice"));
        };
        let post = Box::new(post);
        Ok(match to {
            Audience::Person(person) => PreparedCall::Direct { person: person.clone(), key, post },
            Audience::Feed(_) | Audience::HotRoom => {
                PreparedCall::Post { room: self.config.chat.incidents_feed.clone(), key, post }
            }
        })
    }

    /// What belongs to a private incident does not name it: the feed is read by everyone.
    fn group(&self, reads: &Reads<'_>, id: GroupId) -> Made {
        let Some(group) = reads.group(id)? else { return Ok(PreparedCall::Nothing("there is no such group")) };
        if group.storm.is_some() && group.postings == 0 {
            return Ok(PreparedCall::Nothing("its place is in the summary of a storm"));
        }
        let incident = group.incident.map(|incident| reads.incident(incident)).transpose()?.flatten();
        let above = group.parent.as_ref().map(|parent_link| reads.group(parent_link.parent)).transpose()?.flatten();
        let alerts = reads.alerts_of_group(&group, GroupFacts::READ)?;
        let service = group.service.as_deref().and_then(|name| self.config.service(name));
        let mut known = Known::of(&self.config.alerts.enrich, &alerts);
        known.team = known.team.or_else(|| service.and_then(|service| service.team.clone()));
        let quiet = alerts::quiet(reads, &self.config, (&group, &alerts), self.now)?;
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
        let post = Box::new(self.voice().group(&group, &facts));
        Ok(PreparedCall::Upsert { room: group.feed.clone(), mark: group.mark(), post })
    }

    /// The summary of a feed's latest storm; that of an older one stays as it was.
    fn storm(&self, reads: &Reads<'_>, (id, feed): (StormId, &RoomId)) -> Made {
        let latest = reads.feed_traffic(feed)?.and_then(|traffic| traffic.storm);
        let Some(storm) = latest.filter(|storm| storm.id == id) else {
            return Ok(PreparedCall::Nothing("there was another storm since"));
        };
        let post = Box::new(self.voice().storm(&storm, &reads.storm_totals(id)?));
        Ok(PreparedCall::Upsert { room: feed.clone(), mark: format!("storm/{id}"), post })
    }

    fn group_notice(&self, reads: &Reads<'_>, (id, seq): (GroupId, u64), key: String) -> Made {
        let Some(group) = reads.group(id)? else { return Ok(PreparedCall::Nothing("there is no such group")) };
        let recorded = reads.event(&AlertGroup::stream(id), seq)?;
        let Some(post) = recorded.and_then(|recorded| self.voice().group_notice(&group, &recorded)) else {
            return Ok(PreparedCall::Nothing("there is no such notice"));
        };
        Ok(PreparedCall::Post { room: group.feed, key, post: Box::new(post) })
    }

    /// A page goes out only while it still asks this person: someone may have taken it meanwhile.
    fn page(&self, reads: &Reads<'_>, id: PageId, (person, attempt): (&PersonId, u32)) -> Made {
        let Some(page) = reads.page(id)? else { return Ok(PreparedCall::Nothing("there is no such page")) };
        if !page.still_asks(person) {
            return Ok(PreparedCall::Nothing(NOT_NEEDED));
        }
        self.to_paged(reads, &page, (person, attempt))
    }

    /// Only what has arrived is edited.
    fn page_changed(&self, reads: &Reads<'_>, id: PageId, (person, attempt): (&PersonId, u32)) -> Made {
        let Some(page) = reads.page(id)? else { return Ok(PreparedCall::Nothing("there is no such page")) };
        if !page.has_reached(person, attempt) {
            return Ok(PreparedCall::Nothing("it never arrived"));
        }
        self.to_paged(reads, &page, (person, attempt))
    }

    fn page_notice(&self, reads: &Reads<'_>, id: PageId, place: (u32, u32)) -> Made {
        let Some(page) = reads.page(id)? else { return Ok(PreparedCall::Nothing("there is no such page")) };
        in_room(reads, page.spec.incident, |_, room| {
            let post = Box::new(self.voice().page_notice(&page, place));
            Ok(PreparedCall::Upsert { room, mark: format!("page/{id}/{}/{}", place.1, place.0), post })
        })
    }

    fn to_paged(&self, reads: &Reads<'_>, page: &Page, (person, attempt): (&PersonId, u32)) -> Made {
        of(reads, page.spec.incident, |incident| {
            let post = Box::new(self.voice().page(&incident, page, (person, attempt)));
            let mark = format!("page/{}/{attempt}", page.id());
            Ok(PreparedCall::UpsertDirect { person: person.clone(), mark, post })
        })
    }
}

/// What an announcement in a feed is known by, so that it can be withdrawn.
fn announcement(incident: &Incident, seq: u64) -> String {
    format!("incident/{}/{seq}", incident.id)
}

/// What an incident's errand is; nothing if there is no such incident.
fn of(reads: &Reads<'_>, id: IncidentId, make: impl FnOnce(Incident) -> Made) -> Made {
    reads.incident(id)?.map_or(Ok(PreparedCall::Nothing("there is no such incident")), make)
}

/// The same for what needs the hot room to be there.
fn in_room(reads: &Reads<'_>, id: IncidentId, make: impl FnOnce(Incident, RoomId) -> Made) -> Made {
    of(reads, id, |incident| match incident.room.clone() {
        Some(room) => make(incident, room),
        None => Ok(PreparedCall::NotYet("the room is not open yet")),
    })
}

/// A room is archived when its incident is over and opened again when it is not: whatever is true when the row goes out.
fn archive(reads: &Reads<'_>, id: IncidentId, archived: bool) -> Made {
    in_room(reads, id, |incident, room| {
        let over = !incident.is_open() && incident.category != Category::Resolved;
        Ok(if over == archived {
            PreparedCall::Archive { room, archived }
        } else {
            PreparedCall::Nothing("it is otherwise now")
        })
    })
}
