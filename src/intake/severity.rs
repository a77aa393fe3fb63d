//! How grave a sender's words are, where the operator says so.

use crate::{config::Source, domain::alert::Signal};

/// Applies `[sources.severity]`: the word is what stands under the label `severity`, whatever its case. A word that the
/// table does not have means what it usually does; `default` stands for words that mean nothing, and for none.
pub(super) fn judge(source: &Source, signal: &mut Signal) {
    judge_by(source, "severity", signal);
}

/// The same by what stands under another label.
pub fn judge_by(source: &Source, label: &str, signal: &mut Signal) {
    let word = signal.labels.get(label).map(|word| word.verbatim().trim().to_lowercase());
    let said = word.and_then(|word| source.severity.get(&word).copied());
    signal.severity = said.or(signal.severity).or_else(|| source.severity.get("default").copied());
}
