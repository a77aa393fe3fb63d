//! How much room a guild has for further channels.

/// How many channels Discord allows in a guild, categories among them and threads not, and in one category.
pub const IN_GUILD: usize = 500;
/// In one category.
pub const IN_CATEGORY: usize = 50;
/// When people are told that it gets tight, and when that is over: below the first, so that one channel more or less does not
/// tell them again.
pub const TIGHT: usize = 451;
const CALM: usize = 440;

/// How full a guild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capacity {
    /// There is room.
    Ample,
    /// It is nearly full.
    Tight,
    /// It takes no further channel.
    Full,
}

impl Capacity {
    /// Of a guild that has so many channels.
    pub fn of(used: usize) -> Self {
        match used {
            IN_GUILD.. => Self::Full,
            TIGHT.. => Self::Tight,
            _ => Self::Ample,
        }
    }

    /// Whether a guild of so many channels has room again, for those who were told that it has not.
    pub fn is_calm(used: usize) -> bool {
        used <= CALM
    }

    /// The word it is stored under.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ample => "ample",
            Self::Tight => "tight",
            Self::Full => "full",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::chat::discord::outbound::capacity::*;

    #[test]
    fn a_guild_is_tight_above_four_hundred_and_fifty() {
        let of = [0, 450, 451, 499, 500, 501].map(Capacity::of);
        assert_eq!(
            of,
            [Capacity::Ample, Capacity::Ample, Capacity::Tight, Capacity::Tight, Capacity::Full, Capacity::Full]
        );
        assert!(Capacity::is_calm(440) && !Capacity::is_calm(441));
    }
}
