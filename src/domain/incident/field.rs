//! Fields of incidents: what an operator wants to know of each, declared in `[[incident.fields]]`.

use super::{
    Facts, FieldChanges, FieldContent, FieldSpec, FieldType, Incident, IncidentEvent, Judgement, LifecycleEvent,
    Policy,
    rules::{MAX_TEXT, text},
};
use crate::domain::{
    ids::{FieldId, KindId, StatusId},
    refusal::{IncidentRefusal, Refusal},
    text::Untrusted,
};

/// The field of the impact on the severity matrix.
pub const IMPACT: &str = "impact";
/// The field of the urgency on the severity matrix.
pub const URGENCY: &str = "urgency";
/// The field of the number of affected customers.
pub const AFFECTED: &str = "affected";
/// The field of the class of the cause.
pub const CAUSE: &str = "cause";
/// The field that says who noticed an incident.
pub const DETECTION: &str = "detection";
/// The field of the deployment that caused an incident.
pub const DEPLOYMENT: &str = "deployment";
/// The field of the unplanned deployment that fixed it.
pub const FIX: &str = "fix";
/// The field of the earlier incident that came back.
pub const REPEAT_OF: &str = "repeat_of";
/// The field of the affected hosts, which is prefilled from alerts.
pub const HOSTS: &str = "hosts";

/// The most entries of a field with several.
pub const MOST_ENTRIES: usize = 100;

impl FieldSpec {
    /// True if an incident has this field.
    pub fn is_of(&self, incident: &Incident) -> bool {
        let kind = incident.kind_id();
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.severities.is_empty() || self.severities.contains(&incident.severity))
    }
}

impl Incident {
    /// The kind in the operator's words.
    pub fn kind_id(&self) -> KindId {
        self.own_kind.clone().unwrap_or_else(|| KindId::new(self.kind.name()))
    }

    /// The class of the cause.
    pub fn cause(&self) -> Option<&str> {
        match self.fields.get(&FieldId::from(CAUSE)) {
            Some(FieldContent::Word(cause)) => Some(cause),
            Some(FieldContent::Words(_) | FieldContent::Text(_) | FieldContent::Texts(_)) => None,
            // Records that cannot be rebuilt have it where earlier versions wrote it.
            None => self.resolution.as_ref().and_then(|resolution| resolution.cause.as_deref()),
        }
    }

    /// The value of a field.
    pub fn field(&self, id: &FieldId) -> Option<FieldContent> {
        let judged = |of: fn(&Judgement) -> &String| {
            let word = self.judgement.as_ref().map(of).filter(|word| !word.is_empty());
            word.cloned().map(FieldContent::Word)
        };
        match id.as_str() {
            IMPACT => judged(|judgement| &judgement.impact),
            URGENCY => judged(|judgement| &judgement.urgency),
            AFFECTED => Some(FieldContent::Text(self.affected.clone())),
            CAUSE => self.cause().map(|cause| FieldContent::Word(cause.to_owned())),
            _ => self.fields.get(id).cloned(),
        }
        .filter(|value| !value.is_blank())
    }

    /// Sets or removes the value of a field.
    pub(super) fn set_field(&mut self, id: &FieldId, value: Option<&FieldContent>) {
        let value = value.filter(|value| !value.is_blank());
        match id.as_str() {
            IMPACT | URGENCY => {
                let judgement = self.judgement.get_or_insert_default();
                let place = if id.as_str() == IMPACT { &mut judgement.impact } else { &mut judgement.urgency };
                *place = value.map(FieldContent::typed).unwrap_or_default();
                if judgement.impact.is_empty() && judgement.urgency.is_empty() {
                    self.judgement = None;
                }
            }
            AFFECTED => self.affected = value.map(|value| Untrusted::new(value.typed())).unwrap_or_default(),
            _ => {
                if id.as_str() == CAUSE
                    && let Some(resolution) = &mut self.resolution
                {
                    resolution.cause = None;
                }
                match value {
                    Some(value) => self.fields.insert(id.clone(), value.clone()),
                    None => self.fields.remove(id),
                };
            }
        }
    }

    /// The fields that it has, in the order of the configuration.
    pub fn fields_of<'p>(&self, policy: &'p Policy) -> impl Iterator<Item = &'p FieldSpec> {
        policy.fields.iter().filter(|spec| spec.is_of(self))
    }

    /// The fields without a value that a status requires.
    pub fn missing_at<'p>(&self, status: &StatusId, policy: &'p Policy) -> Vec<&'p FieldSpec> {
        let required = |spec: &&FieldSpec| spec.required_at.contains(status) && self.field(&spec.id).is_none();
        self.fields_of(policy).filter(required).collect()
    }
}

/// `/field set`. A field can be set at any time, also when the incident is over.
pub(super) fn set(
    incident: &Incident,
    changes: &FieldChanges,
    facts: &Facts<'_>,
) -> Result<Vec<IncidentEvent>, Refusal> {
    let mut changed = FieldChanges::new();
    for (id, value) in changes {
        if !incident.fields_of(facts.policy).any(|spec| spec.id == *id) {
            let known = incident.fields_of(facts.policy).map(|spec| spec.id.clone()).collect();
            return Err(IncidentRefusal::NoField { key: incident.key.clone(), field: id.clone(), known }.into());
        }
        for entry in value.iter().flat_map(FieldContent::texts) {
            text(id.as_str(), entry, MAX_TEXT)?;
        }
        if incident.field(id) != *value {
            changed.insert(id.clone(), value.clone());
        }
    }
    if changed.is_empty() {
        let (what, value) = ("every field".to_owned(), "set like that".to_owned());
        return Err(IncidentRefusal::Already { what, value, by: None }.into());
    }
    Ok(vec![LifecycleEvent::FieldsChanged { fields: changed, from_alerts: false }.into()])
}

/// Refuses to enter a status without the fields that it requires. `given` are those that the same command sets.
pub(super) fn require(
    incident: &Incident,
    status: &StatusId,
    given: &[&str],
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    let mut missing = incident.missing_at(status, facts.policy);
    let has_hosts = !facts.hosts.is_empty();
    missing.retain(|spec| !given.contains(&spec.id.as_str()) && (spec.id.as_str() != HOSTS || !has_hosts));
    if missing.is_empty() {
        return Ok(());
    }
    let named = facts.policy.workflow.status(status).map_or_else(|| status.to_string(), |spec| spec.name.clone());
    let fields = missing.iter().map(|spec| spec.id.clone()).collect();
    let names = missing.iter().map(|spec| spec.name.clone()).collect();
    Err(IncidentRefusal::FieldsMissing { key: incident.key.clone(), status: named, fields, names }.into())
}

/// The hosts of the alerts, recorded when the incident is resolved if nobody named any.
pub(super) fn hosts_of_alerts(incident: &Incident, facts: &Facts<'_>) -> Option<IncidentEvent> {
    let id = FieldId::from(HOSTS);
    let has_field = incident.fields_of(facts.policy).any(|spec| spec.id == id && spec.holds == FieldType::List);
    if !has_field || facts.hosts.is_empty() || incident.field(&id).is_some() {
        return None;
    }
    let hosts = FieldContent::Texts(facts.hosts.iter().take(MOST_ENTRIES).cloned().collect());
    let fields = FieldChanges::from([(id, Some(hosts))]);
    Some(LifecycleEvent::FieldsChanged { fields, from_alerts: true }.into())
}
