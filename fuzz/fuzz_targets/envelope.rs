//! No message of Amazon SNS makes its envelope panic, and none leads anywhere but to a certificate of Amazon's.
#![no_main]

use hotroom::intake::sns::envelope;
use libfuzzer_sys::fuzz_target;

/// The complete address of a certificate, checked without the expression that is under test.
fn is_certificate(address: &str, region: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let start = format!("https://sns.{region}.{domain}/SimpleNotificationService-");
    let id = address.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".pem"));
    !region.is_empty()
        && region.chars().all(is_plain)
        && id.is_some_and(|id| id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

fuzz_target!(|data: &[u8]| {
    if let Some(opened) = envelope::open(data) {
        assert!(is_certificate(&opened.certificate, &opened.region), "{}", opened.certificate);
        assert_eq!(opened.topic.split(':').nth(3), Some(opened.region.as_str()));
    }
    if let Ok(address) = std::str::from_utf8(data)
        && let Some(topic) = envelope::confirmed_topic(address)
    {
        assert!(address.starts_with("https://sns.") && address.contains("Action=ConfirmSubscription"), "{address}");
        assert_eq!(topic.split(':').nth(2), Some("sns"));
    }
});
