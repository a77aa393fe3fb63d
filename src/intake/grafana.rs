//! Grafana: the webhook of unified alerting, an extension of Alertmanager's, and that of legacy alerting (before
//! version 9). Source: grafana.com/docs, "Configure webhook notifications".

use super::{Reading, Unreadable, alertmanager, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Signal, WarningKind, is_resolved_word, named_fingerprint},
    ids::SourceId,
    text::Untrusted,
};

/// Link fields of an alert, most useful first; `imageURL` is its picture.
const LINKS: [&str; 5] = ["generatorURL", "imageURL", "panelURL", "dashboardURL", "silenceURL"];
/// Maximum number of metrics named for a legacy alert.
const MATCHES: usize = 20;

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    if root.get("alerts").is_none() && root.get("ruleId").is_some() {
        return legacy(source, root);
    }
    let parsed = reading::each(alertmanager::list(root)?, "/alerts", |item| unified(source, item, received));
    Ok(alertmanager::with_truncated(parsed, root))
}

fn unified(source: &SourceId, item: &Json, received: Timestamp) -> Result<Signal, Unreadable> {
    let mut signal = alertmanager::signal(source, item, received)?;
    let urls: Vec<String> = LINKS.iter().filter_map(|name| item.get(name).and_then(Json::to_text)).collect();
    let known: Vec<Untrusted> = std::mem::take(&mut signal.links);
    let all = urls.iter().map(String::as_str).chain(known.iter().map(Untrusted::verbatim));
    signal.links = reading::links(all);
    for (name, value) in [("values", item.get("values")), ("valueString", item.get("valueString"))] {
        let value = value.and_then(Json::to_text).filter(|text| !matches!(text.as_str(), "" | "{}"));
        if let Some(value) = value {
            signal.annotations.entry(name.to_owned()).or_insert_with(|| Untrusted::new(value));
        }
    }
    Ok(signal)
}

/// Reads a legacy rule as one alert: a resolved body does not list the metrics that fired.
fn legacy(source: &SourceId, root: &Json) -> Result<Reading, Unreadable> {
    let state = reading::text(root, "/state").unwrap_or_default();
    let known = match state.as_str() {
        // Missing data means neither up nor down; Grafana sends it as an alert.
        "no_data" => Some(true),
        "paused" | "pending" | "unknown" => return Ok(Reading::default()),
        word => is_resolved_word(word).map(|resolved| !resolved),
    };
    let firing = known.unwrap_or(true);
    let text = |pointer| reading::text(root, pointer);
    let rule = text("/ruleId").unwrap_or_default();
    let org = text("/orgId").unwrap_or_default();
    let name = text("/ruleName").or_else(|| text("/title")).unwrap_or_else(|| format!("rule {rule}"));
    let said = reading::signal(named_fingerprint(source, &format!("rule {rule} of {org}")), firing, name.as_str());
    let mut labels = reading::texts(root.get("tags").filter(|tags| tags.members().is_some()), "/tags")?;
    let (matches, tags) = eval_matches(root);
    labels.extend(tags);
    let summary = text("/message").or_else(|| text("/title")).map(Untrusted::new);
    let urls = [text("/ruleUrl"), text("/imageUrl")];
    let signal = Signal {
        service: labels.get("service").map(|name| name.verbatim().to_owned()),
        host: reading::first_label(&labels, &alertmanager::HOST_LABELS).cloned(),
        summary: reading::first_line([summary.as_ref()]).unwrap_or_else(|| said.name.clone()),
        annotations: matches.map(|matches| ("matches".to_owned(), matches)).into_iter().collect(),
        links: reading::links(urls.iter().flatten().map(String::as_str)),
        ..said
    };
    let severity = labels.get("severity").map(|word| word.verbatim().to_owned());
    let mut signal = reading::labelled(Signal { labels, ..signal }, severity.as_deref());
    if known.is_none() {
        signal.warn(WarningKind::UnknownState, &state);
    }
    Ok(Reading { signals: vec![signal], ..Reading::default() })
}

/// Returns the firing metrics as one text and, if there is only one, its tags.
fn eval_matches(root: &Json) -> (Option<Untrusted>, std::collections::BTreeMap<String, Untrusted>) {
    let matches = root.get("evalMatches").and_then(Json::items).unwrap_or_default();
    let one = |item: &Json| {
        let metric = reading::text(item, "/metric").unwrap_or_default();
        format!("{metric} = {}", reading::text(item, "/value").unwrap_or_else(|| "?".to_owned()))
    };
    let told: Vec<String> = matches.iter().take(MATCHES).map(one).collect();
    let tags = match matches {
        [only] => reading::texts(only.get("tags").filter(|tags| tags.members().is_some()), "").unwrap_or_default(),
        _ => std::collections::BTreeMap::new(),
    };
    ((!told.is_empty()).then(|| Untrusted::new(told.join(", "))), tags)
}
