//! How rooms, messages and people of the built-in chat are linked to other chat platforms. Each row names its platform, and
//! ids of platforms are opaque text.

pub(super) mod accounts;
pub(super) mod channels;
pub(super) mod inbound;
pub(super) mod messages;
pub(super) mod shortages;

use crate::{
    domain::ids::PlatformId,
    store::{StoreError, engine::sql::Row},
};

fn platform_id(row: &Row<'_>, place: usize) -> Result<PlatformId, StoreError> {
    row.get::<String>(place).map(PlatformId::new)
}

fn optional_id(row: &Row<'_>, place: usize) -> Result<Option<PlatformId>, StoreError> {
    Ok(row.get::<Option<String>>(place)?.map(PlatformId::new))
}
