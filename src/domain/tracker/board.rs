//! Boards: columns of work, some with a limit.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::Timestamp;

/// How many of the oldest items of a column are kept.
pub const OLDEST_ITEMS: usize = 3;

/// A board to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoardQuery {
    /// The number of the board at the tracker.
    pub number: u64,
    /// Who owns it, where the tracker numbers boards by owner.
    pub owner: Option<String>,
    /// The field whose values are the columns, where the board does not say it itself.
    pub field: String,
    /// The columns by the settings; empty where the board has its own.
    pub columns: Vec<ColumnSpec>,
}

/// A column of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Its name.
    pub name: String,
    /// The statuses whose items are in it.
    pub statuses: Vec<String>,
    /// What it holds.
    pub items: ColumnItems,
    /// How many items it may have.
    pub limit: Option<u32>,
}

/// What a column of a board of hotroom's own holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnItems {
    /// Open incidents in the statuses of the column.
    #[default]
    Incidents,
    /// Tasks of open incidents that are not done.
    Tasks,
    /// Follow-ups that are open.
    FollowUps,
}

impl ColumnItems {
    /// All of them, with their words in `bot.toml`.
    pub const WORDS: [(&'static str, Self); 3] =
        [("incidents", Self::Incidents), ("tasks", Self::Tasks), ("followups", Self::FollowUps)];
}

/// A column as it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardColumn {
    /// Its name.
    pub name: String,
    /// How many items count against the limit.
    pub count: u32,
    /// How many it may have; `None` for any number.
    pub limit: Option<u32>,
    /// The oldest items that everyone at the tracker may read, oldest first.
    pub oldest: Vec<BoardItem>,
}

impl BoardColumn {
    /// True if it has more items than it may have.
    pub fn is_over(&self) -> bool {
        self.limit.is_some_and(|limit| self.count > limit)
    }
}

/// An item of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardItem {
    /// What people call it.
    pub key: String,
    /// Its title.
    pub title: String,
    /// Since when it exists, or is in the column.
    pub since: Option<Timestamp>,
}

/// What is known of a board.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardState {
    /// Its columns when it was last read.
    pub columns: Vec<BoardColumn>,
    /// When it was last read; `None` if it never was.
    pub read_at: Option<Timestamp>,
    /// Why it could not be read since.
    #[serde(default)]
    pub failure: Option<String>,
    /// The columns above their limit whose team has been reminded.
    #[serde(default)]
    pub reminded: BTreeSet<String>,
}

impl BoardState {
    /// Takes in what was read. Returns the columns that are above their limit and were not before.
    pub fn take(&mut self, columns: Vec<BoardColumn>, at: Timestamp) -> Vec<String> {
        let over: BTreeSet<String> =
            columns.iter().filter(|column| column.is_over()).map(|column| column.name.clone()).collect();
        let new = over.difference(&self.reminded).cloned().collect();
        *self = Self { columns, read_at: Some(at), failure: None, reminded: over };
        new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, count: u32, limit: Option<u32>) -> BoardColumn {
        BoardColumn { name: name.to_owned(), count, limit, oldest: Vec::new() }
    }

    #[test]
    fn a_column_is_new_above_its_limit_once_until_it_falls_back() {
        let (mut state, at) = (BoardState::default(), Timestamp::UNIX_EPOCH);
        let mut take = |count| state.take(vec![column("Review", count, Some(3)), column("Open", 90, None)], at);
        assert_eq!(take(3), Vec::<String>::new(), "at the limit");
        assert_eq!(take(4), ["Review"]);
        assert_eq!(take(7), Vec::<String>::new());
        assert_eq!(take(2), Vec::<String>::new());
        assert_eq!(take(4), ["Review"]);
    }

    #[test]
    fn a_limit_of_zero_allows_nothing() {
        assert!(column("Blocked", 1, Some(0)).is_over() && !column("Blocked", 0, Some(0)).is_over());
    }
}
