//! Silences as people read them.

use serde::Serialize;

use super::Voice;
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
    /// Its conditions; those of a silenced group are the group's labels.
    pub matchers: Vec<Untrusted>,
    /// Whether it covers one group as a whole.
    pub of_group: bool,
    /// The title of that group, if it is open.
    pub title: Option<Untrusted>,
    /// Whether the group is put away.
    pub shelved: bool,
    /// From then.
    pub from: Timestamp,
    /// Until then; none: until what it covers is over.
    pub until: Option<Timestamp>,
    /// The person who made it; none: a program did.
    pub person: Option<PersonId>,
    /// Who made it, as it was said.
    pub by: Untrusted,
    /// Why.
    pub comment: Untrusted,
    /// How many alerts that fire it holds now.
    pub holds: u64,
}

impl SilenceLine {
    /// The line of a silence that holds so many alerts, and covers this open group.
    pub fn of(
        silence: &Silence,
        (holds, group): (u64, Option<&AlertGroup>),
        person: Option<PersonId>,
        now: Timestamp,
    ) -> Self {
        let matchers = silence.matchers().iter().map(|matcher| Untrusted::new(matcher.to_string())).collect();
        Self {
            id: silence.id.to_string(),
            state: silence.state(now).name(),
            matchers,
            of_group: silence.covers_group(),
            title: group.map(|group| group.title.clone()),
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

impl Voice<'_> {
    /// Silences.
    pub fn silences(&self, lines: &[SilenceLine]) -> Post {
        self.reply("silences", context! { silences => Serde(lines) })
    }

    /// What a silence would hold, and the command that makes it.
    pub fn preview(&self, reach: SilencePreview, command: &str) -> Post {
        self.reply("silence_preview", context! { reach => Serde(reach), wide => reach.is_wide(), command })
    }
}
