//! Which contact methods are set up, and what they may carry.

use crate::{
    contact::{
        gateway::GatewaySettings, mail::MailSettings, ntfy::NtfySettings, pushover::PushoverSettings,
        twilio::TwilioSettings, web_push::WebPushSettings,
    },
    domain::contact::MethodKind,
};

/// The contact methods that are configured.
#[derive(Clone, Debug, Default)]
pub struct ContactConfig {
    /// `[mail]`
    pub mail: Option<MailSettings>,
    /// `[web_push]`
    pub web_push: Option<WebPushSettings>,
    /// `[ntfy]`
    pub ntfy: Option<NtfySettings>,
    /// `[twilio]`
    pub twilio: Option<TwilioSettings>,
    /// `[pushover]`
    pub pushover: Option<PushoverSettings>,
    /// `[[contact_gateways]]`
    pub gateways: Vec<GatewaySettings>,
}

impl ContactConfig {
    /// True if this kind of method can be used; of a gateway, the one with this id.
    pub fn offers(&self, kind: MethodKind, gateway: Option<&str>) -> bool {
        match kind {
            MethodKind::Mail => self.mail.is_some(),
            MethodKind::WebPush => self.web_push.is_some(),
            MethodKind::Ntfy => self.ntfy.is_some(),
            MethodKind::Sms => self.twilio.is_some(),
            MethodKind::Voice => self.twilio.as_ref().is_some_and(|twilio| twilio.voice_from.is_some()),
            MethodKind::Pushover => self.pushover.is_some(),
            // It needs nothing but the person's URL.
            MethodKind::Webhook => true,
            MethodKind::Gateway => self.gateway(gateway).is_some(),
        }
    }

    /// True if a method that bot.toml has to set up can be used.
    pub fn offers_any(&self) -> bool {
        let kinds = MethodKind::ALL.into_iter().filter(|kind| *kind != MethodKind::Webhook);
        !self.gateways.is_empty() || kinds.into_iter().any(|kind| self.offers(kind, None))
    }

    /// True if methods of this kind carry pages for private incidents. Web push is read by nobody on its way.
    pub fn carries_private(&self, kind: MethodKind, gateway: Option<&str>) -> bool {
        match kind {
            MethodKind::Mail => self.mail.as_ref().is_some_and(|mail| mail.private),
            MethodKind::WebPush => true,
            MethodKind::Ntfy => self.ntfy.as_ref().is_some_and(|ntfy| ntfy.private),
            MethodKind::Sms | MethodKind::Voice => self.twilio.as_ref().is_some_and(|twilio| twilio.private),
            MethodKind::Pushover => self.pushover.as_ref().is_some_and(|pushover| pushover.private),
            MethodKind::Webhook => false,
            MethodKind::Gateway => self.gateway(gateway).is_some_and(|gateway| gateway.private),
        }
    }

    /// The gateway with this id.
    pub fn gateway(&self, id: Option<&str>) -> Option<&GatewaySettings> {
        self.gateways.iter().find(|gateway| Some(gateway.id.as_str()) == id)
    }

    /// The id of the only gateway, for methods that need one.
    pub fn only_gateway(&self, kind: MethodKind) -> Option<String> {
        match (kind, &self.gateways[..]) {
            (MethodKind::Gateway, [only]) => Some(only.id.clone()),
            (_, _) => None,
        }
    }

    /// Refuses a number of a country that the configuration does not allow.
    ///
    /// # Errors
    /// What numbers have to begin with.
    pub fn allows_number(&self, kind: MethodKind, number: &str) -> Result<(), Vec<String>> {
        match (kind, &self.twilio) {
            (MethodKind::Sms | MethodKind::Voice, Some(twilio)) => {
                let allowed = twilio.countries.iter().any(|code| number.starts_with(code));
                if allowed { Ok(()) } else { Err(twilio.countries.clone()) }
            }
            (_, _) => Ok(()),
        }
    }
}
