//! What people can say, and how it is understood.
//!
//! A slash command is declared once, in `commands/*.toml`. [`Catalog`] holds the declarations; [`parse`] turns a typed
//! line, a filled form or an interaction into a [`Request`] or a [`UsageError`]; [`Catalog::form`] makes the form of a
//! bare command; [`say()`] writes a request as the text that parses back to it, which is how buttons get their commands.

mod act;
mod bind;
mod build;
mod catalog;
mod declared;
mod form;
mod guide;
mod lex;
mod request;
mod say;
#[cfg(test)]
mod tests;
mod usage;
mod value;
mod vocabulary;
mod when;

pub use act::Act;
pub use catalog::{Bare, Catalog, CatalogError, CommandSpec, Direction, OptionKind, OptionSpec, Root};
pub use form::{Form, Input, Prefill};
pub use guide::{CompletionCommand, CompletionOption};
pub use request::{
    Action, Answer, Ask, ListFilter, Place, Query, Request, Shown, SilenceRequest, SilenceTarget, Spoken, Whom, Words,
};
pub use say::say;
pub use usage::{TimeMistake, UsageError};
pub use vocabulary::{Known, StatusTemplate, Vocabulary};
pub use when::{duration_text, parse_duration};

/// Longest line or option value that is looked at, in bytes.
pub const MAX_SAID: usize = 16_000;

/// Understands what was said. Nothing here looks at records: whether an incident or a page exists is found out later.
///
/// # Errors
/// Names what could not be understood, with the nearest thing that could.
pub fn parse(
    catalog: &Catalog,
    vocabulary: &Vocabulary,
    spoken: &Spoken<'_>,
    place: &Place,
) -> Result<Request, UsageError> {
    let heard = match spoken.words {
        Words::Text(text) => bind::text(catalog, vocabulary, text, place)?,
        Words::Options { command, options } => bind::options(catalog, command, options)?,
    };
    match heard {
        bind::Heard::Bare(request) => Ok(request),
        bind::Heard::Command { spec, raw, from_form } => {
            build::request(&build::Saying { catalog, vocabulary, place, spec, version: spoken.version }, raw, from_form)
        }
    }
}
