//! What was last read of the boards.

use crate::{
    domain::{ids::BoardId, tracker::BoardState},
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, to_json},
            sql::params,
        },
    },
};

impl Reads<'_> {
    /// What is known of a board. Of one that was never read it is nothing.
    pub fn board_state(&self, board: &BoardId) -> Result<BoardState, StoreError> {
        let sql = "SELECT doc FROM boards WHERE board = $1";
        let found = self.one(sql, params![board.as_str()], |row| {
            from_json(&format_args!("the board {board}"), &row.get::<String>(0)?)
        })?;
        Ok(found.unwrap_or_default())
    }
}

impl Tx<'_> {
    /// Writes what is known of a board.
    pub fn save_board_state(&mut self, board: &BoardId, state: &BoardState) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO boards (board, doc) VALUES ($1, $2) ON CONFLICT (board) DO UPDATE SET doc = excluded.doc",
            params![board.as_str(), to_json(state)?],
        )
        .map(drop)
    }
}
