//! Renders records for people: chat messages, console pages, mail.
//!
//! Every sentence is a template under `templates/`; an operator's template folder can replace each of them. Chat
//! templates are written in a small chat markdown that is parsed into a [`crate::chat::Post`]:
//!
//! ```text
//! # The title
//! Text. {{ person|person }} {{ at|time }}
//! ## A field's name
//! Its value
//! -# The footer
//! >> primary | Acknowledge page | /page ack {{ page }} | Ask first?
//! ```
//!
//! Template output is escaped for its destination, which is determined by the file extension of the template.

mod contact;
mod effect_names;
mod encode;
mod filters;
mod group;
mod html;
mod message_renderer;
mod names;
mod page;
mod post;
mod postmortem;
mod preview;
mod profile;
mod renderer;
mod replies;
pub(crate) mod samples;
mod silences;
mod status;
mod storm;
#[cfg(test)]
mod tests;
mod tracker;
mod transcript;
mod user_reports;
mod view;
mod webhook;
mod why;

pub use contact::phone::{PhoneAnswer, PhoneVerdict, call_script, text_message};
pub use contact::push::{PushWords, push_buttons, push_words};
pub use contact::{
    ContactButtons, ContactText, OverText, PageText, PageTextFacts, ReminderText, RenderedContact, contact_buttons,
    contact_message,
};
pub use effect_names::{contacts_name, effect_name, page_name};
pub use encode::{Length, chat_block, chat_line};
pub use group::GroupFacts;
pub use html::{NameOf, linked_html, safe_html};
pub use message_renderer::{
    MessageRenderer,
    background::{BackgroundFacts, RecentKind, RecentLine, SimilarLine},
    severity_tone,
};
pub use names::{Names, RenderContext};
pub use page::{PageMessage, PagedAlerts, notice::PageStepPlace};
pub use post::post_of;
pub use postmortem::{DocumentFacts, PostmortemMessage, ReviewFacts};
pub use preview::PreviewFacts;
pub use profile::{MethodLine, MethodState, ProofLine};
pub use renderer::{RenderError, Renderer};
pub use replies::DutyLine;
pub use samples::Sample;
pub use silences::SilenceLine;
pub use status::MaintenanceLine;
pub use tracker::{BoardFacts, EntryFact, EntryKind, IssueEntry};
pub use transcript::{Transcript, TranscriptAuthor, TranscriptFile, TranscriptMessage};
pub use user_reports::{RenderedReporterMail, ReporterText, UserReportLine, reporter_mail};
pub use view::{CardFacts, ChangeLine, PageLine};
pub use webhook::{WEBHOOK_ALERTS, WebhookFacts, webhook_body};
pub use why::{WhyJoined, WhyView};
