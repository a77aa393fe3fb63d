//! Decodes `[[contact_gateways]]`.

use crate::{
    config::{kinds, read::Section},
    contact::gateway::GatewaySettings,
};

pub(super) fn gateway(s: &Section<'_>) -> Option<GatewaySettings> {
    Some(GatewaySettings { private: s.need("private", "true or false", kinds::flag).unwrap_or_default() })
}
