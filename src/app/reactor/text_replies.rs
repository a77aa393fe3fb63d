//! Text messages that people send: a reply code acknowledges, STOP switches the method off, START switches it on again.

use chrono::TimeDelta;
use subtle::ConstantTimeEq;

use super::WorkList;
use crate::{
    app::{
        App, Context, contacts,
        oncall::{
            bundles,
            contacting::PageContact,
            paging::{self, PageAnswer},
        },
        reactor,
    },
    command::PageResponse,
    contact::twilio::TextReply,
    domain::{
        contact::{ContactMethod, MethodDisabled, MethodKind, TokenAction},
        ids::PersonId,
        oncall::{Page, PageState},
        people::Actor,
    },
    store::{ContactMessage, MessagePurpose, StoreError, Tx},
};

/// How long a reply code counts, if its page does not end before.
const CODE_VALID: TimeDelta = TimeDelta::hours(24);
/// How many messages to a number are searched for a code.
const MOST_MESSAGES: usize = 100;

/// What a text message led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextOutcome {
    /// It acknowledged a page.
    Acknowledged {
        /// The key of the incident.
        key: String,
    },
    /// Somebody else had acknowledged the page.
    Taken {
        /// The key of the incident.
        key: String,
        /// Who.
        by: PersonId,
    },
    /// The page is over.
    Over {
        /// The key of the incident.
        key: String,
    },
    /// It holds no code of an open page.
    Unknown,
    /// Its number belongs to nobody's contact method.
    Stranger,
    /// The method is switched off.
    Stopped,
    /// The method is switched on again.
    Started,
}

/// Does what a text message from a number says.
pub fn take_text(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    from: &str,
    reply: &TextReply,
) -> Result<TextOutcome, StoreError> {
    let mut methods = tx.contact_methods_at(from)?;
    methods.retain(|method| method.kind == MethodKind::Sms && cx.config.person(&method.person).is_some());
    match reply {
        // A number may have been added by somebody else, who never verified it: STOP protects its owner too.
        TextReply::Stop => {
            for method in &methods {
                contacts::disable(tx, cx, method.id, MethodDisabled::OptedOut)?;
            }
            Ok(if methods.is_empty() { TextOutcome::Stranger } else { TextOutcome::Stopped })
        }
        TextReply::Start => start(tx, cx, &methods),
        TextReply::Code(code) => {
            methods.retain(ContactMethod::is_usable);
            if methods.is_empty() {
                return Ok(TextOutcome::Stranger);
            }
            answer(tx, cx, work, &methods, code)
        }
        TextReply::Other => Ok(if methods.is_empty() { TextOutcome::Stranger } else { TextOutcome::Unknown }),
    }
}

fn start(tx: &mut Tx<'_>, cx: Context<'_>, methods: &[ContactMethod]) -> Result<TextOutcome, StoreError> {
    let stopped = methods.iter().filter(|method| method.disabled == Some(MethodDisabled::OptedOut));
    let mut outcome = if methods.is_empty() { TextOutcome::Stranger } else { TextOutcome::Unknown };
    for method in stopped {
        contacts::enable_again(tx, cx, method.id)?;
        outcome = TextOutcome::Started;
    }
    Ok(outcome)
}

/// The page or the bundle of pages that a code is for, and the message that carried it.
struct CodeMatch {
    pages: Vec<Page>,
    contact: PageContact,
}

fn answer(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    methods: &[ContactMethod],
    code: &str,
) -> Result<TextOutcome, StoreError> {
    let matches = matches(tx, cx, methods, code)?;
    // Of several messages with one code, an open page counts.
    let asks = |found: &&CodeMatch| found.pages.iter().any(|page| page.still_asks(&found.contact.person));
    let Some(CodeMatch { pages, contact }) = matches.iter().find(asks).or_else(|| matches.first()) else {
        return Ok(TextOutcome::Unknown);
    };
    let key = keys(pages);
    let actor = Actor::Person(contact.person.clone());
    let mut acknowledged = false;
    for page in pages {
        let given = PageAnswer {
            page: page.id(),
            person: &contact.person,
            answer: PageResponse::Acknowledge,
            via: Some(MethodKind::Sms),
        };
        acknowledged |= paging::answer(tx, cx.by(&actor), work, given)?.is_ok();
    }
    if acknowledged {
        let token = tx.make_signing_key()?.token(&contact.binding(TokenAction::Acknowledge));
        tx.use_contact_token(&token, cx.now)?;
        contacts::testing::prove(tx, cx, contact.method)?;
        return Ok(TextOutcome::Acknowledged { key });
    }
    if pages.iter().any(|page| page.acknowledged_by.contains(&contact.person)) {
        return Ok(TextOutcome::Acknowledged { key });
    }
    let taken = pages.iter().find(|page| page.state == PageState::Acknowledged);
    Ok(match taken.and_then(|page| page.taken_by.clone()) {
        Some(by) => TextOutcome::Taken { key, by },
        None => TextOutcome::Over { key },
    })
}

/// The keys of pages, as far as they fit into a text message.
fn keys(pages: &[Page]) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<String> = pages.iter().take(SHOWN).map(|page| page.spec.key().to_string()).collect();
    let more = pages.len().saturating_sub(SHOWN);
    if more == 0 { shown.join(", ") } else { format!("{} +{more}", shown.join(", ")) }
}

/// The messages to these methods that carried a code, newest first.
fn matches(tx: &Tx<'_>, cx: Context<'_>, methods: &[ContactMethod], code: &str) -> Result<Vec<CodeMatch>, StoreError> {
    let Some(signing) = tx.signing_key()? else { return Ok(Vec::new()) };
    let mut matches = Vec::new();
    for method in methods {
        let messages = tx.contact_messages_by(method.id, MOST_MESSAGES)?;
        let recent = messages
            .into_iter()
            .filter(|message| message.purpose == MessagePurpose::Page && message.at > cx.now - CODE_VALID);
        for ContactMessage { page, person, attempt, method, kind, .. } in recent {
            let Some(page) = page else { continue };
            let contact = PageContact { page, person, attempt, method, kind };
            let right = signing.reply_code(&contact.binding(TokenAction::Acknowledge));
            if bool::from(right.as_bytes().ct_eq(code.as_bytes())) {
                let pages = match tx.page(page)? {
                    Some(page) => vec![page],
                    None => bundles::all(tx, page)?,
                };
                if !pages.is_empty() {
                    matches.push(CodeMatch { pages, contact });
                }
            }
        }
    }
    Ok(matches)
}

impl App {
    /// Does what a text message from a number says, in a transaction of its own.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be written.
    pub async fn take_text(&self, from: &str, reply: &TextReply, request: &str) -> Result<TextOutcome, StoreError> {
        let (config, now) = (self.config.current(), self.clock.now());
        let (from, reply, request) = (from.to_owned(), reply.clone(), request.to_owned());
        let act = move |tx: &mut Tx<'_>| {
            let actor = Actor::Machine("twilio".to_owned());
            let cx = Context { config: &config, now, actor: &actor, request: &request, expect: None };
            reactor::run(tx, cx, |tx, work| take_text(tx, cx, work, &from, &reply))
        };
        self.store.transact_urgent(act).await
    }
}
