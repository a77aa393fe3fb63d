//! `hotroom check rules FILE`: shows which alerts saved messages would produce.

use std::path::Path;

use serde_json::Value;

use super::{Exit, Report, report::counted};
use crate::{
    chat::discord::watch,
    config::{Config, Rule, Source, SourceKind, Watch},
    domain::{Timestamp, ids::SourceId},
    intake::{self, chat::MessageReading},
};

/// The largest file of messages.
const MOST: u64 = 16 * 1024 * 1024;
/// The most characters shown of a name.
const SHOWN: usize = 80;

/// Tries each message of a file with the rules of each `discord` source; without such a source, with the shipped rules.
pub fn check_rules(config: Option<&Path>, env: Vec<(String, String)>, messages: &Path) -> Report {
    let config = match Config::load(config, env) {
        Ok(config) => config,
        Err(mistakes) => {
            let mut report = Report::new();
            report.find(Exit::Wrong, mistakes);
            return report;
        }
    };
    let messages = match load(messages) {
        Ok(messages) => messages,
        Err(why) => return Report::failed(format!("{}: {why}", messages.display())),
    };
    let mut sources: Vec<Source> = config.sources.into_iter().filter(Source::is_watched).collect();
    let mut report = Report::new();
    if sources.is_empty() {
        report.say("no source of the kind discord is set up: the shipped rules are tried alone");
        sources.push(shipped());
    }
    for source in &sources {
        let fitted =
            messages.iter().enumerate().filter(|(number, one)| tried(&mut report, source, *number, one)).count();
        let total = counted(messages.len() as u64, "message", "messages");
        report.say(format!("{}: {fitted} of {total} are fitted by a rule", source.id));
    }
    report
}

/// Loads the messages of a file: one, or a list.
fn load(path: &Path) -> Result<Vec<Value>, String> {
    let size = std::fs::metadata(path).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > MOST {
        return Err(format!("larger than {MOST} bytes; save fewer messages"));
    }
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    match serde_json::from_slice(&bytes).map_err(|error| format!("is not JSON: {error}"))? {
        Value::Array(messages) => Ok(messages),
        message @ Value::Object(_) => Ok(vec![message]),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err("holds neither a message nor a list of messages".to_owned())
        }
    }
}

/// Returns a source with the shipped rules and no channels.
fn shipped() -> Source {
    let discord = Some(Watch { channels: Vec::new(), senders: Vec::new(), rules: Rule::shipped() });
    Source { discord, ..Source::new(SourceId::new("shipped"), SourceKind::Discord) }
}

/// Reports which alerts a message produces. True if a rule matched.
fn tried(report: &mut Report, source: &Source, number: usize, message: &Value) -> bool {
    let name = message["id"].as_str().map_or_else(|| format!("#{}", number + 1), ToOwned::to_owned);
    let begin = format!("{}: message {name}", source.id);
    let body = watch::kept(message).to_string();
    let read = intake::json::parse(body.as_bytes()).and_then(|document| {
        let at = message["timestamp"].as_str().and_then(|at| at.parse::<Timestamp>().ok()).unwrap_or_default();
        intake::chat::read(source, &document.root, at)
    });
    let fitted = match read {
        Err(why) => {
            report.find(Exit::Failed, format!("{begin}: unreadable: {why}"));
            false
        }
        Ok(read) => {
            said(report, &begin, &read);
            true
        }
    };
    if let Some(why) = source.discord.as_ref().and_then(|watch| unheard(watch, message)) {
        report.say(format!("{begin}: but {why}"));
    }
    fitted
}

fn said(report: &mut Report, begin: &str, read: &MessageReading) {
    let rules = read.rules.join(", ");
    if read.parsed.signals.is_empty() {
        report.say(format!("{begin}: no alert (rule {rules})"));
    }
    for signal in &read.parsed.signals {
        let word = if signal.firing { "firing" } else { "resolved" };
        let severity = signal.severity.map_or("without a severity", |severity| severity.name());
        let service = signal.service.as_ref().map(|service| format!(", service {service}")).unwrap_or_default();
        let host = signal.host.as_ref().map(|host| format!(", host {}", host.shown(SHOWN))).unwrap_or_default();
        let name = signal.name.shown(SHOWN);
        report.say(format!("{begin}: {word} {name}, {severity}{service}{host} (rule {rules})"));
    }
    if let Some(why) = read.parsed.complaint() {
        report.find(Exit::Failed, format!("{begin}: in part unreadable: {why}"));
    }
}

/// Returns why the source would ignore a message. The shipped rules alone name no channel.
fn unheard(watch: &Watch, message: &Value) -> Option<String> {
    let channel = watch::id(&message["channel_id"])?;
    if watch.channels.is_empty() {
        return None;
    }
    if !watch.reads(channel) {
        return Some(format!("its channel {channel} is not among channels"));
    }
    let senders = watch::senders(message);
    let shown: Vec<String> = senders.iter().map(u64::to_string).collect();
    match (senders.is_empty(), watch.believes(&senders)) {
        (true, _) => Some("it is a person's, and people are not believed".to_owned()),
        (false, false) => Some(format!("none of its ids {} is among senders", shown.join(", "))),
        (false, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Args, CheckPart, CliCommand};

    #[test]
    fn check_tries_rules_on_saved_messages() {
        let dir = tempfile::tempdir().unwrap();
        let (config, saved) = (dir.path().join("bot.toml"), dir.path().join("saved.json"));
        let messages = r#"[
            {"id": "1", "channel_id": "5", "webhook_id": "7", "author": {"id": "7"}, "content": "🔴 Shop is down."},
            {"id": "2", "channel_id": "5", "author": {"id": "8"}, "content": "🟢 Shop is up."},
            {"id": "3", "channel_id": "6", "content": "good morning"},
            {"id": "4", "channel_id": "5", "webhook_id": "9", "author": {"id": "9"}, "content": "Updated problem in 3m: Slow"}]"#;
        std::fs::write(&saved, messages).unwrap();
        let args = Args::try_parse_from(["hotroom", "check", "rules", "saved.json"]).expect("understood");
        assert!(matches!(args.command(), CliCommand::Check { part: Some(CheckPart::Rules { .. }), .. }));
        let shipped = check_rules(None, Vec::new(), &saved);
        assert_eq!(shipped.exit, Exit::Failed);
        insta::assert_snapshot!(shipped.text(), @r"
        no source of the kind discord is set up: the shipped rules are tried alone
        shipped: message 1: firing Shop, without a severity (rule uptime-kuma-minimalist)
        shipped: message 2: resolved Shop, without a severity (rule uptime-kuma-minimalist)
        shipped: message 3: unreadable: no rule of this source fits `good morning` at /content
        shipped: message 4: no alert (rule zabbix-update)
        shipped: 3 of 4 messages are fitted by a rule
        ");
        std::fs::write(
            &config,
            "[[sources]]\nid = \"chat\"\nkind = \"discord\"\n[sources.discord]\nchannels = [\"5\"]\nsenders = [\"7\"]\n",
        ).unwrap();
        insta::assert_snapshot!(check_rules(Some(&config), Vec::new(), &saved).text(), @r"
        chat: message 1: firing Shop, without a severity (rule uptime-kuma-minimalist)
        chat: message 2: resolved Shop, without a severity (rule uptime-kuma-minimalist)
        chat: message 2: but it is a person's, and people are not believed
        chat: message 3: unreadable: no rule of this source fits `good morning` at /content
        chat: message 3: but its channel 6 is not among channels
        chat: message 4: no alert (rule zabbix-update)
        chat: message 4: but none of its ids 9 is among senders
        chat: 3 of 4 messages are fitted by a rule
        ");
        std::fs::write(&saved, "17").unwrap();
        let refused = check_rules(None, Vec::new(), &saved).text().replace(&dir.path().display().to_string(), "DIR");
        insta::assert_snapshot!(refused, @"DIR/saved.json: holds neither a message nor a list of messages");
    }
}
