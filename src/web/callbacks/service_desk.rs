//! `/hooks/servicedesk`: reports from a service context, such as a webhook of Jira Service Management. A post is believed only with
//! its signature over the raw body, or with the secret in a header.

use axum::{
    body::Body,
    extract::State as Given,
    http::{HeaderMap, StatusCode},
};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::{
    app::user_reports::{DeskReport, ReportDraft},
    domain::text::cut,
    web::{Problem, State, body, layers::finish::RequestId, problem::Kind},
};

/// The header of the signature, as Jira sends it: `sha256=` and the digits.
const SIGNATURE: &str = "x-hub-signature";
/// The header of the secret, for senders that sign nothing.
const TOKEN: &str = "x-hotroom-token";
/// The largest body, in bytes.
const LARGEST: usize = 256 * 1024;
/// The longest id, title, text and name that are kept, in characters.
const ID: usize = 200;
const TITLE: usize = 200;
const TEXT: usize = 4_000;
const NAME: usize = 100;

/// A request of a service context was created.
pub(super) async fn report(
    Given(state): Given<State>,
    id: RequestId,
    headers: HeaderMap,
    sent: Body,
) -> Result<StatusCode, Problem> {
    let config = state.app.config.current();
    let Some(secret) = &config.reports.service_desk else { return Err(Problem::new(Kind::NotFound)) };
    let wire = body::read(sent, LARGEST).await?;
    if !is_genuine(secret, &headers, &wire) {
        super::note_forged("servicedesk");
        return Err(Problem::new(Kind::BadSignature));
    }
    // A sender that proved itself is never answered with an error: it would send again what nobody can read.
    match parse(&wire) {
        Ok(Some(report)) => {
            state.app.note_desk_report(report, id.as_str().to_owned()).await?;
        }
        Ok(None) => {}
        Err(error) => tracing::warn!(%error, "a post of the service context cannot be read"),
    }
    Ok(StatusCode::ACCEPTED)
}

fn is_genuine(secret: &SecretString, headers: &HeaderMap, body: &[u8]) -> bool {
    let only = |name: &str| {
        let mut all = headers.get_all(name).iter();
        match (all.next(), all.next()) {
            (Some(one), None) => one.to_str().ok(),
            _ => None,
        }
    };
    let secret = secret.expose_secret().as_bytes();
    if let Some(given) = only(TOKEN) {
        return secret.ct_eq(given.as_bytes()).into();
    }
    let given = only(SIGNATURE).and_then(|value| hex::decode(value.strip_prefix("sha256=")?).ok());
    given.is_some_and(|given| {
        let mac = Hmac::<Sha256>::new_from_slice(secret);
        mac.is_ok_and(|mac| mac.chain_update(body).verify_slice(&given).is_ok())
    })
}

/// The body of Jira Service Management, or the plain one of `docs/reports-from-users.md`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeskBody {
    webhook_event: Option<String>,
    issue: Option<DeskIssue>,
    #[serde(flatten)]
    plain: PlainReport,
}

#[derive(Deserialize)]
struct DeskIssue {
    id: Value,
    fields: DeskFields,
}

#[derive(Deserialize)]
struct DeskFields {
    summary: String,
    #[serde(default)]
    description: Value,
    reporter: Option<DeskReporter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeskReporter {
    display_name: Option<String>,
    email_address: Option<String>,
}

#[derive(Deserialize)]
struct PlainReport {
    id: Option<Value>,
    title: Option<String>,
    details: Option<String>,
    name: Option<String>,
    mail: Option<String>,
}

/// Reads a post. `None` if it is about something else than a new request.
fn parse(body: &[u8]) -> Result<Option<DeskReport>, String> {
    let DeskBody { webhook_event, issue, plain } = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    if webhook_event.is_some_and(|event| event != "jira:issue_created") {
        return Ok(None);
    }
    let (id, draft) = match issue {
        Some(DeskIssue { id, fields }) => {
            let (name, mail) =
                fields.reporter.map_or((None, None), |reporter| (reporter.display_name, reporter.email_address));
            // Rich text of version 3 is no text.
            let details = fields.description.as_str().map(str::to_owned);
            (Some(id), draft(fields.summary, details, name, mail))
        }
        None => {
            let PlainReport { id, title, details, name, mail } = plain;
            (id, draft(title.ok_or("neither an issue nor a title")?, details, name, mail))
        }
    };
    let id = match id {
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) => id.to_string(),
        Some(Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) | None => String::new(),
    };
    // Without an id the same request could arrive again and again.
    if id.is_empty() || id.chars().count() > ID {
        return Err("no id of the request".to_owned());
    }
    Ok(Some(DeskReport { id, draft }))
}

fn draft(title: String, details: Option<String>, name: Option<String>, mail: Option<String>) -> ReportDraft {
    ReportDraft {
        title: cut(title.trim(), TITLE).into(),
        details: cut(details.unwrap_or_default().trim(), TEXT).into(),
        name: cut(name.unwrap_or_default().trim(), NAME).into(),
        address: mail.unwrap_or_default(),
    }
}
