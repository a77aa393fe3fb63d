//! Samples of replies about contact methods.

use minijinja::{
    context,
    value::{Serde, Value},
};

use super::{Sample, at};
use crate::{
    domain::{contact::AnswerTimes, ids::ContactMethodId},
    render::MethodLine,
};

/// A method that was verified.
fn method(number: usize, kind: &'static str, address: &str) -> MethodLine {
    MethodLine {
        number,
        id: ContactMethodId(uuid::Uuid::from_u128(number as u128)),
        kind,
        label: String::new(),
        address: address.to_owned(),
        gateway: None,
        verified: true,
        waits_for_code: false,
        disabled: None,
        managed: false,
        offered: true,
        private: true,
        proven_at: None,
        failure: None,
        test_failed_at: None,
    }
}

/// Methods in every state.
pub(crate) fn methods() -> Vec<MethodLine> {
    let mail = method(1, "mail", "ann@example.com");
    let sms = method(2, "sms", "+4915112345678");
    let ntfy = method(3, "ntfy", "hotroom-8w4q");
    let voice = method(4, "voice", "+4915112345678");
    vec![
        MethodLine { proven_at: Some(at(-600)), label: "Work *mail*".to_owned(), managed: true, ..mail.clone() },
        MethodLine {
            failure: Some("30003 unreachable".to_owned()),
            private: false,
            test_failed_at: Some(at(-300)),
            ..sms.clone()
        },
        MethodLine { verified: false, waits_for_code: true, ..ntfy },
        MethodLine { disabled: Some("by_person"), ..voice.clone() },
        MethodLine { number: 5, disabled: Some("gone"), ..mail.clone() },
        MethodLine { number: 6, disabled: Some("opted_out"), ..sms },
        MethodLine { number: 7, offered: false, ..voice },
        MethodLine { number: 8, ..mail },
    ]
}

pub(super) fn replies() -> Vec<Sample> {
    let reply = |case, context: Value| Sample::new("chat/reply/oncall_contact.md", case, context);
    let one = || Serde(method(1, "sms", "+4…678"));
    let (none, nothing): (Vec<u8>, Option<u8>) = (Vec::new(), None);
    let rule = |number, kind, after| context! { number, kind, after };
    let own =
        context! { rules => vec![rule(1, "mail", 0), rule(2, "sms", 120), rule(4, "voice", 90)], default => false };
    let bare = context! { rules => Serde(&none), default => true };
    let list = |methods: Value, high: &Value, quiet: Option<&'static str>, warnings: &[&'static str]| {
        let (high, low, warnings) = (high.clone(), bare.clone(), warnings.to_vec());
        let weekly = quiet.map(|_| context! { phone => true });
        context! { done => "list", methods, high, low, quiet, weekly, answers => Serde(AnswerTimes { median: 41, count: 9 }), warnings, profile => "https://hot.example.com/profile" }
    };
    let outcome = |status: &'static str, code: Option<&'static str>, why: Option<&'static str>| {
        context! { at => Serde(at(0)), kind => "sms", purpose => "page", status, code, why }
    };
    let lines = vec![outcome("accepted", None, None), outcome("failed", Some("30003"), Some("unreachable *here*"))];
    let added = |method: MethodLine, secret: Option<&str>, subscribe: Option<&str>| {
        context! { done => "added", method => Serde(method), secret, subscribe }
    };
    let waiting = |kind, address| MethodLine { verified: false, ..method(1, kind, address) };
    let of = |done: &str| context! { done, method => one() };
    vec![
        reply("list", list(Value::from(Serde(methods())), &own, Some("22:00–07:00"), &["links_local", "no_private"])),
        reply("none", list(Value::from(Serde(&none)), &bare, None, &["no_method"])),
        reply("attempts", context! { done => "attempts", lines }),
        reply("no attempts", context! { done => "attempts", lines => Serde(&none) }),
        reply("added", added(waiting("mail", "ann@example.com"), None, None)),
        reply("added browser", added(method(1, "web_push", "push.example/…"), None, None)),
        reply("added webhook", added(waiting("webhook", "https://a.example/hook"), Some("whsec_c2VjcmV0"), None)),
        reply("added ntfy", added(waiting("ntfy", "hotroom-8w4q"), None, Some("ntfy://ntfy.sh/hotroom-8w4q"))),
        reply("added before", context! { done => "added_before" }),
        reply("verified", of("verified")),
        reply("code", of("code")),
        reply("tested", of("tested")),
        reply("on", of("on")),
        reply("off", of("off")),
        reply("moved", context! { done => "moved", place => 2 }),
        reply("removed", of("removed")),
        reply("rules", context! { done => "rules", urgency => "high", now => own }),
        reply("default rules", context! { done => "rules", urgency => "low", now => bare }),
        reply("quiet", context! { done => "quiet", quiet => "22:00–07:00" }),
        reply("no quiet", context! { done => "quiet", quiet => nothing }),
        reply("weekly", context! { done => "weekly", weekly => context! { phone => false } }),
        reply("weekly phone", context! { done => "weekly", weekly => context! { phone => true } }),
        reply("no weekly", context! { done => "weekly", weekly => nothing }),
        reply("answered", context! { done => "answered" }),
        reply("erase", context! { done => "erase_asked", count => 2 }),
        reply("erased", context! { done => "erased", count => 1 }),
    ]
}
