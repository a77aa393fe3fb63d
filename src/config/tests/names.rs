//! Names that commands could not tell apart, and accounts of two people.

use super::{mistakes, mistakes_with};

#[test]
fn names_that_a_command_cannot_tell_apart_are_mistakes() {
    let said = mistakes(
        r#"
[[services]]
id = "pay-out"
[[services]]
id = "pay_out"
[[people]]
id = "j-doe"
access = "admin"
discord = "210000000000000001"
[[people]]
id = "J_doe"
access = "responder"
[[people]]
id = "me"
access = "responder"
[[people]]
id = "Nobody"
access = "responder"
[[people]]
id = "alex"
access = "responder"
discord = "210000000000000001"
"#,
    );
    insta::assert_snapshot!(said, @r#"
    bot.toml:4: [[services]] "pay_out" id: "pay_out" is typed like another, on line 2; give it another id
    bot.toml:5: people: these replace the shipped people, whom the shipped [[teams]], [[schedules]], [pager] still name; write these with your own people too, as "Your own people" in docs/configure.md shows
    bot.toml:10: [[people]] "J_doe" id: "J_doe" is typed like another, on line 6; give it another id
    bot.toml:13: [[people]] "me" id: "me" is a word of commands, as are me, nobody, none, noone; give this person another id
    bot.toml:16: [[people]] "Nobody" id: "Nobody" is a word of commands, as are me, nobody, none, noone; give this person another id
    bot.toml:21: [[people]] "alex" discord: "210000000000000001" is the account of another person already, on line 8; an account belongs to one person
    "#);
}

#[test]
fn no_two_projects_have_keys_that_look_alike() {
    let toml = r#"[tracker]
kind = "redmine"
[tracker.redmine]
url = "https://redmine.example.com"
api_key = "env:REDMINE"
mark_field = 7
[[tracker.redmine.projects]]
identifier = "ops"
prefix = "OPS"
[[tracker.projects]]
prefix = "PAY"
services = ["checkout"]
watchers = ["zoe"]
[[tracker.projects]]
prefix = "OPS"
services = ["checkout"]
[[tracker.projects]]
prefix = "HOT"
[[tracker.projects]]
prefix = "pay"
"#;
    let said = mistakes_with(toml, &[("REDMINE", "key")]);
    for (line, what) in [
        (13, "zoe"),
        (15, "\"OPS\" is also what keys of the project \"ops\" begin with; choose another prefix"),
        (16, "\"checkout\" belongs to another project already"),
        (18, "\"HOT\" is [tracker] prefix already; choose another one"),
        (20, "must be 1 to 10 capital letters and digits"),
    ] {
        let start = format!("bot.toml:{line}: [[tracker.projects]]");
        assert!(said.lines().any(|one| one.starts_with(&start) && one.contains(what)), "{line} {what}: {said}");
    }
}
