//! The signed content of Amazon SNS messages, and the URLs in them that may be requested. Source: docs.aws.amazon.com,
//! "Verifying the signatures of Amazon SNS messages".
//!
//! A host of Amazon's is not enough: SNS answers many requests with text that its caller chose, so a URL with another
//! path or query could return a certificate of anyone's.

use std::{collections::BTreeMap, sync::LazyLock};

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use percent_encoding::percent_decode_str;
use regex::Regex;

use crate::intake::{
    json::{self, Json},
    reading,
};

/// Signed fields of a notification, in order; the subject only if present.
const NOTIFICATION: [&str; 6] = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
/// Signed fields of a subscription or unsubscription message.
const CONFIRMATION: [&str; 7] = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];
/// The query of a confirmation.
const CONFIRMATION_QUERY: [&str; 3] = ["Action", "Token", "TopicArn"];

/// Where SNS publishes its certificates.
static CERTIFICATE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^https://sns\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/SimpleNotificationService-[0-9a-f]{32}\.pem$";
    Regex::new(pattern).expect("a test uses it")
});
/// A request to the API of SNS, up to its query.
static API: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^https://sns\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/\?([A-Za-z0-9_.~:=&%-]{1,2000})$";
    Regex::new(pattern).expect("a test uses it")
});

/// The hash algorithm of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// SignatureVersion 1.
    Sha1,
    /// SignatureVersion 2.
    Sha256,
}

/// The data needed to verify a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The topic it was published to.
    pub topic: String,
    /// The region of the topic and of the certificate.
    pub region: String,
    /// The URL of the certificate.
    pub certificate: String,
    /// The hash algorithm of the signature.
    pub version: Version,
    /// The signed text.
    pub signed: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Returns the region of a topic: `arn:aws:sns:{region}:{account}:{name}`.
fn topic_region(topic: &str) -> Option<&str> {
    let mut parts = topic.split(':');
    let is_topic = parts.next() == Some("arn") && parts.next().is_some() && parts.next() == Some("sns");
    parts.next().filter(|region| is_topic && !region.is_empty())
}

/// Returns the region of a host. `None` if its domain is not that of the region: those in China have their own.
fn host_region<'a>(captures: &regex::Captures<'a>) -> Option<&'a str> {
    let region = captures.get(1)?.as_str();
    (region.starts_with("cn-") == captures.get(2).is_some()).then_some(region)
}

/// Returns the region of the URL of a signing certificate. `None` if SNS publishes no certificate there.
pub fn certificate_region(address: &str) -> Option<&str> {
    host_region(&CERTIFICATE.captures(address)?)
}

/// Returns the topic whose subscription a URL confirms. `None` if it does anything else, also if it is in another
/// region than the topic.
pub fn confirmed_topic(address: &str) -> Option<String> {
    let captures = API.captures(address)?;
    let mut query: BTreeMap<&str, String> = BTreeMap::new();
    for (name, value) in captures.get(3)?.as_str().split('&').filter_map(|pair| pair.split_once('=')) {
        let value = percent_decode_str(value).decode_utf8().ok()?.into_owned();
        if query.insert(name, value).is_some() {
            return None;
        }
    }
    if !query.keys().copied().eq(CONFIRMATION_QUERY) || query["Action"] != "ConfirmSubscription" {
        return None;
    }
    let topic = query.remove("TopicArn")?;
    (topic_region(&topic)? == host_region(&captures)?).then_some(topic)
}

/// Returns the envelope of a message. `None` if it has none, or if its certificate is not published by SNS in the region
/// of the topic.
pub fn open(body: &[u8]) -> Option<Envelope> {
    let root = json::parse(body).ok()?.root;
    let text = |name: &str| root.get(name).and_then(Json::to_text);
    let certificate = text("SigningCertURL").or_else(|| text("SigningCertUrl"))?;
    let topic = text("TopicArn")?;
    let region = certificate_region(&certificate)?.to_owned();
    if topic_region(&topic) != Some(region.as_str()) {
        return None;
    }
    let version = match text("SignatureVersion")?.as_str() {
        "1" => Version::Sha1,
        "2" => Version::Sha256,
        _ => return None,
    };
    Some(Envelope {
        topic,
        region,
        certificate,
        version,
        signed: signed(&root)?,
        signature: STANDARD.decode(text("Signature")?).ok()?,
    })
}

fn signed(root: &Json) -> Option<String> {
    let kind = reading::text(root, "/Type")?;
    let fields = match kind.as_str() {
        "Notification" => &NOTIFICATION[..],
        "SubscriptionConfirmation" | "UnsubscribeConfirmation" => &CONFIRMATION[..],
        _ => return None,
    };
    let mut signed = String::new();
    for field in fields {
        match (root.get(field).and_then(Json::to_text), *field) {
            (Some(value), _) => signed.push_str(&format!("{field}\n{value}\n")),
            (None, "Subject") => {}
            (None, _) => return None,
        }
    }
    Some(signed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CERTIFICATE: &str =
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem";

    #[test]
    fn a_certificate_is_where_sns_publishes_it_and_nowhere_else() {
        assert_eq!(certificate_region(CERTIFICATE), Some("eu-west-1"));
        assert_eq!(certificate_region(&CERTIFICATE.replace("eu-west-1", "us-gov-west-1")), Some("us-gov-west-1"));
        let china = CERTIFICATE.replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn");
        assert_eq!(certificate_region(&china), Some("cn-north-1"));
        for (from, to) in [
            ("https:", "http:"),
            ("amazonaws.com/", "amazonaws.com.evil.example/"),
            ("amazonaws.com/", "amazonaws.com@evil.example/"),
            ("amazonaws.com/", "amazonaws.com:8443/"),
            ("amazonaws.com/", "amazonaws.com.cn/"),
            ("amazonaws.com/", "amazonaws.com/x/"),
            ("amazonaws.com/", "amazonaws.com/../"),
            ("amazonaws.com/", "amazonaws.com\\@evil.example/"),
            // Amazon answers such a request with text that its caller chose.
            ("amazonaws.com/", "amazonaws.com/?Action=GetEndpointAttributes&X-Amz-Signature=1&z=/"),
            ("sns.", "evil.example/sns."),
            ("sns.", "s3."),
            ("sns.", "SNS."),
            ("eu-west-1.", ""),
            ("eu-west-1", "a.b"),
            (".pem", ".pem?x"),
            (".pem", ".pem#x"),
            (".pem", ".pem\n"),
            (".pem", ".txt"),
            ("13f9.", "13f."),
            ("13f9.", "13F9."),
        ] {
            let bad = CERTIFICATE.replace(from, to);
            assert_eq!(certificate_region(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_url_confirms_the_topic_that_it_names_and_does_nothing_else() {
        let topic = "arn:aws:sns:eu-west-1:12:alarms";
        let host = "https://sns.eu-west-1.amazonaws.com";
        let good = format!("{host}/?Action=ConfirmSubscription&TopicArn={topic}&Token=2336412f37");
        assert_eq!(confirmed_topic(&good).as_deref(), Some(topic));
        assert_eq!(
            confirmed_topic(&good.replace(':', "%3A").replacen("https%3A", "https:", 1)).as_deref(),
            Some(topic)
        );
        let china = good
            .replace("eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn")
            .replace(":eu-west-1:", ":cn-north-1:");
        assert_eq!(confirmed_topic(&china).as_deref(), Some("arn:aws:sns:cn-north-1:12:alarms"));
        for (from, to) in [
            ("https:", "http:"),
            ("amazonaws.com/", "amazonaws.com.evil.example/"),
            ("amazonaws.com/", "amazonaws.com@evil.example/"),
            ("amazonaws.com/", "amazonaws.com/x"),
            ("ConfirmSubscription", "Unsubscribe"),
            ("Action=", "Action=Publish&Action="),
            ("Action=ConfirmSubscription&", ""),
            ("&Token=2336412f37", ""),
            ("&Token=", "&X-Amz-Signature=1&Token="),
            ("sns:eu-west-1", "sns:eu-west-2"),
            ("sns:eu-west-1", "sqs:eu-west-1"),
            ("Token=2336412f37", "Token=2#@evil.example"),
        ] {
            let bad = good.replacen(from, to, 1);
            assert_eq!(confirmed_topic(&bad), None, "{bad}");
        }
    }

    #[test]
    fn the_signed_fields_stand_in_amazons_order_and_the_subject_only_when_there_is_one() {
        let topic = "arn:aws:sns:eu-west-1:12:t";
        let mut message = json!({"Type": "Notification", "Message": "m\nn", "MessageId": "i", "TopicArn": topic,
            "Timestamp": "s", "SignatureVersion": "2", "Signature": "YQ==", "SigningCertURL": CERTIFICATE});
        let envelope = |message: &serde_json::Value| open(message.to_string().as_bytes());
        let opened = envelope(&message).unwrap();
        let signed = format!("Message\nm\nn\nMessageId\ni\nTimestamp\ns\nTopicArn\n{topic}\nType\nNotification\n");
        assert_eq!((opened.signed, opened.region.as_str()), (signed, "eu-west-1"));
        assert_eq!((opened.version, opened.signature.as_slice()), (Version::Sha256, &b"a"[..]));
        message["Subject"] = json!("S");
        assert!(envelope(&message).unwrap().signed.contains("\nSubject\nS\nTimestamp\n"));
        for (field, value) in [
            ("SignatureVersion", "3"),
            ("Signature", "%"),
            ("Type", "Other"),
            ("TopicArn", "arn:aws:sns:us-east-1:12:t"),
            ("TopicArn", "t"),
            ("SigningCertURL", "https://sns.eu-west-1.amazonaws.com/other.txt"),
        ] {
            let mut bad = message.clone();
            bad[field] = json!(value);
            assert_eq!(envelope(&bad), None, "{field}");
        }
        message.as_object_mut().unwrap().remove("MessageId");
        assert_eq!(envelope(&message), None);
    }
}
