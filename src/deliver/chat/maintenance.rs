//! Messages about planned maintenance.

use super::{
    ChatCall,
    prepare::{CallResult, NO_SUBJECT, Preparation},
};
use crate::{
    app::maintenance,
    deliver::adapter::PreparedCall,
    domain::{
        effect::{Audience, SkipReason},
        ids::MaintenanceId,
        status::Maintenance,
    },
    render::MaintenanceLine,
};

impl Preparation<'_> {
    pub(super) fn maintenance(&self, id: MaintenanceId, seq: u64, to: &Audience) -> CallResult {
        let recorded = self.reads.event(&Maintenance::stream(id), seq)?;
        let (Some(recorded), Some(item)) = (recorded, self.reads.maintenance(id)?) else { return Ok(NO_SUBJECT) };
        let muted = maintenance::muted(self.reads, &item, self.cx.now)?;
        let services = maintenance::services(&self.cx.config, &item);
        let line = MaintenanceLine::new(&item, services, muted, self.cx.now);
        let Some(post) = self.message_renderer().maintenance_notice(&line, &recorded) else {
            return Ok(PreparedCall::Skip(SkipReason::NoMessage));
        };
        let (post, key) = (Box::new(post), self.cx.key.to_string());
        Ok(PreparedCall::Call(match to {
            Audience::Person(person) => ChatCall::Direct { person: person.clone(), key, post },
            Audience::Feed(_) | Audience::HotRoom => {
                ChatCall::Post { room: self.cx.config.chat.incidents_feed.clone(), key, post }
            }
        }))
    }
}
