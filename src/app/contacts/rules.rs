//! Personal rules: which method, when, for which urgency; and quiet hours.

use std::collections::BTreeSet;

use crate::{
    domain::{
        contact::{PersonalRule, QuietHours, Urgency},
        ids::{ContactMethodId, PersonId},
        refusal::{ContactRefusal, Refusal},
    },
    store::{ContactSettings, StoreError, Tx},
};

/// How many rules there may be for each urgency.
const MOST: u32 = 20;
/// The latest time of a rule, in seconds.
const LATEST: u32 = 3_600;

/// Replaces the rules of a person for one urgency; no rules means the default ones.
pub fn set_rules(
    tx: &mut Tx<'_>,
    person: &PersonId,
    urgency: Urgency,
    rules: Vec<PersonalRule>,
) -> Result<Result<ContactSettings, Refusal>, StoreError> {
    let own: BTreeSet<ContactMethodId> = tx.contact_methods_of(person)?.iter().map(|method| method.id).collect();
    let fits = |rule: &PersonalRule| rule.urgency == urgency && rule.after <= LATEST && own.contains(&rule.method);
    if rules.len() > MOST as usize || !rules.iter().all(fits) {
        return Ok(Err(ContactRefusal::BadContactRules { most: MOST }.into()));
    }
    let mut settings = tx.contact_settings(person)?;
    settings.rules.retain(|rule| rule.urgency != urgency);
    settings.rules.extend(rules);
    settings.rules.sort_by_key(|rule| (rule.urgency, rule.after));
    tx.save_contact_settings(person, &settings)?;
    Ok(Ok(settings))
}

/// Sets the quiet hours of a person, or removes them.
pub fn set_quiet_hours(
    tx: &mut Tx<'_>,
    person: &PersonId,
    quiet: Option<QuietHours>,
) -> Result<ContactSettings, StoreError> {
    let settings = ContactSettings { quiet, ..tx.contact_settings(person)? };
    tx.save_contact_settings(person, &settings)?;
    Ok(settings)
}
