//! The addresses that Twilio calls. Each is made from `public_url` and signed by Twilio as it is.

/// The path of text messages that come in, which is entered in Twilio's console.
pub const SMS_PATH: &str = "/contact/twilio/sms";

/// Where Twilio reports what became of a message or a call.
pub fn status_url(public_url: &str) -> String {
    format!("{public_url}/contact/twilio/status")
}

/// Where Twilio gets what a call says. `token` is that of the answer.
pub fn voice_url(public_url: &str, token: &str) -> String {
    format!("{public_url}/contact/twilio/voice/{token}")
}

/// Where Twilio reports the key that was pressed in a call.
pub fn digit_url(public_url: &str, token: &str) -> String {
    format!("{public_url}/contact/twilio/digit/{token}")
}
