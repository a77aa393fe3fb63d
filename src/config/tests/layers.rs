//! Precedence of defaults, file and environment, and secrets.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use secrecy::ExposeSecret;

use super::{mistakes_with, read};

fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3600)
}

#[test]
fn a_file_with_one_key_changes_one_key() {
    let config = read("[server]\nlisten = \"[::1]:9000\"\n", &[]).expect("no mistake");
    assert_eq!(config.server.listen.to_string(), "[::1]:9000");
    assert_eq!(config.server.public_url, "http://[::1]:9000");
    assert_eq!(config.server.max_body, 2 << 20);
    assert_eq!(config.people.len(), 4);
    assert_eq!(config.alerts.route.group_interval, Duration::from_secs(60));
}

#[test]
fn tables_are_merged_and_arrays_replaced() {
    let text = "
        [severity.sev3]
        update_every = \"2h\"
        [severity.matrix]
        all = { now = \"sev1\", later = \"sev2\", ever = \"sev3\" }
        [[roles]]
        id = \"boss\"
        [alerts.route]
        group_wait = \"0s\"
    ";
    let config = read(text, &[]).expect("no mistake");
    let sev3 = config.policy.severity(crate::domain::incident::Severity::Sev3);
    assert_eq!((sev3.name.as_str(), sev3.update_every), ("SEV3", Some(hours(2))));
    assert_eq!(config.policy.matrix.len(), 1, "the shipped rows are gone");
    assert_eq!(
        config.policy.matrix["all"].keys().collect::<Vec<_>>(),
        ["now", "later", "ever"],
        "as they were written"
    );
    assert_eq!(config.policy.roles.len(), 1);
    assert_eq!(config.policy.manager().as_str(), "boss");
    assert_eq!(config.policy.roles[0].name, "boss", "the id serves as the name");
    assert_eq!(config.alerts.route.group_wait, Duration::ZERO);
    assert_eq!(config.alerts.route.repeat_interval, hours(4));
}

#[test]
fn routes_inherit_from_above() {
    let text = "
        [alerts.route]
        group_by = [\"...\"]
        [[alerts.route.routes]]
        matchers = [\"team=payments\"]
        feed = \"payments\"
        group_wait = \"1m\"
        [[alerts.route.routes.routes]]
        matchers = [\"severity=~'warning|info'\"]
        continue = true
    ";
    let config = read(text, &[]).expect("no mistake");
    let child = &config.alerts.route.routes[0];
    let leaf = &child.routes[0];
    assert_eq!((leaf.feed.as_str(), leaf.group_wait), ("payments", Duration::from_secs(60)));
    assert_eq!((leaf.group_by.as_ref(), leaf.repeat_interval), (None, hours(4)));
    assert!(leaf.proceed && !child.proceed);
}

#[test]
fn the_environment_wins_over_the_file() {
    let env = [
        ("HOTROOM_SERVER__LISTEN", "127.0.0.1:7000"),
        ("HOTROOM_STORE__BATCH", "1"),
        ("HOTROOM_CHAT__ROOMS", "ops, dev"),
        ("HOTROOM_ALERTS__ROUTE__GROUP_BY", "[\"service\"]"),
        ("HOTROOM_ALERTS__ROUTE__ROUTES", "[{ matchers = [\"a=b\"], feed = \"dev\" }]"),
        ("HOTROOM_SEVERITY__SEV1__PAGE", "false"),
        ("HOTROOM_SOURCES__ALERTMANAGER__TOKEN", "env:AM"),
        ("HOTROOM_TEMPLATES_DIR", "mine"),
        ("AM", "s3cret"),
    ];
    let config = read("[server]\nlisten = \"127.0.0.1:1\"\n[store]\nbatch = 7\n", &env).expect("no mistake");
    assert_eq!(config.server.listen.port(), 7000);
    assert_eq!(config.store.batch, 1);
    assert_eq!(config.chat.rooms.iter().map(|room| room.as_str()).collect::<Vec<_>>(), ["ops", "dev"]);
    assert_eq!(config.alerts.route.group_by.as_deref(), Some(&["service".to_owned()][..]));
    assert_eq!(config.alerts.route.routes[0].feed.as_str(), "dev");
    assert!(!config.policy.severity(crate::domain::incident::Severity::Sev1).page);
    let token = config.source("alertmanager").and_then(|source| source.token.as_ref()).expect("a token");
    assert_eq!(token.expose_secret(), "s3cret");
    assert_eq!(config.templates_dir.as_deref(), Some(std::path::Path::new("mine")));
}

#[test]
fn a_mistake_in_the_environment_is_named_by_its_variable() {
    let env = [
        ("HOTROOM_SERVER__LISEN", "x"),
        ("HOTROOM_SERVR__LISTEN", "x"),
        ("HOTROOM_SERVER__MAX_CONNECTIONS", "x"),
        ("HOTROOM_SERVER__LISTEN__X", "1"),
        ("HOTROOM_SERVER_LISTEN", "x"),
        ("HOTROOM_SOURCES__GENERIC__TOKEN", "hunter2"),
        ("HOTROOM_SOURCES__NOPE__TOKEN", "env:X"),
        ("HOTROOM_PEOPLE__ANN", "x"),
        ("HOTROOM_CHAT__ROOMS", "a,b c"),
        ("HOTROOM____", "x"),
        ("HOTROOM_SEVERITY__SEV1__PAGE", "yes"),
    ];
    insta::assert_snapshot!(mistakes_with("", &env), @r#"
    HOTROOM_CHAT__ROOMS: [chat] rooms: "b c" is no name; use letters, digits, - _ and ., 64 characters at most
    HOTROOM_PEOPLE__ANN: name a key of "ann", after another __
    HOTROOM_SERVER_LISTEN: a section and its key are joined by two underscores: HOTROOM_SERVER__LISTEN
    HOTROOM_SERVER__LISEN: [server] lisen: unknown key; did you mean HOTROOM_SERVER__LISTEN?
    HOTROOM_SERVER__LISTEN__X: listen is a single value and has no keys below it
    HOTROOM_SERVER__MAX_CONNECTIONS: [server] max_connections: must be a whole number from 1 to 1000000, not "x"
    HOTROOM_SERVR__LISTEN: [servr]: unknown section; did you mean HOTROOM_SERVER__LISTEN?
    HOTROOM_SEVERITY__SEV1__PAGE: [severity.sev1] page: must be true or false, not "yes"
    HOTROOM_SOURCES__GENERIC__TOKEN: [[sources]] "generic" token: must be "env:NAME" or "file:PATH"; a secret is never written into the configuration (what was written is not shown here)
    HOTROOM_SOURCES__NOPE__TOKEN: [[sources]] has no entry with the id "nope"
    HOTROOM____: no setting has such a name; write HOTROOM_<SECTION>__<KEY>
    "#);
}

#[test]
fn variables_of_others_are_left_alone() {
    let env = [
        ("HOTROOM_PORT", "tcp://10.0.0.1:8080"),
        ("HOTROOM_SERVICE_HOST", "10.0.0.1"),
        ("HOTROOM_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("HOTROOM_CONFIG", "bot.toml"),
        ("HOTROOM_SHARED_DIR", "x"),
        ("PATH", "x"),
    ];
    assert_eq!(mistakes_with("", &env), "no mistakes");
}

#[test]
fn a_secret_file_is_read_without_its_line_end_and_watched_for_its_mode() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("token");
    std::fs::write(&path, "s3cret-of-the-house\n").expect("written");
    let text = format!("[server]\napi_token = \"file:{}\"\n", path.display());
    let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("set");
    mode(0o600);
    let config = read(&text, &[]).expect("no mistake");
    assert_eq!(config.server.api_token.as_ref().expect("set").expose_secret(), "s3cret-of-the-house");
    assert!(config.warnings.is_empty());
    assert!(!format!("{config:?}").contains("s3cret"), "a secret is never shown");
    mode(0o644);
    let warnings = read(&text, &[]).expect("no mistake").warnings;
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().starts_with("bot.toml:2: [server] api_token: everyone on this machine may read"));
    std::fs::write(&path, "\n").expect("written");
    assert!(mistakes_with(&text, &[]).ends_with("is empty"));
}

#[test]
fn what_should_be_seen_to_is_a_warning() {
    let text = "
        [server]
        listen = \"0.0.0.0:80\"
        api_token = \"env:T\"
        [pager]
        fallback = \"\"
        [retention]
        settled = \"7d\"
        [[services]]
        id = \"api\"
        [[people]]
        id = \"ann\"
        access = \"responder\"
        [[people]]
        id = \"bob\"
        access = \"responder\"
        [[people]]
        id = \"cho\"
        access = \"responder\"
        [[people]]
        id = \"dee\"
        access = \"responder\"
    ";
    let config = read(text.trim_start(), &[("T", "the-token-of-the-api")]).expect("no mistake");
    let lines: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    let line = regex::Regex::new(r"shipped bot.toml:\d+").expect("a pattern");
    insta::assert_snapshot!(line.replace_all(&lines.join("\n"), "shipped bot.toml"), @r#"
    bot.toml:2: [server] listen: links point at this address; set public_url to the address that people use
    bot.toml:2: [server] listen: plain http to the network: tokens and sessions can be read on the way. Set tls_cert and tls_key, or put a proxy in front that speaks https, and set public_url to its https address
    bot.toml:5: [pager] fallback: nobody; an incident that names no service, or has nobody on call, pages no one
    bot.toml:7: [retention] settled: a delivery that is repeated later than this is taken for a new one; 30d is usual
    bot.toml:10: people: nobody is admin, so nobody can reload the configuration from chat or make sign-in links
    shipped bot.toml: [[alerts.declare]] "critical-service" critical_service: no service is marked critical, so this rule never opens an incident
    "#);
}
