//! Twilio and Pushover: their own libraries drive the fakes of the tests, sign what hotroom verifies, and an independent
//! Twilio takes what hotroom sends.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
    time::Duration,
};

use hotroom::{
    contact::twilio::{
        CallScript, CallState, CallbackOwner, InboundText, MessageState, PhoneCall, PhoneNumber, PhoneReport,
        SmsSender, TextMessage, TextReply, TwilioSettings, is_signed,
    },
    net::{FormField, HttpClient, decode_form},
};
use secrecy::SecretString;
use serde_json::json;

use crate::{
    fake_http::{FakeHttp, Reaction, Received, table::client},
    fake_pushover::{self, FakePushover},
    fake_twilio::{ACCOUNT, FakeTwilio, NUMBER, TOKEN},
    rig::{free_address, program, required, root, run},
};

const ANN: &str = "+15550100123";

/// A script of `tests/senders/clients`; `None` where the package is not installed.
fn script(name: &str, package: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let interpreter = if name.ends_with(".py") { "python3" } else { "node" };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(package).exists()) else {
        return required(package);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", installed.join("python")).current_dir(&installed);
    command.arg(root().join("tests/senders/clients").join(name));
    Some(command)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_of_twilio_is_at_home_with_the_fake() {
    let Some(mut client) = script("twilio_client.py", "python/twilio") else { return };
    let twilio = FakeTwilio::start().await;
    twilio.refuse("+15550100404", 21211);
    let said = run(client.args([&twilio.http.url, ACCOUNT, TOKEN, NUMBER])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Twilio does it");
    assert_eq!((twilio.texts().len(), twilio.calls().len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_client_of_pushover_is_at_home_with_the_fake() {
    let Some(mut client) = script("pushover.py", "python/pushover_complete") else { return };
    let pushover = FakePushover::start().await;
    let (token, user, nobody) = (fake_pushover::TOKEN, fake_pushover::ANN, fake_pushover::NOBODY);
    let said = run(client.args([&pushover.http.url, token, user, nobody])).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(said.trim(), "all as Pushover does it");
}

#[test]
fn what_the_library_of_twilio_signs_is_verified() {
    let Some(mut library) = script("twilio_signatures.py", "python/twilio") else { return };
    let fields = |pairs: &[(&str, &str)]| -> Vec<FormField> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let text = fields(&[("From", ANN), ("To", NUMBER), ("Body", "482913 – schön & gut=ja\r\n😀"), ("MediaUrl", "")]);
    let many = fields(&[("b", "2"), ("B", "1"), ("a", "z"), ("a", "y"), ("a", "z"), ("ä", "ö")]);
    let cases = [
        ("https://hot.example.com/contact/twilio/sms", &text),
        ("https://hot.example.com/contact/twilio/status/abc?x=1&y=%20", &text),
        ("https://hot.example.com:8443/contact/twilio/sms", &text),
        ("http://10.0.0.1:8080/contact/twilio/sms", &many),
        ("https://hot.example.com/contact/twilio/voice/abc", &Vec::new()),
    ];
    let wanted = cases.map(|(url, fields)| json!({"token": TOKEN, "url": url, "fields": fields}));
    library.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut library = library.spawn().expect("it starts");
    let input = serde_json::to_vec(&wanted).expect("JSON");
    library.stdin.take().expect("its input").write_all(&input).expect("written");
    let done = library.wait_with_output().expect("it ends");
    let signatures: Vec<String> = serde_json::from_slice(&done.stdout).expect("signatures");
    let token = SecretString::from(TOKEN);
    for ((url, fields), signature) in cases.into_iter().zip(&signatures) {
        assert!(is_signed(&token, url, fields, signature), "{url}");
        assert!(!is_signed(&SecretString::from("another"), url, fields, signature), "{url}");
        assert!(!is_signed(&token, &url.replace("contact", "other"), fields, signature), "{url}");
        let without_port = url.replace(":8443", "").replace(":8080", "");
        assert!(url == without_port || !is_signed(&token, &without_port, fields, signature), "{url}");
    }
    assert_eq!(signatures.len(), 5);
}

/// The Twilio of the package `emulate`.
struct Emulator {
    url: String,
    child: Child,
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Emulator {
    /// Starts it; `None` where it is not installed. Inbound messages go to `sms_url`.
    fn start(sms_url: &str) -> Option<Self> {
        let mut command = script("twilio_emulator.mjs", "node_modules/emulate")?;
        let port = free_address().port().to_string();
        command.args([&port, ACCOUNT, TOKEN, NUMBER, sms_url]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let output = child.stdout.take().expect("its output");
        let ready = BufReader::new(output).lines().any(|line| line.is_ok_and(|line| line == "ready"));
        assert!(ready, "the emulator ended early");
        Some(Self { url: format!("http://127.0.0.1:{port}"), child })
    }

    fn settings(&self) -> TwilioSettings {
        let number = PhoneNumber::parse(NUMBER).expect("a number");
        TwilioSettings {
            account_sid: ACCOUNT.to_owned(),
            auth_token: SecretString::from(TOKEN),
            sender: SmsSender::Number(number.clone()),
            voice_from: Some(number),
            countries: vec!["+1".to_owned()],
            base_url: self.url.clone(),
            private: false,
        }
    }

    /// Lets something happen: a message arrives, a state changes.
    async fn simulate(&self, what: &str, fields: &[(&str, &str)]) {
        let http = hotroom::net::tls::client().build().expect("a client");
        let owned: Vec<(&str, String)> = fields.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        let request = http
            .post(format!("{}/_twilio/simulate/{what}", self.url))
            .basic_auth(ACCOUNT, Some(TOKEN))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(hotroom::net::encode_form(&owned));
        let answer = request.send().await.expect("an answer");
        assert!(answer.status().is_success(), "{what}: {}", answer.text().await.unwrap_or_default());
    }
}

/// Reads a callback and checks its signature, as if hotroom had been called at `public_url`.
fn verified(received: &Received, public_url: &str) -> Vec<FormField> {
    let fields = decode_form(&received.body).expect("a form");
    let signature = &received.headers["x-twilio-signature"];
    assert!(is_signed(&SecretString::from(TOKEN), &format!("{public_url}{}", received.path), &fields, signature));
    assert!(!is_signed(&SecretString::from("another"), &format!("{public_url}{}", received.path), &fields, signature));
    assert_eq!(CallbackOwner::parse(&fields).expect("an owner").account, ACCOUNT);
    fields
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_independent_twilio_takes_messages_and_its_callbacks_are_verified() {
    let receiver = FakeHttp::start(|_| Reaction::answer(200, "<Response/>")).await;
    let Some(twilio) = Emulator::start(&format!("{}/sms", receiver.url)) else { return };
    let (http, settings): (HttpClient, _) = (client(), twilio.settings());
    let account = settings.account(&http).await.expect("an account");
    assert_eq!((account.status.as_str(), account.kind.as_str()), ("active", "Full"));
    let own = settings.number(&http, &PhoneNumber::parse(NUMBER).expect("a number")).await.expect("an answer");
    assert_eq!(own.expect("it is there").sms_url, Some(format!("{}/sms", receiver.url)));
    let to = PhoneNumber::parse(ANN).expect("a number");
    let message = TextMessage {
        to: to.clone(),
        body: "SEV1 shop: Größe & <Form>".to_owned(),
        status_callback: Some(format!("{}/status/1", receiver.url)),
        valid_for: Duration::from_secs(300),
    };
    let sid = settings.send_text(&http, &message).await.expect("accepted").0;
    twilio.simulate("message-status", &[("MessageSid", &sid), ("Status", "delivered")]).await;
    twilio.simulate("inbound-message", &[("To", NUMBER), ("From", ANN), ("Body", "ack 482913")]).await;
    let call = PhoneCall {
        to: to.clone(),
        script: CallScript::Url(format!("{}/voice/2", receiver.url)),
        status_callback: Some(format!("{}/status/2", receiver.url)),
    };
    let call = settings.place_call(&http, &call).await.expect("accepted").0;
    twilio.simulate("call-status", &[("CallSid", &call), ("Status", "completed")]).await;
    receiver.until(|request| String::from_utf8_lossy(&request.body).contains("CallStatus=completed")).await;
    let forms: Vec<Vec<FormField>> =
        receiver.received().iter().map(|received| verified(received, &receiver.url)).collect();
    let reports: Vec<PhoneReport> = forms.iter().filter_map(|form| PhoneReport::parse(form)).collect();
    assert!(reports.contains(&PhoneReport::Message(MessageState::Delivered, None)), "{reports:?}");
    assert!(reports.contains(&PhoneReport::Call(CallState::Completed, None)), "{reports:?}");
    let code = InboundText { from: to, reply: TextReply::Code("482913".to_owned()) };
    assert!(forms.iter().filter_map(|form| InboundText::parse(form)).any(|text| text == code), "{forms:?}");
    let wrong = TwilioSettings { auth_token: SecretString::from("another"), ..settings };
    let failure = wrong.send_text(&http, &message).await.expect_err("refused");
    assert_eq!(failure.error().map(|error| error.code), Some(20003));
}
