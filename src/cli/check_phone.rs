//! `hotroom check` of Twilio and Pushover: whether they can be reached, and accept what `bot.toml` says. Nothing is sent to
//! anybody.

use super::{Exit, Report};
use crate::{
    config::Config,
    contact::{
        pushover::PushoverSettings,
        twilio::{NumberAbilities, PhoneNumber, SMS_PATH, SmsSender, TwilioSettings},
    },
    net::HttpClient,
};

/// Checks both, as far as they are set.
pub(super) fn check_phone(config: &Config, report: &mut Report) {
    if config.contact.twilio.is_none() && config.contact.pushover.is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (http, runtime) = match (HttpClient::new(&config.net), runtime) {
        (Ok(http), Ok(runtime)) => (http, runtime),
        (Err(why), _) => return report.find(Exit::Failed, format!("[net]: {why}")),
        (_, Err(error)) => return report.find(Exit::Failed, format!("cannot start: {error}")),
    };
    if let Some(settings) = &config.contact.twilio {
        runtime.block_on(twilio(settings, config.server.outside_url(), &http, report));
    }
    if let Some(settings) = &config.contact.pushover {
        runtime.block_on(pushover(settings, &http, report));
    }
}

async fn twilio(settings: &TwilioSettings, public_url: Option<&str>, http: &HttpClient, report: &mut Report) {
    let account = match settings.account(http).await {
        Ok(account) => account,
        Err(failure) => return report.find(Exit::Failed, format!("[twilio]: {failure}")),
    };
    if account.status != "active" {
        let status = crate::domain::text::visible(&account.status);
        return report
            .find(Exit::Failed, format!("the Twilio account is {status}: it sends no messages and makes no calls"));
    }
    report.say("Twilio accepts account_sid and auth_token; the account is active");
    if account.kind == "Trial" {
        report.say("warning: a Twilio trial account reaches only numbers that are verified in its console");
    }
    if let SmsSender::Number(number) = &settings.sender {
        let answers = public_url.map(|url| format!("{url}{SMS_PATH}"));
        let needed = NeededNumber { key: "from", number, purpose: "send text messages", can: |can| can.sms, answers };
        check_number(settings, http, &needed, report).await;
    }
    if public_url.is_none() {
        report.say(
            "warning: Twilio cannot reach [server] public_url: nobody can answer by text message or by a key, and what becomes of \
             messages stays unknown",
        );
    }
    match &settings.voice_from {
        Some(number) => {
            let needed =
                NeededNumber { key: "voice_from", number, purpose: "make calls", can: |can| can.voice, answers: None };
            check_number(settings, http, &needed, report).await;
        }
        None => report.say("[twilio] offers no calls: from is a messaging service, and voice_from is not set"),
    }
}

/// A number of `bot.toml`, and what it is for.
struct NeededNumber<'a> {
    key: &'static str,
    number: &'a PhoneNumber,
    purpose: &'static str,
    can: fn(NumberAbilities) -> bool,
    /// Where answers to its text messages should go.
    answers: Option<String>,
}

async fn check_number(settings: &TwilioSettings, http: &HttpClient, needed: &NeededNumber<'_>, report: &mut Report) {
    let NeededNumber { key, number, purpose, can, answers } = needed;
    let number = match settings.number(http, number).await {
        Ok(Some(found)) if can(found.capabilities) => {
            report.say(format!("Twilio number {} can {purpose}", number.as_str()));
            if let Some(answers) = answers.as_ref().filter(|answers| found.sms_url.as_ref() != Some(*answers)) {
                report.say(format!(
                    "warning: answers to text messages do not reach hotroom; in the Twilio console, set for {}: \"A message \
                     comes in\", webhook {answers}, POST",
                    number.as_str()
                ));
            }
            return;
        }
        Ok(Some(_)) => format!("{} cannot {purpose}", number.as_str()),
        // Another number may call people too, if its owner has confirmed it to Twilio.
        Ok(None) if *key == "voice_from" => {
            return report.say(format!(
                "warning: [twilio] voice_from: the account has no number {}; it calls only if it is a verified caller id",
                number.as_str()
            ));
        }
        Ok(None) => format!("the account has no number {}", number.as_str()),
        Err(failure) => failure.to_string(),
    };
    report.find(Exit::Failed, format!("[twilio] {key}: {number}"));
}

async fn pushover(settings: &PushoverSettings, http: &HttpClient, report: &mut Report) {
    match settings.quota(http).await {
        Ok(quota) if quota.remaining == 0 => {
            report.find(Exit::Failed, "[pushover]: the application has sent all messages of this month");
        }
        Ok(quota) => report.say(format!(
            "Pushover accepts the token; {} of {} messages are left this month",
            quota.remaining, quota.limit
        )),
        Err(failure) => report.find(Exit::Failed, format!("[pushover]: {failure}")),
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;
    use crate::{
        fake_http::table::client,
        fake_pushover::{self, FakePushover},
        fake_twilio::{ACCOUNT, FakeTwilio, NUMBER, TOKEN},
    };

    fn settings(twilio: &FakeTwilio) -> TwilioSettings {
        let number = PhoneNumber::parse(NUMBER).expect("a number");
        TwilioSettings {
            account_sid: ACCOUNT.to_owned(),
            auth_token: SecretString::from(TOKEN),
            sender: SmsSender::Number(number.clone()),
            voice_from: Some(number),
            countries: vec!["+1".to_owned()],
            base_url: twilio.http.url.clone(),
            private: false,
        }
    }

    async fn reported(settings: &TwilioSettings) -> String {
        let mut report = Report::new();
        twilio(settings, Some("https://hot.example.com"), &client(), &mut report).await;
        report.lines.join("\n")
    }

    #[tokio::test]
    async fn an_account_that_works_is_reported() {
        let fake = FakeTwilio::start().await;
        fake.set_sms_url("https://hot.example.com/contact/twilio/sms");
        insta::assert_snapshot!(reported(&settings(&fake)).await, @r"
        Twilio accepts account_sid and auth_token; the account is active
        Twilio number +15550100999 can send text messages
        Twilio number +15550100999 can make calls
        ");
        assert!(fake.texts().is_empty() && fake.calls().is_empty(), "nothing is sent");
    }

    #[tokio::test]
    async fn what_does_not_work_is_named() {
        let fake = FakeTwilio::start().await;
        let other = PhoneNumber::parse("+15550100123").expect("a number");
        let strange = SmsSender::Number(other.clone());
        let found = reported(&TwilioSettings { sender: strange, voice_from: Some(other), ..settings(&fake) }).await;
        insta::assert_snapshot!(found, @r"
        Twilio accepts account_sid and auth_token; the account is active
        [twilio] from: the account has no number +15550100123
        warning: [twilio] voice_from: the account has no number +15550100123; it calls only if it is a verified caller id
        ");
        fake.set_sms_url("https://elsewhere.example.com/");
        insta::assert_snapshot!(reported(&settings(&fake)).await, @r#"
        Twilio accepts account_sid and auth_token; the account is active
        Twilio number +15550100999 can send text messages
        warning: answers to text messages do not reach hotroom; in the Twilio console, set for +15550100999: "A message comes in", webhook https://hot.example.com/contact/twilio/sms, POST
        Twilio number +15550100999 can make calls
        "#);
        let service = SmsSender::Service("MG0123456789abcdef0123456789abcdef".to_owned());
        let found = reported(&TwilioSettings { sender: service, voice_from: None, ..settings(&fake) }).await;
        insta::assert_snapshot!(found, @r"
        Twilio accepts account_sid and auth_token; the account is active
        [twilio] offers no calls: from is a messaging service, and voice_from is not set
        ");
        fake.set_account("suspended");
        insta::assert_snapshot!(reported(&settings(&fake)).await, @"the Twilio account is suspended: it sends no messages and makes no calls");
        let wrong = TwilioSettings { auth_token: SecretString::from("another"), ..settings(&fake) };
        insta::assert_snapshot!(reported(&wrong).await, @"[twilio]: Twilio: 20003 authentication failed: account_sid or auth_token is wrong");
    }

    #[tokio::test]
    async fn the_token_of_pushover_is_tried() {
        let fake = FakePushover::start().await;
        let settings = |token: &str| PushoverSettings {
            token: SecretString::from(token.to_owned()),
            base_url: fake.http.url.clone(),
            private: false,
        };
        let reported = async |token: &str| {
            let mut report = Report::new();
            pushover(&settings(token), &client(), &mut report).await;
            report.lines.join("\n")
        };
        insta::assert_snapshot!(reported(fake_pushover::TOKEN).await, @"Pushover accepts the token; 10000 of 10000 messages are left this month");
        fake.use_quota_up();
        insta::assert_snapshot!(reported(fake_pushover::TOKEN).await, @"[pushover]: the application has sent all messages of this month");
        insta::assert_snapshot!(reported(&"x".repeat(30)).await, @"[pushover]: Pushover: the token of [pushover] is wrong");
    }
}
