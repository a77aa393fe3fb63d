//! Command declarations, parsing and forms.
//!
//! A slash command is declared once, in `commands/*.toml`. [`Catalog`] has the declarations; [`parse`] turns a typed
//! line, a submitted form or an interaction into a [`Request`] or a [`UsageError`]; [`Catalog::form`] builds the form
//! of a command without arguments; [`say()`] writes a request as text that parses back to it, for the commands of
//! buttons.

mod act;
mod bind;
mod build;
mod catalog;
mod declared;
mod field;
mod form;
mod format_request;
mod guide;
mod input;
mod lex;
mod names;
mod parse_context;
mod request;
mod span;
#[cfg(test)]
mod tests;
mod usage;
mod value;
mod vocabulary;
mod when;

pub use act::{Act, FieldAct, FollowUpAct, IssueAct, MaintenanceAct, OnCallAct, PostmortemAct, ReportAct};
pub use catalog::{Bare, Catalog, CatalogError, CommandSpec, Direction, OptionKind, OptionSpec, Root};
pub use form::{FieldPrefill, Form, Input, Prefill};
pub use format_request::say;
pub use guide::{CompletionCommand, CompletionOption};
pub use input::{CallContext, InputText, ParseInput};
pub use request::{
    Action, Ask, ContactRequest, FollowUpRequest, FollowUpScope, ListFilter, ListScope, MaintenanceRequest,
    MethodReference, OverrideRequest, PageChange, PageResponse, PostmortemRequest, Query, Request, RuleRequest,
    SilenceRequest, SilenceTarget, UserReportRequest, Whom,
};
pub use usage::{AmbiguousName, TimeMistake, UsageError};
pub use vocabulary::{KnownName, StatusTemplate, Vocabulary};
pub use when::{duration_text, parse_duration};

/// Maximum length of a line or an option value, in bytes.
pub const MAX_SAID: usize = 16_000;

/// Parses a command. Fails with the part that was not understood and the closest matches. It reads no records: whether
/// an incident or a page exists is checked later.
pub fn parse(
    catalog: &Catalog,
    vocabulary: &Vocabulary,
    spoken: &ParseInput<'_>,
    place: &CallContext,
) -> Result<Request, UsageError> {
    let heard = match spoken.words {
        InputText::Text(text) => bind::text(catalog, vocabulary, text, place)?,
        InputText::Options { command, options } => bind::options(catalog, command, options)?,
    };
    match heard {
        bind::BoundLine::Bare(request) => Ok(request),
        bind::BoundLine::Command { spec, raw, from_form } => build::request(
            &parse_context::ParseContext { catalog, vocabulary, place, spec, version: spoken.version },
            raw,
            from_form,
        ),
    }
}
