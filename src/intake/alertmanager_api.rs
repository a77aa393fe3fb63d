//! Alertmanager's own API, `/api/v2/alerts`, as used by Prometheus, amtool and other clients.
//!
//! An alert has no status here: it is resolved once its `endsAt` has passed. Without a start it starts now; without an
//! end it times out after `[alerts] resolve_timeout` (Alertmanager `api/v2/api.go`).

use super::{Reading, Unreadable, alertmanager, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Signal, episode},
    ids::SourceId,
};

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let wrong = || Unreadable::new(format!("a list of alerts should stand here, not {}", root.sort()), "/");
    let items = root.items().ok_or_else(wrong)?;
    Ok(reading::each(items, "", |item| signal(source, item, received)))
}

fn signal(source: &SourceId, item: &Json, received: Timestamp) -> Result<Signal, Unreadable> {
    let mut remarks = Vec::new();
    let starts_at = reading::time(item.get("startsAt"), &mut remarks);
    let ends_at = reading::time(item.get("endsAt"), &mut remarks).filter(|end| !episode::is_zero(*end));
    if let (Some(start), Some(end)) = (starts_at, ends_at)
        && end < start
    {
        return Err(Unreadable::new("start time must be before end time", "/endsAt"));
    }
    alertmanager::read_alert(source, item, received, ends_at.is_none_or(|end| received < end))
}
