//! What is sent to a contact method, rendered in the formats that most kinds need.

use chrono::TimeDelta;

use crate::{
    app::{
        contacts::{testing, verification::CODE_VALID},
        oncall::{
            bundles,
            contacting::{LINK_VALID, PageContact},
            messages::paged_alerts,
        },
    },
    deliver::{adapter::PrepareContext, guard::IncidentExtract},
    domain::{
        Timestamp,
        contact::{ContactMethod, SigningKey, TokenAction, Urgency},
        effect::ContactEffect,
        ids::PageId,
        oncall::Page,
    },
    render::{
        ContactText, OverText, PageText, PageTextFacts, PagedAlerts, ReminderText, RenderedContact, contact_message,
    },
    store::{Reads, StoreError},
};

/// The shortest time that a push service keeps a page: with none it would drop it for a phone that sleeps.
const SHORTEST_LIFE: TimeDelta = TimeDelta::minutes(1);
/// How long it keeps anything else.
const LIFE: TimeDelta = TimeDelta::hours(1);

/// A message to a contact method.
#[derive(Clone, Debug)]
pub(in crate::deliver) struct ContactNotice {
    /// The method.
    pub(in crate::deliver) method: ContactMethod,
    /// What it says, for formats of their own.
    pub(in crate::deliver) text: ContactText,
    /// The same in common formats.
    pub(in crate::deliver) rendered: RenderedContact,
    /// The same without the mark of a possible repeat, if it has one: where it can be found out that the earlier message did
    /// not arrive, nothing is repeated.
    pub(in crate::deliver) unmarked: Option<Box<RenderedContact>>,
    /// The same for each attempt to send it, also after a restart.
    pub(in crate::deliver) id: String,
    /// True if an earlier attempt may have happened.
    pub(in crate::deliver) uncertain: bool,
    /// What all messages about one page, or one test, have in common: a later one replaces an earlier one.
    pub(in crate::deliver) reference: String,
    /// The incident, so that mail programs show its messages together.
    pub(in crate::deliver) thread: Option<String>,
    /// How urgent it is.
    pub(in crate::deliver) urgency: Urgency,
    /// How long it is of use.
    pub(in crate::deliver) life: TimeDelta,
    /// When it is sent.
    pub(in crate::deliver) now: Timestamp,
    /// Names it in reports that come back later: the same for each attempt, because a greylist knows a mail by its sender,
    /// of which this is a part.
    pub(in crate::deliver) report_token: String,
}

/// Renders the message of an effect. `None` if what it is about does not exist.
pub(super) fn notice(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    effect: &ContactEffect,
    method: ContactMethod,
) -> Result<Option<ContactNotice>, StoreError> {
    let page = match PageContact::of(effect) {
        Some(contact) => reads.page(contact.page)?,
        None => None,
    };
    let Some(text) = text(cx, reads, effect, &method, page.as_ref())? else { return Ok(None) };
    let Some(key) = reads.signing_key()? else { return Ok(None) };
    let render = |text: &ContactText| {
        contact_message(&cx.app.renderer, text).map_err(|error| StoreError::Corrupt(error.to_string()))
    };
    let rendered = render(&text)?;
    let unmarked = match &text {
        ContactText::Page(page) if page.possible_repeat => {
            Some(Box::new(render(&ContactText::Page(Box::new(PageText {
                possible_repeat: false,
                ..(**page).clone()
            })))?))
        }
        ContactText::Page(_)
        | ContactText::Over(_)
        | ContactText::Code { .. }
        | ContactText::Test { .. }
        | ContactText::Reminder(_)
        | ContactText::Change { .. } => None,
    };
    let next = page.as_ref().and_then(|page| page.next_at).map(|next| (next - cx.now).max(SHORTEST_LIFE));
    Ok(Some(ContactNotice {
        reference: reference(effect),
        thread: page.as_ref().map(thread),
        urgency: page.as_ref().map_or(urgency(effect), |page| page.spec.urgency),
        id: cx.key.0.clone(),
        report_token: key.report_token(&cx.key.0),
        life: next.unwrap_or(LIFE),
        now: cx.now,
        uncertain: cx.uncertain,
        method,
        text,
        rendered,
        unmarked,
    }))
}

/// The urgency of what is about no page, or about several.
fn urgency(effect: &ContactEffect) -> Urgency {
    if matches!(effect, ContactEffect::PageBundle { .. }) { Urgency::High } else { Urgency::Low }
}

/// The incident of a page, or the page itself.
fn thread(page: &Page) -> String {
    page.incident().map_or_else(|| page.id().to_string(), |incident| incident.to_string())
}

fn reference(effect: &ContactEffect) -> String {
    match effect {
        ContactEffect::PageByMethod { page, .. } | ContactEffect::UpdateByMethod { page, .. } => page.to_string(),
        ContactEffect::PageBundle { bundle, .. } => bundle.to_string(),
        ContactEffect::SendTest { test, .. } => test.to_string(),
        ContactEffect::RemindByMethod { incident, .. } => incident.to_string(),
        ContactEffect::SendCode { method, .. } | ContactEffect::ReportMethodChange { method, .. } => method.to_string(),
    }
}

fn text(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    effect: &ContactEffect,
    method: &ContactMethod,
    page: Option<&Page>,
) -> Result<Option<ContactText>, StoreError> {
    let Some(key) = reads.signing_key()? else { return Ok(None) };
    let url = &cx.config.server.public_url;
    Ok(match effect {
        ContactEffect::PageByMethod { .. } | ContactEffect::UpdateByMethod { .. } => {
            let (Some(page), Some(contact)) = (page, PageContact::of(effect)) else { return Ok(None) };
            page_text(cx, reads, &key, PageNotice { page, contact: &contact, effect })?
        }
        ContactEffect::PageBundle { bundle, person, .. } => {
            let binding = bundles::binding(*bundle, person, method.id, method.kind);
            bundle_text(cx, reads, *bundle, method)?.map(|text| {
                ContactText::Page(Box::new(PageText {
                    acknowledge: format!("{url}/a/{}", key.token(&binding)),
                    reply_code: key.reply_code(&binding),
                    possible_repeat: cx.uncertain,
                    ..text
                }))
            })
        }
        ContactEffect::SendCode { method, serial, .. } => {
            let code = key.code(*method, *serial).digits().to_owned();
            Some(ContactText::Code { code, minutes: CODE_VALID.num_minutes() })
        }
        ContactEffect::SendTest { test, .. } => Some(ContactText::Test { answer: test_link(url, &key, method, *test) }),
        ContactEffect::RemindByMethod { incident: id, .. } => {
            let Some(IncidentExtract::Full(incident)) = &cx.incident else { return Ok(None) };
            let postmortem = reads.postmortem(*id)?;
            let text = postmortem.and_then(|postmortem| ReminderText::of(&cx.config, incident, &postmortem, cx.now));
            text.map(ContactText::Reminder)
        }
        ContactEffect::ReportMethodChange { changed, change, .. } => {
            Some(ContactText::Change { changed: *changed, change: *change, profile: format!("{url}/profile") })
        }
    })
}

fn test_link(url: &str, key: &SigningKey, method: &ContactMethod, test: PageId) -> String {
    format!("{url}/a/{}", key.token(&testing::binding(method, test)))
}

/// How many pages of a bundle are named.
const NAMED: usize = 10;

/// What the message of a bundle says: the first page as usual, and a line for each of the others. `None` if none of them
/// asks the person any more, or may be sent by the method.
fn bundle_text(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    bundle: PageId,
    method: &ContactMethod,
) -> Result<Option<PageText>, StoreError> {
    let carries_private = cx.config.contact.carries_private(method.kind, method.gateway.as_deref());
    let mut texts = Vec::new();
    for page in bundles::asking(reads, bundle, &method.person)? {
        let facts = PageTextFacts { config: &cx.config, now: cx.now, page: &page, person: &method.person };
        let incident = page.incident().map(|incident| reads.incident(incident)).transpose()?.flatten();
        match (incident, page.incident()) {
            (Some(incident), _) if !incident.private => {
                texts.push(PageText::full(facts, &incident, &PagedAlerts::default()));
            }
            (Some(incident), _) if carries_private => {
                texts.push(PageText::private(&cx.config, &incident.key, incident.severity, false));
            }
            (None, None) => texts.push(PageText::request(facts)),
            (Some(_), _) | (None, Some(_)) => {}
        }
    }
    let mut texts = texts.into_iter();
    let Some(first) = texts.next() else { return Ok(None) };
    let others: Vec<String> = texts.map(|text| text.line()).collect();
    let more_pages = others.len() as u64;
    Ok(Some(PageText { bundle: others.into_iter().take(NAMED).collect(), more_pages, next_minutes: None, ..first }))
}

/// How many minutes after its time a message is sent, if that is much.
fn overdue(page: &Page, contact: &PageContact, now: Timestamp) -> Option<i64> {
    let attempt = page.attempt(&contact.person, contact.attempt)?;
    attempt.contact_overdue(contact.method, now).map(|late| late.num_minutes())
}

/// A message of a page.
#[derive(Clone, Copy)]
struct PageNotice<'a> {
    page: &'a Page,
    contact: &'a PageContact,
    effect: &'a ContactEffect,
}

fn page_text(
    cx: &PrepareContext,
    reads: &Reads<'_>,
    key: &SigningKey,
    notice: PageNotice<'_>,
) -> Result<Option<ContactText>, StoreError> {
    let PageNotice { page, contact, effect } = notice;
    let facts = PageTextFacts { config: &cx.config, now: cx.now, page, person: &contact.person };
    let text = match &cx.incident {
        Some(IncidentExtract::Full(incident)) if !incident.private => {
            let alerts = paged_alerts(reads, &cx.config, incident)?;
            let text = PageText::full(facts, incident, &alerts);
            match cx.config.server.outside_url() {
                Some(url) if alerts.known.picture.is_some() => {
                    PageText { image: graph_link(url, key, page.id(), cx.now), ..text }
                }
                Some(_) | None => text,
            }
        }
        Some(IncidentExtract::Full(incident)) => {
            let drill = page.spec.drill;
            PageText::private(&cx.config, &incident.key, incident.severity, drill)
        }
        Some(IncidentExtract::Reference(incident)) => {
            PageText::private(&cx.config, &incident.key, incident.severity, incident.drill)
        }
        None if page.incident().is_none() => PageText::request(facts),
        None => return Ok(None),
    };
    if matches!(effect, ContactEffect::UpdateByMethod { .. }) {
        return Ok(Some(ContactText::Over(OverText::of(facts, text))));
    }
    let link = |action| format!("{}/a/{}", cx.config.server.public_url, key.token(&contact.binding(action)));
    Ok(Some(ContactText::Page(Box::new(PageText {
        acknowledge: link(TokenAction::Acknowledge),
        escalate: link(TokenAction::Escalate),
        reply_code: key.reply_code(&contact.binding(TokenAction::Acknowledge)),
        possible_repeat: cx.uncertain,
        overdue_minutes: overdue(page, contact, cx.now),
        ..text
    }))))
}

/// The link by which a phone reads the picture of a page's graph through hotroom: what Grafana shows to hotroom, it may not show
/// to others.
fn graph_link(url: &str, key: &SigningKey, page: PageId, now: Timestamp) -> String {
    let until = (now + LINK_VALID).timestamp();
    format!("{url}/a/graph/{page}/{until}/{}", key.graph_token(page, until))
}
