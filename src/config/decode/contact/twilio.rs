//! Decodes `[twilio]`.

use super::base_url;
use crate::{
    config::{kinds, mistake::shown, read::Section, tree::Value},
    contact::twilio::{PhoneNumber, SmsSender, TwilioSettings, calling_code, check_account_sid},
};

pub(super) fn twilio(s: &Section<'_>) -> Option<TwilioSettings> {
    let account_sid = s.need("account_sid", "Account SID", account_sid);
    let auth_token = s.needed_secret("auth_token");
    let sender = s.need("from", "phone number or messaging service", sender);
    let voice_from = s.read("voice_from", "phone number", number);
    let countries = s.need("countries", "list of calling codes", countries);
    let base_url = base_url(s, "https://api.twilio.com");
    let private = s.flag("private", false);
    let own = |sender: &SmsSender| match sender {
        SmsSender::Number(number) => Some(number.clone()),
        SmsSender::Service(_) => None,
    };
    let sender = sender?;
    Some(TwilioSettings {
        account_sid: account_sid?,
        auth_token: auth_token?,
        voice_from: voice_from.or_else(|| own(&sender)),
        sender,
        countries: countries?,
        base_url,
        private,
    })
}

fn account_sid(value: &Value) -> Result<String, String> {
    let text = kinds::text(value)?;
    check_account_sid(&text)?;
    Ok(text)
}

fn sender(value: &Value) -> Result<SmsSender, String> {
    SmsSender::parse(&kinds::text(value)?)
}

fn number(value: &Value) -> Result<PhoneNumber, String> {
    PhoneNumber::parse(&kinds::text(value)?)
}

fn countries(value: &Value) -> Result<Vec<String>, String> {
    let codes = kinds::texts(value)?;
    if codes.is_empty() {
        return Err("must list at least one calling code: numbers of other countries are never used".to_owned());
    }
    codes.iter().map(|code| calling_code(code).map_err(|what| format!("{} {what}", shown(code)))).collect()
}
