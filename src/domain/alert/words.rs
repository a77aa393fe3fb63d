//! The words that senders use for severities and states.

use crate::domain::severity::Severity;

/// Returns the severity that a word means; `None` if the word is unknown.
pub fn severity_word(text: &str) -> Option<Severity> {
    let word = text.trim().to_ascii_lowercase();
    let digit = word.strip_prefix('p').or_else(|| word.strip_prefix("sev")).or_else(|| word.strip_prefix('s'));
    match digit.map(|rest| rest.trim_start_matches('-')) {
        Some("1") => return Some(Severity::Sev1),
        Some("2") => return Some(Severity::Sev2),
        Some("3") => return Some(Severity::Sev3),
        Some("4" | "5") => return Some(Severity::Sev4),
        _ => {}
    }
    match word.as_str() {
        "critical" | "crit" | "fatal" | "emergency" | "emerg" | "disaster" | "page" | "blocker" | "down" => {
            Some(Severity::Sev1)
        }
        "error" | "err" | "major" | "high" | "alert" | "severe" => Some(Severity::Sev2),
        "warning" | "warn" | "minor" | "average" | "medium" | "moderate" | "degraded" => Some(Severity::Sev3),
        "info" | "informational" | "information" | "notice" | "low" | "none" | "debug" | "trivial" => {
            Some(Severity::Sev4)
        }
        _ => None,
    }
}

/// Returns true if the word means resolved, false if it means firing; `None` if the word is unknown.
pub fn is_resolved_word(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "resolved" | "resolve" | "ok" | "up" | "recovered" | "recovery" | "closed" | "close" | "normal"
        | "inactive" | "cleared" | "clear" | "green" | "healthy" | "success" | "passing" | "false" | "0" => Some(true),
        "firing" | "fire" | "alerting" | "alert" | "triggered" | "trigger" | "active" | "open" | "problem" | "down"
        | "critical" | "warning" | "warn" | "error" | "failed" | "failing" | "failure" | "red" | "unhealthy"
        | "no data" | "nodata" | "true" | "1" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_words_are_understood_whatever_their_case() {
        for (word, severity) in [
            ("critical", Some(Severity::Sev1)),
            ("PAGE", Some(Severity::Sev1)),
            ("P2", Some(Severity::Sev2)),
            ("sev-3", Some(Severity::Sev3)),
            ("s4", Some(Severity::Sev4)),
            (" Warning ", Some(Severity::Sev3)),
            ("p5", Some(Severity::Sev4)),
            ("purple", None),
            ("", None),
            ("7", None),
        ] {
            assert_eq!(severity_word(word), severity, "{word}");
        }
        assert_eq!(is_resolved_word("RESOLVED"), Some(true));
        assert_eq!(is_resolved_word("Triggered"), Some(false));
        assert_eq!(is_resolved_word("purple"), None);
    }
}
