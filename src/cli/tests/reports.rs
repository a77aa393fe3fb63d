//! Reports as JSON.

use super::*;

#[test]
fn reports_are_json_for_programs() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("bot.toml");
    std::fs::write(&file, "[server]\nlisten = \"nowhere\"\n").expect("written");
    let wrong = check(Some(&file), Vec::new(), false, now()).json();
    assert_eq!((&wrong["ok"], &wrong["exit"], &wrong["mistakes"][0]["line"]), (&false.into(), &2.into(), &2.into()));
    assert_eq!(wrong["mistakes"][0]["key"], "[server] listen");
    assert_eq!(wrong["findings"].as_array().map(Vec::len), Some(1));
    let good = check(None, Vec::new(), false, now()).json();
    assert_eq!((&good["ok"], &good["exit"], &good["findings"]), (&true.into(), &0.into(), &serde_json::json!([])));

    let home = home("");
    drop(home.open());
    let invited = invite(&home.config, "ann", now()).json();
    assert_eq!(invited["person"], "ann");
    assert!(invited["link"].as_str().is_some_and(|link| link.contains("/sign-in/")), "{invited}");
    let examined = doctor(&home.config, Remedies::default(), now()).json();
    assert_eq!(examined["ok"], true, "{examined}");
    for words in [&["check", "--json"][..], &["doctor", "--json"], &["invite", "ann", "--json"]] {
        let args = Args::try_parse_from(["hotroom"].iter().chain(words)).expect("the words are valid");
        assert!(args.json(), "{words:?}");
    }
}
