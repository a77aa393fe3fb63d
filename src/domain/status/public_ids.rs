//! Ids of the status page that others see.

use sha2::{Digest, Sha256};

use crate::domain::ids::IncidentId;

/// Returns the public id of an incident.
pub fn public_incident_id(id: IncidentId) -> String {
    short_id(&format!("incident {id}"))
}

/// Returns twelve letters and digits, as clients of Statuspage's API expect: stable for the same object, and revealing
/// nothing about internal ids.
pub fn short_id(of: &str) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let digest = Sha256::digest(of.as_bytes());
    digest.iter().take(12).map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
