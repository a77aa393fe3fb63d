//! Text messages and calls: the parts of a text, and what a call says (`templates/contact/sms_*`, `templates/contact/call*`).

use serde::Serialize;

use super::ContactText;
use crate::{
    contact::twilio::{SmsParts, SmsText},
    render::{RenderError, Renderer, Sample},
};

/// A text of a contact method for a phone.
#[derive(Clone, Debug, Serialize)]
struct PhoneContext<'a> {
    #[serde(flatten)]
    text: &'a ContactText,
    /// True if answers by text message reach hotroom.
    replies: bool,
    /// Where the key is sent that is pressed in a call.
    action: Option<&'a str>,
}

/// Composes a text message. `replies`: whether answers by text message reach hotroom.
///
/// # Errors
/// [`RenderError`] names the template and its line.
pub fn text_message(renderer: &Renderer, text: &ContactText, replies: bool) -> Result<SmsText, RenderError> {
    let context = PhoneContext { text, replies, action: None };
    let lead = || renderer.render("contact/sms_lead.txt", &context);
    let tail = renderer.render("contact/sms_tail.txt", &context)?;
    let parts = match text {
        ContactText::Page(page) => {
            SmsParts { lead: lead()?, service: page.service.clone(), title: page.title.clone(), tail }
        }
        ContactText::Over(over) => SmsParts { lead: lead()?, title: over.title.clone(), tail, ..SmsParts::default() },
        ContactText::Code { .. } | ContactText::Test { .. } | ContactText::Reminder(_) | ContactText::Change { .. } => {
            SmsParts { tail, ..SmsParts::default() }
        }
    };
    Ok(parts.compose())
}

/// Renders what a call says, as TwiML. `action` is where the key is sent that is pressed; `None` if answers do not reach
/// hotroom.
///
/// # Errors
/// [`RenderError`] names the template and its line.
pub fn call_script(renderer: &Renderer, text: &ContactText, action: Option<&str>) -> Result<String, RenderError> {
    renderer.render("contact/call.xml", PhoneContext { text, replies: action.is_some(), action })
}

/// What became of an answer by phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PhoneVerdict {
    /// The page is acknowledged.
    Acknowledged,
    /// A test is answered.
    Answered,
    /// Somebody else has acknowledged it before.
    Taken,
    /// The page is over.
    Over,
    /// There is no such page.
    Unknown,
    /// Too many wrong codes came from the number.
    TooMany,
    /// Another key was pressed.
    OtherKey,
    /// The person wants messages again.
    Started,
    /// Nothing is to be said.
    None,
}

/// An answer to an answer by phone.
#[derive(Clone, Debug, Serialize)]
pub struct PhoneAnswer {
    /// What became of it.
    pub answer: PhoneVerdict,
    /// The key of the incident.
    pub key: String,
    /// Who acknowledged the page.
    pub by: String,
    /// Where the call begins again.
    pub again: String,
}

impl PhoneAnswer {
    /// An answer that names nothing.
    pub fn bare(answer: PhoneVerdict) -> Self {
        Self { answer, key: String::new(), by: String::new(), again: String::new() }
    }

    /// Renders it for the end of a call, as TwiML.
    ///
    /// # Errors
    /// [`RenderError`] names the template and its line.
    pub fn for_call(&self, renderer: &Renderer) -> Result<String, RenderError> {
        renderer.render("contact/call_answer.xml", self)
    }

    /// Renders it as the answer to a text message, as TwiML.
    ///
    /// # Errors
    /// [`RenderError`] names the template and its line.
    pub fn for_text(&self, renderer: &Renderer) -> Result<String, RenderError> {
        renderer.render("contact/sms_answer.xml", self)
    }
}

/// The samples of a text for a phone: as a text message and as a call. `action`: where a key is sent.
pub(in crate::render) fn phone_samples(case: &'static str, text: &ContactText, action: Option<&str>) -> Vec<Sample> {
    let context = PhoneContext { text, replies: action.is_some(), action };
    let sample = |template: &str| Sample::new(format!("contact/{template}"), case, &context);
    let has_lead = matches!(text, ContactText::Page(_) | ContactText::Over(_));
    let lead = has_lead.then(|| sample("sms_lead.txt"));
    lead.into_iter().chain([sample("sms_tail.txt"), sample("call.xml")]).collect()
}

/// The samples of answers by phone.
pub(in crate::render) fn answer_samples() -> Vec<Sample> {
    let answer = |answer| PhoneAnswer {
        answer,
        key: "HOT-12".to_owned(),
        by: "Bob <1>".to_owned(),
        again: "http://localhost:8080/contact/twilio/voice/abcdefghijklmnopqrst".to_owned(),
    };
    let cases = [
        ("acknowledged", PhoneVerdict::Acknowledged),
        ("answered", PhoneVerdict::Answered),
        ("taken", PhoneVerdict::Taken),
        ("over", PhoneVerdict::Over),
        ("unknown", PhoneVerdict::Unknown),
        ("too many", PhoneVerdict::TooMany),
        ("other key", PhoneVerdict::OtherKey),
        ("started", PhoneVerdict::Started),
        ("none", PhoneVerdict::None),
    ];
    let templates = ["contact/call_answer.xml", "contact/sms_answer.xml"];
    let samples = cases
        .into_iter()
        .flat_map(|(case, verdict)| templates.map(|template| Sample::new(template.to_owned(), case, answer(verdict))));
    samples.collect()
}
