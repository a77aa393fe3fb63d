//! What the shipped file holds, and every kind of mistake.

use super::*;

fn mistakes(text: &str) -> String {
    mistakes_with(text, &[])
}

fn mistakes_with(text: &str, env: &[(&str, &str)]) -> String {
    let env = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
    match Config::from_text("bot.toml", text, env) {
        Ok(_) => "no mistakes".to_owned(),
        Err(mistakes) => mistakes.to_string(),
    }
}

#[test]
fn the_shipped_file_has_no_mistake() {
    assert_eq!(mistakes(""), "no mistakes");
    assert_eq!(mistakes(SHIPPED), "no mistakes");
    assert_eq!(
        mistakes_with(
            &reference::everything_set().replace("file:/run/secrets/alertmanager", "env:S"),
            &[("S", "s"), ("HOTROOM_API_TOKEN", "x"), ("ALERTMANAGER_TOKEN", "a"), ("ALERTMANAGER_OLD_TOKEN", "b"),]
        ),
        "no mistakes"
    );
}
