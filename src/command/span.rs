//! Reads the beginning and the end of a time span, which depend on each other.

use super::{
    CallContext, Direction, OptionKind, UsageError,
    bind::RawOption,
    parse_context::ParseContext,
    value,
    when::{Standpoint, is_clock_time},
};
use crate::domain::Timestamp;

/// A time span that was typed.
#[derive(Clone, Copy)]
pub(super) struct TypedSpan {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Reads `from` and `until` together: `until` is the first such time after `from`, and a clock time earlier today with
/// `until` still ahead means now. `None` if a command has no such span, or only one of both was given.
pub(super) fn typed_span(context: &ParseContext<'_, '_>, raw: &[RawOption]) -> Result<Option<TypedSpan>, UsageError> {
    let typed = |name: &str| {
        let option = context.spec.option(name).filter(|option| option.kind == OptionKind::Time)?;
        Some((option, raw.iter().find(|item| item.name == name)?.text.as_str()))
    };
    let (Some((from, from_text)), Some((until, until_text))) = (typed("from"), typed("until")) else {
        return Ok(None);
    };
    let CallContext { now, timezone, .. } = *context.place;
    let ahead = Standpoint::new(now, timezone, Direction::Future);
    let ends_after = |after| value::time_from(until, Standpoint { after, ..ahead }, until_text);
    if is_clock_time(from_text) {
        let earlier = value::time_from(from, Standpoint { direction: Direction::Past, ..ahead }, from_text)?;
        let is_today = earlier.with_timezone(&timezone).date_naive() == now.with_timezone(&timezone).date_naive();
        let until = ends_after(earlier)?;
        if is_today && until > now {
            return Ok(Some(TypedSpan { from: now, until }));
        }
    }
    let from = value::time_from(from, ahead, from_text)?;
    Ok(Some(TypedSpan { from, until: ends_after(from)? }))
}
