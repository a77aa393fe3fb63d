//! Messages about silences.

use serde::Serialize;

use super::MessageRenderer;
use crate::{
    chat::Post,
    domain::{
        Timestamp,
        alert::{AlertGroup, Silence, SilencePreview},
        ids::PersonId,
        text::Untrusted,
    },
};
use minijinja::{context, value::Serde};

/// One silence in a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SilenceLine {
    /// Its id.
    pub id: String,
    /// `active`, `pending` or `expired`.
    pub state: &'static str,
    /// Its matchers; for a group silence, the group's labels.
    pub matchers: Vec<Untrusted>,
    /// True if it covers one group as a whole.
    pub of_group: bool,
    /// True if it is the snooze of one alert, which ends with that alert.
    pub of_alert: bool,
    /// The title of that group, if it is open.
    pub title: Option<Untrusted>,
    /// The number of the maintenance that it belongs to.
    pub maintenance: Option<u32>,
    /// True if the group is shelved.
    pub shelved: bool,
    /// When it starts.
    pub from: Timestamp,
    /// When it ends; `None` if it ends when the alerts resolve.
    pub until: Option<Timestamp>,
    /// The person who created it; `None` if a program did.
    pub person: Option<PersonId>,
    /// The creator's name as submitted.
    pub by: Untrusted,
    /// The reason.
    pub comment: Untrusted,
    /// Number of firing alerts it matches now.
    pub holds: u64,
}

impl SilenceLine {
    /// Builds the line of a silence from the number of alerts it matches and the open group it covers.
    pub fn new(
        silence: &Silence,
        holds: u64,
        group: Option<&AlertGroup>,
        person: Option<PersonId>,
        now: Timestamp,
    ) -> Self {
        let matchers = silence.matchers().iter().map(|matcher| Untrusted::new(matcher.to_string())).collect();
        Self {
            id: silence.id.to_string(),
            state: silence.state(now).name(),
            matchers,
            of_group: silence.covers_group(),
            of_alert: silence.snoozes().is_some(),
            title: group.map(|group| group.title.clone()),
            maintenance: silence.of_maintenance(),
            shelved: silence.shelves(),
            from: silence.from,
            until: silence.until,
            person,
            by: silence.by.clone(),
            comment: silence.comment.clone(),
            holds,
        }
    }
}

impl MessageRenderer<'_> {
    /// Builds a list of silences. `more`: there are more than these.
    pub fn silences(&self, lines: &[SilenceLine], more: bool) -> Post {
        self.reply("silences", context! { silences => Serde(lines), more })
    }

    /// Builds the preview of a silence, with the command that creates it.
    pub fn preview(&self, reach: SilencePreview, command: &str) -> Post {
        self.reply("silence_preview", context! { reach => Serde(reach), wide => reach.is_wide(), command })
    }
}
