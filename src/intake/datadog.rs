//! Datadog webhooks: the body of `docs/senders/datadog.md`, and as far as possible the default body, which has the
//! monitor state only in its title. Source: docs.datadoghq.com/integrations/webhooks.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;

use super::{Reading, Unreadable, json::Json, reading};
use crate::domain::{
    Timestamp,
    alert::{Fingerprint, Signal, WarningKind, named_fingerprint},
    ids::SourceId,
    text::Untrusted,
};

/// `[P1] [Triggered on {host:h1}] Title`, and `[No Data] [P1] Title`.
static TITLE: LazyLock<Regex> = LazyLock::new(|| {
    let transitions = "Triggered|Re-Triggered|Recovered|Warn|Re-Warn|No Data|Re-No Data|Renotify|Muted";
    let pattern = format!(
        r"^(?:\[(?P<before>P[1-5])\] )?\[(?P<transition>{transitions})(?: on \{{(?P<scope>[^}}]*)\}})?\] (?:\[(?P<after>P[1-5])\] )?(?P<title>.+)$"
    );
    Regex::new(&pattern).expect("it is a pattern")
});

pub(super) fn read(source: &SourceId, root: &Json, received: Timestamp) -> Result<Reading, Unreadable> {
    let told = MonitorFields::of(root);
    let transition = told.transition.clone().unwrap_or_default();
    let known = match transition.as_str() {
        "Triggered" | "Re-Triggered" | "Warn" | "Re-Warn" | "No Data" | "Re-No Data" | "Renotify" => Some(true),
        "Recovered" => Some(false),
        // Muting a monitor does not change its state.
        "Muted" | "Unmuted" => return Ok(Reading::default()),
        "" if told.title.is_empty() => {
            let what = "neither `alert_transition` nor a title such as `[Triggered] …` says how the monitor stands";
            return Err(Unreadable::new(what, "/alert_transition"));
        }
        _ => None,
    };
    let firing = known.unwrap_or(true);
    let mut signal = told.signal(source, root, firing);
    if known.is_none() {
        signal.warn(WarningKind::UnknownState, &transition);
    }
    let mut remarks = Vec::new();
    let at = reading::time(root.first_of(&["date", "last_updated"]), &mut remarks);
    let (starts_at, ends_at) = if firing { (at, None) } else { (None, at) };
    reading::set_times(&mut signal, starts_at, ends_at, received);
    Ok(Reading { signals: vec![signal], ..Reading::default() })
}

/// Returns a field. Datadog sends a variable without a value as its name: `$ALERT_PRIORITY`.
fn field(root: &Json, name: &str) -> Option<String> {
    let unset = |text: &String| text.starts_with('$') && text[1..].chars().all(|c| c.is_ascii_uppercase() || c == '_');
    reading::text(root, &format!("/{name}")).filter(|text| !unset(text) && text != "null")
}

/// The fields, completed from the title.
struct MonitorFields {
    transition: Option<String>,
    priority: Option<String>,
    scope: Option<String>,
    title: String,
}

impl MonitorFields {
    fn of(root: &Json) -> Self {
        let written = field(root, "title").unwrap_or_default();
        let parts = TITLE.captures(&written);
        let part = |name: &str| parts.as_ref()?.name(name).map(|part| part.as_str().to_owned());
        Self {
            transition: field(root, "alert_transition").or_else(|| part("transition")),
            priority: field(root, "alert_priority").or_else(|| part("before")).or_else(|| part("after")),
            scope: field(root, "alert_scope").or_else(|| part("scope")),
            title: part("title").unwrap_or(written),
        }
    }

    fn signal(self, source: &SourceId, root: &Json, firing: bool) -> Signal {
        let fingerprint = self.fingerprint(source, root);
        let severity = self.severity(root);
        let name = field(root, "alert_title").unwrap_or(self.title);
        let said = reading::signal(fingerprint, firing, name);
        let mut labels = tags(&field(root, "tags").unwrap_or_default());
        labels.extend(tags(&self.scope.unwrap_or_default()));
        for label in ["alert_metric", "alert_id"] {
            labels.extend(field(root, label).map(|value| (label.to_owned(), Untrusted::new(value))));
        }
        let body = field(root, "body").map(|body| Untrusted::new(unfenced(&body)));
        let links = [field(root, "link"), field(root, "snapshot")];
        let signal = Signal {
            service: labels.get("service").map(|name| name.verbatim().to_owned()),
            host: field(root, "hostname").map(Untrusted::new).or_else(|| labels.get("host").cloned()),
            summary: reading::first_line([body.as_ref()]).unwrap_or_else(|| said.name.clone()),
            annotations: body.map(|body| ("description".to_owned(), body)).into_iter().collect(),
            links: reading::links(links.iter().flatten().map(String::as_str)),
            labels,
            ..said
        };
        reading::labelled(signal, severity.as_deref())
    }

    /// The alert cycle lasts from trigger to recovery; without it, the monitor and scope identify the alert, and in the
    /// default body the title and scope.
    fn fingerprint(&self, source: &SourceId, root: &Json) -> Fingerprint {
        let mut scope: Vec<&str> = self.scope.as_deref().unwrap_or_default().split(',').map(str::trim).collect();
        scope.sort_unstable();
        let scope = scope.join(",");
        let name = match (field(root, "alert_cycle_key"), field(root, "alert_id")) {
            (Some(cycle), _) => format!("cycle {cycle}"),
            (None, Some(monitor)) => format!("monitor {monitor} {scope}"),
            (None, None) => format!("title {} {scope}", self.title),
        };
        named_fingerprint(source, &name)
    }

    fn severity(&self, root: &Json) -> Option<String> {
        let warns = self.transition.as_deref().is_some_and(|word| matches!(word, "Warn" | "Re-Warn"));
        let word = if warns { Some("warning".to_owned()) } else { field(root, "alert_type") };
        self.priority.clone().or_else(|| word.filter(|word| word != "success"))
    }
}

/// Parses `a:b,c` as labels; a tag without a value is `true`.
fn tags(text: &str) -> BTreeMap<String, Untrusted> {
    let pair = |tag: &str| {
        let (name, value) = tag.split_once(':').unwrap_or((tag, "true"));
        (name.trim().to_owned(), Untrusted::new(value.trim()))
    };
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(pair).collect()
}

/// Returns the text between the `%%%` fences that Datadog puts around Markdown.
fn unfenced(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| line.trim() != "%%%");
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}
