//! Which methods of a person a step of a page uses, and when.

use chrono::{NaiveTime, TimeDelta, TimeZone};
use serde::{Deserialize, Serialize};

use super::{ContactMethod, MethodKind, PersonalRule, QuietHours, Urgency};
use crate::domain::{Timestamp, ids::ContactMethodId};

/// When a text message follows, if no rule says otherwise.
const SMS_AFTER: u32 = 2 * 60;
/// When a call follows, if no rule says otherwise.
const VOICE_AFTER: u32 = 5 * 60;

/// One message of a step, planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedContact {
    /// By which method.
    pub method: ContactMethodId,
    /// Its kind, which stays known when the method is removed.
    pub kind: MethodKind,
    /// When it is due.
    pub due: Timestamp,
    /// True if the incident is private and the method may not carry it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub struct ContactRules<'a> {
    /// The methods of the person, in their order.
    pub methods: &'a [ContactMethod],
    /// The rules of the person; of an urgency without one, [`default_rules`] apply.
    pub rules: &'a [PersonalRule],
    /// The quiet hours of the person.
    pub quiet: Option<QuietHours>,
    /// The time zone of the person.
    pub zone: chrono_tz::Tz,
}

/// Returns the rules of a person who has made none for this urgency, from whatever methods the person has verified: pushes
/// and mail at once, then text messages, then calls. Whoever has only a telephone is reached by it at once.
pub fn default_rules(methods: &[ContactMethod], urgency: Urgency) -> Vec<PersonalRule> {
    let usable: Vec<&ContactMethod> = methods.iter().filter(|method| method.is_usable()).collect();
    let silent = usable.iter().any(|method| !method.kind.is_telephone());
    let texts = usable.iter().any(|method| matches!(method.kind, MethodKind::Sms | MethodKind::Gateway));
    let after = |kind: MethodKind| match kind {
        MethodKind::Mail | MethodKind::WebPush | MethodKind::Ntfy | MethodKind::Pushover | MethodKind::Webhook => 0,
        MethodKind::Sms | MethodKind::Gateway if silent => SMS_AFTER,
        MethodKind::Voice if silent || texts => VOICE_AFTER,
        MethodKind::Sms | MethodKind::Gateway | MethodKind::Voice => 0,
    };
    // What can wait rings no telephone, unless the person has nothing else.
    let wanted = |method: &&ContactMethod| urgency == Urgency::High || !silent || !method.kind.is_telephone();
    usable
        .into_iter()
        .filter(wanted)
        .map(|method| PersonalRule { urgency, after: after(method.kind), method: method.id })
        .collect()
}

/// Plans the messages to a person for a step that begins `now`. Unverified and disabled methods are never used.
pub fn plan(given: ContactRules<'_>, urgency: Urgency, now: Timestamp) -> Vec<PlannedContact> {
    let usable = |rule: &PersonalRule| given.methods.iter().find(|m| m.id == rule.method && m.is_usable());
    let mut rules: Vec<PersonalRule> =
        given.rules.iter().filter(|rule| rule.urgency == urgency && usable(rule).is_some()).cloned().collect();
    if rules.is_empty() {
        // Also when every method of the rules is gone: nobody is without.
        rules = default_rules(given.methods, urgency);
    }
    let begin = match (urgency, given.quiet) {
        (Urgency::Low, Some(quiet)) => after_quiet_hours(quiet, given.zone, now),
        (Urgency::High, _) | (Urgency::Low, None) => now,
    };
    let mut planned: Vec<PlannedContact> = rules
        .iter()
        .filter_map(|rule| {
            let method = usable(rule)?;
            let due = begin + TimeDelta::seconds(rule.after.into());
            Some(PlannedContact { method: method.id, kind: method.kind, due, withheld: false })
        })
        .collect();
    planned.sort_by_key(|contact| contact.due);
    planned
}

/// Returns the end of the quiet hours that `now` is in; `now` if it is in none. Over a change of clocks the wall clock of
/// the person counts: an end that the clock skips is the first instant after the gap, of an end that it shows twice it is the
/// second.
pub fn after_quiet_hours(quiet: QuietHours, zone: chrono_tz::Tz, now: Timestamp) -> Timestamp {
    let local = now.with_timezone(&zone);
    let time = local.time();
    let (from, until) = (quiet.from, quiet.until);
    let until_next_day = until == NaiveTime::MIN || until <= from;
    let quiet_now = if until == NaiveTime::MIN {
        time >= from
    } else if until_next_day {
        time >= from || time < until
    } else {
        time >= from && time < until
    };
    if !quiet_now || from == until {
        return now;
    }
    let today = local.date_naive();
    let date = if until_next_day && time >= from { today.succ_opt().unwrap_or(today) } else { today };
    let mut end = date.and_time(until);
    for _ in 0..=4 {
        if let Some(at) = zone.from_local_datetime(&end).latest() {
            return at.to_utc().max(now);
        }
        end += TimeDelta::minutes(30);
    }
    now
}
