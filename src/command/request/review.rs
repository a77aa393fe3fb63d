//! What `/postmortem` and `/followup` request.

use crate::command::{Act, FollowUpAct, PostmortemAct, lex::quote, when::time_text};
use crate::domain::{
    Timestamp,
    ids::PersonId,
    review::{FollowUpClass, FollowUpKind},
    text::Untrusted,
};

/// A change of a post-mortem that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum PostmortemRequest {
    /// Open it.
    Open,
    /// Change owner or approvers; what is absent stays.
    Assign { owner: Option<PersonId>, approvers: Option<Vec<PersonId>> },
    /// Submit it.
    Submit,
    /// Approve it.
    Approve,
    /// Return it to its owner.
    Return { reason: Untrusted },
    /// Publish it.
    Publish,
    /// Write none.
    Skip { reason: Untrusted },
    /// Write its files and pages outside again.
    Replace,
}

impl PostmortemRequest {
    /// Returns the declared command.
    pub(in crate::command) fn act(&self) -> Act {
        match self {
            Self::Open => Act::Postmortem(PostmortemAct::Open),
            Self::Assign { .. } => Act::Postmortem(PostmortemAct::Assign),
            Self::Submit => Act::Postmortem(PostmortemAct::Submit),
            Self::Approve => Act::Postmortem(PostmortemAct::Approve),
            Self::Return { .. } => Act::Postmortem(PostmortemAct::Return),
            Self::Publish => Act::Postmortem(PostmortemAct::Publish),
            Self::Skip { .. } => Act::Postmortem(PostmortemAct::Skip),
            Self::Replace => Act::Postmortem(PostmortemAct::Replace),
        }
    }

    /// The words after the command, which parse back to this.
    pub(in crate::command) fn words(&self) -> String {
        match self {
            Self::Open | Self::Submit | Self::Approve | Self::Publish | Self::Replace => String::new(),
            Self::Assign { owner, approvers } => {
                let owner = owner.as_ref().map(|owner| format!(" owner:{}", quote(&format!("@{owner}"))));
                let people = |people: &Vec<PersonId>| {
                    let people: Vec<String> = people.iter().map(|person| format!("@{person}")).collect();
                    format!(" approvers:{}", quote(&people.join(" ")))
                };
                let approvers = approvers.as_ref().map(people);
                format!("{}{}", owner.unwrap_or_default(), approvers.unwrap_or_default())
            }
            Self::Return { reason } | Self::Skip { reason } => format!(" {}", quote(reason.verbatim())),
        }
    }
}

/// Which follow-ups a list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FollowUpScope {
    /// Those that have to be done.
    #[default]
    Open,
    /// Those that should be done by now.
    Overdue,
    /// Those that are done.
    Done,
    /// All.
    All,
}

impl FollowUpScope {
    /// The words of all scopes.
    pub(in crate::command) const ALL: [(&str, Self); 4] =
        [("open", Self::Open), ("overdue", Self::Overdue), ("done", Self::Done), ("all", Self::All)];

    /// Returns the word of the scope.
    pub(in crate::command) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Done => "done",
            Self::All => "all",
        }
    }
}

/// A change of a follow-up that a command asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are the words of the glossary; each variant says what they mean together")]
pub enum FollowUpRequest {
    /// Add one; without a title, from an open task.
    Add {
        title: Option<Untrusted>,
        task: Option<u32>,
        kind: FollowUpKind,
        class: FollowUpClass,
        owner: Option<PersonId>,
        due: Option<Timestamp>,
        link: Option<Untrusted>,
    },
    /// Change one; what is absent stays.
    Change { number: u32, owner: Option<PersonId>, due: Option<Timestamp>, link: Option<Untrusted> },
    /// Finish one.
    Done { number: u32 },
    /// Decide not to do one.
    Drop { number: u32, reason: Untrusted },
    /// Open one again.
    Reopen { number: u32 },
}

impl FollowUpRequest {
    /// Returns the declared command.
    pub(in crate::command) fn act(&self) -> Act {
        match self {
            Self::Add { .. } => Act::FollowUp(FollowUpAct::Add),
            Self::Change { .. } => Act::FollowUp(FollowUpAct::Change),
            Self::Done { .. } => Act::FollowUp(FollowUpAct::Done),
            Self::Drop { .. } => Act::FollowUp(FollowUpAct::Drop),
            Self::Reopen { .. } => Act::FollowUp(FollowUpAct::Reopen),
        }
    }

    /// The words after the command, which parse back to this.
    pub(in crate::command) fn words(&self) -> String {
        match self {
            Self::Add { title, task, kind, class, owner, due, link } => {
                let title = named("title", title.as_ref().map(|title| quote(title.verbatim())));
                let task = named("task", task.map(|task| task.to_string()));
                let priority = named("priority", (*kind == FollowUpKind::Priority).then(|| "yes".to_owned()));
                let details = details(owner.as_ref(), *due, link.as_ref());
                format!("{title}{task}{priority} class:{}{details}", class.name())
            }
            Self::Change { number, owner, due, link } => {
                format!(" {number}{}", details(owner.as_ref(), *due, link.as_ref()))
            }
            Self::Done { number } | Self::Reopen { number } => format!(" {number}"),
            Self::Drop { number, reason } => format!(" {number} {}", quote(reason.verbatim())),
        }
    }
}

fn named(name: &str, value: Option<String>) -> String {
    value.map(|value| format!(" {name}:{value}")).unwrap_or_default()
}

fn details(owner: Option<&PersonId>, due: Option<Timestamp>, link: Option<&Untrusted>) -> String {
    let owner = named("owner", owner.map(|owner| quote(&format!("@{owner}"))));
    let due = named("due", due.map(time_text));
    let link = named("link", link.map(|link| quote(link.verbatim())));
    format!("{owner}{due}{link}")
}
