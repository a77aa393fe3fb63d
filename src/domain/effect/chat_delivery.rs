//! How changes in the chat are delivered: in which order, how urgently, and whether they may be repeated.

use super::{
    Audience, ChatEffect, DestinationEffect, EffectClass, HOT_ROOM, Priority, Purpose, Subject, audience::lane_to,
};

impl DestinationEffect for ChatEffect {
    fn is_outside(&self) -> bool {
        false
    }

    fn lane(&self) -> String {
        match self {
            Self::OpenRoom { incident }
            | Self::Invite { incident, .. }
            | Self::UpdateCard { incident }
            | Self::Background { incident }
            | Self::RestrictRoom { incident }
            | Self::PageNotice { incident: Some(incident), .. }
            | Self::ReopenRoom { incident } => format!("chat/{incident}"),
            Self::PageNotice { incident: None, page, .. } => format!("page/{page}/room"),
            Self::PageRoom { page, room, .. } | Self::UpdatePageRoom { page, room, .. } => {
                format!("page/{page}/in/{room}")
            }
            // It waits for a day; what is posted in the room meanwhile must not wait behind it.
            Self::ArchiveRoom { incident, .. } => format!("chat/{incident}/archive"),
            Self::FeedLine { incident } => format!("chat/{incident}/feed"),
            Self::Announce { incident, to, .. } => lane_to(format!("chat/{incident}"), to),
            Self::ReviseAnnouncement { incident, feed, .. } if feed.as_str() == HOT_ROOM => format!("chat/{incident}"),
            Self::ReviseAnnouncement { incident, feed, .. } => format!("chat/{incident}/{feed}"),
            Self::GroupMessage { group, .. } | Self::GroupNotice { group, .. } => format!("group/{group}"),
            Self::StormMessage { storm, .. } => format!("storm/{storm}"),
            Self::PagePerson { page, person, .. } | Self::UpdatePage { page, person, .. } => {
                format!("page/{page}/{person}")
            }
            Self::Preview { room, .. } => format!("preview/{room}"),
            Self::PostmortemNotice { incident, to, .. } => lane_to(format!("postmortem/{incident}"), to),
            Self::FollowUpNotice { followup, to, .. } => lane_to(format!("followup/{followup}"), to),
            Self::FollowUpDigest { person } => format!("digest/@{person}"),
            Self::MaintenanceNotice { maintenance, to, .. } => match to {
                Audience::HotRoom | Audience::Feed(_) => format!("maintenance/{maintenance}"),
                Audience::Person(person) => format!("maintenance/{maintenance}/@{person}"),
            },
            Self::UserReportMessage { report } => format!("user_report/{report}"),
            Self::Notice { to, .. } => lane_to("notice".to_owned(), to),
            Self::Board { board, .. } => format!("board/{board}/chat"),
        }
    }

    fn priority(&self) -> Priority {
        match self {
            Self::PagePerson { .. } | Self::PageRoom { .. } => Priority::Page,
            Self::OpenRoom { .. }
            | Self::Invite { .. }
            | Self::UpdateCard { .. }
            | Self::RestrictRoom { .. }
            | Self::FeedLine { .. }
            | Self::ArchiveRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::UpdatePage { .. }
            | Self::PageNotice { .. }
            | Self::UpdatePageRoom { .. }
            | Self::Notice { .. }
            | Self::ReviseAnnouncement { .. }
            | Self::StormMessage { .. }
            | Self::GroupMessage { critical: true, .. } => Priority::State,
            Self::Announce { .. }
            | Self::GroupMessage { critical: false, .. }
            | Self::GroupNotice { .. }
            | Self::Preview { .. }
            | Self::Background { .. }
            | Self::PostmortemNotice { .. }
            | Self::FollowUpNotice { .. }
            | Self::FollowUpDigest { .. }
            | Self::MaintenanceNotice { .. }
            | Self::Board { .. }
            | Self::UserReportMessage { .. } => Priority::Chatter,
        }
    }

    fn class(&self) -> EffectClass {
        match self {
            // It is found by its incident before it is made.
            Self::OpenRoom { .. } => EffectClass::Readable,
            Self::Invite { .. }
            | Self::UpdateCard { .. }
            | Self::Background { .. }
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
            | Self::Preview { .. }
            | Self::PageRoom { .. }
            | Self::UpdatePageRoom { .. }
            | Self::PostmortemNotice { .. }
            | Self::FollowUpNotice { .. }
            | Self::FollowUpDigest { .. }
            | Self::MaintenanceNotice { .. }
            | Self::Board { .. }
            | Self::UserReportMessage { .. }
            | Self::Notice { .. }
            | Self::ReviseAnnouncement { .. } => EffectClass::Keyed,
        }
    }

    fn coalescing_key(&self) -> Option<String> {
        match self {
            Self::UpdateCard { incident } => Some(format!("card/{incident}")),
            Self::Background { incident } => Some(format!("background/{incident}")),
            Self::FeedLine { incident } => Some(format!("feed/{incident}")),
            Self::RestrictRoom { incident } => Some(format!("restrict/{incident}")),
            Self::OpenRoom { incident } => Some(format!("open/{incident}")),
            Self::GroupMessage { group, .. } => Some(format!("group/{group}")),
            Self::StormMessage { storm, .. } => Some(format!("storm/{storm}")),
            Self::UpdatePage { page, person, attempt } => Some(format!("page/{page}/{person}/{attempt}")),
            Self::PageNotice { page, step, round, .. } => Some(format!("notice/{page}/{round}/{step}")),
            Self::UpdatePageRoom { page, room, step, round } => Some(format!("notice/{page}/{round}/{step}/{room}")),
            Self::ReviseAnnouncement { incident, seq, feed } => Some(format!("revise/{incident}/{seq}/{feed}")),
            Self::Preview { message, .. } => Some(format!("preview/{message}")),
            Self::UserReportMessage { report } => Some(format!("user_report/{report}")),
            Self::Invite { .. }
            | Self::Announce { .. }
            | Self::ArchiveRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::GroupNotice { .. }
            | Self::PagePerson { .. }
            | Self::PageRoom { .. }
            | Self::PostmortemNotice { .. }
            | Self::FollowUpNotice { .. }
            | Self::FollowUpDigest { .. }
            | Self::MaintenanceNotice { .. }
            | Self::Board { .. }
            | Self::Notice { .. } => None,
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::OpenRoom { incident }
            | Self::Invite { incident, .. }
            | Self::UpdateCard { incident }
            | Self::Background { incident }
            | Self::FeedLine { incident }
            | Self::RestrictRoom { incident }
            | Self::Announce { incident, .. }
            | Self::ReviseAnnouncement { incident, .. }
            | Self::PageNotice { incident: Some(incident), .. }
            | Self::PostmortemNotice { incident, .. }
            | Self::FollowUpNotice { incident, .. }
            | Self::ArchiveRoom { incident, .. }
            | Self::ReopenRoom { incident } => Subject::Incident(*incident),
            Self::PagePerson { page, .. }
            | Self::UpdatePage { page, .. }
            | Self::PageRoom { page, .. }
            | Self::UpdatePageRoom { page, .. }
            | Self::PageNotice { incident: None, page, .. } => Subject::Page(*page),
            Self::GroupMessage { group, .. } | Self::GroupNotice { group, .. } => Subject::Group(*group),
            Self::StormMessage { .. }
            | Self::Preview { .. }
            | Self::FollowUpDigest { .. }
            | Self::MaintenanceNotice { .. }
            | Self::Board { .. }
            | Self::UserReportMessage { .. }
            | Self::Notice { .. } => Subject::Other,
        }
    }

    fn purpose(&self) -> Purpose {
        match self {
            Self::PagePerson { .. } | Self::UpdatePage { .. } => Purpose::PagesPerson,
            Self::PageNotice { .. } | Self::PageRoom { .. } | Self::UpdatePageRoom { .. } => Purpose::ReportsPage,
            Self::OpenRoom { .. }
            | Self::Invite { .. }
            | Self::UpdateCard { .. }
            | Self::Background { .. }
            | Self::FeedLine { .. }
            | Self::RestrictRoom { .. }
            | Self::Announce { .. }
            | Self::ReviseAnnouncement { .. }
            | Self::ArchiveRoom { .. }
            | Self::ReopenRoom { .. }
            | Self::GroupMessage { .. }
            | Self::StormMessage { .. }
            | Self::GroupNotice { .. }
            | Self::Preview { .. }
            | Self::PostmortemNotice { .. }
            | Self::FollowUpNotice { .. }
            | Self::FollowUpDigest { .. }
            | Self::MaintenanceNotice { .. }
            | Self::Board { .. }
            | Self::UserReportMessage { .. }
            | Self::Notice { .. } => Purpose::Reports,
        }
    }
}
