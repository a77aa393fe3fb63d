//! Reminders by contact methods: one message to each person, which waits for the end of quiet hours and never delays a page.

use crate::{
    app::Context,
    domain::{
        contact::{self, ContactRules, MethodKind, Urgency},
        effect::{ContactEffect, EffectKey},
        ids::{IncidentId, PersonId},
    },
    store::{StoreError, Tx},
};

/// A reminder, and whom it reminds.
pub(super) struct ContactReminder<'a> {
    /// Of the post-mortem of which incident.
    pub(super) incident: IncidentId,
    /// The key of its effects without their number.
    pub(super) key: String,
    /// The people.
    pub(super) people: Vec<&'a PersonId>,
}

/// Plans one message to each person, by the first method of the rules for what is not urgent. Nobody is called.
pub(super) fn by_contact(tx: &mut Tx<'_>, cx: Context<'_>, reminder: &ContactReminder<'_>) -> Result<(), StoreError> {
    for person in &reminder.people {
        let mut methods = tx.contact_methods_of(person)?;
        methods.retain(|method| cx.config.contact.offers(method.kind, method.gateway.as_deref()));
        let settings = tx.contact_settings(person)?;
        let zone = cx.config.person(person).map_or(chrono_tz::Tz::UTC, |person| person.timezone);
        let rules = ContactRules { methods: &methods, rules: &settings.rules, quiet: settings.quiet, zone };
        let planned = contact::plan(rules, Urgency::Low, cx.now);
        let Some(first) = planned.iter().filter(|one| one.kind != MethodKind::Voice).min_by_key(|one| one.due) else {
            continue;
        };
        let effect =
            ContactEffect::RemindByMethod { incident: reminder.incident, method: first.method, kind: first.kind };
        // Answers of providers are checked with it; nothing may have been sent by a contact method before.
        tx.make_signing_key()?;
        let key = EffectKey(format!("{}/{person}", reminder.key));
        tx.enqueue(&key, &effect.into(), first.due)?;
    }
    Ok(())
}
