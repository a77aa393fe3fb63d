//! `[[webhooks]]`: who gets events.

use super::{mistakes_with, read};
use crate::domain::webhook::WebhookEvent;

const SECRETS: [(&str, &str); 3] = [
    ("GOOD", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("OLD", "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xkb2xk"),
    ("SHORT", "whsec_c2hvcnQ="),
];

#[test]
fn a_webhook_has_an_address_secrets_and_a_choice_of_events() {
    let text = r#"
[[webhooks]]
id = "crm"
url = "https://crm.example.com/hooks/1"
secrets = ["env:OLD", "env:GOOD"]
events = ["incident.declared", "page.*"]

[[webhooks]]
id = "audit"
url = "http://10.0.0.5:8080/"
secrets = ["env:GOOD"]
events = ["*"]
private = true
"#;
    let config = read(text, &SECRETS).expect("no mistake");
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    let crm = config.webhook(&"crm".into()).expect("read");
    assert_eq!((crm.secrets.len(), crm.events.len(), crm.private), (2, 8, false));
    assert!(crm.events.contains(&WebhookEvent::PageExhausted));
    assert!(config.webhook(&"audit".into()).is_some_and(|audit| audit.private && audit.events.len() == 27));
    assert!(!format!("{crm:?}").contains("MfKQ"), "a secret is never shown");
}

#[test]
fn what_is_wrong_with_a_webhook_is_said() {
    let said = mistakes_with(
        r#"
[[webhooks]]
id = "crm"
url = "ftp://crm.example.com/secret-path"
secrets = ["env:SHORT"]
events = ["incident.declaired", "pages.*"]

[[webhooks]]
id = "CRM"
url = "http://169.254.169.254/"
secrets = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
events = []
privat = true

[[webhooks]]
id = "none"
secrets = []
"#
        .trim_start(),
        &SECRETS,
    );
    insta::assert_snapshot!(said, @r###"
    bot.toml:3: [[webhooks]] "crm" url: the URL is not one of http or https; write one such as "https://example.com/hooks/hotroom"
    bot.toml:4: [[webhooks]] "crm" secrets: secret 1 has a key of 5 bytes, which must be 24 to 64; make one with: echo "whsec_$(openssl rand -base64 32)"
    bot.toml:5: [[webhooks]] "crm" events: "incident.declaired" is no event; did you mean "incident.declared"?
    bot.toml:8: [[webhooks]] "CRM" id: "CRM" is taken already, on line 2; give it another id
    bot.toml:9: [[webhooks]] "CRM" url: 169.254.169.254 is a link-local or metadata address, which is never called; write one such as "https://example.com/hooks/hotroom"
    bot.toml:10: [[webhooks]] "CRM" secrets: must be "env:NAME" or "file:PATH"; a secret is never written into the configuration (what was written is not shown here)
    bot.toml:11: [[webhooks]] "CRM" events: must name at least one event; "*" is all of them
    bot.toml:12: [[webhooks]] "CRM" privat: unknown key; did you mean "private"?
    bot.toml:14: [[webhooks]] "none" events: missing; write events = … (list of events)
    bot.toml:14: [[webhooks]] "none" url: missing; write url = … (http(s) address)
    bot.toml:16: [[webhooks]] "none" secrets: must be 1 to 4: one, and a second one during a rotation
    "###);
}

#[test]
fn events_that_can_be_read_on_the_way_are_a_warning() {
    let warns = |url: &str| {
        let webhook = "[[webhooks]]\nid = \"crm\"\nsecrets = [\"env:GOOD\"]\nevents = [\"*\"]\n";
        let config = read(&format!("{webhook}url = \"{url}\"\n"), &SECRETS).expect(url);
        config.warnings.len()
    };
    for url in ["http://crm.example.com/", "http://1.1.1.1:8080/x", "http://[2606:4700::1]/"] {
        assert_eq!(warns(url), 1, "{url}");
    }
    for url in [
        "https://crm.example.com/",
        "http://127.0.0.1:1/",
        "http://localhost/",
        "http://[::1]/",
        "http://crm.internal/",
    ] {
        assert_eq!(warns(url), 0, "{url}");
    }
}
