//! The words that senders use for severities and states.

use crate::domain::severity::Severity;

/// What stands before the number of a severity: `P1`, `SEV 1`, `Priority-2`.
const NUMBERED: [&str; 5] = ["severity", "priority", "sev", "p", "s"];

/// Returns the severity that a text means; `None` if it is unknown. The first word counts: `P1 - Critical` is sev1.
pub fn severity_word(text: &str) -> Option<Severity> {
    let text = text.trim().to_lowercase();
    if let Some(severity) = known(&text) {
        // Most senders use one of these words alone.
        return Some(severity);
    }
    let phrase = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let first = words.next()?;
    let second = words.next();
    known(&phrase)
        .or_else(|| numbered(first, second))
        .or_else(|| known(first))
        // `1 - Critical`
        .or_else(|| if first.bytes().all(|b| b.is_ascii_digit()) { known(second?) } else { None })
}

/// Reads a number after its prefix, in the same word or as the next one. 0 is the most severe, as in Azure's Sev0.
fn numbered(first: &str, second: Option<&str>) -> Option<Severity> {
    let number = |text: &str| match text.trim_start_matches('0') {
        "" if text == "0" => Some(Severity::Sev1),
        "1" => Some(Severity::Sev1),
        "2" => Some(Severity::Sev2),
        "3" => Some(Severity::Sev3),
        "4" | "5" => Some(Severity::Sev4),
        _ => None,
    };
    let after = |prefix: &&str| first.strip_prefix(*prefix);
    match NUMBERED.iter().find_map(after)? {
        "" => number(second?),
        digits => number(digits),
    }
}

fn known(word: &str) -> Option<Severity> {
    match word {
        "critical" | "crit" | "fatal" | "emergency" | "emerg" | "disaster" | "catastrophic" | "page" | "blocker"
        | "down" | "urgent" | "highest" | "very high" => Some(Severity::Sev1),
        "error" | "err" | "major" | "high" | "alert" | "severe" | "serious" => Some(Severity::Sev2),
        "warning" | "warn" | "minor" | "average" | "medium" | "moderate" | "degraded" => Some(Severity::Sev3),
        "info" | "informational" | "information" | "notice" | "low" | "lowest" | "very low" | "none" | "debug"
        | "trivial" => Some(Severity::Sev4),
        _ => None,
    }
}

/// Returns true if the word means resolved, false if it means firing; `None` if the word is unknown.
pub fn is_resolved_word(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "resolved" | "resolve" | "ok" | "up" | "recovered" | "recovery" | "closed" | "close" | "normal"
        | "inactive" | "cleared" | "clear" | "green" | "healthy" | "success" | "passing" | "false" | "0" | "fixed"
        | "passed" | "succeeded" | "expired" | "operational" | "stable" | "online" | "done" | "deactivated" => {
            Some(true)
        }
        "firing" | "fire" | "fired" | "alerting" | "alert" | "alarm" | "triggered" | "trigger" | "active" | "open"
        | "problem" | "down" | "offline" | "outage" | "degraded" | "unstable" | "raised" | "critical" | "warning"
        | "warn" | "error" | "failed" | "failing" | "failure" | "red" | "unhealthy" | "suppressed" | "no data"
        | "nodata" | "true" | "1" => Some(false),
        _ if is_acknowledged_word(text) => Some(false),
        _ => None,
    }
}

/// Returns true if the word means that the alert fires and that somebody takes care of it.
pub fn is_acknowledged_word(text: &str) -> bool {
    ["acknowledged", "acknowledge", "acked", "ack"].iter().any(|word| text.trim().eq_ignore_ascii_case(word))
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
            (" - ", None),
            ("7", None),
            ("1", None),
            ("p7", None),
            ("p10", None),
            ("sev", None),
            ("sev one", None),
            ("server 1", None),
            ("non-critical", None),
            ("ALERT_CRITICALITY_LEVEL_WARNING", None),
        ] {
            assert_eq!(severity_word(word), severity, "{word}");
        }
        assert_eq!(is_resolved_word("RESOLVED"), Some(true));
        assert_eq!(is_resolved_word("Triggered"), Some(false));
        assert_eq!(is_resolved_word("purple"), None);
        assert_eq!((is_resolved_word("Acknowledged"), is_acknowledged_word(" ACK ")), (Some(false), true));
    }

    #[test]
    fn number_zero_is_the_most_severe_and_what_follows_the_first_word_does_not_matter() {
        for (severity, texts) in [
            (
                Severity::Sev1,
                &["Sev0", "P0", "S0", "sev 0", "SEV 1", "Sev-1", "P1 - Critical", "🔴 Critical", "Priority: 1"][..],
            ),
            (Severity::Sev1, &["1 - Critical", "Critical (P1)", "Very  High", "urgent", "Highest", "severity 01"]),
            (Severity::Sev2, &["P2: high", "high priority", "Serious", "2 - High"]),
            (Severity::Sev3, &["warning: disk", "P3/Medium"]),
            (Severity::Sev4, &["P5 (lowest)", "Sev4"]),
        ] {
            for text in texts {
                assert_eq!(severity_word(text), Some(severity), "{text}");
            }
        }
    }
}
