//! What the bot wants done outside, as data. Each row of the outbox is one of these.

mod key;
mod timer;

use serde::{Deserialize, Serialize};

use super::ids::{AlertId, GroupId, HeartbeatId, IncidentId, PageId, PersonId, RoomId, SilenceId, SourceId, StormId};

pub use key::EffectKey;

/// One thing to be done outside the database, or at a later time. Effects carry no rendered text: what is shown is
/// rendered from the record when the row is sent, so that a late row never shows an old state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Make the hot room of an incident, with its topic.
    OpenRoom {
        /// Whose room.
        incident: IncidentId,
    },
    /// Let these people into the hot room.
    Invite {
        /// Whose room.
        incident: IncidentId,
        /// Whom; a person who is already in is left alone.
        people: Vec<PersonId>,
    },
    /// Make the pinned card of an incident true again.
    UpdateCard {
        /// Whose card.
        incident: IncidentId,
    },
    /// Make the incident's one line in the incidents feed true again.
    FeedLine {
        /// Whose line.
        incident: IncidentId,
    },
    /// Show the hot room to members only, or to everyone again.
    RestrictRoom {
        /// Whose room.
        incident: IncidentId,
    },
    /// Say in a room what event `seq` of an incident was.
    Announce {
        /// Which incident.
        incident: IncidentId,
        /// Its event, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
    /// Make an announcement in the incidents feed true again, if it was posted: a private incident leaves none there.
    ReviseAnnouncement {
        /// Which incident.
        incident: IncidentId,
        /// Its event, counted from 1.
        seq: u64,
        /// Which feed, by room name.
        feed: RoomId,
    },
    /// Close the hot room to further talk.
    ArchiveRoom {
        /// Whose room.
        incident: IncidentId,
    },
    /// Open a closed hot room again.
    ReopenRoom {
        /// Whose room.
        incident: IncidentId,
    },
    /// Post the message of an alert group, or edit it to be true again.
    GroupMessage {
        /// Which group.
        group: GroupId,
        /// Whether it is among the gravest: those go before all others.
        #[serde(default, rename = "grave")]
        critical: bool,
    },
    /// Post the summary of a storm in a feed, or edit it to be true again.
    StormMessage {
        /// Which storm.
        storm: StormId,
        /// Its feed.
        feed: RoomId,
    },
    /// Say in the feed of an alert group what event `seq` of it was.
    GroupNotice {
        /// Which group.
        group: GroupId,
        /// Its event, counted from 1.
        seq: u64,
    },
    /// Page one person.
    PagePerson {
        /// Which page.
        page: PageId,
        /// Whom.
        person: PersonId,
        /// The count of this person's pages in this run, from 1; part of the key.
        attempt: u32,
    },
    /// Edit what a page said to someone so that it shows who has it now.
    UpdatePage {
        /// Which page.
        page: PageId,
        /// To whom.
        person: PersonId,
        /// In which of this person's attempts.
        attempt: u32,
    },
    /// Make the line true again that says in the hot room whom a step of a page asks.
    PageNotice {
        /// Whose room.
        incident: IncidentId,
        /// Which page.
        page: PageId,
        /// Which step, from 0.
        step: u32,
        /// In which round, from 0.
        round: u32,
    },
    /// Say what event `seq` of the bot's own stream was: something is wrong with the bot itself.
    Notice {
        /// The event of the stream `system`, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
    /// Make the likeness of a room on the other chat platform true: that it is there, who sees it, whether it is open.
    MirrorRoom {
        /// Which room.
        room: RoomId,
    },
    /// Say on the other chat platform what a message of the built-in chat says now.
    MirrorMessage {
        /// Its room.
        room: RoomId,
        /// Which message.
        message: i64,
        /// Whether it is edited to stay true (a card, a group, a page) and so waits for no other message.
        standing: bool,
        /// How soon.
        priority: Priority,
    },
    /// Confirm that a source wants what a topic of Amazon SNS publishes.
    ConfirmSubscription {
        /// Which source.
        source: SourceId,
        /// The address that confirms it.
        address: String,
    },
    /// Look again at a thing when its time comes. A wake that is no longer needed decides to nothing.
    #[serde(rename = "wake")]
    Timer(Timer),
}

/// Where an announcement goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The incident's hot room.
    HotRoom,
    /// A feed, by room name.
    Feed(RoomId),
    /// One person, by direct message.
    Person(PersonId),
}

/// What to look at when a timer is due.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "wake", rename_all = "snake_case")]
pub enum Timer {
    /// An update of the incident may be due.
    UpdateDue {
        /// Which incident.
        incident: IncidentId,
    },
    /// A page may have to go to its next step.
    Escalate {
        /// Which page.
        page: PageId,
    },
    /// A group of alerts may have something to tell.
    FlushGroup {
        /// Which group.
        group: GroupId,
        /// Whether it is among the gravest: those are looked at before all others.
        #[serde(default, rename = "grave")]
        critical: bool,
    },
    /// A group of alerts may by now have fired long enough to open an incident.
    DeclareRule {
        /// Which group.
        group: GroupId,
    },
    /// A feed may be calm again after a storm.
    StormOver {
        /// Which feed.
        feed: RoomId,
    },
    /// Groups of alerts still belong to an incident that was merged into another.
    MoveGroups {
        /// The merged one.
        from: IncidentId,
        /// The one that goes on.
        into: IncidentId,
    },
    /// Alerts that nobody repeats may have timed out.
    ExpireAlerts {
        /// Which group.
        group: GroupId,
    },
    /// An alert inhibits, or inhibited, more alerts than one step takes.
    Inhibit {
        /// Which one.
        source: AlertId,
    },
    /// The rules of inhibition have changed, and alerts that fire have not been looked at since.
    RulesChanged {
        /// Alerts up to this one have been looked at.
        after: Option<AlertId>,
    },
    /// A silence may have begun or ended, or may not have been held against every alert that fires.
    Silence {
        /// Which one.
        silence: SilenceId,
        /// Alerts up to this one have been looked at.
        after: Option<AlertId>,
    },
    /// A source may have been silent for too long.
    SourceSilent {
        /// Which source.
        source: SourceId,
    },
    /// A heartbeat may have failed to come.
    HeartbeatDue {
        /// Which one.
        heartbeat: HeartbeatId,
    },
}

/// May the effect be repeated when it is unknown whether it happened?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EffectClass {
    /// The other side takes our key: repeat freely.
    Keyed,
    /// Our mark is in what was made: look before repeating.
    Readable,
    /// Neither: repeated only if it is a page.
    Neither,
}

/// What goes first when much is waiting. The order of the variants is the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// Someone must wake up.
    Page = 0,
    /// A room, a card, a timer.
    State = 1,
    /// Everything else.
    Chatter = 2,
}

impl Effect {
    /// The lane the effect waits in: effects of one lane go out one after another, lanes do not wait for each other.
    pub fn lane(&self) -> String {
        match self {
            Self::OpenRoom { incident }
            | Self::Invite { incident, .. }
            | Self::UpdateCard { incident }
            | Self::RestrictRoom { incident }
            | Self::PageNotice { incident, .. }
            | Self::ReopenRoom { incident } => format!("chat/{incident}"),
            // It waits for a day; what is said in the room meanwhile must not wait behind it.
            Self::ArchiveRoom { incident } => format!("chat/{incident}/archive"),
            Self::FeedLine { incident } => format!("chat/{incident}/feed"),
            Self::Announce { incident, to, .. } => match to {
                Audience::HotRoom => format!("chat/{incident}"),
                Audience::Feed(room) => format!("chat/{incident}/{room}"),
                Audience::Person(person) => format!("chat/{incident}/@{person}"),
            },
            Self::ReviseAnnouncement { incident, feed, .. } => format!("chat/{incident}/{feed}"),
            Self::GroupMessage { group, .. } | Self::GroupNotice { group, .. } => format!("group/{group}"),
            Self::StormMessage { storm, .. } => format!("storm/{storm}"),
            Self::PagePerson { page, person, .. } | Self::UpdatePage { page, person, .. } => {
                format!("page/{page}/{person}")
            }
            Self::Notice { to, .. } => match to {
                Audience::HotRoom => "notice".to_owned(),
                Audience::Feed(room) => format!("notice/{room}"),
                Audience::Person(person) => format!("notice/@{person}"),
            },
            Self::MirrorRoom { room } => format!("mirror/{room}"),
            Self::MirrorMessage { room, message, standing: true, .. } => format!("mirror/{room}/{message}"),
            Self::MirrorMessage { room, standing: false, .. } => format!("mirror/{room}"),
            Self::ConfirmSubscription { source, .. } => format!("subscription/{source}"),
            Self::Timer(wake) => wake.lane(),
        }
    }

    /// What goes first.
    pub fn priority(&self) -> Priority {
        match self {
            Self::PagePerson { .. } | Self::Timer(Timer::Escalate { .. }) => Priority::Page,
            Self::OpenRoom { .. }
            | Self::Invite { .. }
            | Self::UpdateCard { .. }
            | Self::RestrictRoom { .. }
            | Self::FeedLine { .. }
            | Self::ArchiveRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::UpdatePage { .. }
            | Self::PageNotice { .. }
            | Self::Notice { .. }
            | Self::ReviseAnnouncement { .. }
            | Self::StormMessage { .. }
            | Self::GroupMessage { critical: true, .. }
            | Self::MirrorRoom { .. }
            | Self::ConfirmSubscription { .. }
            | Self::Timer(
                Timer::UpdateDue { .. }
                | Timer::FlushGroup { critical: true, .. }
                | Timer::DeclareRule { .. }
                | Timer::StormOver { .. }
                | Timer::MoveGroups { .. }
                | Timer::ExpireAlerts { .. }
                | Timer::Inhibit { .. }
                | Timer::RulesChanged { .. }
                | Timer::Silence { .. }
                | Timer::SourceSilent { .. }
                | Timer::HeartbeatDue { .. },
            ) => Priority::State,
            Self::MirrorMessage { priority, .. } => *priority,
            Self::Announce { .. }
            | Self::GroupMessage { critical: false, .. }
            | Self::GroupNotice { .. }
            | Self::Timer(Timer::FlushGroup { critical: false, .. }) => Priority::Chatter,
        }
    }

    /// Whether it may be repeated.
    pub fn class(&self) -> EffectClass {
        match self {
            Self::OpenRoom { .. } | Self::MirrorRoom { .. } | Self::MirrorMessage { .. } => EffectClass::Readable,
            Self::Invite { .. }
            | Self::UpdateCard { .. }
            | Self::FeedLine { .. }
            | Self::RestrictRoom { .. }
            | Self::Announce { .. }
            | Self::ArchiveRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::GroupMessage { .. }
            | Self::StormMessage { .. }
            | Self::GroupNotice { .. }
            | Self::PagePerson { .. }
            | Self::UpdatePage { .. }
            | Self::PageNotice { .. }
            | Self::Notice { .. }
            | Self::ReviseAnnouncement { .. }
            // Confirming twice confirms.
            | Self::ConfirmSubscription { .. }
            | Self::Timer(_) => EffectClass::Keyed,
        }
    }

    /// Whether it is for the other chat platform. Such an effect is tried for as long as that platform is away: what it says
    /// is in the built-in chat already, and it says the newest whenever it goes out.
    pub fn is_mirror(&self) -> bool {
        matches!(self, Self::MirrorRoom { .. } | Self::MirrorMessage { .. })
    }

    /// Rows with the same mark say the same thing: an older one that has not been sent is dropped for a newer one.
    pub fn coalesce(&self) -> Option<String> {
        match self {
            Self::UpdateCard { incident } => Some(format!("card/{incident}")),
            Self::FeedLine { incident } => Some(format!("feed/{incident}")),
            Self::RestrictRoom { incident } => Some(format!("restrict/{incident}")),
            Self::GroupMessage { group, .. } => Some(format!("group/{group}")),
            Self::StormMessage { storm, .. } => Some(format!("storm/{storm}")),
            Self::UpdatePage { page, person, attempt } => Some(format!("page/{page}/{person}/{attempt}")),
            Self::PageNotice { page, step, round, .. } => Some(format!("notice/{page}/{round}/{step}")),
            Self::ReviseAnnouncement { incident, seq, feed } => Some(format!("revise/{incident}/{seq}/{feed}")),
            Self::MirrorRoom { room } => Some(format!("mirror/{room}")),
            Self::MirrorMessage { message, .. } => Some(format!("mirrored/{message}")),
            Self::Timer(wake) => wake.coalesce(),
            Self::OpenRoom { .. }
            | Self::Invite { .. }
            | Self::Announce { .. }
            | Self::ArchiveRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::GroupNotice { .. }
            | Self::PagePerson { .. }
            | Self::ConfirmSubscription { .. }
            | Self::Notice { .. } => None,
        }
    }
}
