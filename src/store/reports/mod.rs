//! What reports count, kept beside the records.

pub mod facts;
pub mod load;
