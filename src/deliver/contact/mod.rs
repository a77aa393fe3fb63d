//! Messages to contact methods: checks that one is still wanted and allowed, renders it, and hands it to the client of its
//! kind.

mod gateway;
mod mail;
mod notice;
mod ntfy;
mod pushover;
mod sms;
mod voice;
mod web_push;
mod webhook;

use std::sync::Arc;

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    app::{
        contacts::browsers,
        oncall::{
            bundles,
            contacting::{self, PageContact},
        },
    },
    config::Config,
    contact::{twilio::CallScript, web_push::VapidKey},
    domain::{
        Timestamp,
        contact::{ContactMethod, MethodKind, limits},
        effect::{ContactEffect, EffectClass, Outcome, Receipt, SkipReason},
    },
    net::HttpClients,
    store::{Reads, StoreError},
};

pub(super) use notice::ContactNotice;

/// Sends messages to contact methods.
pub(super) struct ContactAdapter {
    http: Arc<HttpClients>,
}

impl ContactAdapter {
    pub(super) fn new(http: Arc<HttpClients>) -> Self {
        Self { http }
    }
}

/// One message with the settings of its kind.
pub(super) struct ContactCall {
    notice: Box<ContactNotice>,
    config: Arc<Config>,
    extra: ContactExtra,
}

/// What a kind needs besides the notice.
enum ContactExtra {
    /// Nothing.
    None,
    /// The text of a text message.
    Text(String),
    /// What a call says.
    Script(CallScript),
    /// The receipts of the alarms that are to end; `None` if one of them is not known.
    Alarms(Option<Vec<String>>),
    /// The key that push services know this hotroom by; `None` before a browser has asked for it.
    Vapid(Option<VapidKey>),
}

impl ContactExtra {
    fn of_notice(cx: &PrepareContext, reads: &Reads<'_>, notice: &ContactNotice) -> Result<Self, StoreError> {
        Ok(match notice.method.kind {
            MethodKind::Sms => Self::Text(sms::text(cx, notice)?),
            MethodKind::Voice => Self::Script(voice::script(cx, notice)?),
            MethodKind::Pushover => Self::Alarms(pushover::alarms(reads, notice)?),
            MethodKind::WebPush => Self::Vapid(browsers::vapid_key(reads)?),
            MethodKind::Mail | MethodKind::Ntfy | MethodKind::Webhook | MethodKind::Gateway => Self::None,
        })
    }
}

impl Adapter for ContactAdapter {
    type Effect = ContactEffect;
    type Call = ContactCall;

    /// Effects name the kind, but not the gateway: whether that one may carry the incident is checked with the method.
    fn shows_private(&self, config: &Config, effect: &ContactEffect) -> bool {
        match effect.kind() {
            MethodKind::Gateway => true,
            kind @ (MethodKind::Mail
            | MethodKind::WebPush
            | MethodKind::Ntfy
            | MethodKind::Sms
            | MethodKind::Voice
            | MethodKind::Pushover
            | MethodKind::Webhook) => config.contact.carries_private(kind, None),
        }
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &ContactEffect,
    ) -> Result<PreparedCall<ContactCall>, StoreError> {
        let skip = |reason| Ok(PreparedCall::Skip(reason));
        let Some(method) = method(cx, reads, effect)? else { return skip(SkipReason::NoContactMethod) };
        match unwanted(cx, reads, effect, &method)? {
            // Nothing else would reach the person: it is sent as soon as the limit allows.
            Some(SkipReason::ContactLimit) if !has_other_method(reads, effect)? => {
                return Ok(PreparedCall::NotYet("the limit of this contact method is reached"));
            }
            Some(reason) => return skip(reason),
            None => {}
        }
        Ok(match notice::notice(cx, reads, effect, method)? {
            Some(notice) => {
                let extra = ContactExtra::of_notice(cx, reads, &notice)?;
                let (notice, config) = (Box::new(notice), Arc::clone(&cx.config));
                PreparedCall::Call(ContactCall { notice, config, extra })
            }
            // Every page of a bundle may have ended while it waited.
            None if matches!(effect, ContactEffect::PageBundle { .. }) => PreparedCall::Skip(SkipReason::PageNotNeeded),
            None => PreparedCall::Skip(SkipReason::NoSubject),
        })
    }

    async fn send(&self, call: ContactCall, now: Timestamp) -> Outcome<Receipt> {
        send(&self.http, call, now).await
    }
}

async fn send(http: &HttpClients, call: ContactCall, now: Timestamp) -> Outcome<Receipt> {
    let ContactCall { notice, config, extra } = call;
    let http = match http.client(&config.net) {
        Ok(http) => http,
        // Nothing was sent.
        Err(failure) => return failure.outcome(EffectClass::Keyed, now),
    };
    let not_set_up = Outcome::Skipped(SkipReason::NoContactMethod);
    match notice.method.kind {
        MethodKind::Mail => match &config.contact.mail {
            Some(settings) => mail::send(settings, &config.net, *notice).await,
            None => not_set_up,
        },
        MethodKind::Ntfy => match &config.contact.ntfy {
            Some(settings) => ntfy::send(&http, settings, &notice, now).await,
            None => not_set_up,
        },
        MethodKind::Webhook => webhook::send(&http, &notice, now).await,
        MethodKind::Gateway => match config.contact.gateway(notice.method.gateway.as_deref()) {
            Some(gateway) => gateway::send(&http, gateway, &notice, now).await,
            None => not_set_up,
        },
        MethodKind::Sms => sms::send(&http, &config, &notice, extra).await,
        MethodKind::Voice => voice::call(&http, &config, &notice, extra).await,
        MethodKind::Pushover => pushover::send(&http, &config, &notice, extra).await,
        MethodKind::WebPush => web_push::send(&http, &config, &notice, extra, now).await,
    }
}

/// The method of an effect, if it may get it: only a code goes to one that is not verified, and only what says why it is
/// switched off goes to one that is.
fn method(cx: &PrepareContext, reads: &Reads<'_>, effect: &ContactEffect) -> Result<Option<ContactMethod>, StoreError> {
    let Some(method) = reads.contact_method(effect.method())? else { return Ok(None) };
    let offered = cx.config.contact.offers(method.kind, method.gateway.as_deref());
    let known = cx.config.person(&method.person).is_some();
    let usable = match effect {
        ContactEffect::SendCode { .. } => true,
        ContactEffect::SendTest { .. } => method.verified_at.is_some(),
        ContactEffect::PageByMethod { .. }
        | ContactEffect::PageBundle { .. }
        | ContactEffect::UpdateByMethod { .. }
        | ContactEffect::RemindByMethod { .. }
        | ContactEffect::ReportMethodChange { .. } => method.is_usable(),
    };
    Ok(if offered && known && usable { Some(method) } else { None })
}

/// True if the attempt has a message by another method that is still to be sent.
fn has_other_method(reads: &Reads<'_>, effect: &ContactEffect) -> Result<bool, StoreError> {
    let contacts = match effect {
        ContactEffect::PageBundle { bundle, method, kind, .. } => bundles::contacts(reads, *bundle, *method, *kind)?,
        ContactEffect::PageByMethod { .. }
        | ContactEffect::UpdateByMethod { .. }
        | ContactEffect::SendCode { .. }
        | ContactEffect::SendTest { .. }
        | ContactEffect::RemindByMethod { .. }
        | ContactEffect::ReportMethodChange { .. } => PageContact::of(effect).into_iter().collect(),
    };
    for contact in contacts {
        let Some(page) = reads.page(contact.page)? else { continue };
        let attempt = page.attempt(&contact.person, contact.attempt);
        let mut others = attempt.into_iter().flat_map(|attempt| &attempt.contacts);
        if others.any(|other| other.method != contact.method && other.outcome.is_pending()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Why a message is not sent, although its method could take it.
fn unwanted(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    effect: &ContactEffect,
    method: &ContactMethod,
) -> Result<Option<SkipReason>, StoreError> {
    if let ContactEffect::PageBundle { .. } = effect {
        return over_limit(cx, reads, method);
    }
    if let ContactEffect::RemindByMethod { incident, .. } = effect {
        let private = reads.incident(*incident)?.is_none_or(|incident| incident.private);
        return Ok(if private && !carries_private(cx, method) { Some(SkipReason::PrivateIncident) } else { None });
    }
    let Some(contact) = PageContact::of(effect) else { return Ok(None) };
    let Some(page) = reads.page(contact.page)? else { return Ok(Some(SkipReason::NoSubject)) };
    if matches!(effect, ContactEffect::UpdateByMethod { .. }) {
        // The person may have been paged again since, by another step.
        let asks = page.still_asks(&contact.person) && !page.is_exhausted();
        return Ok(if asks { Some(SkipReason::StateChanged) } else { None });
    }
    if !contacting::is_wanted(&page, &contact) {
        return Ok(Some(SkipReason::PageNotNeeded));
    }
    if contacting::is_private(reads, &page.spec)? && !carries_private(cx, method) {
        return Ok(Some(SkipReason::PrivateIncident));
    }
    if bundles::is_bundled(reads, cx.now, &page, &contact)? {
        return Ok(Some(SkipReason::Bundled));
    }
    over_limit(cx, reads, method)
}

fn over_limit(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    method: &ContactMethod,
) -> Result<Option<SkipReason>, StoreError> {
    for limit in limits(method.kind) {
        let sent = reads.count_contact_messages(method.id, cx.now - limit.within, &cx.key.0)?;
        if sent >= limit.most {
            return Ok(Some(SkipReason::ContactLimit));
        }
    }
    Ok(None)
}

fn carries_private(cx: &PrepareContext, method: &ContactMethod) -> bool {
    cx.config.contact.carries_private(method.kind, method.gateway.as_deref())
}
