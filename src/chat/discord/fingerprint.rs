//! Short hashes by which hotroom recognizes what it made on Discord.

use sha2::{Digest, Sha256};

/// Returns the short, stable reference for a name.
pub(super) fn mark(name: &str) -> String {
    format!("ref {}", &fingerprint(name)[..8])
}

/// Returns the reference as the end of an address, where nobody reads it.
pub(super) fn fragment(mark: &str) -> String {
    format!("#{}", mark.replace(' ', "-"))
}

/// Returns a short hash of a text.
pub(super) fn fingerprint(text: &str) -> String {
    hex::encode(&Sha256::digest(text)[..16])
}
