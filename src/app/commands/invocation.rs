//! The command that is being answered.

use crate::{
    app::{App, Context},
    domain::{
        ids::{PersonId, RoomId},
        incident::{ChatMessage, Incident},
        people::Access,
    },
};

/// A command that is being answered: who gave it, and where.
pub(in crate::app) struct Invocation<'a> {
    pub app: &'a App,
    pub cx: Context<'a>,
    pub person: &'a PersonId,
    pub access: Access,
    /// The incident of the room it was given in.
    pub here: Option<Incident>,
    /// The room it was given in.
    pub room: Option<&'a RoomId>,
    /// The message of a chat that it is about.
    pub about: Option<&'a ChatMessage>,
}

impl<'a> Invocation<'a> {
    /// The context of a command to something that the person saw at a version.
    pub(in crate::app) fn at_version(&self, version: Option<u64>) -> Context<'a> {
        Context { expect: version, ..self.cx }
    }
}
