//! Decodes `[[contact_gateways]]`.

use crate::{
    config::{kinds, read::Section},
    contact::gateway::GatewaySettings,
};

pub(super) fn gateway(s: &Section<'_>) -> Option<GatewaySettings> {
    let id = s.id();
    Some(GatewaySettings { id: id?, private: s.need("private", "true or false", kinds::flag).unwrap_or_default() })
}
