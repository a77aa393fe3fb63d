//! Hashes that identify alerts and groups.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use super::Fingerprint;
use crate::domain::{ids::SourceId, text::Untrusted};

/// A SHA-256 over parts, each preceded by its length, so that `("ab", "c")` and `("a", "bc")` differ.
pub struct Digest(Sha256);

impl Digest {
    /// Starts a hash; `purpose` separates hashes of different things.
    pub fn new(purpose: &str) -> Self {
        Self(Sha256::new()).part(purpose)
    }

    /// Adds a part.
    #[must_use]
    pub fn part(mut self, text: &str) -> Self {
        let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
        self.0.update(length.to_be_bytes());
        self.0.update(text.as_bytes());
        self
    }

    /// Adds labels in the order of their names, preceded by how many there are.
    #[must_use]
    pub fn labels<'a>(self, labels: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> Self {
        let counted = self.part(&labels.len().to_string());
        labels.fold(counted, |digest, (name, value)| digest.part(name).part(value))
    }

    /// The hash in lower-case hex.
    pub fn hex(self) -> String {
        hex::encode(self.0.finalize())
    }
}

/// Returns the fingerprint of an alert by its source, its labels, and the sender's own identifier if there is one. Both
/// count, because a sender may send two alerts with equal labels under two identifiers, and because a sender's own short
/// hash may collide.
pub fn label_fingerprint(source: &SourceId, said: Option<&str>, labels: &BTreeMap<String, Untrusted>) -> Fingerprint {
    let pairs = labels.iter().map(|(name, value)| (name.as_str(), value.verbatim()));
    Fingerprint(Digest::new("alert").part(source.as_str()).part(said.unwrap_or("")).labels(pairs).hex())
}

/// Returns the fingerprint of an alert by the sender's own identifier alone.
pub fn named_fingerprint(source: &SourceId, said: &str) -> Fingerprint {
    Fingerprint(Digest::new("named alert").part(source.as_str()).part(said).hex())
}

/// Returns the fingerprint that Prometheus and Alertmanager show for labels: FNV-1a of 64 bits over the sorted names and
/// values, each followed by the byte 255, in hex (prometheus/common `LabelSet.Fingerprint`). It may collide, so it
/// identifies nothing here.
pub fn prometheus_fingerprint(labels: &BTreeMap<String, Untrusted>) -> String {
    const PRIME: u64 = 0x0100_0000_01b3;
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    let texts = labels.iter().flat_map(|(name, value)| [name.as_str(), value.verbatim()]);
    let bytes = texts.flat_map(|text| text.bytes().chain([255]));
    let sum = bytes.fold(BASIS, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(PRIME));
    format!("{sum:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, Untrusted> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Untrusted::new(*value))).collect()
    }

    fn print(said: Option<&str>, pairs: &[(&str, &str)]) -> Fingerprint {
        label_fingerprint(&SourceId::new("am"), said, &labels(pairs))
    }

    #[test]
    fn letters_that_move_between_name_and_value_make_another_alert() {
        assert_ne!(print(None, &[("ab", "c")]), print(None, &[("a", "bc")]));
        assert_ne!(print(None, &[("a", "b"), ("c", "d")]), print(None, &[("a", "bcd")]));
        assert_ne!(print(Some("a"), &[]), print(None, &[("a", "")]));
    }

    #[test]
    fn the_order_of_labels_does_not_matter() {
        assert_eq!(print(None, &[("a", "1"), ("b", "2")]), print(None, &[("b", "2"), ("a", "1")]));
    }

    #[test]
    fn the_source_and_the_name_the_sender_gives_tell_alerts_apart() {
        let same = labels(&[("alertname", "HighTemp")]);
        let one = label_fingerprint(&SourceId::new("am"), Some("a1"), &same);
        assert_ne!(one, label_fingerprint(&SourceId::new("am"), Some("c2"), &same));
        assert_ne!(one, label_fingerprint(&SourceId::new("other"), Some("a1"), &same));
        assert_ne!(named_fingerprint(&SourceId::new("am"), "x"), named_fingerprint(&SourceId::new("amx"), ""));
    }

    #[test]
    fn prometheus_names_an_alert_as_we_compute_it() {
        let Some(recorded) = crate::shared_files::shared("payloads/alertmanager_api/karma_0.25.0_alerts_groups.json")
        else {
            return;
        };
        let groups: serde_json::Value = serde_json::from_str(&recorded).unwrap();
        let alerts: Vec<_> =
            groups.as_array().unwrap().iter().flat_map(|group| group["alerts"].as_array().unwrap()).collect();
        assert!(alerts.len() > 20);
        for alert in alerts {
            let labels: BTreeMap<String, Untrusted> = serde_json::from_value(alert["labels"].clone()).unwrap();
            assert_eq!(prometheus_fingerprint(&labels), alert["fingerprint"].as_str().unwrap());
        }
    }
}
