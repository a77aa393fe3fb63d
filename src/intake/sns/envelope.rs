//! The signed content of Amazon SNS messages, and the URLs in them that may be requested. Source: docs.aws.amazon.com,
//! "Verifying the signatures of Amazon SNS messages".

use std::sync::LazyLock;

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};
use regex::Regex;

use crate::intake::{
    json::{self, Json},
    reading,
};

/// Signed fields of a notification, in order; the subject only if present.
const NOTIFICATION: [&str; 6] = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];
/// Signed fields of a subscription or unsubscription message.
const CONFIRMATION: [&str; 7] = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/// URLs of the service itself, which cannot direct a client elsewhere.
static AMAZONS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"^https://sns\.[a-z0-9]+(?:-[a-z0-9]+){1,5}\.amazonaws\.com(?:\.cn)?/[A-Za-z0-9_.~:=&?%+/-]{0,2000}$";
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
    /// The URL of the certificate.
    pub certificate: String,
    /// The hash algorithm of the signature.
    pub version: Version,
    /// The signed text.
    pub signed: String,
    /// The signature.
    pub signature: Vec<u8>,
}

/// True if a URL belongs to Amazon SNS and uses https.
pub fn is_amazons(address: &str) -> bool {
    AMAZONS.is_match(address) && !address.contains("..")
}

/// Returns the envelope of a message. `None` if it has none, or if its certificate is not hosted by Amazon.
pub fn open(body: &[u8]) -> Option<Envelope> {
    let root = json::parse(body).ok()?.root;
    let text = |name: &str| root.get(name).and_then(Json::to_text);
    let certificate = text("SigningCertURL").or_else(|| text("SigningCertUrl"))?;
    let path = certificate.rsplit('/').next()?;
    let version = match text("SignatureVersion")?.as_str() {
        "1" => Version::Sha1,
        "2" => Version::Sha256,
        _ => return None,
    };
    let is_certificate = path.starts_with("SimpleNotificationService-") && path.ends_with(".pem");
    (is_amazons(&certificate) && is_certificate).then_some(())?;
    Some(Envelope {
        topic: text("TopicArn")?,
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

    #[test]
    fn only_addresses_of_the_service_itself_are_amazons() {
        for good in [
            "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-6aad65c2f9911b05cd53efda11f913f9.pem",
            "https://sns.us-gov-west-1.amazonaws.com/x.pem",
            "https://sns.cn-north-1.amazonaws.com.cn/?Action=ConfirmSubscription&TopicArn=arn:aws:sns:a:1:t&Token=2a",
        ] {
            assert!(is_amazons(good), "{good}");
        }
        for bad in [
            "http://sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com.evil.example/x.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.example/x.pem",
            "https://evil.example/sns.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com:8443/x.pem",
            "https://sns.amazonaws.com/x.pem",
            "https://s3.eu-west-1.amazonaws.com/x.pem",
            "https://sns.a.b.amazonaws.com/x.pem",
            "https://SNS.eu-west-1.amazonaws.com/x.pem",
            "https://sns.eu-west-1.amazonaws.com\\@evil.example/x.pem",
            "https://sns.eu-west-1.amazonaws.com/../x.pem",
            "https://sns.eu-west-1.amazonaws.com/x.pem\nHost: evil",
            "https://sns.eu-west-1.amazonaws.com/x.pem#@evil.example",
            "https://sns.eu-west-1.amazonaws.com",
            "",
        ] {
            assert!(!is_amazons(bad), "{bad}");
        }
    }

    #[test]
    fn the_signed_fields_stand_in_amazons_order_and_the_subject_only_when_there_is_one() {
        let mut message = json!({"Type": "Notification", "Message": "m\nn", "MessageId": "i", "TopicArn": "t", "Timestamp": "s",
            "SignatureVersion": "2", "Signature": "YQ==",
            "SigningCertURL": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem"});
        let envelope = |message: &serde_json::Value| open(message.to_string().as_bytes());
        let opened = envelope(&message).unwrap();
        assert_eq!(opened.signed, "Message\nm\nn\nMessageId\ni\nTimestamp\ns\nTopicArn\nt\nType\nNotification\n");
        assert_eq!((opened.version, opened.signature.as_slice()), (Version::Sha256, &b"a"[..]));
        message["Subject"] = json!("S");
        assert!(envelope(&message).unwrap().signed.contains("\nSubject\nS\nTimestamp\n"));
        for (field, value) in [
            ("SignatureVersion", "3"),
            ("Signature", "%"),
            ("Type", "Other"),
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
