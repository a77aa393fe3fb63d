//! Pages at outside pagers: triggers, acknowledges and resolves them, and asks how they stand.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use super::{
    adapter::{Adapter, PrepareContext, PreparedCall},
    guard::IncidentExtract,
};
use crate::{
    config::{Config, OutsidePager},
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, PagerEffect, Receipt, SkipReason},
        oncall::{Page, PageState},
        pager::{OutsideAnswer, page_key},
        severity::Severity,
    },
    net::{HttpClient, HttpClients, NetSettings},
    pager::{PagerAlert, PagerChange, PagerClient, PagerFailure},
    render::{ContactText, PageText, contact_message},
    store::{Reads, StoreError},
};

/// How long one attempt may take: less than the worker waits, and short, because people wait to be paged.
const DEADLINE: Duration = Duration::from_secs(10);
/// The longest message of whoever asked for the page, in characters.
const LONGEST_MESSAGE: usize = 500;

/// Calls outside pagers.
pub(super) struct PagerAdapter {
    http: Arc<HttpClients>,
}

impl PagerAdapter {
    pub(super) fn new(http: Arc<HttpClients>) -> Self {
        Self { http }
    }
}

/// One call to a pager, with everything it says.
pub(super) struct PagerCall {
    net: NetSettings,
    client: PagerClient,
    request: PagerRequest,
}

/// What a pager is asked.
enum PagerRequest {
    /// Page people.
    Trigger(Box<PagerAlert>),
    /// Acknowledge or resolve a page.
    Change(PagerChange),
    /// Say how the page with this key stands.
    Read(String),
}

impl Adapter for PagerAdapter {
    type Effect = PagerEffect;
    type Call = PagerCall;

    fn shows_private(&self, config: &Config, effect: &PagerEffect) -> bool {
        config.pager.routes.outside(effect.pager()).is_some_and(|pager| pager.private)
    }

    fn prepare(
        &self,
        cx: &PrepareContext,
        reads: &Reads<'_>,
        effect: &PagerEffect,
    ) -> Result<PreparedCall<PagerCall>, StoreError> {
        let Some(pager) = cx.config.pager.routes.outside(effect.pager()) else {
            return Ok(PreparedCall::Skip(SkipReason::NoPager));
        };
        let (Some(page), Some(instance)) = (reads.page(effect.page())?, reads.instance_id()?) else {
            return Ok(PreparedCall::Skip(SkipReason::NoSubject));
        };
        let key = page_key(&instance, page.id());
        let service = page.spec.outside.as_ref().and_then(|route| route.service.clone());
        let change = |answer| PagerRequest::Change(PagerChange { key: key.clone(), service: service.clone(), answer });
        let request = match effect {
            PagerEffect::TriggerOutside { .. } => match alert(cx, pager, &page, key)? {
                Ok(alert) => PagerRequest::Trigger(Box::new(alert)),
                Err(reason) => return Ok(PreparedCall::Skip(reason)),
            },
            PagerEffect::AcknowledgeOutside { .. } => change(OutsideAnswer::Acknowledged),
            PagerEffect::ResolveOutside { .. } => change(OutsideAnswer::Resolved),
            PagerEffect::CheckOutside { .. } if page.state == PageState::Resolved => {
                return Ok(PreparedCall::Skip(SkipReason::PageNotNeeded));
            }
            PagerEffect::CheckOutside { .. } => PagerRequest::Read(key),
        };
        Ok(PreparedCall::Call(PagerCall { net: cx.config.net.clone(), client: pager.client.clone(), request }))
    }

    async fn send(&self, call: PagerCall, now: Timestamp) -> Outcome<Receipt> {
        let http = match self.http.client(&call.net) {
            Ok(http) => http,
            Err(failure) => return failure.outcome(EffectClass::Keyed, now),
        };
        match tokio::time::timeout(DEADLINE, call.make(&http)).await {
            Ok(Ok(receipt)) => Outcome::Delivered(receipt),
            Ok(Err(failure)) => failure.outcome(now),
            Err(_elapsed) => Outcome::Unknown { why: format!("not finished within {} s", DEADLINE.as_secs()) },
        }
    }
}

impl PagerCall {
    async fn make(&self, http: &HttpClient) -> Result<Receipt, PagerFailure> {
        let replied = match &self.request {
            PagerRequest::Trigger(alert) => self.client.trigger(http, alert).await,
            PagerRequest::Change(change) => self.client.change(http, change).await,
            PagerRequest::Read(key) => self.client.read(http, key).await,
        };
        replied.map(|receipt| Receipt::Pager(Box::new(receipt)))
    }
}

/// What a pager is told of a page, or why it is told nothing.
fn alert(
    cx: &PrepareContext,
    pager: &OutsidePager,
    page: &Page,
    key: String,
) -> Result<Result<PagerAlert, SkipReason>, StoreError> {
    if !page.is_asking() {
        return Ok(Err(SkipReason::PageNotNeeded));
    }
    let Some(incident) = &cx.incident else { return Ok(Err(SkipReason::NoSubject)) };
    let (text, severity, component) = match incident {
        IncidentExtract::Full(incident) => {
            let message = page.spec.message.as_ref().map(|text| text.shown(LONGEST_MESSAGE)).unwrap_or_default();
            let text = PageText { message, ..PageText::spoken(&cx.config, incident) };
            let paged = page.spec.outside.as_ref().and_then(|route| route.service.as_ref());
            (text, incident.severity, paged.map(ToString::to_string))
        }
        IncidentExtract::Reference(known) => {
            (PageText::private(&cx.config, &known.key, known.severity, known.drill), known.severity, None)
        }
    };
    if text.drill && !pager.drills {
        return Ok(Err(SkipReason::Drill));
    }
    rendered(cx, page, PagedText { key, text, severity, component }).map(Ok)
}

/// What a pager is told, before it is rendered.
struct PagedText {
    key: String,
    text: PageText,
    severity: Severity,
    component: Option<String>,
}

fn rendered(cx: &PrepareContext, page: &Page, paged: PagedText) -> Result<PagerAlert, StoreError> {
    let PagedText { key, text, severity, component } = paged;
    let service = page.spec.outside.as_ref().and_then(|route| route.service.clone());
    let details = [
        ("key", &text.key),
        ("severity", &text.severity),
        ("service", &text.service),
        ("message", &text.message),
        ("link", &text.link),
    ];
    let details: BTreeMap<&'static str, String> =
        details.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.clone())).collect();
    let link = text.link.clone();
    let message = contact_message(&cx.app.renderer, &ContactText::Page(Box::new(text)))
        .map_err(|error| StoreError::Corrupt(error.to_string()))?;
    let source = cx.config.server.public_url.clone();
    Ok(PagerAlert {
        key,
        service,
        component,
        summary: message.subject,
        severity,
        link,
        source,
        at: page.created_at,
        details,
    })
}
