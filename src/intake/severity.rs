//! Severity mapping configured by the operator.

use crate::{config::Source, domain::alert::Signal};

/// Applies `[sources.severity]` to the label `severity`, ignoring case. A word that is not in the table has its usual
/// meaning; `default` applies to unknown words and to alerts without one.
pub(super) fn judge(source: &Source, signal: &mut Signal) {
    judge_by(source, "severity", signal);
}

/// Applies the mapping to another label.
pub fn judge_by(source: &Source, label: &str, signal: &mut Signal) {
    let word = signal.labels.get(label).map(|word| word.verbatim().trim().to_lowercase());
    let said = word.and_then(|word| source.severity.get(&word).copied());
    signal.severity = said.or(signal.severity).or_else(|| source.severity.get("default").copied());
}
