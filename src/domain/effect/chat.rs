//! What is shown in the chat that hotroom keeps itself.

use serde::{Deserialize, Serialize};

use super::Audience;
use crate::domain::ids::{
    BoardId, FollowUpId, GroupId, IncidentId, MaintenanceId, PageId, PersonId, RoomId, StormId, UserReportId,
};

/// A change in the chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum ChatEffect {
    /// Open the hot room of an incident, with its topic, or give it the name of a new key.
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
    /// Update the pinned card of an incident.
    UpdateCard {
        /// Whose card.
        incident: IncidentId,
    },
    /// Show what may explain a new incident, in its hot room: what changed before, and past incidents that are like it.
    #[serde(rename = "show_background")]
    Background {
        /// Which incident.
        incident: IncidentId,
    },
    /// Update the incident's one line in the incidents feed.
    FeedLine {
        /// Whose line.
        incident: IncidentId,
    },
    /// Show the hot room to members only, or to everyone again.
    RestrictRoom {
        /// Whose room.
        incident: IncidentId,
    },
    /// Post what event `seq` of an incident was.
    Announce {
        /// Which incident.
        incident: IncidentId,
        /// Its event, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
    /// Update an announcement in a feed, or in the hot room, if it was posted: a private incident leaves none in a feed.
    ReviseAnnouncement {
        /// Which incident.
        incident: IncidentId,
        /// Its event, counted from 1.
        seq: u64,
        /// Which feed, by room name; [`HOT_ROOM`](super::HOT_ROOM) for the hot room.
        feed: RoomId,
    },
    /// Close the hot room to further messages.
    ArchiveRoom {
        /// Whose room.
        incident: IncidentId,
        /// The version of the change of status that closed it: only the latest row archives. Older rows have none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closed: Option<u64>,
    },
    /// Open a closed hot room again.
    ReopenRoom {
        /// Whose room.
        incident: IncidentId,
    },
    /// Post the message of an alert group, or edit it.
    GroupMessage {
        /// Which group.
        group: GroupId,
        /// Whether it is critical: those go before all others.
        #[serde(default, rename = "grave")]
        critical: bool,
    },
    /// Post the summary of a storm in a feed, or edit it.
    StormMessage {
        /// Which storm.
        storm: StormId,
        /// Its feed.
        feed: RoomId,
    },
    /// Post in the feed of an alert group what event `seq` of it was.
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
    /// Edit what a page said to a person so that it shows who answered it.
    UpdatePage {
        /// Which page.
        page: PageId,
        /// To whom.
        person: PersonId,
        /// In which of this person's attempts.
        attempt: u32,
    },
    /// Update the line listing who an escalation step pages, in the hot room or in the room that the page was requested in.
    PageNotice {
        /// Whose hot room; `None` for a page without an incident.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        incident: Option<IncidentId>,
        /// Which page.
        page: PageId,
        /// Which step, from 0.
        step: u32,
        /// In which round, from 0.
        round: u32,
    },
    /// Show below a message what it refers to, or edit what was shown.
    Preview {
        /// The room.
        room: RoomId,
        /// The message.
        message: i64,
    },
    /// Ask a room that an escalation step pages.
    PageRoom {
        /// Which page.
        page: PageId,
        /// Which room.
        room: RoomId,
        /// Which step, from 0.
        step: u32,
        /// In which round, from 0.
        round: u32,
    },
    /// Edit what a page asked a room.
    UpdatePageRoom {
        /// Which page.
        page: PageId,
        /// Which room.
        room: RoomId,
        /// Which step, from 0.
        step: u32,
        /// In which round, from 0.
        round: u32,
    },
    /// Post what event `seq` of the post-mortem of an incident was.
    PostmortemNotice {
        /// Which incident.
        incident: IncidentId,
        /// The event of the stream of its post-mortem, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
    /// Post what event `seq` of a follow-up was.
    #[serde(rename = "followup_notice")]
    FollowUpNotice {
        /// Of which incident.
        incident: IncidentId,
        /// Which one.
        followup: FollowUpId,
        /// Its event, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
    /// Send a person the weekly digest of follow-ups.
    #[serde(rename = "followup_digest")]
    FollowUpDigest {
        /// Whose.
        person: PersonId,
    },
    /// Post what event `seq` of a maintenance was.
    MaintenanceNotice {
        /// Which one.
        maintenance: MaintenanceId,
        /// Its event, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
    /// Show a board to its team, or remind the team of a column above its limit.
    Board {
        /// Which one.
        board: BoardId,
        /// The column; `None` for the whole board.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        column: Option<String>,
    },
    /// Post the message of a report from a user, or edit it.
    UserReportMessage {
        /// Which one.
        report: UserReportId,
    },
    /// Post what event `seq` of the bot's own stream was: something is wrong with the bot itself.
    Notice {
        /// The event of the stream `system`, counted from 1.
        seq: u64,
        /// Where.
        to: Audience,
    },
}
