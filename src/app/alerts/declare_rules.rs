//! Rules that open incidents.

use super::{AlertBatch, GroupEdit, RULE, incident_is_open, known_service, severity};
use crate::{
    app::{
        Context,
        reactor::{FollowUp, WorkList},
    },
    domain::{
        Timestamp,
        alert::{Alert, AlertGroup, DeclareRule, rule_for},
        effect::Timer,
        ids::{GroupId, IncidentId, ServiceId},
        incident::{Command, Declare, Incident, IncidentKind},
        people::Actor,
        text::{Untrusted, cut},
    },
    store::{IncidentFilter, StoreError, Tx},
};

/// For how many alerts of a group one check evaluates the rules.
const ASKED_AT_ONCE: usize = 100;
/// How long a title made of an alert may be.
const TITLE: usize = 200;
/// How long a description made of an alert may be.
const DESCRIPTION: usize = 2000;

impl AlertBatch<'_> {
    pub(super) fn rule_due(&self, alert: &Alert) -> Option<Timestamp> {
        let critical = |name: &str| self.cx.config.service(name).is_some_and(|service| service.critical);
        rule_for(&self.cx.config.alerts.declare, alert, critical).map(|(_, due)| due)
    }

    /// When the rules are evaluated for an alert: when one matches it, or now if its group belongs to an incident,
    /// which it has joined.
    pub(super) fn rules_due_at(&mut self, tx: &Tx<'_>, alert: &Alert) -> Result<Option<Timestamp>, StoreError> {
        if let Some(due) = self.rule_due(alert) {
            return Ok(Some(due));
        }
        let joins = alert.firing && alert.severity.is_some() && self.incident_of(tx, alert)?.is_some();
        Ok(joins.then_some(self.cx.now))
    }

    fn incident_of(&mut self, tx: &Tx<'_>, alert: &Alert) -> Result<Option<IncidentId>, StoreError> {
        let group = alert.group.map(|id| self.open_group(tx, id)).transpose()?.flatten();
        Ok(group.and_then(|group| group.incident))
    }

    pub(super) fn schedule_check(&mut self, tx: &mut Tx<'_>, alert: &Alert) -> Result<(), StoreError> {
        let Some(due) = self.rules_due_at(tx, alert)? else { return Ok(()) };
        tx.set_rule_due(alert.id, Some(due))?;
        self.schedule_rules(tx, alert, due)
    }

    pub(super) fn schedule_rules(&mut self, tx: &Tx<'_>, alert: &Alert, due: Timestamp) -> Result<(), StoreError> {
        if let Some(changes) = alert.group.map(|id| self.changes_of(tx, id)).transpose()?.flatten() {
            changes.rule_due = Some(changes.rule_due.map_or(due, |known| known.min(due)));
        }
        Ok(())
    }

    /// Evaluates the rules again for an alert whose episode goes on. Its open incident shows it already.
    pub(super) fn schedule_rules_again(&mut self, tx: &mut Tx<'_>, alert: &Alert) -> Result<(), StoreError> {
        let incident = self.incident_of(tx, alert)?;
        if self.rule_due(alert).is_none() || incident_is_open(tx, incident)? {
            return Ok(());
        }
        self.schedule_check(tx, alert)
    }
}

/// Evaluates the rules for the alerts of a group that are due: declares an incident, or links the group to one that is open
/// for the same service. If the group belongs to an open incident, the alerts have joined that.
pub(in crate::app) fn check_rules(
    tx: &mut Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    id: GroupId,
) -> Result<(), StoreError> {
    let Some(mut group) = tx.group(id)? else { return Ok(()) };
    if group.silenced(cx.now) {
        // The end of the silence evaluates them.
        return Ok(());
    }
    if severity::is_highest(tx, group.incident)? {
        tx.clear_rules_due(id, cx.now)?;
    }
    let open = incident_is_open(tx, group.incident)?;
    let mut joined = Vec::new();
    for alert in tx.alerts_with_rule_due(id, cx.now, ASKED_AT_ONCE)? {
        tx.set_rule_due(alert.id, None)?;
        if !alert.firing {
            continue;
        }
        if open {
            joined.push(alert);
        } else if let Some(rule) = rule_now(cx, &alert) {
            open_or_link(tx, cx, work, &group, &Match { rule, alert: &alert })?;
            // The alerts that are left join the incident, if there is one then.
            work.push(cx, FollowUp::CheckRules { group: id });
            return Ok(());
        }
    }
    if let Some(incident) = group.incident {
        severity::alerts_joined(tx, cx, work, incident, &joined)?;
    }
    let next = tx.next_rule_due(id)?;
    group.schedule.declare_due = next;
    let mut edit = GroupEdit::new(group);
    if let Some(next) = next {
        edit.effect(Timer::DeclareRule { group: id }, next.max(cx.now));
    }
    edit.write(tx, cx).map(|_| ())
}

/// An alert, and the rule that matches it.
struct Match<'a> {
    rule: &'a DeclareRule,
    alert: &'a Alert,
}

fn rule_now<'a>(cx: Context<'a>, alert: &Alert) -> Option<&'a DeclareRule> {
    let critical = |name: &str| cx.config.service(name).is_some_and(|service| service.critical);
    let (rule, due) = rule_for(&cx.config.alerts.declare, alert, critical)?;
    (due <= cx.now).then_some(rule)
}

fn open_or_link(
    tx: &Tx<'_>,
    cx: Context<'_>,
    work: &mut WorkList,
    group: &AlertGroup,
    found: &Match<'_>,
) -> Result<(), StoreError> {
    let Match { rule, alert } = *found;
    let actor = Actor::Machine(format!("{RULE}{}", rule.name));
    let cx = cx.by(&actor);
    let service = known_service(cx, alert.service.as_deref());
    if let Some(incident) = open_for(tx, service.as_ref())? {
        let command = Command::LinkGroup { group: group.id };
        work.push(cx, FollowUp::CommandIncident { incident: incident.id, command });
        return Ok(());
    }
    let declare = Declare {
        severity: rule.severity.or(alert.severity),
        title: Untrusted::new(cut(alert.title().verbatim(), TITLE)),
        ..blank(cx, group, alert, service)
    };
    work.push(cx, FollowUp::DeclareByRule { declare });
    Ok(())
}

/// The declaration of an incident from a group and one of its alerts.
pub(super) fn blank(cx: Context<'_>, group: &AlertGroup, alert: &Alert, service: Option<ServiceId>) -> Declare {
    let description = alert.annotations.get("description").map_or("", |text| text.verbatim());
    Declare {
        title: Untrusted::new(cut(group.title.verbatim(), TITLE)),
        description: Untrusted::new(cut(description, DESCRIPTION)),
        severity: None,
        judged: None,
        affected: None,
        service,
        kind: IncidentKind::Real,
        own_kind: None,
        private: false,
        group: Some(group.id),
        impact_since: Some(began(group, cx.now)),
    }
}

fn began(group: &AlertGroup, now: Timestamp) -> Timestamp {
    group.opened_at.min(now)
}

/// The newest open incident of a service, whoever declared it; without a service, one that a rule declared. No drill, and of
/// those that people declared none that is private: others would not find the alerts there.
fn open_for(tx: &Tx<'_>, service: Option<&ServiceId>) -> Result<Option<Incident>, StoreError> {
    let filter =
        IncidentFilter { open: Some(true), service: service.cloned(), limit: 500, ..IncidentFilter::default() };
    let by_rule = |incident: &Incident| matches!(&incident.declared_by, Actor::Machine(name) if name.starts_with(RULE));
    let fits = |incident: &Incident| {
        incident.service.as_ref() == service
            && incident.kind == IncidentKind::Real
            && (by_rule(incident) || service.is_some() && !incident.private)
    };
    Ok(tx.list_incidents(&filter)?.items.into_iter().find(fits))
}
