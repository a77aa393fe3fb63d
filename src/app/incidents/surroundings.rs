//! What a decision about an incident needs to know of other records.

use super::{status_page, stranded};
use crate::{
    app::Context,
    domain::{
        incident::{Command, Facts, Incident, MOST_ENTRIES},
        status::ComponentStatuses,
        text::Untrusted,
    },
    store::{StoreError, Tx},
};

/// What a decision needs to know besides the incident itself.
#[derive(Default)]
pub(super) struct Surroundings {
    components: ComponentStatuses,
    others: ComponentStatuses,
    asking: Vec<String>,
    hosts: Vec<Untrusted>,
}

impl Surroundings {
    pub(super) fn gather(
        tx: &Tx<'_>,
        cx: Context<'_>,
        incident: &Incident,
        command: &Command,
    ) -> Result<Self, StoreError> {
        let mut found = Self::default();
        if matches!(command, Command::PostStatus { .. }) {
            found.components = status_page::shown_now(tx, cx)?;
        }
        if incident.public.posted {
            found.others = status_page::shown_by_others(tx, incident.id)?;
        }
        if matches!(command, Command::Cancel { .. } | Command::SetStatus { .. }) {
            let pages = tx.pages_of_incident(incident.id)?;
            found.asking = pages.iter().filter(|page| page.is_asking()).map(|page| page.spec.whom.clone()).collect();
        }
        if matches!(command, Command::Resolve { .. } | Command::SetStatus { .. }) && !incident.groups.is_empty() {
            found.hosts = tx.hosts_of_incident(incident.id, MOST_ENTRIES)?.into_iter().map(Untrusted::new).collect();
        }
        Ok(found)
    }
}

pub(super) fn facts<'a>(cx: Context<'a>, surroundings: &'a Surroundings) -> Facts<'a> {
    let Surroundings { components, others, asking, hosts } = surroundings;
    let responds = cx.actor.person().is_some_and(|person| stranded::may_act(cx.config, person));
    Facts {
        now: cx.now,
        actor: cx.actor,
        policy: &cx.config.policy,
        expect: cx.expect,
        components,
        others,
        asking,
        hosts,
        responds,
    }
}
