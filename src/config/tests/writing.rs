//! Mistakes in how a setting is written, with the exact message of each.

use super::mistakes;

#[test]
fn syntax_errors_are_all_named_each_with_its_line() {
    let said = mistakes(
        r#"
[server]
listen =
[log
level = "x"
[store]
queue = 1 2
path = "a
path = 3
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: not TOML: nothing stands after the =
    bot.toml:3: not TOML: unclosed table, expected `]`
    bot.toml:6: not TOML: text must stand in quotes
    bot.toml:7: not TOML: invalid basic string, expected `"`
    bot.toml:8: not TOML: this key or table was written before; keep one of the two
    "###);
}

#[test]
fn unknown_keys_and_sections_come_with_the_nearest_known_one() {
    let said = mistakes(
        r#"
[server]
lisen = "127.0.0.1:1"
zzz = 1
[servr]
listen = "x"
[[peple]]
id = "x"
[alerts.rout]
feed = "x"
[[alerts.route.routes]]
fed = "x"
[severity.sev5]
name = "SEV5"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [server] lisen: unknown key; did you mean "listen"?
    bot.toml:3: [server] zzz: unknown key; there are allowed_hosts, api_token, body_timeout, drain_timeout, header_timeout, listen, max_body, max_connections, public_url, request_timeout, session_idle, tls_cert, tls_key, trust_local
    bot.toml:4: [servr]: unknown section; did you mean [server]?
    bot.toml:6: [peple]: unknown section; did you mean [[people]]?
    bot.toml:8: [alerts.rout]: unknown key; did you mean "route"?
    bot.toml:11: [[alerts.route.routes]] #1 fed: unknown key; did you mean "feed"?
    bot.toml:12: [severity.sev5]: unknown key; did you mean "sev1"?
    "###);
}

#[test]
fn wrong_types_say_what_is_wanted() {
    let said = mistakes(
        r#"
log = []
[server]
max_connections = "many"
header_timeout = 10
allowed_hosts = "a"
max_body = true
[chat]
rooms = [1, 2]
[[services]]
id = 7
critical = "yes"
[pager]
fallback = 2026-01-01
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:1: [log]: must be a table, not a list
    bot.toml:3: [server] max_connections: must be a whole number from 1 to 1000000, not text
    bot.toml:4: [server] header_timeout: must be a duration in quotes such as "5m", not a whole number
    bot.toml:5: [server] allowed_hosts: must be a list of texts such as ["a", "b"], not text
    bot.toml:6: [server] max_body: must be a size such as "2MiB", not true or false
    bot.toml:8: [chat] rooms: must be text in quotes, not a whole number
    bot.toml:10: [[services]] #1 id: must be text in quotes, not a whole number
    bot.toml:11: [[services]] #1 critical: must be true or false without quotes, not text
    bot.toml:13: [pager] fallback: must be text in quotes, not a date
    "###);
}

#[test]
fn addresses_sizes_and_durations_are_read_with_care() {
    let said = mistakes(
        r#"
[server]
listen = "localhost:80"
max_body = "2 GiB"
max_connections = 0
body_timeout = "5x"
request_timeout = "1m30"
drain_timeout = "2h"
public_url = "ftp://x"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [server] listen: "localhost:80" is a name; write the address, "127.0.0.1:80"
    bot.toml:3: [server] max_body: must be a size such as "2MiB", not "2 GiB"
    bot.toml:4: [server] max_connections: must be a whole number from 1 to 1000000, not 0
    bot.toml:5: [server] body_timeout: "5x" is no duration; write "90s", "5m", "1h30m", "2d" or "1w"
    bot.toml:6: [server] request_timeout: "1m30" is no duration; write "90s", "5m", "1h30m", "2d" or "1w"
    bot.toml:7: [server] drain_timeout: must be from 0s to 10m, not 2h
    bot.toml:8: [server] public_url: "ftp://x" is no http or https address; write one such as "https://hotroom.example.com"
    "###);
}

#[test]
fn a_listen_without_an_address_says_how_to_listen_everywhere() {
    let said = mistakes(
        r#"
[server]
listen = ":8080"
public_url = "https://user:password@x/y"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [server] listen: ":8080" has no address; write "0.0.0.0:8080" for every address of this machine
    bot.toml:3: [server] public_url: must not hold a name or a password before the host
    "###);
}

#[test]
fn names_must_be_names_and_must_be_there() {
    let said = mistakes(
        r#"
[[services]]
id = "a b"
[[services]]
name = "Zed"
[[services]]
id = "api"
[[services]]
id = "Api"
[tracker]
prefix = "hot"
[status_page]
name = ""
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [[services]] "a b" id: "a b" is no name; use letters, digits, - _ and ., 64 characters at most
    bot.toml:3: [[services]] #2 id: missing; write id = … (name)
    bot.toml:8: [[services]] "Api" id: "Api" is taken already, on line 6; give it another id
    bot.toml:10: [tracker] prefix: "hot" must be 1 to 10 capital letters and digits
    bot.toml:12: [status_page] name: must not be empty
    "###);
}

#[test]
fn people_need_an_access_and_a_real_zone() {
    let said = mistakes(
        r#"
[[people]]
id = "ann"
access = "amdin"
timezone = "Europe/Berln"
[[people]]
id = "bob"
[[people]]
id = "cho"
access = "admin"
timezone = "Mars"
[[people]]
id = "dee"
access = "responder"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:3: [[people]] "ann" access: "amdin" is not one of reporter, responder, admin; did you mean "admin"?
    bot.toml:4: [[people]] "ann" timezone: "Europe/Berln" is no time zone; did you mean "Europe/Berlin"?
    bot.toml:5: [[people]] "bob" access: missing; write access = … (reporter, responder or admin)
    bot.toml:10: [[people]] "cho" timezone: "Mars" is no time zone; write one such as "Europe/Berlin" or "UTC"
    "###);
}

#[test]
fn secrets_are_referred_to_and_never_repeated() {
    let said = mistakes(
        r#"
[server]
api_token = "hunter2"
[[sources]]
id = "a"
kind = "generic"
token = "env:NOPE"
signing_secret = "file:/nonexistent/x"
old_token = 12345678
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [server] api_token: must be "env:NAME" or "file:PATH"; a secret is never written into the configuration (what was written is not shown here)
    bot.toml:6: [[sources]] "a" token: the environment variable NOPE is not set
    bot.toml:7: [[sources]] "a" signing_secret: cannot read the file "/nonexistent/x": No such file or directory (os error 2)
    bot.toml:8: [[sources]] "a" old_token: must be "env:NAME" or "file:PATH"; a secret is never written into the configuration (what was written is not shown here)
    "###);
}

#[test]
fn a_mapping_holds_json_pointers_of_generic_sources() {
    let said = mistakes(
        r#"
[[sources]]
id = "a"
kind = "generic"
[sources.mapping]
name = "title"
state = "/a~2"
nmae = "/x"
[[sources]]
id = "b"
kind = "alertmanger"
[[sources]]
id = "c"
kind = "alertmanager"
old_token = "env:NOPE"
[sources.mapping]
name = "/x"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:5: [[sources]] "a" mapping name: "title" is no JSON pointer; write one such as "/alert/title"
    bot.toml:6: [[sources]] "a" mapping state: "/a~2" is no JSON pointer; write one such as "/alert/title"
    bot.toml:7: [[sources]] "a" mapping nmae: unknown key; did you mean "name"?
    bot.toml:10: [[sources]] "b" kind: "alertmanger" is no kind of sender; did you mean "alertmanager"? docs/senders/README.md has them all
    bot.toml:14: [[sources]] "c" old_token: the environment variable NOPE is not set
    bot.toml:15: [[sources]] "c" mapping: only a source of the kind generic or cloudevents has a mapping
    "###);
}

#[test]
fn a_source_on_discord_names_ids_and_rules_that_can_fit() {
    let said = mistakes(
        r#"
[[sources]]
id = "a"
kind = "discord"
token = "env:HOME"
[[sources]]
id = "b"
kind = "generic"
[sources.discord]
channels = []
senders = ["Alertmanager"]
[[sources.discord.rules]]
name = "every"
look = [{ in = "titel", find = '(' }]
[[sources.discord.rules]]
name = "none"
look = [{ in = "title", find = '(?P<nmae>x)' }, { in = "title", find = '(?P<name>.+)', optional = true }]
[[sources.discord.rules]]
name = "fits-all"
look = [{ in = "title", find = '(?P<name>.+)', optional = true }]
[[sources.discord.rules]]
name = "nameless"
look = [{ in = "title", find = 'down' }]
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:1: [[sources]] "a" discord: missing; write [sources.discord] with channels and senders
    bot.toml:4: [[sources]] "a" token: a source of the kind discord takes no posts: it has neither token nor secret
    bot.toml:4: [[sources]] "a" token: the environment variable HOME is not set
    bot.toml:8: [[sources]] "b" discord: only a source of the kind discord has this table
    bot.toml:9: [[sources]] "b" discord channels: must name at least one
    bot.toml:10: [[sources]] "b" discord senders: "Alertmanager" is no Discord id; it is a long number such as "210000000000000000"
    bot.toml:13: [[sources]] "b" discord rules "every" look "titel" find: error: unclosed group
    bot.toml:13: [[sources]] "b" discord rules "every" look "titel" in: "titel" is not one of subject, content, title, description, fields, footer, url, author, all; did you mean "title"?
    bot.toml:16: [[sources]] "b" discord rules "none" look "title" find: captures "nmae"; there are name, state, severity, service, host, summary, link, fingerprint, labels, annotations, count
    bot.toml:19: [[sources]] "b" discord rules "fits-all" look: a rule needs a pattern that must be found, or it would fit every message
    bot.toml:22: [[sources]] "b" discord rules "nameless" look: no pattern captures a name: write (?P<name>…) in one of them
    "###);
}

#[test]
fn the_shipped_rules_are_good_and_each_has_a_name_of_its_own() {
    let rules = crate::config::Rule::shipped();
    let names: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names.len(), rules.len());
    for sender in
        ["alertmanager", "grafana", "datadog", "nagios", "icinga", "zabbix", "uptime-kuma", "sentry", "github"]
    {
        assert!(names.iter().any(|name| name.starts_with(sender)), "{sender}");
    }
}

#[test]
fn severities_and_their_matrix_are_whole() {
    let said = mistakes(
        r#"
[severity]
default = "high"
[severity.sev1]
update_every = "1s"
page = "yes"
[severity.matrix]
big = { a = "sev1", b = "sev9" }
small = { a = "sev2", c = "sev3" }
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [severity] default: "high" is not one of sev1, sev2, sev3, sev4
    bot.toml:4: [severity.sev1] update_every: must be from 1m to 1w, not 1s; "never" turns the clock off
    bot.toml:5: [severity.sev1] page: must be true or false without quotes, not text
    bot.toml:7: [severity.matrix.big] b: "sev9" is not one of sev1, sev2, sev3, sev4; did you mean "sev1"?
    bot.toml:7: [severity.matrix] big: says nothing for the urgency c, which other rows have
    "###);
}

#[test]
fn routes_and_rules_can_be_read() {
    let said = mistakes(
        r#"
[alerts]
resolve_timeout = "0s"
[alerts.route]
feed = "hot-3"
repeat_interval = "70s"
group_interval = "2m"
[[alerts.route.routes]]
matchers = ["a", "b=~(", "=x"]
[[alerts.declare]]
name = "r"
[[alerts.declare]]
name = "r"
matchers = ["severity=critical"]
severity = "sev0"
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [alerts] resolve_timeout: must be from 1s to 30d, not 0s
    bot.toml:4: [alerts.route] feed: "hot-3" is what the room of an incident will be called; choose another name
    bot.toml:5: [alerts.route] repeat_interval: 1m10s is shorter than group_interval, 2m; it cannot be
    bot.toml:8: [[alerts.route.routes]] #1 matchers: `(` is not a regular expression: error: unclosed group
    bot.toml:8: [[alerts.route.routes]] #1 matchers: `=x` does not begin with a label name; write label="value"
    bot.toml:8: [[alerts.route.routes]] #1 matchers: `a` has none of = != =~ !~; write label="value"
    bot.toml:9: [[alerts.declare]] "r" matchers: missing; a rule without conditions would open an incident for every alert
    bot.toml:12: [[alerts.declare]] "r" name: "r" is taken already, on line 10; give it another name
    bot.toml:14: [[alerts.declare]] "r" severity: "sev0" is not one of sev1, sev2, sev3, sev4; did you mean "sev1"?
    "###);
}

#[test]
fn the_log_and_the_rest_know_their_words() {
    let said = mistakes(
        r#"
templates_dir = ""
[log]
format = "yaml"
level = "=x,,="
[retention]
settled = "1h"
[store]
path = ""
queue = 0
batch = -1
[chat]
incidents_feed = "hot-1"
rooms = ["a b", "hot-2"]
"#,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:1: templates_dir: must not be empty
    bot.toml:3: [log] format: "yaml" is not one of text, json
    bot.toml:4: [log] level: "=x,,=" is no log filter; write "info", "debug" or "info,hotroom::deliver=debug"
    bot.toml:6: [retention] settled: must be from 1d to 3650d, not 1h
    bot.toml:8: [store] path: must not be empty
    bot.toml:9: [store] queue: must be a whole number from 1 to 1000000, not 0
    bot.toml:10: [store] batch: must be a whole number from 1 to 10000, not -1
    bot.toml:12: [chat] incidents_feed: "hot-1" is what the room of an incident will be called; choose another name
    bot.toml:13: [chat] rooms: "a b" is no name; use letters, digits, - _ and ., 64 characters at most
    bot.toml:13: [chat] rooms: "hot-2" is what the room of an incident will be called; choose another name
    "###);
}
