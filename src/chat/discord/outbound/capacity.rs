//! The capacity of a guild for more channels.

use crate::chat::bot::Capacity;

/// The most channels of a guild, including categories and excluding threads.
pub const MAX_CHANNELS: usize = 500;
/// The most channels of a category.
pub const MAX_IN_CATEGORY: usize = 50;
/// From this number on people are warned that the guild is nearly full.
pub const TIGHT: usize = 451;
/// Up to this number the warning no longer applies. It is below [`TIGHT`], so that one channel more or less does not
/// notify people again.
const CALM: usize = 440;

/// Returns the capacity of a guild with this many channels.
pub fn capacity(used: usize) -> Capacity {
    match used {
        MAX_CHANNELS.. => Capacity::Full,
        TIGHT.. => Capacity::Tight,
        _ => Capacity::Ample,
    }
}

/// True if the warning that the guild is nearly full no longer applies.
pub fn is_calm(used: usize) -> bool {
    used <= CALM
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guild_is_tight_above_four_hundred_and_fifty() {
        let all = [0, 450, 451, 499, 500, 501].map(capacity);
        assert_eq!(
            all,
            [Capacity::Ample, Capacity::Ample, Capacity::Tight, Capacity::Tight, Capacity::Full, Capacity::Full]
        );
        assert!(is_calm(440) && !is_calm(441));
    }
}
