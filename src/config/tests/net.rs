//! `[net]`: how outgoing calls are made.

use std::time::Duration;

use super::{mistakes, mistakes_with, read};
use crate::config::SHIPPED;

#[test]
fn by_default_calls_go_straight_and_no_private_address_is_open_to_the_outside() {
    let net = read("", &[]).expect("no mistake").net;
    assert_eq!(net.timeout, Duration::from_secs(10));
    assert!(net.proxy.is_none() && net.allow.is_empty() && net.no_proxy.is_empty());
}

#[test]
fn a_proxy_and_lists_are_read() {
    let text = r#"
[net]
timeout = "3s"
proxy = "http://proxy.internal:3128/"
proxy_credentials = "env:PROXY"
no_proxy = ["*.internal", "10.0.0.0/8"]
allow = ["10.1.0.0/16", "wiki.internal", "::1"]
"#;
    let config = read(text, &[("PROXY", "ann:p")]).expect("no mistake");
    assert_eq!(config.net.timeout, Duration::from_secs(3));
    assert_eq!(config.net.proxy.as_deref(), Some("http://proxy.internal:3128"));
    let allow: Vec<String> = config.net.allow.iter().map(ToString::to_string).collect();
    assert_eq!(allow, ["10.1.0.0/16", "wiki.internal", "::1"]);
    assert!(config.net.no_proxy[0].covers_host("a.internal"));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn what_is_wrong_in_net_is_said() {
    let said = mistakes_with(
        r#"
[net]
timeout = "15s"
proxy = "http://ann:p@proxy.internal:3128"
proxy_credentials = "env:PROXY"
no_proxy = ["http://x"]
ca = "tests/fakes/certificates/key.pem"
allow = ["10.1.2.3/8", "169.254.169.254", "fe80::/10", "10.0.0", "100.100.100.0/24"]
"#
        .trim_start(),
        &[("PROXY", "p")],
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:2: [net] timeout: must be from 1s to 14s, not 15s
    bot.toml:3: [net] proxy: must not hold a user name or a password; write them into proxy_credentials
    bot.toml:4: [net] proxy_credentials: must hold a user name and a password joined by a colon, as "user:password"
    bot.toml:5: [net] no_proxy: "http://x" is no network, address or host name; write one such as "10.0.0.0/8", "wiki.internal" or "*.internal"
    bot.toml:6: [net] ca: tests/fakes/certificates/key.pem has no certificate; it must contain -----BEGIN CERTIFICATE-----
    bot.toml:7: [net] allow: "10.0.0" is no network, address or host name; write one such as "10.0.0.0/8", "wiki.internal" or "*.internal"
    bot.toml:7: [net] allow: "10.1.2.3/8" has bits behind its prefix; write "10.0.0.0/8"
    bot.toml:7: [net] allow: "169.254.169.254" is link-local or a metadata service, which is never called
    bot.toml:7: [net] allow: "fe80::/10" is link-local or a metadata service, which is never called
    "###);
}

#[test]
fn the_address_of_a_proxy_is_checked() {
    let of = |proxy: &str| mistakes(&format!("[net]\nproxy = \"{proxy}\"\n"));
    let said =
        ["proxy:3128", "socks5://proxy", "http://proxy/x", "http://proxy?x", "http://169.254.169.254", ""].map(of);
    insta::assert_snapshot!(said.join("\n"), @r###"
    bot.toml:2: [net] proxy: "proxy:3128": the URL is not one of http or https; write one such as "http://proxy.example.com:3128"
    bot.toml:2: [net] proxy: "socks5://proxy": the URL is not one of http or https; write one such as "http://proxy.example.com:3128"
    bot.toml:2: [net] proxy: "http://proxy/x" has a path; a proxy has none; write one such as "http://proxy.example.com:3128"
    bot.toml:2: [net] proxy: "http://proxy?x" has a path; a proxy has none; write one such as "http://proxy.example.com:3128"
    bot.toml:2: [net] proxy: "http://169.254.169.254": 169.254.169.254 is a link-local or metadata address, which is never called; write one such as "http://proxy.example.com:3128"
    bot.toml:2: [net] proxy: "": the URL cannot be read; write one such as "http://proxy.example.com:3128"
    "###);
}

#[test]
fn settings_of_a_proxy_without_one_are_a_warning() {
    let config = read("[net]\nno_proxy = [\"*.internal\"]\nproxy_credentials = \"env:P\"\n", &[("P", "a:b")]);
    let warnings: Vec<String> = config.expect("no mistake").warnings.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(warnings.join("\n"), @r###"
    bot.toml:2: [net] no_proxy: has no effect without proxy
    bot.toml:3: [net] proxy_credentials: has no effect without proxy
    "###);
}

#[test]
fn a_copy_of_the_shipped_file_may_be_opened_to_the_network_like_no_file() {
    let network = [
        ("HOTROOM_SERVER__LISTEN", "0.0.0.0:8080"),
        ("HOTROOM_SERVER__PUBLIC_URL", "https://hotroom.example.com"),
        ("HOTROOM_SERVER__API_TOKEN", "env:TOKEN"),
        ("TOKEN", "a-long-token-of-the-house"),
    ];
    read("", &network).expect("the built-in settings have no mistake");
    read(SHIPPED, &network).expect("a copy of the shipped file has none either");
    let changed = SHIPPED.replacen("kind = \"grafana\"", "kind = \"grafana\"\nsilent_after = \"1h\"", 1);
    let changed = if changed == SHIPPED { panic!("the shipped file has a source of Grafana") } else { changed };
    let mistakes = mistakes_with(&changed, &network);
    assert!(mistakes.contains("sources"), "a changed source needs a token: {mistakes}");
}
