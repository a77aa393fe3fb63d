//! Messages about boards.

use super::{
    ChatCall,
    prepare::{CallResult, NO_SUBJECT, Preparation},
};
use crate::{
    app::tracker::boards,
    deliver::adapter::PreparedCall,
    domain::{effect::SkipReason, ids::BoardId},
};

impl Preparation<'_> {
    /// The whole board, or a reminder of a column that is above its limit still.
    pub(super) fn board(&self, board: &BoardId, column: Option<&str>) -> CallResult {
        let Some(config) = self.cx.config.tracker.board(board) else { return Ok(NO_SUBJECT) };
        let facts = boards::facts(self.reads, &self.cx.config, self.cx.now, config)?;
        let post = match column {
            Some(name) => match facts.state.columns.iter().find(|column| column.name == name && column.is_over()) {
                Some(column) => self.message_renderer().board_reminder(&facts, column),
                None => return Ok(PreparedCall::Skip(SkipReason::StateChanged)),
            },
            None if facts.state.read_at.is_none() && facts.state.failure.is_none() => {
                return Ok(PreparedCall::Skip(SkipReason::NoMessage));
            }
            None => self.message_renderer().board_message(&facts),
        };
        let room = self.feed(&boards::room_of(&self.cx.config, config));
        Ok(PreparedCall::Call(ChatCall::Post { room, key: self.cx.key.to_string(), post: Box::new(post) }))
    }
}
