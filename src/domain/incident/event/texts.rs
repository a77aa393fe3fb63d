//! Replaces texts of events, for their removal.

use crate::domain::text::Untrusted;

/// Replaces an optional text; one that becomes blank is gone.
pub(super) fn replace_optional(text: &mut Option<Untrusted>, change: &mut impl FnMut(Untrusted) -> Untrusted) {
    *text = text.take().map(change).filter(|text| !text.is_blank());
}
