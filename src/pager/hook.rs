//! Why a report of an outside pager is not taken.

/// The longest body of a report that is read, in bytes.
pub const LONGEST_HOOK: usize = 1 << 20;

/// Why a report of an outside pager is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PagerHookRefusal {
    /// The settings have no secret, so that nobody can prove to be the pager.
    NoSecret,
    /// The signature is missing or wrong.
    BadSignature,
    /// It is signed, but cannot be read.
    Unreadable(String),
}
