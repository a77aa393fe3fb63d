//! Converts the inhibition rules and time intervals of an `alertmanager.yml`.

use super::{
    alertmanager::{Work, list, quoted},
    yaml::YamlNode,
};

/// The lists of a time interval that both formats write the same way.
const LISTS: [&str; 4] = ["weekdays", "days_of_month", "months", "years"];

impl Work {
    /// Converts the intervals that a route names.
    pub(super) fn times(&mut self, key: &str, node: &YamlNode) {
        let Some(names) = node.texts() else {
            return self.lost(node, format!("the time intervals of `{key}` are not a list of names"));
        };
        let names: Vec<String> = names.iter().map(|name| self.interval_name(name)).collect();
        self.key(key, list(&names));
    }

    pub(super) fn inhibit(&mut self, rule: &YamlNode) {
        self.out.push_str("\n[[alerts.inhibit]]\n");
        for (key, prefix) in [("source", "source_"), ("target", "target_")] {
            let matchers = self.matchers(rule, prefix);
            self.key(key, list(&matchers));
        }
        if let Some(equal) = rule.get("equal") {
            self.texts("equal", equal);
        }
    }

    /// Converts an interval. Each of its specifications becomes an entry of the same name.
    pub(super) fn interval(&mut self, node: &YamlNode) {
        let said = node.get("name").and_then(YamlNode::text).unwrap_or_default();
        let name = self.interval_name(said);
        let parts = node.get("time_intervals").map(YamlNode::items).unwrap_or_default();
        if parts.is_empty() {
            self.left(
                node,
                &format!("the time interval {said:?}, which has no times; routes that name it need another"),
            );
        }
        for part in parts {
            self.out.push_str("\n[[alerts.intervals]]\n");
            self.key("name", quoted(&name));
            self.part(part);
        }
    }

    fn part(&mut self, part: &YamlNode) {
        for (key, value) in part.entries() {
            match key.as_str() {
                "times" => {
                    let end =
                        |range: &YamlNode, key| range.get(key).and_then(YamlNode::text).unwrap_or_default().to_owned();
                    let range = |range: &YamlNode| format!("{}-{}", end(range, "start_time"), end(range, "end_time"));
                    self.key("times", list(&value.items().iter().map(range).collect::<Vec<_>>()));
                }
                "location" => match value.text().filter(|zone| *zone != "Local") {
                    Some(zone) => self.key("timezone", quoted(zone)),
                    None => self.left(value, "`location: Local`: write the `timezone` of that machine"),
                },
                known if LISTS.contains(&known) => self.texts(known, value),
                other => self.left(value, &format!("`{other}` of a time interval")),
            }
        }
    }
}
