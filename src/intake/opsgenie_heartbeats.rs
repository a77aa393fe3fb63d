//! Opsgenie's Heartbeat API (opsgenie-oas `paths/heartbeat.yaml`).

use super::{
    Unreadable,
    json::Json,
    opsgenie_api::{DESCRIPTION, MESSAGE, list, priority, text},
};
use crate::domain::{
    Timestamp,
    alert::{Cadence, Heartbeat, HeartbeatChanges, IntervalUnit},
    ids::HeartbeatId,
    text::{Untrusted, cut},
};

/// Maximum length of a name and of a tag, in characters.
const NAME: usize = 200;
const TAG: usize = 50;

fn wrong(what: &str, field: &str) -> Unreadable {
    Unreadable::new(what, format!("/body/{field}"))
}

/// Reads a new heartbeat; it is enabled by default. Fails with the missing or invalid field.
pub fn create(body: &Json, now: Timestamp) -> Result<Heartbeat, Unreadable> {
    let given = body.get("name").and_then(Json::to_text).unwrap_or_default();
    let given = given.trim();
    if given.is_empty() || given.chars().count() > NAME {
        return Err(wrong("name can not be empty, and has at most 200 characters", "name"));
    }
    let plan = plan(body)?;
    let (Some(count), Some(pace)) = (plan.count, plan.pace) else {
        return Err(wrong("interval and intervalUnit can not be empty", "interval"));
    };
    let cadence = Cadence::new(count, pace).ok_or_else(no_cadence)?;
    Heartbeat::new(HeartbeatId::new(now), Untrusted::new(given), cadence, now)
        .with_changes(plan, now)
        .ok_or_else(no_cadence)
}

fn no_cadence() -> Unreadable {
    wrong("interval must be at least one minute and at most 366 days", "interval")
}

/// Reads the changes to a heartbeat. Fails with the invalid field.
pub fn plan(body: &Json) -> Result<HeartbeatChanges, Unreadable> {
    let said = |name: &str| body.get(name).and_then(Json::to_text).filter(|said| !said.is_empty());
    let count = said("interval").map(|said| said.parse::<u32>().map_err(|_| no_cadence())).transpose()?;
    let pace = said("intervalUnit").map(|said| {
        IntervalUnit::parse(&said)
            .ok_or_else(|| wrong("intervalUnit must be one of minutes, hours, days", "intervalUnit"))
    });
    let enabled =
        said("enabled").map(|said| said.parse::<bool>().map_err(|_| wrong("enabled must be true or false", "enabled")));
    let team = body.get("ownerTeam").map(|team| text(team, "name", NAME).or_else(|| text(team, "id", NAME)));
    let tags = body.get("alertTags").map(|_| list(body, "alertTags"));
    let shortened = |tag: Untrusted| Untrusted::new(cut(tag.verbatim(), TAG));
    Ok(HeartbeatChanges {
        description: text(body, "description", DESCRIPTION),
        count,
        pace: pace.transpose()?,
        enabled: enabled.transpose()?,
        team: team.flatten(),
        message: text(body, "alertMessage", MESSAGE),
        tags: tags.map(|tags| tags.into_iter().map(shortened).collect()),
        priority: match said("alertPriority") {
            Some(_) => Some(priority(body, "alertPriority")?),
            None => None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::json;

    fn made(text: &str) -> Result<Heartbeat, String> {
        let body = json::parse(text.as_bytes()).unwrap().root;
        create(&body, Timestamp::UNIX_EPOCH).map_err(|why| why.what)
    }

    #[test]
    fn what_is_missing_or_wrong_is_said_by_its_name() {
        for (text, field) in [
            (r"{}", "name"),
            (r#"{"name":" "}"#, "name"),
            (r#"{"name":"a"}"#, "interval"),
            (r#"{"name":"a","interval":1,"intervalUnit":"weeks"}"#, "intervalUnit"),
            (r#"{"name":"a","interval":0,"intervalUnit":"days"}"#, "interval"),
            (r#"{"name":"a","interval":-1,"intervalUnit":"days"}"#, "interval"),
            (r#"{"name":"a","interval":99999999999,"intervalUnit":"days"}"#, "interval"),
            (r#"{"name":"a","interval":1,"intervalUnit":"days","enabled":"perhaps"}"#, "enabled"),
            (r#"{"name":"a","interval":1,"intervalUnit":"days","alertPriority":"P9"}"#, "Priority"),
        ] {
            let why = made(text).unwrap_err();
            assert!(why.contains(field), "{text}: {why}");
        }
        assert!(made(&format!(r#"{{"name":"{}","interval":1,"intervalUnit":"days"}}"#, "n".repeat(201))).is_err());
    }

    #[test]
    fn all_of_it_is_read_and_cut_to_its_length() {
        let text = format!(
            r#"{{"name":"backup","interval":"2","intervalUnit":"hours","enabled":false,"ownerTeam":{{"name":"ops"}},
                "alertTags":["{}"],"alertPriority":"P1","alertMessage":"none tonight","description":"nightly"}}"#,
            "t".repeat(60)
        );
        let heartbeat = made(&text).unwrap();
        assert_eq!((heartbeat.cadence.count(), heartbeat.cadence.pace()), (2, IntervalUnit::Hours));
        assert_eq!((heartbeat.enabled, heartbeat.due), (false, None));
        assert_eq!((heartbeat.team.verbatim(), heartbeat.priority.as_str()), ("ops", "P1"));
        assert_eq!(heartbeat.tags[0].verbatim().chars().count(), 50);
    }
}
