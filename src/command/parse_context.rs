//! What the values of a line are parsed with.

use super::{CallContext, Catalog, CommandSpec, Vocabulary};

/// The context for parsing values.
#[derive(Clone, Copy)]
pub(super) struct ParseContext<'a, 'v> {
    pub catalog: &'a Catalog,
    pub vocabulary: &'v Vocabulary,
    pub place: &'v CallContext,
    pub spec: &'a CommandSpec,
    pub version: Option<u64>,
}
