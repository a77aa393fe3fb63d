//! Tests of chat messages posted by monitoring tools.

use serde_json::json;

use super::*;
use crate::config::Config;

/// A source with custom rules before the shipped ones, as written under `[[sources.discord.rules]]`.
fn watched(rules: &str) -> Source {
    let text = format!(
        "[[sources]]\nid = \"chat\"\nkind = \"discord\"\n[sources.discord]\nchannels = [\"1\"]\nsenders = [\"7\"]\n{rules}"
    );
    let env = [("HOTROOM_DISCORD_TOKEN".to_owned(), "x".to_owned())];
    Config::from_text("bot.toml", &text, env).unwrap_or_else(|mistakes| panic!("{mistakes}")).sources.remove(0)
}

fn hear(message: &Value) -> Result<Reading, Unreadable> {
    read(&watched(""), message.to_string().as_bytes(), now())
}

/// Returns `firing CheckoutDown sev1 checkout@web-1: summary` for each alert.
fn told(message: &Value) -> Vec<String> {
    let parsed = hear(message).expect("a rule fits");
    assert_eq!(parsed.complaints, [], "{message}");
    parsed.signals.iter().map(line).collect()
}

fn line(signal: &Signal) -> String {
    let word = if signal.firing { "firing" } else { "resolved" };
    let severity = signal.severity.map_or("-", Severity::name);
    let service = signal.service.as_deref().unwrap_or("-");
    let host = signal.host.as_ref().map_or("-", Untrusted::verbatim);
    format!("{word} {} {severity} {service}@{host}: {}", signal.name.verbatim(), signal.summary.verbatim())
}

fn embed(embed: Value) -> Value {
    json!({"id": "9", "content": "", "embeds": [embed]})
}

fn text(content: &str) -> Value {
    json!({"id": "9", "content": content, "embeds": []})
}

/// Asserts that both messages are read as these lines and as the same alert.
fn begins_and_ends(firing: (&Value, &str), resolved: (&Value, &str)) {
    assert_eq!((told(firing.0), told(resolved.0)), (vec![firing.1.to_owned()], vec![resolved.1.to_owned()]));
    let print = |message| one(hear(message)).fingerprint;
    assert_eq!(print(firing.0), print(resolved.0), "one alert");
}

const LISTED: &str = "Labels:\n - alertname = CheckoutDown\n - instance = web-1\n - service = checkout\n \
    - severity = critical\nAnnotations:\n - summary = Nobody can pay\nand nobody knows why\nSource: http://prometheus/graph?a=1\n";

fn alertmanager_embed(title: &str, description: &str) -> Value {
    embed(json!({"type": "rich", "title": title, "description": description, "url": "http://am/#/alerts", "color": 1}))
}

#[test]
fn alertmanager_tells_each_alert_of_a_group() {
    let title = "[FIRING:1] CheckoutDown checkout (web-1 critical)";
    let firing = alertmanager_embed(title, &format!("Alerts Firing:\n{LISTED}"));
    let resolved =
        alertmanager_embed("[RESOLVED] CheckoutDown checkout (web-1)", &format!("Alerts Resolved:\n{LISTED}"));
    begins_and_ends(
        (&firing, "firing CheckoutDown sev1 checkout@web-1: Nobody can pay"),
        (&resolved, "resolved CheckoutDown sev1 checkout@web-1: Nobody can pay"),
    );
    let signal = one(hear(&firing));
    let links: Vec<&str> = signal.links.iter().map(Untrusted::verbatim).collect();
    assert_eq!(links, ["http://prometheus/graph?a=1", "http://am/#/alerts"]);
    assert_eq!(signal.annotations["summary"].verbatim(), "Nobody can pay\nand nobody knows why");

    let other = LISTED.replace("web-1", "web-2");
    let mixed = alertmanager_embed(title, &format!("Alerts Firing:\n{LISTED}\nAlerts Resolved:\n{other}"));
    let lines = told(&mixed);
    assert!(lines[0].starts_with("firing") && lines[0].contains("@web-1"), "{lines:?}");
    assert!(lines[1].starts_with("resolved") && lines[1].contains("@web-2"), "{lines:?}");
}

#[test]
fn a_message_that_was_cut_is_told_as_far_as_it_goes_and_complained_of() {
    let cut =
        alertmanager_embed("[FIRING:3] CheckoutDown", &format!("Alerts Firing:\n{LISTED}Labels:\n - alertname = …"));
    let parsed = hear(&cut).unwrap();
    assert_eq!(parsed.signals.len(), 1);
    assert_eq!(parsed.complaint().unwrap(), "the message says 3 are firing and tells 1 of them: it was cut at /embeds");
}

#[test]
fn alertmanager_with_a_text_of_ones_own_is_read_by_its_title() {
    let title = |title| alertmanager_embed(title, "Someone look, please.");
    begins_and_ends(
        (&title("[FIRING:2] CheckoutDown prod (critical web-1)"), "firing CheckoutDown prod - -@-: CheckoutDown prod"),
        (&title("[RESOLVED] CheckoutDown prod (critical)"), "resolved CheckoutDown prod - -@-: CheckoutDown prod"),
    );
}

#[test]
fn grafana() {
    let message = |title, heading: &str| {
        json!({"id": "9", "content": format!("**{heading}**\n\nValue: A=2.4, B=0\n{LISTED}Silence: http://g/s\nDashboard: http://g/d\n"),
            "embeds": [{"type": "rich", "title": title, "url": "http://grafana/alerting", "footer": {"text": "Grafana v11"}}]})
    };
    begins_and_ends(
        (
            &message("[FIRING:1] CheckoutDown shop (web-1)", "Firing"),
            "firing CheckoutDown sev1 checkout@web-1: Nobody can pay",
        ),
        (
            &message("[RESOLVED] CheckoutDown shop (web-1)", "Resolved"),
            "resolved CheckoutDown sev1 checkout@web-1: Nobody can pay",
        ),
    );
}

#[test]
fn datadog() {
    let message = |title: &str| {
        let body = "CPU is above 90\n\n[Monitor Status](https://app.datadoghq.com/monitors/12?group=host%3Aweb-1) · [Edit Monitor](https://x)";
        embed(json!({"type": "rich", "title": title, "description": body}))
    };
    begins_and_ends(
        (&message("[P1] [Triggered on {host:web-1}] CPU high"), "firing CPU high sev1 host:web-1@web-1: CPU high"),
        (&message("[Recovered on {host:web-1}] [P1] CPU high"), "resolved CPU high sev1 host:web-1@web-1: CPU high"),
    );
    assert_eq!(told(&message("[No Data] CPU high")), ["firing CPU high - -@-: CPU high"]);
    assert_eq!(
        one(hear(&message("[Warn] CPU"))).links[0].verbatim(),
        "https://app.datadoghq.com/monitors/12?group=host%3Aweb-1"
    );
    assert_eq!(told(&message("[Muted on {host:web-1}] CPU high")), [""; 0]);
}

#[test]
fn nagios() {
    let service = |kind: &str, state: &str| {
        text(&format!(
            "** {kind} Service Alert: web-1/HTTP is {state} **\n***** Nagios *****\n\nNotification Type: {kind}\n\nService: HTTP\n\
             Host: web-1\nAddress: 10.0.0.1\nState: {state}\n\nAdditional Info:\n\nConnection refused"
        ))
    };
    begins_and_ends(
        (&service("PROBLEM", "CRITICAL"), "firing HTTP sev1 -@web-1: Connection refused"),
        (&service("RECOVERY", "OK"), "resolved HTTP - -@web-1: Connection refused"),
    );
    begins_and_ends(
        (&text("** PROBLEM Host Alert: web-1 is DOWN **"), "firing web-1 sev1 -@web-1: web-1"),
        (&text("** RECOVERY Host Alert: web-1 is UP **"), "resolved web-1 - -@web-1: web-1"),
    );
    assert_eq!(told(&service("ACKNOWLEDGEMENT", "CRITICAL")), [""; 0]);
}

#[test]
fn icinga() {
    let service = |kind: &str, state: &str| {
        text(&format!(
            "[{kind}] ping4 on web-1 is {state}!\n***** Service Monitoring on icinga1 *****\n\nping4 on web-1 is {state}!\n\n\
             Info:    PING {state} - loss 80%\n\nWhen:    2026-03-02 09:55:00 +0000\nService: ping4\nHost:    web-1"
        ))
    };
    begins_and_ends(
        (&service("PROBLEM", "CRITICAL"), "firing ping4 sev1 -@web-1: PING CRITICAL - loss 80%"),
        (&service("RECOVERY", "OK"), "resolved ping4 - -@web-1: PING OK - loss 80%"),
    );
    begins_and_ends(
        (&text("[PROBLEM] Host web-1 is DOWN!"), "firing web-1 sev1 -@web-1: web-1"),
        (&text("[RECOVERY] Host web-1 is UP!"), "resolved web-1 - -@web-1: web-1"),
    );
    assert_eq!(told(&service("DOWNTIMESTART", "CRITICAL")), [""; 0]);
}

#[test]
fn zabbix() {
    let message = |title: &str| {
        embed(json!({"type": "rich", "title": title, "url": "http://zabbix/tr_events.php?triggerid=1&eventid=42",
            "fields": [{"name": "Host", "value": "web-1 [10.0.0.1]"}, {"name": "Event time", "value": "09:55:00"},
                {"name": "Severity", "value": "High"}, {"name": "Operational data", "value": "Current value: 97 %"}],
            "footer": {"text": "Event ID: 42\nEvent tags: scope: availability"}}))
    };
    begins_and_ends(
        (&message("PROBLEM: High CPU"), "firing High CPU sev2 -@web-1: Current value: 97 %"),
        (&message("OK: High CPU"), "resolved High CPU sev2 -@web-1: Current value: 97 %"),
    );
    assert_eq!(told(&message("UPDATE: High CPU")), [""; 0]);
    let mail = |subject: &str, id: &str| {
        text(&format!(
            "{subject}\nProblem name: High CPU\nHost: web-1\nSeverity: High\nOperational data: 97 %\n{id}: 42\n"
        ))
    };
    begins_and_ends(
        (&mail("Problem: High CPU", "Original problem ID"), "firing High CPU sev2 -@web-1: 97 %"),
        (&mail("Resolved in 5m 3s: High CPU", "Original problem ID"), "resolved High CPU sev2 -@web-1: 97 %"),
    );
    assert_eq!(told(&text("Updated problem in 3m: High CPU")), [""; 0]);
}

#[test]
fn uptime_kuma() {
    let message = |title: &str| {
        embed(json!({"type": "rich", "title": title, "fields": [{"name": "Service Name", "value": "Shop"},
            {"name": "Service URL", "value": "https://shop.example"}, {"name": "Error", "value": "timeout of\n48000 ms"}]}))
    };
    begins_and_ends(
        (&message("❌ Your service Shop went down. ❌"), "firing Shop - -@-: timeout of 48000 ms"),
        (&message("✅ Your service Shop is up! ✅"), "resolved Shop - -@-: timeout of 48000 ms"),
    );
    begins_and_ends(
        (&text("[Shop] [🔴 Down] timeout"), "firing Shop - -@-: timeout"),
        (&text("[Shop] [✅ Up] 200 - OK"), "resolved Shop - -@-: 200 - OK"),
    );
    begins_and_ends(
        (&text("🔴 Shop is down."), "firing Shop - -@-: Shop"),
        (&text("🟢 Shop is up."), "resolved Shop - -@-: Shop"),
    );
}

#[test]
fn sentry() {
    let issue = embed(json!({"type": "rich", "title": "KeyError: 'user'", "description": "shop.views in checkout",
        "url": "https://acme.sentry.io/issues/1/", "footer": {"text": "SHOP-WEB-3F via Send to Discord"},
        "fields": [{"name": "level", "value": "error"}, {"name": "server_name", "value": "web-1"}]}));
    assert_eq!(told(&issue), ["firing KeyError: 'user' sev2 -@web-1: shop.views in checkout"]);
    let metric = |title| {
        embed(
            json!({"type": "rich", "title": title, "description": "120 events in the last 5 minutes\nStarted <t:1772445300:R>"}),
        )
    };
    begins_and_ends(
        (&metric("Critical: Too many errors"), "firing Too many errors sev1 -@-: 120 events in the last 5 minutes"),
        (&metric("Resolved: Too many errors"), "resolved Too many errors - -@-: 120 events in the last 5 minutes"),
    );
}

#[test]
fn github() {
    let message = |title| {
        embed(
            json!({"type": "rich", "title": title, "url": "https://github.com/acme/shop/issues/7", "author": {"name": "octocat"}}),
        )
    };
    begins_and_ends(
        (
            &message("[acme/shop] Issue opened: #7 Nobody can pay"),
            "firing #7 Nobody can pay - acme/shop@-: #7 Nobody can pay",
        ),
        (
            &message("[acme/shop] Issue closed: #7 Nobody can pay"),
            "resolved #7 Nobody can pay - acme/shop@-: #7 Nobody can pay",
        ),
    );
    for news in ["[acme/shop] Pull request opened: #2 Mend it", "[shop:main] 2 new commits"] {
        assert_eq!(told(&message(news)), [""; 0]);
    }
}

#[test]
fn what_no_rule_fits_is_said_with_its_beginning() {
    assert_eq!(complaint(hear(&text("good morning"))), "no rule of this source fits `good morning` at /content");
    assert_eq!(complaint(hear(&text(""))), "the message has neither text nor embeds at /content");
    let two = json!({"id": "9", "content": "", "embeds": [
        {"type": "rich", "title": "🟢 Shop is up."}, {"type": "rich", "title": "Lunch?"},
        {"type": "link", "title": "A preview"}, {"type": "rich", "image": {"url": "https://x"}}]});
    let parsed = hear(&two).unwrap();
    assert_eq!(parsed.signals.len(), 1);
    assert_eq!(parsed.complaint().unwrap(), "no rule of this source fits `Lunch?` at /embeds/1");
}

#[test]
fn words_in_components_are_read_as_text() {
    let message = json!({"id": "9", "content": "", "embeds": [], "flags": 32768, "components": [
        {"type": 17, "components": [{"type": 10, "content": "🔴 Shop is down."}, {"type": 14}]}]});
    assert_eq!(told(&message), ["firing Shop - -@-: Shop"]);
}

#[test]
fn rules_of_ones_own_come_first_and_may_know_words_of_their_own() {
    let own = r#"
        [[sources.discord.rules]]
        name = "local"
        firing = ["broken"]
        resolved = ["mended"]
        look = [{ in = "subject", find = '^(?P<name>\S+) is (?P<state>\w+) on \*\*(?P<host>\S+)$' }]
    "#;
    let hear = |content: &str| read(&watched(own), text(content).to_string().as_bytes(), now());
    assert_eq!(line(&one(hear("disk is broken on **web-1**"))), "firing disk - -@web-1: disk");
    assert_eq!(line(&one(hear("disk is mended on **web-1**"))), "resolved disk - -@web-1: disk");
    assert_eq!(line(&one(hear("disk is odd on **web-1**"))), "firing disk - -@web-1: disk", "an unknown state fires");
    assert_eq!(line(&one(hear("🟢 Shop is up."))), "resolved Shop - -@-: Shop");
}

#[test]
fn a_text_that_is_made_to_take_time_takes_little() {
    let long = "[".repeat(4_000) + " on {".repeat(2_000).as_str();
    assert!(hear(&text(&long)).is_err());
    let many = alertmanager_embed("[FIRING:1] a", &LISTED.repeat(200));
    assert_eq!(hear(&many).unwrap().signals.len(), 1, "equal alerts are one");
}
