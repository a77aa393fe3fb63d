//! The shipped file and every kind of mistake.

mod contact_ntfy;
mod layers;
mod live;
mod mail;
mod meaning;
mod names;
mod net;
mod phone;
mod reference;
mod status_mirrors;
mod web_push;
mod webhooks;
mod wikis;
mod writing;

use super::{Config, SHIPPED};

/// Returns the messages for the mistakes of a file.
fn mistakes(text: &str) -> String {
    mistakes_with(text.trim_start(), &[])
}

/// Same with an environment. Line numbers of the shipped file are left out, because every comment moves them.
fn mistakes_with(text: &str, env: &[(&str, &str)]) -> String {
    match read(text, env) {
        Ok(_) => "no mistakes".to_owned(),
        Err(mistakes) => {
            let line = regex::Regex::new(r"shipped bot.toml:\d+").expect("a pattern");
            line.replace_all(&mistakes.to_string(), "shipped bot.toml").into_owned()
        }
    }
}

fn read(text: &str, env: &[(&str, &str)]) -> Result<Config, super::Mistakes> {
    Config::from_text("bot.toml", text, env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())))
}

#[test]
fn the_shipped_file_has_no_mistake() {
    assert_eq!(mistakes(""), "no mistakes");
    assert_eq!(mistakes(SHIPPED), "no mistakes");
    assert!(Config::shipped().warnings.is_empty());
}

#[test]
fn the_shipped_file_and_no_file_at_all_are_the_same() {
    let of_nothing = Config::shipped();
    let of_the_file = read(SHIPPED, &[]).expect("no mistake");
    let plain = |config: Config| format!("{:#?}", Config { digest: String::new(), ..config });
    assert_eq!(plain(of_nothing), plain(of_the_file));
}

#[test]
fn the_defaults_are_enough_for_a_whole_incident() {
    let config = Config::shipped();
    let checkout = config.service("checkout").expect("shipped");
    assert!(checkout.critical);
    let policy = config.escalation(checkout.escalation.as_ref().expect("paged")).expect("exists");
    assert_eq!(policy.steps.len(), 2);
    assert_eq!(config.policy.manager().as_str(), "incident_manager");
    assert_eq!(config.policy.matrix["extensive"]["critical"].name(), "sev1");
    assert_eq!(config.alerts.declare[0].name, "critical-service");
    assert_eq!(config.people.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["ann", "bob", "cho", "dee"]);
    assert_eq!(config.server.public_url, "http://127.0.0.1:8080");
}

#[test]
fn a_file_that_is_not_there_not_text_or_too_large_is_one_mistake() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("bot.toml");
    let said = |path: &std::path::Path| {
        let mistakes = Config::load(Some(path), []).expect_err("a mistake").to_string();
        mistakes.replace(&dir.path().display().to_string(), "DIR")
    };
    insta::assert_snapshot!(said(&path), @"DIR/bot.toml: cannot be read: No such file or directory (os error 2)");
    std::fs::write(&path, b"a = \"\xff\"").expect("written");
    insta::assert_snapshot!(said(&path), @"DIR/bot.toml: is not UTF-8 text (byte 5)");
    std::fs::write(&path, "#".repeat(2 << 20)).expect("written");
    insta::assert_snapshot!(said(&path), @"DIR/bot.toml: larger than 1048576 bytes; a configuration is never that large");
}

mod any_text {
    use proptest::prelude::*;

    use super::{SHIPPED, read};

    /// Generates the shipped file with lines removed, repeated, cut or given another value.
    fn mangled() -> impl Strategy<Value = String> {
        let lines: Vec<&'static str> = SHIPPED.lines().filter(|line| !line.starts_with("# ")).collect();
        let line = proptest::sample::select(lines);
        let cut = (line, 0usize..60, any::<bool>())
            .prop_map(|(line, at, whole)| if whole { line.to_owned() } else { line.chars().take(at).collect() });
        proptest::collection::vec(cut, 0..60).prop_map(|lines| lines.join("\n"))
    }

    /// Generates known keys under their headers with arbitrary values.
    fn valued() -> impl Strategy<Value = String> {
        let value = prop_oneof![
            any::<i64>().prop_map(|n| n.to_string()),
            any::<bool>().prop_map(|b| b.to_string()),
            "[ -~]{0,20}".prop_map(|s| format!("{s:?}")),
            "[0-9]{0,20}[smhdw]?".prop_map(|s| format!("{s:?}")),
            Just("[\"a\", \"b\"]".to_owned()),
            Just("[[1], {}]".to_owned()),
            Just("{ a = { b = [] } }".to_owned()),
            Just("2026-01-01T00:00:00Z".to_owned()),
            Just("1e999".to_owned()),
        ];
        let setting = (proptest::sample::select(crate::config::reference::entries()), value);
        let written = setting.prop_map(|(entry, value)| format!("{}\n{} = {value}\n", entry.header, entry.key));
        proptest::collection::vec(written, 1..6).prop_map(|settings| settings.concat())
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}") {
            let _ = read(&text, &[]);
        }

        #[test]
        fn never_panics_when_it_looks_like_ours(text in mangled()) {
            let _ = read(&text, &[]);
        }

        #[test]
        fn never_panics_whatever_the_value(text in valued()) {
            let _ = read(&text, &[]);
        }

        #[test]
        fn never_panics_whatever_the_environment_says(
            name in "[A-Z_]{0,12}(__[A-Z_0-9]{0,10}){0,5}",
            known in proptest::sample::select(crate::config::reference::entries()),
            value in "\\PC{0,40}",
        ) {
            let known = known.known.replace("[]", "").replace('.', "__").to_uppercase();
            let _ = read("", &[(&format!("HOTROOM_{name}"), &value), (&format!("HOTROOM_{known}"), &value)]);
        }
    }
}
