//! Requests with values that try to break out, answers of every sort, and the table of failures.

use reqwest::Method;
use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt},
    },
    fake_http::{
        FakeHttp, Reaction, Received,
        table::{AdapterUnderTest, client, run_failure_table},
    },
    net::HttpClient,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// A title that someone else wrote.
const HOSTILE: &str = "a&to=+1\"},{\"x\":\"</text><evil/>]]>{{secret}}%0d%0aX: 1\r\nX-Evil: 1/../ü☃";

fn gateway(url: &str) -> GatewaySettings {
    GatewaySettings {
        id: "sms".to_owned(),
        name: "SMS".to_owned(),
        method: Method::POST,
        url: GatewayUrl::parse(url).expect("an address"),
        headers: Vec::new(),
        basic_auth: None,
        secret: Some(SecretString::from("k3y&x")),
        body: None,
        success: SuccessCondition::default(),
        reason: None,
        private: false,
    }
}

fn with_body(url: &str, format: BodyFormat, body: &str) -> GatewaySettings {
    GatewaySettings { body: Some(GatewayBody::parse(format, body).expect("a body")), ..gateway(url) }
}

fn message(text: &str) -> GatewayMessage {
    GatewayMessage { number: "+4915112345678".to_owned(), text: text.to_owned(), id: "n1".to_owned() }
}

/// The request that a gateway makes for a hostile text. `settings` gets the URL of the fake.
async fn request(settings: impl Fn(&str) -> GatewaySettings) -> Received {
    let fake = FakeHttp::start(|_| Reaction::answer(200, "{}")).await;
    let outcome = send(&client(), &settings(&fake.url), &message(HOSTILE), NOW).await;
    assert_eq!(outcome, Outcome::Delivered(Receipt::Nothing));
    fake.received().remove(0)
}

struct OneText;

impl AdapterUnderTest for OneText {
    fn class(&self) -> EffectClass {
        EffectClass::Neither
    }

    async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
        let gateway = with_body(&format!("{url}/sms"), BodyFormat::Json, r#"{"to":"{{number}}","text":"{{text}}"}"#);
        let field = FieldCondition::parse("/status", "queued").expect("a pointer");
        let success = SuccessCondition { field: Some(field), ..SuccessCondition::default() };
        send(http, &GatewaySettings { success, ..gateway }, &message("Reads fail"), NOW).await.map(|_| ())
    }

    fn success(&self) -> Vec<u8> {
        br#"{"status":"queued"}"#.to_vec()
    }
}

#[tokio::test]
async fn a_text_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&OneText, &[]).await;
}

#[tokio::test]
async fn a_value_in_json_stays_one_string() {
    let body = r#"{"messages": [{"to": "{{digits}}", "text": "Page: {{text}}"}], "flash": false, "ref": "{{id}}"}"#;
    let request = request(|url| with_body(url, BodyFormat::Json, body)).await;
    let expected = json!({
        "messages": [{"to": "4915112345678", "text": format!("Page: {HOSTILE}")}],
        "flash": false,
        "ref": "n1",
    });
    assert_eq!(request.json(), expected);
    assert_eq!(request.headers["content-type"], "application/json");
}

#[tokio::test]
async fn a_value_in_a_form_stays_one_field() {
    let body = "to={{number}}&from=Hot+room%21&text={{text}}&key={{secret}}";
    let request = request(|url| with_body(url, BodyFormat::Form, body)).await;
    let body = String::from_utf8(request.body).expect("text");
    let decode = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().expect("UTF-8").into_owned();
    let fields: Vec<(String, String)> =
        body.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.to_owned(), decode(v))).collect();
    let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let expected =
        [field("to", "+4915112345678"), field("from", "Hot room!"), field("text", HOSTILE), field("key", "k3y&x")];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_value_in_xml_stays_a_text_or_an_attribute() {
    let body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sms to='{{number}}' note=\"{{text}}\"><text>{{text}}</text><br/></sms>";
    let request = request(|url| with_body(url, BodyFormat::Xml, body)).await;
    let body = String::from_utf8(request.body).expect("text");
    let escaped = "a&amp;to=+1&quot;},{&quot;x&quot;:&quot;&lt;/text&gt;&lt;evil/&gt;]]&gt;{{secret}}%0d%0aX: \
                   1&#13;&#10;X-Evil: 1/../ü☃";
    assert!(body.ends_with(&format!(" note=\"{escaped}\"><text>{escaped}</text><br/></sms>")), "{body}");
    assert_eq!(request.headers["content-type"], "application/xml; charset=utf-8");
}

#[tokio::test]
async fn a_value_in_a_url_stays_in_its_segment_or_parameter() {
    let request = request(|url| gateway(&format!("{url}/send/{{{{digits}}}}/x?m={{{{text}}}}&k={{{{secret}}}}"))).await;
    let (path, query) = request.path.split_once('?').expect("a query");
    assert_eq!(path, "/send/4915112345678/x");
    let parameters: Vec<&str> = query.split('&').collect();
    assert_eq!(parameters.len(), 2, "{query}");
    assert_eq!(parameters[1], "k=k3y%26x");
    assert!(parameters[0].starts_with("m=a%26to%3D%2B1%22"), "{query}");
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn a_value_in_a_header_begins_no_other_header() {
    let request = request(|url| GatewaySettings {
        headers: vec![
            GatewayHeader::parse("X-Text: <{{text}}>").expect("a header"),
            GatewayHeader::parse("Authorization: Key {{secret}}").expect("a header"),
        ],
        ..gateway(url)
    })
    .await;
    assert!(!request.headers.contains_key("x-evil"), "{:?}", request.headers);
    assert!(request.headers["x-text"].ends_with("X-Evil: 1/../ü☃>"));
    assert_eq!(request.headers["authorization"], "Key k3y&x");
}

#[tokio::test]
async fn user_and_password_are_sent_as_http_defines_them() {
    let login = Some(SecretString::from("ann:pä"));
    let request = request(|url| GatewaySettings { basic_auth: login.clone(), ..gateway(url) }).await;
    assert_eq!(request.headers["authorization"], "Basic YW5uOnDDpA==");
}

#[tokio::test]
async fn a_value_that_would_change_the_path_is_not_sent() {
    let fake = FakeHttp::start(|_| Reaction::answer(200, "")).await;
    let gateway = gateway(&format!("{}/send/{{{{text}}}}/to/{{{{number}}}}", fake.url));
    let outcome = send(&client(), &gateway, &message(".."), NOW).await;
    assert_eq!(outcome, Outcome::Rejected { why: "a value in the path of the URL is . or ..".to_owned() });
    assert!(fake.received().is_empty());
    send(&client(), &gateway, &message("../x"), NOW).await;
    assert_eq!(fake.lines(), ["POST /send/..%2Fx/to/%2B4915112345678"]);
}

async fn outcome_of(status: u16, body: &str, success: SuccessCondition) -> Outcome<Receipt> {
    let (status, body) = (status, body.to_owned());
    let fake = FakeHttp::start(move |_| Reaction::answer(status, body.clone())).await;
    let gateway = GatewaySettings { success, reason: Some("/error/message".to_owned()), ..gateway(&fake.url) };
    send(&client(), &gateway, &message("Reads fail"), NOW).await
}

#[tokio::test]
async fn an_answer_counts_as_success_only_as_the_configuration_says() {
    let any = SuccessCondition::default;
    let status = || SuccessCondition { statuses: vec![202], ..any() };
    let contains = || SuccessCondition { contains: Some("OK".to_owned()), ..any() };
    let field = |value: &str| SuccessCondition { field: FieldCondition::parse("/m/0/s", value).ok(), ..any() };
    let taken = Outcome::Delivered(Receipt::Nothing);
    for (code, body, condition) in [
        (204, "", any()),
        (202, "", status()),
        (200, "OK: 1", contains()),
        (200, r#"{"m":[{"s":"0"}]}"#, field("0")),
        (200, r#"{"m":[{"s":0}]}"#, field("0")),
        (200, r#"{"m":[{"s":true}]}"#, field("true")),
    ] {
        assert_eq!(outcome_of(code, body, condition).await, taken, "{code} {body}");
    }
    for (code, body, condition, why) in [
        (200, "", status(), "HTTP 200 is not among success_status"),
        (200, "ERR 1", contains(), "HTTP 200, and the answer does not contain success_contains"),
        (200, r#"{"m":[{"s":"4"}]}"#, field("0"), "HTTP 200, and /m/0/s is \"4\""),
        (200, r#"{"error":{"message":"no\ncredit"}}"#, field("0"), "HTTP 200, and /m/0/s is missing: no credit"),
        (403, r#"{"error":{"message":"no credit"},"echo":"Reads fail"}"#, any(), "HTTP 403: no credit"),
        (400, "Reads fail", any(), "HTTP 400"),
    ] {
        assert_eq!(outcome_of(code, body, condition).await, Outcome::Rejected { why: why.to_owned() });
    }
    let unreadable = outcome_of(200, "<html>", field("0")).await;
    assert!(matches!(unreadable, Outcome::Unknown { .. }), "{unreadable:?}");
}

#[test]
fn a_placeholder_that_cannot_be_encoded_is_refused() {
    let json = |text: &str| GatewayBody::parse(BodyFormat::Json, text).expect_err(text);
    assert!(json(r#"{"to": {{number}}}"#).contains("placeholders stand inside quotes"));
    assert_eq!(json(r#"{"{{number}}": 1}"#), "has a placeholder in the name of a field");
    let unknown = "\"phone\" is no placeholder; there are {{number}}, {{digits}}, {{text}}, {{id}}, {{secret}}";
    assert_eq!(json(r#"["{{phone}}"]"#), unknown);
    assert_eq!(json(r#"["{{number"]"#), "has {{ without }}");
    let form = |text: &str| GatewayBody::parse(BodyFormat::Form, text).expect_err(text);
    assert_eq!(form("{{text}}=1"), "has a field without a name, or with a placeholder in it");
    assert_eq!(form("to"), "\"to\" is no field; write \"name=value\", joined by &");
    let xml = |text: &str| GatewayBody::parse(BodyFormat::Xml, text).expect_err(text);
    for (text, why) in [
        ("<sms {{number}}/>", "has a placeholder in a tag outside quotes; write name=\"{{number}}\""),
        ("<sms><{{text}}/></sms>", "has a placeholder in a tag outside quotes; write name=\"{{number}}\""),
        ("<sms><![CDATA[{{text}}]]></sms>", "has a placeholder in <![CDATA[ … ]]>, where nothing can be escaped"),
        ("<sms><!-- {{text}} --></sms>", "has a placeholder in <!-- … -->, where nothing can be escaped"),
        ("<sms><text>{{text}}</sms>", "closes <text> with </sms>"),
        ("<sms>{{text}}", "has an element <sms> that is not closed"),
        ("{{text}}<sms/>", "has text outside its element"),
        ("<sms a=\"<\"/>", "has a < in an attribute; write &lt;"),
        ("<sms a=\"1", "has a < without >"),
        ("<a/><b/>", "must have one element around everything"),
        ("</a>", "closes <a>, which is not open"),
        ("<!DOCTYPE a><a/>", "has a DOCTYPE, which is not needed"),
        ("<?xml encoding='latin1'?><a/>", "declares another encoding than UTF-8"),
        ("<a>1 < 2</a>", "has a < without >"),
    ] {
        assert_eq!(xml(text), why, "{text}");
    }
    let url = |text: &str| GatewayUrl::parse(text).expect_err(text);
    let host = "has a placeholder in its host; placeholders stand in the path or in the query";
    assert_eq!(url("https://{{secret}}.example.com/"), host);
    assert_eq!(url("https://sms.example.com/#{{text}}"), "has a #: what follows it is never sent");
    assert_eq!(url("sms.example.com"), "is no http(s) address");
    assert!(url("ftp://sms.example.com/").contains("http or https"));
    assert!(url("https://a:b@sms.example.com/").contains("password"));
    let header = |text: &str| GatewayHeader::parse(text).expect_err(text);
    assert_eq!(header("X-Key"), "is no header; write it as \"Name: value\"");
    assert_eq!(header("X Key: 1"), "\"X Key\" is no name of a header");
    assert_eq!(header("Content-Type: a"), "the header content-type cannot be set here; write content_type");
    assert_eq!(header("Host: a"), "the header host cannot be set here; hotroom sets it itself");
}

#[test]
fn neither_secrets_nor_numbers_are_shown() {
    let shown = format!("{:?} {:?}", gateway("https://sms.example.com/?k={{secret}}"), message("Reads fail"));
    assert!(!shown.contains("k3y") && !shown.contains("4915") && !shown.contains("Reads"), "{shown}");
}

mod any_value {
    use proptest::prelude::*;

    use super::super::{
        body::{BodyFormat, GatewayBody},
        request::{GatewayHeader, GatewayUrl},
        template::Values,
    };

    proptest! {
        /// Whatever a text holds, it stays where its placeholder is.
        #[test]
        fn stays_in_its_place(text in "\\PC{0,60}|[\"&<>'%/?#\\\\\r\n{}=+;]{0,20}") {
            let values = Values { number: "+1", text: &text, id: "a", secret: None };
            let fill = |format, body: &str| {
                let body = GatewayBody::parse(format, body).expect("a body").fill(&values);
                String::from_utf8(body).expect("text")
            };
            let json: serde_json::Value =
                serde_json::from_str(&fill(BodyFormat::Json, r#"{"t":"{{text}}","u":"x"}"#)).expect("JSON");
            prop_assert_eq!(&json, &serde_json::json!({"t": text, "u": "x"}));
            let form = fill(BodyFormat::Form, "t={{text}}&u=x");
            let inside = form.strip_prefix("t=").and_then(|rest| rest.strip_suffix("&u=x")).expect("two fields");
            prop_assert!(!inside.contains(['&', '=', '+', ' ']), "{}", form);
            let xml = fill(BodyFormat::Xml, "<t a='{{text}}'/>");
            let inside = xml.strip_prefix("<t a='").and_then(|rest| rest.strip_suffix("'/>")).expect("an element");
            prop_assert!(!inside.contains(['<', '>', '\'', '"']), "{}", xml);
            let url = GatewayUrl::parse("https://a.example/x?t={{text}}&u=x").expect("an address");
            let url = reqwest::Url::parse(&url.fill(&values).expect("a query")).expect("an address");
            let pairs: Vec<(String, String)> =
                url.query_pairs().map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
            prop_assert_eq!(pairs, [("t".to_owned(), text.clone()), ("u".to_owned(), "x".to_owned())]);
            let header = GatewayHeader::parse("X-T: <{{text}}>").expect("a header");
            prop_assert!(header.fill(&values).is_ok());
        }
    }
}
