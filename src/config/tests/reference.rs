//! Every key is in the shipped file, and `docs/configure.md` is generated from it.

use std::collections::{BTreeMap, BTreeSet};

use super::{SHIPPED, mistakes_with};
use crate::config::{
    read::{DecodeContext, Section},
    reference::{Entry, entries, everything_set},
    tree,
};

const SECRETS: &[(&str, &str)] = &[
    ("HOTROOM_S3_SECRET", "wJalrXUtnFEMI"),
    ("HOTROOM_HEARTBEAT_URL", "https://hc-ping.com/00000000-0000-0000-0000-000000000000"),
    ("STATUSPAGE_TOKEN", "the-key-of-statuspage"),
    ("PAGERDUTY_ROUTING_KEY", "R0123456789ABCDEF0123456789ABCDE"),
    ("PAGERDUTY_API_TOKEN", "t"),
    ("PAGERDUTY_WEBHOOK_SECRET", "w"),
    ("PAGERDUTY_CHECKOUT_KEY", "R0123456789ABCDEF0123456789ABCDF"),
    ("HOTROOM_JIRA_TOKEN", "j"),
    ("HOTROOM_JIRA_WEBHOOK_SECRET", "j"),
    ("HOTROOM_JIRA_BUTTON_SECRET", "j"),
    ("HOTROOM_GITHUB_TOKEN", "g"),
    ("HOTROOM_GITHUB_WEBHOOK_SECRET", "g"),
    ("HOTROOM_REDMINE_KEY", "r"),
    ("HOTROOM_CONFLUENCE_TOKEN", "c"),
    ("HOTROOM_WIKI_AUTHORIZATION", "Bearer w"),
    ("TWILIO_AUTH_TOKEN", "the-token-of-twilio"),
    ("PUSHOVER_TOKEN", "azGDORePK8gMaC0QOYAMyEEuzJnyUi"),
    ("NTFY_TOKEN", "tk_1"),
    ("SMS_LOGIN", "ann:p"),
    ("SMS_KEY", "k"),
    ("HOTROOM_WEBHOOK_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
    ("HOTROOM_PROXY_CREDENTIALS", "ann:p"),
    ("HOTROOM_SMTP_PASSWORD", "m"),
    ("HOTROOM_IMAP_PASSWORD", "n"),
    ("HOTROOM_REPORTS_PASSWORD", "r"),
    ("HOTROOM_SERVICEDESK_SECRET", "a secret of a service desk"),
    ("HOTROOM_DISCORD_TOKEN", "d"),
    ("S", "s"),
    ("HOTROOM_API_TOKEN", "the-token-of-the-api"),
    ("ALERTMANAGER_TOKEN", "a"),
    ("ALERTMANAGER_OLD_TOKEN", "b"),
    ("ALERTMANAGER_OLD_SECRET", "t"),
];

fn everything() -> String {
    let text = everything_set().replace("file:/run/secrets/alertmanager", "env:S");
    let text = text.replace("file:/etc/hotroom/github-app.pem", "env:S");
    let text = text.replace("/etc/hotroom/tls/fullchain.pem", "tests/fixtures/tls/localhost.pem");
    let text = text.replace("/etc/hotroom/ca.pem", "tests/fakes/certificates/authority.pem");
    let text = text.replace("/etc/hotroom/mail-ca.pem", "tests/fakes/certificates/authority.pem");
    text.replace("/etc/hotroom/tls/privkey.pem", "tests/fixtures/tls/localhost.key")
}

/// Returns every key that is read, with its type.
fn asked_for() -> BTreeMap<String, &'static str> {
    let env = SECRETS.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let ctx = DecodeContext::new("bot.toml", &env);
    let text = everything();
    let tree = tree::parse("bot.toml", &text, crate::config::Origin::File).expect("it is TOML");
    crate::config::decode::config(&Section::root(&ctx, &tree));
    let known = ctx.known.borrow();
    known.iter().filter(|(_, kind)| !kind.starts_with("table")).map(|(key, kind)| (key.clone(), *kind)).collect()
}

#[test]
fn the_examples_of_the_shipped_file_are_good() {
    assert_eq!(mistakes_with(&everything(), SECRETS), "no mistakes");
}

#[test]
fn every_key_stands_in_the_shipped_file_with_a_meaning() {
    let written: BTreeSet<String> = entries().into_iter().map(|entry| entry.known).collect();
    let own_words = |key: &String| key.starts_with("severity.matrix.");
    let missing: Vec<String> =
        asked_for().into_keys().filter(|key| !own_words(key) && !written.contains(key)).collect();
    assert!(missing.is_empty(), "not in bot.toml: {missing:?}");
    let unknown: Vec<Entry> =
        entries().into_iter().filter(|e| !own_words(&e.known) && e.meaning.is_empty() && !repeats(&e.known)).collect();
    assert!(unknown.is_empty(), "without a comment: {unknown:?}");
}

/// True for keys of `sev2` to `sev4`, which mean the same as those of `sev1`.
fn repeats(known: &str) -> bool {
    ["severity.sev2.", "severity.sev3.", "severity.sev4."].iter().any(|prefix| known.starts_with(prefix))
}

#[test]
fn the_reference_in_the_docs_is_made_from_the_shipped_file() {
    const BEGIN: &str = "<!-- made from bot.toml: `UPDATE_DOCS=1 cargo test --lib config::` -->\n";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configure.md");
    let old = std::fs::read_to_string(path).expect("docs/configure.md");
    let (words, _) = old.split_once(BEGIN).expect("the mark where the reference begins");
    let new = format!("{words}{BEGIN}{}", reference());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &new).expect("written");
        return;
    }
    assert!(old == new, "docs/configure.md is old; run: UPDATE_DOCS=1 cargo test --lib config::");
}

fn reference() -> String {
    let kinds = asked_for();
    let mut out = String::new();
    let mut header = None;
    for entry in entries().iter().filter(|entry| !repeats(&entry.known) && !entry.known.starts_with("severity.matrix."))
    {
        if header != Some(&entry.header) {
            header = Some(&entry.header);
            let title = if entry.header.is_empty() { "Above all sections" } else { &format!("`{}`", entry.header) };
            out.push_str(&format!("\n### {title}\n\n| key | type | default | meaning |\n|---|---|---|---|\n"));
        }
        let cell = |text: &str| text.replace('|', "\\|");
        let default = match (entry.live, entry.header.starts_with("[[")) {
            (true, false) => format!("`{}`", cell(&entry.value)),
            (true, true) => format!("shipped: `{}`", cell(&entry.value)),
            (false, _) => format!("not set; such as `{}`", cell(&entry.value)),
        };
        let kind = kinds.get(&entry.known).copied().unwrap_or("table");
        out.push_str(&format!("| `{}` | {} | {default} | {} |\n", entry.key, cell(kind), cell(&entry.meaning)));
    }
    out
}

#[test]
fn the_file_and_its_sections_read_in_the_order_of_the_docs() {
    let order: Vec<&str> = SHIPPED
        .lines()
        .filter(|line| line.starts_with('['))
        .map(|line| line.trim_matches(['[', ']']).split('.').next().expect("a name"))
        .fold(Vec::new(), |mut order, name| {
            if order.last() != Some(&name) {
                order.push(name);
            }
            order
        });
    let once: BTreeSet<&str> = order.iter().copied().collect();
    assert_eq!(once.len(), order.len(), "a section is written in two places: {order:?}");
}
