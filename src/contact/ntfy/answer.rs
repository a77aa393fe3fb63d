//! What a server answers: published messages, and errors with their codes.

use serde::Deserialize;

use super::message::NtfyMessage;
use crate::net::{HttpFailure, HttpResponse};

/// A message as the server returns it.
#[derive(Debug, Deserialize)]
pub(super) struct PublishedMessage {
    pub(super) id: String,
    pub(super) event: String,
    #[serde(default)]
    pub(super) sequence_id: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    actions: Vec<PublishedAction>,
}

/// A button of a message as the server returns it.
#[derive(Debug, Deserialize)]
struct PublishedAction {
    #[serde(default)]
    url: Option<String>,
}

impl PublishedMessage {
    /// Parses the answer to a published message.
    ///
    /// # Errors
    /// [`HttpFailure::Unclear`] when it is something else, such as the sign-in form of a network.
    pub(super) fn parse(response: &HttpResponse) -> Result<Self, HttpFailure> {
        let published: Self = response.json()?;
        if published.event != "message" || published.id.is_empty() {
            let why = "an answer that is not ntfy's".to_owned();
            return Err(HttpFailure::Unclear { status: Some(response.status), why });
        }
        Ok(published)
    }

    /// True if it is this message: its sequence has others, such as those of earlier steps of the page. A button leads to a
    /// link of its own for each step; the text may differ by a mark such as "possible repeat".
    pub(super) fn is(&self, message: &NtfyMessage, topic: &str) -> bool {
        if self.sequence_id.as_deref() != Some(message.sequence_id.as_str()) {
            return false;
        }
        match message.actions.first() {
            Some(action) => self.actions.iter().any(|published| published.url.as_ref() == Some(&action.url)),
            None => self.actions.is_empty() && self.message == Some(message.text_to_send(topic)),
        }
    }
}

/// The messages of an answer to a poll, one on a line. Lines of another sort are left out.
pub(super) fn polled(response: &HttpResponse) -> Vec<PublishedMessage> {
    let lines = response.body.split(|byte| *byte == b'\n');
    let messages = lines.filter_map(|line| serde_json::from_slice::<PublishedMessage>(line).ok());
    messages.filter(|message| message.event == "message").collect()
}

#[derive(Deserialize)]
struct ErrorBody {
    code: u32,
}

/// Error codes of ntfy that an operator or a person can do something about.
const MEANINGS: [(u32, &str); 11] = [
    (40009, "the name of the topic is invalid"),
    (40010, "the server does not allow this topic"),
    (40013, "the server cannot read the link of the graph"),
    (40018, "the server refuses the buttons"),
    (40101, "the access token is not accepted"),
    (40301, "the topic may not be used without an access token that allows it"),
    (41301, "the message is too large"),
    (41303, "the message is too large"),
    (42901, "too many requests from this address"),
    (42908, "the server takes no more messages today"),
    (50701, "the server has no space left"),
];

/// Replaces the body of a refusal by what its code means. Other text of a server is not repeated: many people see the
/// reason, and a server that a person named can answer anything.
pub(super) fn explained(failure: HttpFailure) -> HttpFailure {
    let code = match &failure {
        HttpFailure::Status(response) => serde_json::from_slice::<ErrorBody>(&response.body).ok().map(|body| body.code),
        HttpFailure::Invalid(_)
        | HttpFailure::Blocked(_)
        | HttpFailure::Unsent(_)
        | HttpFailure::Redirected { .. }
        | HttpFailure::Unclear { .. } => None,
    };
    let mut failure = failure.without_body();
    if let (HttpFailure::Status(response), Some(code)) = (&mut failure, code) {
        let meaning = MEANINGS.iter().find(|(known, _)| *known == code);
        response.body = match meaning {
            Some((_, meaning)) => format!("{meaning} (ntfy {code})").into_bytes(),
            None => format!("ntfy {code}").into_bytes(),
        };
    }
    failure
}
