//! `[web_push]`: push messages to browsers.

use super::{mistakes_with, read};

fn subject(more: &str, subject: &str) -> String {
    format!("{more}\n[web_push]\nenabled = true\nsubject = \"{subject}\"\n")
}

#[test]
fn it_is_off_until_it_is_enabled() {
    assert!(read("", &[]).expect("no mistake").contact.web_push.is_none());
    let off = read("[web_push]\nsubject = \"mailto:oncall@example.com\"", &[]).expect("no mistake");
    assert!(off.contact.web_push.is_none());
    for address in ["mailto:oncall@example.com", "https://example.com/contact"] {
        let config = read(&subject("", address), &[]).expect("no mistake");
        assert_eq!(config.contact.web_push.as_ref().map(|it| it.subject.as_str()), Some(address));
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
    }
}

#[test]
fn whom_push_services_may_contact_has_to_be_an_address() {
    insta::assert_snapshot!(mistakes_with("[web_push]\nenabled = true", &[]), @r#"bot.toml:1: [web_push] subject: missing; push services ask for it: write one such as "mailto:oncall@example.com""#);
    for wrong in [
        "oncall@example.com",
        "http://example.com",
        "mailto:",
        "mailto:oncall",
        "mailto:@example.com",
        "mailto: oncall@example.com",
        "mailto:<oncall@example.com>",
        "mailto:a@example.com,b@example.com",
        "https://",
        "https://ann:p@example.com",
    ] {
        let said = mistakes_with(&subject("", wrong), &[]);
        assert!(said.contains("[web_push] subject: ") && said.contains("write one such as"), "{wrong}: {said}");
    }
}

#[test]
fn an_address_from_which_no_browser_can_subscribe_is_a_warning() {
    let warnings = |server: &str| {
        let config = read(&subject(&format!("[server]\n{server}"), "mailto:oncall@example.com"), &[]);
        let warnings = config.expect("no mistake").warnings;
        warnings.iter().map(ToString::to_string).filter(|warning| warning.contains("[web_push]")).collect::<Vec<_>>()
    };
    for fine in ["public_url = \"https://hotroom.example.com\"", "public_url = \"http://localhost:8080\"", ""] {
        assert!(warnings(fine).is_empty(), "{fine}");
    }
    let open = "listen = \"10.0.0.5:8080\"\napi_token = \"env:TOKEN\"";
    let said =
        read(&subject(&format!("[server]\n{open}"), "mailto:a@example.com"), &[("TOKEN", "the-token-of-the-api")]);
    let said = said.expect("no mistake").warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    assert!(said.contains("people reach hotroom at http://10.0.0.5:8080"), "{said}");
    let plain = warnings("public_url = \"http://hotroom.example.com\"");
    assert!(plain.len() == 1 && plain[0].contains("browsers want https for push messages"), "{plain:?}");
}
