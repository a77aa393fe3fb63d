//! Twilio's callbacks. Each is believed only with Twilio's signature, which covers the address and every field.

use axum::{
    body::Body,
    extract::{Path, State as Given},
    http::{HeaderMap, HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use super::{LARGEST, note_forged};
use crate::{
    app::{
        Context,
        reactor::{
            links::{self, ContactLink},
            text_replies::TextOutcome,
        },
    },
    contact::twilio::{
        CallState, CallbackOwner, InboundText, KeyPress, MessageState, PhoneReport, TextReply, TwilioError, digit_url,
        is_signed, voice_url,
    },
    domain::{
        contact::{ContactOutcome, MethodKind, TOKEN_LENGTH, TokenAction},
        people::Actor,
        refusal::{OnCallRefusal, Refusal},
    },
    net::{FormField, decode_form},
    render::{ContactText, Names, PageText, PhoneAnswer, PhoneVerdict, RenderError, call_script},
    store::Reads,
    web::{Problem, State, body, layers::finish::RequestId, problem::Kind},
};

/// A request of Twilio, before its signature is checked.
pub(super) struct TwilioRequest {
    uri: Uri,
    headers: HeaderMap,
    body: Body,
}

impl<S: Send + Sync> axum::extract::FromRequest<S> for TwilioRequest {
    type Rejection = std::convert::Infallible;

    async fn from_request(request: axum::extract::Request, _: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        Ok(Self { uri: parts.uri, headers: parts.headers, body })
    }
}

impl TwilioRequest {
    /// Returns the fields of the form, if Twilio has signed them for this account.
    async fn verify(self, state: &State) -> Result<Vec<FormField>, Problem> {
        let config = state.app.config.current();
        let Some(settings) = &config.contact.twilio else { return Err(Problem::new(Kind::NotFound)) };
        let body = body::read(self.body, LARGEST).await?;
        let fields = decode_form(&body).ok_or_else(|| Problem::new(Kind::BadBody))?;
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let url = format!("{}{path}", config.server.public_url);
        let mut signatures = self.headers.get_all("x-twilio-signature").iter();
        let signature = match (signatures.next(), signatures.next()) {
            (Some(one), None) => one.to_str().unwrap_or_default(),
            (Some(_) | None, _) => "",
        };
        let owner = CallbackOwner::parse(&fields);
        let ours = owner.is_some_and(|owner| owner.account == settings.account_sid);
        if !ours || !is_signed(&settings.auth_token, &url, &fields, signature) {
            note_forged("twilio");
            return Err(Problem::new(Kind::BadSignature));
        }
        Ok(fields)
    }
}

/// The state of a message or a call.
pub(super) async fn status(
    Given(state): Given<State>,
    id: RequestId,
    request: TwilioRequest,
) -> Result<StatusCode, Problem> {
    let fields = request.verify(&state).await?;
    let (Some(owner), Some(report)) = (CallbackOwner::parse(&fields), PhoneReport::parse(&fields)) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    if let Some(outcome) = outcome_of(report) {
        state.app.note_contact_report(&owner.sid, outcome, id.as_str()).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What a report says of a message to a contact method. That somebody took a call is no answer, and that it is over neither.
fn outcome_of(report: PhoneReport) -> Option<ContactOutcome> {
    match report {
        PhoneReport::Message(MessageState::Queued | MessageState::Sent, _)
        | PhoneReport::Call(CallState::Queued | CallState::Ringing, _) => Some(ContactOutcome::Accepted),
        PhoneReport::Message(MessageState::Delivered, _) => Some(ContactOutcome::Delivered),
        PhoneReport::Call(CallState::InProgress | CallState::Completed, _) => Some(ContactOutcome::Delivered),
        PhoneReport::Message(MessageState::Failed, error) => Some(failed(error, "failed")),
        PhoneReport::Call(CallState::Failed, error) => Some(failed(error, "failed")),
        PhoneReport::Call(CallState::Busy, _) => Some(failed(None, "busy")),
        PhoneReport::Call(CallState::NoAnswer, _) => Some(failed(None, "no_answer")),
    }
}

fn failed(error: Option<TwilioError>, otherwise: &str) -> ContactOutcome {
    let code = error.map_or_else(|| otherwise.to_owned(), |error| error.code.to_string());
    let why = error.and_then(TwilioError::meaning).unwrap_or_default().to_owned();
    ContactOutcome::Failed { code: Some(code), why }
}

/// A text message that somebody sent.
pub(super) async fn text(
    Given(state): Given<State>,
    id: RequestId,
    request: TwilioRequest,
) -> Result<Response, Problem> {
    let fields = request.verify(&state).await?;
    let Some(InboundText { from, reply }) = InboundText::parse(&fields) else {
        return twiml(PhoneAnswer::bare(PhoneVerdict::None).for_text(&state.app.renderer));
    };
    let now = state.app.clock.now();
    let is_code = matches!(reply, TextReply::Code(_));
    if is_code && state.wrong_codes.is_reached(from.as_str(), now) {
        return twiml(PhoneAnswer::bare(PhoneVerdict::None).for_text(&state.app.renderer));
    }
    let outcome = state.app.take_text(from.as_str(), &reply, id.as_str()).await?;
    if is_code && outcome == TextOutcome::Unknown {
        let count = state.wrong_codes.count(from.as_str(), now);
        if count >= state.wrong_codes.most() {
            metrics::counter!("hotroom_reply_codes_limited_total").increment(1);
            return twiml(PhoneAnswer::bare(PhoneVerdict::TooMany).for_text(&state.app.renderer));
        }
    }
    let names = |person| Names::from(&*state.app.config.current()).person(person);
    let bare = PhoneAnswer::bare;
    let answer = match outcome {
        TextOutcome::Acknowledged { key } => PhoneAnswer { key, ..bare(PhoneVerdict::Acknowledged) },
        TextOutcome::Taken { key, by } => PhoneAnswer { key, by: names(&by), ..bare(PhoneVerdict::Taken) },
        TextOutcome::Over { key } => PhoneAnswer { key, ..bare(PhoneVerdict::Over) },
        // A number that belongs to nobody gets no answer: that would cost money for everybody who writes.
        TextOutcome::Unknown if is_code => bare(PhoneVerdict::Unknown),
        TextOutcome::Started => bare(PhoneVerdict::Started),
        TextOutcome::Unknown | TextOutcome::Stranger | TextOutcome::Stopped => bare(PhoneVerdict::None),
    };
    twiml(answer.for_text(&state.app.renderer))
}

/// What a call says.
pub(super) async fn voice(
    Given(state): Given<State>,
    Path(token): Path<String>,
    request: TwilioRequest,
) -> Result<Response, Problem> {
    request.verify(&state).await?;
    let link = find(&state, &token).await?;
    if !link.is_open {
        return twiml(over(&state, &link).for_call(&state.app.renderer));
    }
    let config = state.app.config.current();
    let text = match &link.incident {
        Some(incident) => {
            let (key, severity) = (&incident.key, incident.severity);
            let drill = incident.kind == crate::domain::incident::IncidentKind::Drill;
            let reference = PageText::private(&config, key, severity, drill);
            let text = if incident.private { reference } else { PageText::spoken(&config, incident) };
            ContactText::Page(Box::new(text))
        }
        None => match &link.page {
            Some(page) if page.incident().is_none() => ContactText::Page(Box::new(PageText::spoken_request(page))),
            Some(_) | None => match link.bundle.first() {
                Some(first) => ContactText::Page(Box::new(PageText {
                    key: first.spec.key().to_string(),
                    more_pages: link.bundle.len().saturating_sub(1) as u64,
                    ..PageText::default()
                })),
                None => ContactText::Test { answer: String::new() },
            },
        },
    };
    let action = digit_url(&config.server.public_url, &token);
    twiml(call_script(&state.app.renderer, &text, Some(&action)))
}

/// A key that was pressed in a call. 4 acknowledges.
pub(super) async fn digit(
    Given(state): Given<State>,
    Path(token): Path<String>,
    id: RequestId,
    request: TwilioRequest,
) -> Result<Response, Problem> {
    let fields = request.verify(&state).await?;
    let link = find(&state, &token).await?;
    if KeyPress::parse(&fields) != KeyPress::Digit(4) {
        let again = voice_url(&state.app.config.current().server.public_url, &token);
        let answer = PhoneAnswer { again, ..PhoneAnswer::bare(PhoneVerdict::OtherKey) };
        return twiml(answer.for_call(&state.app.renderer));
    }
    let followed = state.app.follow_link(&token, id.as_str()).await?;
    let done = match (&followed, link.binding.action) {
        (Ok(_), TokenAction::AnswerTest) => Some(PhoneVerdict::Answered),
        (Ok(_), TokenAction::Acknowledge | TokenAction::Escalate) => Some(PhoneVerdict::Acknowledged),
        // Whoever pressed twice, or acknowledged elsewhere before, has what was wanted.
        (Err(Refusal::OnCall(OnCallRefusal::PageOver { by, .. })), _) if by.as_ref() == Some(&link.binding.person) => {
            Some(PhoneVerdict::Acknowledged)
        }
        (Err(_), _) => None,
    };
    let link = find(&state, &token).await?;
    let answer = match done {
        Some(answer) => PhoneAnswer { key: key(&link), ..PhoneAnswer::bare(answer) },
        None => over(&state, &link),
    };
    twiml(answer.for_call(&state.app.renderer))
}

/// What a token of a call leads to; 404 for the token of another method.
async fn find(state: &State, token: &str) -> Result<ContactLink, Problem> {
    if token.len() != TOKEN_LENGTH {
        return Err(Problem::new(Kind::NotFound));
    }
    let (config, now, token) = (state.app.config.current(), state.app.clock.now(), token.to_owned());
    let read = move |reads: &Reads<'_>| {
        let actor = Actor::Machine("twilio".to_owned());
        let cx = Context { config: &config, now, actor: &actor, request: "twilio", expect: None };
        links::find(reads, cx, &token)
    };
    let link = state.app.store.read(read).await?.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let of_call = link.binding.kind == MethodKind::Voice && link.binding.action != TokenAction::Escalate;
    if of_call { Ok(link) } else { Err(Problem::new(Kind::NotFound)) }
}

fn key(link: &ContactLink) -> String {
    let page = link.page.as_ref().or_else(|| link.bundle.first());
    page.map(|page| page.spec.key().to_string()).unwrap_or_default()
}

/// The answer for a page that does not ask any more.
fn over(state: &State, link: &ContactLink) -> PhoneAnswer {
    let by = link.page.as_ref().and_then(|page| page.taken_by.as_ref());
    match by {
        Some(by) => {
            let by = Names::from(&*state.app.config.current()).person(by);
            PhoneAnswer { key: key(link), by, ..PhoneAnswer::bare(PhoneVerdict::Taken) }
        }
        None => PhoneAnswer { key: key(link), ..PhoneAnswer::bare(PhoneVerdict::Over) },
    }
}

fn twiml(rendered: Result<String, RenderError>) -> Result<Response, Problem> {
    let text = rendered.map_err(|error| {
        tracing::error!(%error, "a template failed");
        Problem::new(Kind::Internal)
    })?;
    let mut response = text.into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
