//! Amazon CloudWatch alarms posted by Amazon SNS: the alarm is a JSON text in `Message`. Source: docs.aws.amazon.com,
//! "Parsing Amazon SNS message formats" and "CloudWatch: notify users on alarm changes".

pub mod envelope;

use std::collections::BTreeMap;

use super::{
    Reading, Unreadable,
    json::{self, Json},
    reading,
};
use crate::{
    config::Source,
    domain::{
        Timestamp,
        alert::{Signal, WarningKind, named_fingerprint},
        ids::SourceId,
        text::Untrusted,
    },
};

pub(super) fn read(source: &Source, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    match reading::text(root, "/Type").as_deref() {
        Some("Notification") => {}
        Some("SubscriptionConfirmation") => return subscription(source, root),
        Some("UnsubscribeConfirmation") => return Ok(Reading::default()),
        _ => return Err(Unreadable::new("`Type` is none of Amazon SNS's", "/Type")),
    }
    let message = reading::text(root, "/Message").unwrap_or_default();
    let inside = |error: Unreadable| Unreadable::new(error.what, format!("/Message, {}", error.place));
    let alarm = json::parse(message.as_bytes()).map_err(inside)?.root;
    let state = reading::text(&alarm, "/NewStateValue");
    let known = match state.as_deref() {
        Some("ALARM") => Some(true),
        Some("OK") => Some(false),
        // The alarm keeps its state.
        Some("INSUFFICIENT_DATA") => return Ok(Reading::default()),
        Some(_) => None,
        None => return Err(Unreadable::new("this is no alarm of CloudWatch: it has no `NewStateValue`", "/Message")),
    };
    let firing = known.unwrap_or(true);
    let mut signal = read_alarm(&source.id, &alarm, firing)?;
    if known.is_none() {
        signal.warn(WarningKind::UnknownState, state.as_deref().unwrap_or_default());
    }
    let mut remarks = Vec::new();
    let at = reading::time(alarm.get("StateChangeTime"), &mut remarks);
    let (starts_at, ends_at) = if firing { (at, None) } else { (None, at) };
    reading::set_times(&mut signal, starts_at, ends_at, received);
    Ok(Reading { signals: vec![signal], ..Reading::default() })
}

/// Confirms a subscription, whose message is signed. Fails for topics that the source does not list.
fn subscription(source: &Source, root: &Json) -> Result<Reading, Unreadable> {
    let topic = reading::text(root, "/TopicArn").unwrap_or_default();
    if !source.topics.contains(&topic) {
        let shown: String = topic.chars().take(200).collect();
        let what = format!("the topic {shown} wants to be subscribed to; list it in `topics` of the source first");
        return Err(Unreadable::new(what, "/TopicArn"));
    }
    let address = reading::text(root, "/SubscribeURL").unwrap_or_default();
    if envelope::confirmed_topic(&address) != Some(topic) {
        return Err(Unreadable::new("this address of Amazon SNS does not confirm the topic", "/SubscribeURL"));
    }
    Ok(Reading { confirm: Some(address), ..Reading::default() })
}

fn read_alarm(source: &SourceId, alarm: &Json, firing: bool) -> Result<Signal, Unreadable> {
    let text = |pointer| reading::text(alarm, pointer);
    let name = text("/AlarmName").ok_or_else(|| Unreadable::new("the alarm has no name", "/Message, /AlarmName"))?;
    let (account, region) = (text("/AWSAccountId").unwrap_or_default(), text("/Region").unwrap_or_default());
    let arn = text("/AlarmArn");
    let print = named_fingerprint(source, &arn.clone().unwrap_or_else(|| format!("{account} {region} {name}")));
    let said = reading::signal(print, firing, name.as_str());
    let labels = labels(alarm);
    let why = [text("/AlarmDescription"), text("/NewStateReason")].map(|line| line.map(Untrusted::new));
    let reason = why[1].clone().map(|reason| ("reason".to_owned(), reason));
    let signal = Signal {
        service: labels.get("service").map(|name| name.verbatim().to_owned()),
        host: labels.get("InstanceId").or_else(|| labels.get("host")).cloned(),
        summary: reading::first_line(why.iter().map(Option::as_ref)).unwrap_or_else(|| said.name.clone()),
        annotations: reason.into_iter().collect(),
        links: reading::links(arn.as_deref().and_then(|arn| console(arn, &name)).as_deref()),
        labels,
        ..said
    };
    Ok(reading::labelled(signal, None))
}

/// Returns the location and metric of the alarm; its dimensions keep their names.
fn labels(alarm: &Json) -> BTreeMap<String, Untrusted> {
    let fields = [
        ("account", "/AWSAccountId"),
        ("region", "/Region"),
        ("namespace", "/Trigger/Namespace"),
        ("metric", "/Trigger/MetricName"),
    ];
    let fields = fields.into_iter().filter_map(|(label, at)| Some((label.to_owned(), reading::text(alarm, at)?)));
    let dimensions = alarm.pointer("/Trigger/Dimensions").and_then(Json::items).unwrap_or_default();
    let dimensions =
        dimensions.iter().filter_map(|one| Some((reading::text(one, "/name")?, reading::text(one, "/value")?)));
    fields.chain(dimensions).map(|(label, value)| (label, Untrusted::new(value))).collect()
}

/// Returns the console URL of the alarm. Its ARN is `arn:aws:cloudwatch:{region}:{account}:alarm:{name}`.
fn console(arn: &str, name: &str) -> Option<String> {
    let region = arn.split(':').nth(3)?;
    let plain = !region.is_empty() && region.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let name = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    plain.then(|| {
        format!("https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#alarmsV2:alarm/{name}")
    })
}
