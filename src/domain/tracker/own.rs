//! Keys of the issues of hotroom's own tracker.

use std::fmt;

use crate::domain::ids::Key;

/// The key of an issue of hotroom's own tracker: `HOT-12` is an incident, `HOT-12.1` its first follow-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnIssueKey {
    /// The incident.
    pub incident: Key,
    /// The number of the follow-up; `None` for the incident itself.
    pub followup: Option<u32>,
}

impl OwnIssueKey {
    /// Parses `HOT-12` or `HOT-12.1`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(incident) = Key::parse(text) {
            return Some(Self { incident, followup: None });
        }
        let (incident, number) = text.rsplit_once('.')?;
        let plain = number.chars().all(|c| c.is_ascii_digit());
        let number = if plain { number.parse().ok()? } else { return None };
        Some(Self { incident: Key::parse(incident)?, followup: Some(number) })
    }
}

impl fmt::Display for OwnIssueKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.followup {
            Some(number) => write!(f, "{}.{number}", self.incident),
            None => self.incident.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_up_has_the_key_of_its_incident_and_a_number() {
        for text in ["HOT-12", "HOT-12.1", "OPS-P7.2"] {
            assert_eq!(OwnIssueKey::parse(text).map(|key| key.to_string()).as_deref(), Some(text));
        }
        assert_eq!(OwnIssueKey::parse(" #hot-12.3 ").map(|key| key.to_string()).as_deref(), Some("HOT-12.3"));
        for wrong in ["", "HOT", "HOT-12.", "HOT-12.x", "HOT-12.-1", "12.1", "checkout 12.1"] {
            assert_eq!(OwnIssueKey::parse(wrong), None, "{wrong}");
        }
    }
}
