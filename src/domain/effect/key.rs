//! The key of an effect.

use serde::{Deserialize, Serialize};

/// The key that makes an effect the same effect when it is sent twice: `stream/seq/n`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EffectKey(pub String);

impl EffectKey {
    /// The `n`th effect of event `seq` of `stream`.
    pub fn new(stream: &str, seq: u64, n: usize) -> Self {
        Self(format!("{stream}/{seq}/{n}"))
    }
}

impl std::fmt::Debug for EffectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for EffectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
