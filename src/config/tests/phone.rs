//! `[twilio]` and `[pushover]`.

use super::{mistakes_with, read};
use crate::contact::twilio::{PhoneNumber, SmsSender};

const SECRETS: [(&str, &str); 3] = [
    ("TWILIO", "0123456789abcdef0123456789abcdef"),
    ("PUSHOVER", "azGDORePK8gMaC0QOYAMyEEuzJnyUi"),
    ("SHORT", "azGDORe"),
];

#[test]
fn without_a_section_a_method_is_not_offered() {
    let config = read("", &[]).expect("no mistake");
    assert!(config.contact.twilio.is_none() && config.contact.pushover.is_none());
}

#[test]
fn a_number_sends_and_calls() {
    let text = r#"
[twilio]
account_sid = "AC0123456789abcdef0123456789abcdef"
auth_token = "env:TWILIO"
from = "+1 555 010-0999"
countries = ["1", "+49"]
"#;
    let config = read(text, &SECRETS).expect("no mistake");
    let twilio = config.contact.twilio.expect("a section");
    let number = |text: &str| PhoneNumber::parse(text).expect("a number");
    assert_eq!((&twilio.sender, twilio.private), (&SmsSender::Number(number("+15550100999")), false));
    assert_eq!((twilio.voice_from, twilio.base_url.as_str()), (Some(number("+15550100999")), "https://api.twilio.com"));
    assert_eq!(twilio.countries, ["+1", "+49"]);
}

#[test]
fn a_messaging_service_sends_and_a_number_calls_if_one_is_named() {
    let text = |more: &str| {
        format!(
            "[twilio]\naccount_sid = \"AC0123456789abcdef0123456789abcdef\"\nauth_token = \"env:TWILIO\"\n\
             from = \"MG0123456789abcdef0123456789abcdef\"\ncountries = [\"1\"]\nbase_url = \"http://127.0.0.1:9/\"\n{more}"
        )
    };
    let twilio = |more: &str| read(&text(more), &SECRETS).expect("no mistake").contact.twilio.expect("a section");
    let silent = twilio("");
    assert_eq!((silent.voice_from, silent.base_url.as_str()), (None, "http://127.0.0.1:9"));
    assert!(matches!(silent.sender, SmsSender::Service(_)));
    let calling = twilio("voice_from = \"+15550100998\"\nprivate = true\n");
    assert!(calling.voice_from.is_some() && calling.private);
}

#[test]
fn what_is_wrong_with_twilio_and_pushover_is_said_without_secrets() {
    let said = mistakes_with(
        r#"
[twilio]
account_sid = "SK0123456789abcdef0123456789abcdef"
auth_token = "0123456789abcdef0123456789abcdef"
from = "0301234567"
voice_from = "MG0123456789abcdef0123456789abcdef"
countries = ["DE"]
base_url = "twilio.com"
privat = true

[pushover]
token = "env:SHORT"
"#
        .trim_start(),
        &SECRETS,
    );
    insta::assert_snapshot!(said, @r#"
    bot.toml:2: [twilio] account_sid: must be the Account SID of the Twilio console: AC and 32 hexadecimal digits
    bot.toml:3: [twilio] auth_token: must be "env:NAME" or "file:PATH"; a secret is never written into the configuration (what was written is not shown here)
    bot.toml:4: [twilio] from: must be a phone number with its calling code, such as +49 30 901820, or the SID of a messaging service: MG and 32 digits
    bot.toml:5: [twilio] voice_from: must be a phone number with its calling code, such as +49 30 901820
    bot.toml:6: [twilio] countries: "DE" is no calling code; write 1 to 4 digits, such as "+49" for Germany or "+1" for North America
    bot.toml:7: [twilio] base_url: the URL cannot be read
    bot.toml:8: [twilio] privat: unknown key; did you mean "private"?
    bot.toml:11: [pushover] token: must hold the API token of a Pushover application: 30 letters and digits
    "#);
    let missing = mistakes_with("[twilio]\ncountries = []\n\n[pushover]\n", &SECRETS);
    insta::assert_snapshot!(missing, @r#"
    bot.toml:1: [twilio] account_sid: missing; write account_sid = … (Account SID)
    bot.toml:1: [twilio] auth_token: missing; write auth_token = … (secret: "env:NAME" or "file:PATH")
    bot.toml:1: [twilio] from: missing; write from = … (phone number or messaging service)
    bot.toml:2: [twilio] countries: must list at least one calling code: numbers of other countries are never used
    bot.toml:4: [pushover] token: missing; write token = … (secret: "env:NAME" or "file:PATH")
    "#);
}

#[test]
fn a_pushover_application_is_named_by_its_token() {
    let config = read("[pushover]\ntoken = \"env:PUSHOVER\"\n", &SECRETS).expect("no mistake");
    let pushover = config.contact.pushover.expect("a section");
    assert_eq!((pushover.base_url.as_str(), pushover.private), ("https://api.pushover.net", false));
    assert!(!format!("{pushover:?}").contains("azGD"), "a secret is never shown");
}
