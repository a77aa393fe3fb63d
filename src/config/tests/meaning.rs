//! Mistakes found by comparing sections, with the exact message of each.

use super::{mistakes, mistakes_with, read};

#[test]
fn own_people_need_own_teams_schedules_and_fallback() {
    let said = mistakes(
        r#"
[[people]]
id = "zed"
access = "admin"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:1: people: these replace the shipped people, whom the shipped [[teams]], [[schedules]], [pager] still name; write these with your own people too, as "Your own people" in docs/configure.md shows
    "###);
}

#[test]
fn the_docs_have_own_people_ready_to_copy() {
    let docs = include_str!("../../../docs/configure.md");
    let example = docs.split("**Your own people.**").nth(1).and_then(|rest| rest.split("```").nth(1)).expect("a block");
    let text = example.strip_prefix("toml\n").expect("TOML");
    let config = crate::config::Config::from_text("bot.toml", text, []).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(config.people.len(), 2);
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn nobody_at_all_is_a_mistake() {
    let said = mistakes(
        r#"
people = []
teams = []
services = []
schedules = []
escalations = []
pager.fallback = ""
roles = []
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:1: people: nobody is listed; write at least one [[people]] with the access admin
    bot.toml:7: roles: at least one role is needed: the first is the one who runs the incident
    "###);
}

#[test]
fn an_open_port_needs_tokens_everywhere() {
    let said = mistakes(
        r#"
[server]
listen = "0.0.0.0:8080"
[[sources]]
id = "prom"
kind = "alertmanager"
[[sources]]
id = "off"
kind = "generic"
enabled = false
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [server] listen: 0.0.0.0:8080 is open to the network: set api_token, or listen on 127.0.0.1
    bot.toml:3: [[sources]] "prom" token: missing, and 0.0.0.0:8080 is open to the network: set it, or enabled = false
    "###);
}

#[test]
fn a_workflow_starts_somewhere_and_ends_somewhere() {
    let said = mistakes(
        r#"
[workflow]
initial = "closed"
reopened = "gone"
[[workflow.statuses]]
id = "open"
category = "actve"
next = ["open2"]
[[workflow.statuses]]
id = "closed"
category = "closed"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [workflow] initial: "closed" has the category closed; it must be triage or active
    bot.toml:3: [workflow] reopened: "gone" is not in [[workflow.statuses]]; there are open, closed
    bot.toml:4: [workflow] statuses: none has the category active, where a declaration leads
    bot.toml:4: [workflow] statuses: none has the category cancelled, where /incident cancel leads
    bot.toml:4: [workflow] statuses: none has the category merged, where /incident merge leads
    bot.toml:4: [workflow] statuses: none has the category resolved, where /incident resolve leads
    bot.toml:6: [[workflow.statuses]] "open" category: "actve" is not one of triage, active, resolved, closed, declined, merged, cancelled; did you mean "active"?
    bot.toml:7: [[workflow.statuses]] "open" next: "open2" is not in [[workflow.statuses]]; did you mean "open"?
    "###);
}

#[test]
fn a_workflow_has_no_islands_and_no_dead_ends() {
    let said = mistakes(
        r#"
[[workflow.statuses]]
id = "investigating"
category = "active"
next = ["stuck", "merged"]
[[workflow.statuses]]
id = "stuck"
category = "active"
[[workflow.statuses]]
id = "resolved"
category = "resolved"
next = ["closed"]
[[workflow.statuses]]
id = "closed"
category = "closed"
[[workflow.statuses]]
id = "cancelled"
category = "cancelled"
[[workflow.statuses]]
id = "merged"
category = "merged"
[[workflow.statuses]]
id = "declined"
category = "declined"
public = "over"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:4: [[workflow.statuses]] "investigating" next: "merged" is reached by /incident merge only; leave it out
    bot.toml:4: [[workflow.statuses]] "investigating" next: no way leads on to a status of the category closed
    bot.toml:5: [[workflow.statuses]] "stuck" next: no way leads on to a status of the category closed
    bot.toml:22: [[workflow.statuses]] "declined" id: no way leads here; name it in `next` of another status, or leave it out
    bot.toml:24: [[workflow.statuses]] "declined" public: "over" is not one of investigating, identified, monitoring, resolved
    "###);
}

#[test]
fn schedules_have_people_and_hours() {
    let said = mistakes(
        r#"
[[schedules]]
id = "primary"
timezone = "UTC"
[[schedules.layers]]
people = [""]
start = "monday"
turn = "1y"
days = ["mon", "tues"]
hours = "9-17"
[[schedules.layers]]
people = ["ann", "bib"]
start = 2026-01-05T09:00:00
[[schedules]]
id = "second"
timezone = "UTC"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:5: [[schedules]] "primary" layers #1 people: nobody takes turns; name at least one person
    bot.toml:6: [[schedules]] "primary" layers #1 start: "monday" is no local date and time; write "2026-01-05 09:00" without a zone
    bot.toml:7: [[schedules]] "primary" layers #1 turn: "1y" is no turn; write a number of hours, days, weeks or months: "12h", "1d", "1w", "1mo"
    bot.toml:8: [[schedules]] "primary" layers #1 days: "tues" is not one of mon, tue, wed, thu, fri, sat, sun; did you mean "tue"?
    bot.toml:9: [[schedules]] "primary" layers #1 hours: "9-17" is no span of hours; write one such as "09:00-17:00"
    bot.toml:10: [[schedules]] "primary" layers #2 turn: missing; write turn = … (turn such as "12h", "1d", "1w" or "1mo")
    bot.toml:11: [[schedules]] "primary" layers #2 people: "bib" is not in [[people]]; did you mean "bob"?
    bot.toml:13: [[schedules]] "second" layers: missing; write [[schedules.layers]] with people, start and turn
    "###);
}

#[test]
fn an_escalation_reaches_someone() {
    let said = mistakes(
        r#"
[[teams]]
id = "ops"
[[escalations]]
id = "default"
repeat = 1000
[[escalations]]
id = "f"
[[escalations.steps]]
targets = ["team:ops", "person:nan", "x", "room:nowhere", "webhook:crm"]
delay = "1s"
[[escalations.steps]]
targets = []
delay = "1m"
[[escalations.steps]]
targets = ["person:ann after 2m", "person:bob after soon"]
delay = "1m"
round_robin = true
[pager]
fallback = "an"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:3: [[escalations]] "default" steps: this escalation pages nobody; write at least one [[escalations.steps]]
    bot.toml:5: [[escalations]] "default" repeat: must be a whole number from 0 to 100, not 1000
    bot.toml:9: [[escalations]] "f" steps #1 targets: "crm" is not in [[webhooks]]; there is no [[webhooks]] at all
    bot.toml:9: [[escalations]] "f" steps #1 targets: "nan" is not in [[people]]; did you mean "ann"?
    bot.toml:9: [[escalations]] "f" steps #1 targets: "nowhere" is not in rooms of [chat]; there are incidents, ops
    bot.toml:9: [[escalations]] "f" steps #1 targets: "x" reaches nobody; write "schedule:NAME", "team:NAME", "person:NAME", "room:NAME" or "webhook:NAME"
    bot.toml:9: [[escalations]] "f" steps #1 targets: the team "ops" has no members, so this reaches nobody
    bot.toml:10: [[escalations]] "f" steps #1 delay: must be from 10s to 1d, not 1s
    bot.toml:12: [[escalations]] "f" steps #2 targets: this step pages nobody; name a schedule, a team or a person
    bot.toml:15: [[escalations]] "f" steps #3 targets: "person:ann after 2m" is not reached before the next step; its delay must be shorter than `delay`
    bot.toml:15: [[escalations]] "f" steps #3 targets: "soon" is no duration; write "90s", "5m", "1h30m", "2d" or "1w"
    bot.toml:17: [[escalations]] "f" steps #3 round_robin: people who are paged in turn have no delay of their own: "person:ann after 2m"
    bot.toml:17: [[escalations]] "f" steps #3 round_robin: people who are paged in turn have no delay of their own: "person:bob after soon"
    bot.toml:19: [pager] fallback: "an" is not in [[people]]; did you mean "ann"?
    "###);
}

#[test]
fn references_lead_somewhere() {
    let said = mistakes(
        r#"
[[teams]]
id = "ops"
members = ["ann", "bobb", "zed"]
[[services]]
id = "shop"
escalation = "defualt"
team = "opps"
component = "shop"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:3: [[teams]] "ops" members: "bobb", "zed" are not in [[people]]; did you mean "bob"?
    bot.toml:6: [[services]] "shop" escalation: "defualt" is not in [[escalations]]; did you mean "default"?
    bot.toml:7: [[services]] "shop" team: "opps" is not in [[teams]]; did you mean "ops"?
    bot.toml:8: [[services]] "shop" component: "shop" is not in [[status_page.components]]; there are checkout, api, website
    "###);
}

#[test]
fn secrets_that_can_be_guessed_or_are_shared_are_named() {
    let text = "
        [server]
        api_token = \"env:API\"
        [[sources]]
        id = \"am\"
        kind = \"alertmanager\"
        token = \"env:AM\"
        [[sources]]
        id = \"gr\"
        kind = \"grafana\"
        token = \"env:GR\"
    ";
    let text = text.trim_start();
    let (long, other) = ("a-token-of-20-letters", "another-token-of-some-letters");
    insta::assert_snapshot!(mistakes_with(text, &[("API", "short"), ("AM", long), ("GR", other)]), @"bot.toml:2: [server] api_token: is shorter than 16 characters; make one with: openssl rand -hex 32");
    insta::assert_snapshot!(mistakes_with(text, &[("API", long), ("AM", long), ("GR", other)]), @r#"bot.toml:6: [[sources]] "am" token: is also [server] api_token: whoever sends alerts here would be an admin; make another one"#);
    let warned = |am: &str, gr: &str| {
        let config = read(text, &[("API", long), ("AM", am), ("GR", gr)]).expect("no mistake");
        config.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(warned("short", other), @r#"bot.toml:6: [[sources]] "am" token: is shorter than 16 characters; make one with: openssl rand -hex 32"#);
    insta::assert_snapshot!(warned(other, other), @r#"
    bot.toml:6: [[sources]] "am" token: is also a secret of the source gr: each can send as the other
    bot.toml:10: [[sources]] "gr" token: is also a secret of the source am: each can send as the other
    "#);
    assert_eq!(warned("a-third-token-of-letters", other), "");
}

#[test]
fn trust_in_this_machine_behind_a_proxy_is_a_warning() {
    let warned = |server: &str| {
        let config = read(
            &format!("[server]\npublic_url = \"https://hot.example\"\n{server}"),
            &[("T", "the-token-of-the-api")],
        );
        config.expect("no mistake").warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(warned("").contains("requests from this machine need credentials"), "{}", warned(""));
    assert_eq!(warned("api_token = \"env:T\""), "");
    assert!(
        warned("trust_local = true").contains("[server] trust_local: whoever a proxy"),
        "{}",
        warned("trust_local = true")
    );
}
