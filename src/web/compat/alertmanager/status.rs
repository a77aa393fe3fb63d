//! `/api/v2/status` and `/api/v2/receivers`.

use std::time::Duration;

use axum::{Json, extract::State as Given};
use serde_json::{Value, json};

use super::Operator;
use crate::{
    config::Config,
    domain::alert::{Matcher, Route},
    web::{State, metric_names::ALERTMANAGER},
};

/// Lists the feeds that alerts are routed to.
pub(super) async fn receivers(Given(state): Given<State>, _: Operator) -> Json<Value> {
    Json(receivers_of(&state.app.config.current()))
}

fn receivers_of(config: &Config) -> Value {
    config.alerts.route.feeds().into_iter().map(|feed| json!({"name": feed.as_str()})).collect()
}

/// The status. Routes are reported in Alertmanager's configuration format, so that `amtool config routes` works.
pub(super) async fn status(Given(state): Given<State>, _: Operator) -> Json<Value> {
    let config = state.app.config.current();
    let told = json!({"route": route(&config.alerts.route), "receivers": receivers_of(&config)});
    Json(json!({
        "cluster": {"status": "disabled", "peers": []},
        "config": {"original": serde_json::to_string_pretty(&told).unwrap_or_default()},
        "uptime": state.begun,
        "versionInfo": {
            "version": ALERTMANAGER,
            "branch": "hotroom",
            "revision": crate::web::VERSION,
            "buildDate": "",
            "buildUser": "",
            "goVersion": "",
        },
    }))
}

/// A route in Alertmanager's configuration format; JSON is valid YAML.
fn route(node: &Route) -> Value {
    let all = || vec!["...".to_owned()];
    let mut told = json!({
        "receiver": node.feed.as_str(),
        "group_by": node.group_by.clone().unwrap_or_else(all),
        "group_wait": seconds(node.group_wait),
        "group_interval": seconds(node.group_interval),
        "repeat_interval": seconds(node.repeat_interval),
        "routes": node.routes.iter().map(route).collect::<Vec<_>>(),
    });
    if !node.matchers.is_empty() {
        told["matchers"] = node.matchers.iter().map(written).collect();
        told["continue"] = json!(node.proceed);
    }
    told
}

/// A matcher in Alertmanager's syntax: regular expressions are anchored on both sides, as here.
fn written(matcher: &Matcher) -> Value {
    let escaped = matcher.value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    json!(format!("{}{}\"{escaped}\"", matcher.label, matcher.op.sign()))
}

fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs())
}
