//! `hotroom alert …` with a running bot.

use clap::Parser;
use hotroom::{
    cli::{AlertDo, Args, CliCommand, WrongArgument, ask_bot, send_sample},
    config::Config,
};

use crate::{silences::firing, world::World};

/// Returns a bot that requires a token, and the configuration of its client.
async fn bot(token: &str) -> (World, Config) {
    let server = "[server]\napi_token = \"env:TOKEN\"\n";
    let world = World::with_secrets(server, &[("TOKEN", "s3cret-of-the-house")]).await;
    let text = format!("{server}public_url = \"{}\"\n", world.serves().await);
    let env = [("TOKEN".to_owned(), token.to_owned())];
    (world, Config::from_text("bot.toml", &text, env).unwrap())
}

/// Returns the output of `hotroom alert` with these arguments.
async fn types(config: &Config, words: &[&str]) -> Result<String, String> {
    let args = Args::try_parse_from(["hotroom", "alert"].iter().chain(words)).unwrap_or_else(|error| panic!("{error}"));
    let CliCommand::Alert { what: AlertDo::Running(wanted) } = args.command() else { panic!("{words:?}") };
    ask_bot(config, &wanted).await.map_err(|error| format!("{error:#}"))
}

async fn id_of(world: &World) -> String {
    let filter = hotroom::store::GroupFilter::default();
    let now = world.now();
    let page = world.app.store.read(move |reads| reads.list_groups(&filter, now)).await.unwrap();
    page.items[0].id.to_string()
}

#[tokio::test]
async fn alerts_are_listed_shown_acknowledged_and_silenced_from_a_shell() {
    let (world, config) = bot("s3cret-of-the-house").await;
    assert_eq!(types(&config, &["list"]).await.unwrap(), "no groups of alerts");
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning")])).await;
    let id = id_of(&world).await;
    let listed = types(&config, &["list", "--state", "firing"]).await.unwrap();
    assert_eq!(listed, format!("{id}  firing        sev3  Slow of api  (1 firing, 0 resolved)"));
    let taken = types(&config, &["ack", &id, "--as", "bob"]).await.unwrap();
    assert!(
        taken.starts_with(&format!(
            "{id}  acknowledged  sev3  Slow of api  (1 firing, 0 resolved); acknowledged by bob"
        )),
        "{taken}"
    );
    let shown = types(&config, &["show", &id]).await.unwrap();
    assert!(shown.contains("\n  acknowledged  Slow of api  since 2026-03-02T09:59:00Z"), "{shown}");
    let json: serde_json::Value =
        serde_json::from_str(&types(&config, &["show", &id, "--json"]).await.unwrap()).unwrap();
    assert_eq!((&json["id"], &json["acknowledged_by"]), (&id.into(), &"bob".into()));
    world.end().await;
}

#[tokio::test]
async fn silences_are_looked_at_made_listed_and_ended_from_a_shell() {
    let (world, config) = bot("s3cret-of-the-house").await;
    world.posts("alertmanager", &firing(&[("Slow", "api", "warning"), ("Slow", "website", "error")])).await;
    let matches = ["silence", "--match", "service=~\"api|web\"", "--match", "severity=warning", "--for", "resolved"];
    let look = types(&config, &[&matches[..], &["--preview"]].concat()).await.unwrap();
    assert_eq!(look, "it would match 1 of 2 firing alerts");
    let made = types(&config, &[&matches[..], &["--comment", "deploy", "--as", "cho"]].concat()).await.unwrap();
    let what = "active    service=~\"api|web\" severity=\"warning\"  until the alerts resolve, by cho: deploy; matches 1 firing";
    assert!(made.ends_with(what), "{made}");
    assert_eq!(types(&config, &["silences", "--state", "active"]).await.unwrap(), made);
    let id = made.split(' ').next().unwrap();
    let ended = types(&config, &["expire", id]).await.unwrap();
    assert!(ended.contains("  expired "), "{ended}");
    assert_eq!(types(&config, &["silences", "--state", "active"]).await.unwrap(), "no silences");
    world.end().await;
}

#[tokio::test]
async fn what_cannot_be_done_from_a_shell_says_where_what_and_what_to_do() {
    let (world, config) = bot("s3cret-of-the-house").await;
    let error = |answer: Result<String, String>| answer.expect_err("refused");
    let none = error(types(&config, &["ack", "01930000-0000-7000-8000-000000000000"]).await);
    assert!(none.contains("no group") && !none.contains("http") && !none.contains("404"), "{none}");
    assert!(
        error(types(&config, &["show", "../../x"]).await).contains("is not an id; `hotroom alert list` shows them")
    );
    assert!(error(types(&config, &["silence"]).await).contains("--match"));
    let matchers = error(types(&config, &["silence", "--match", "service"]).await);
    assert!(matchers.contains("Alertmanager's notation") && !matchers.contains("openapi"), "{matchers}");
    let nobody = error(types(&config, &["list", "--as", "zoe"]).await);
    assert!(nobody.contains("no person"), "{nobody}");
    let (other, stranger) = bot("wrong-token-of-a-stranger").await;
    let denied = error(types(&stranger, &["list"]).await);
    assert!(denied.contains("does not prove who sent it"), "{denied}");
    let away = error(types(&config, &["list", "--url", "http://127.0.0.1:1"]).await);
    assert!(away.starts_with("Cannot reach hotroom at http://127.0.0.1:1; set --url"), "{away}");
    other.end().await;
    world.end().await;
}

#[tokio::test]
async fn a_token_can_be_given_to_a_command_and_its_absence_is_named() {
    let (world, config) = bot("s3cret-of-the-house").await;
    let without = format!("[server]\npublic_url = \"{}\"\n", config.server.public_url);
    let without = Config::from_text("bot.toml", &without, []).unwrap();
    let denied = types(&without, &["list"]).await.expect_err("refused");
    assert!(denied.contains("set HOTROOM_API_TOKEN"), "{denied}");
    assert_eq!(types(&without, &["list", "--token", "s3cret-of-the-house"]).await.unwrap(), "no groups of alerts");
    world.end().await;
}

#[tokio::test]
async fn a_wrong_argument_is_told_apart_from_a_refusal() {
    let (world, config) = bot("s3cret-of-the-house").await;
    let wrong = async |words: &[&str]| {
        let args = Args::try_parse_from(["hotroom", "alert"].iter().chain(words)).expect("the words are valid");
        let CliCommand::Alert { what: AlertDo::Running(wanted) } = args.command() else { panic!("{words:?}") };
        ask_bot(&config, &wanted).await.expect_err("an error").downcast_ref::<WrongArgument>().is_some()
    };
    assert!(wrong(&["show", "nope"]).await && wrong(&["silence"]).await && wrong(&["expire", "x"]).await);
    assert!(!wrong(&["show", "01930000-0000-7000-8000-000000000000"]).await);
    for words in [["list", "--state", "bogus"], ["silences", "--state", "firing"]] {
        let error = Args::try_parse_from(["hotroom", "alert"].iter().chain(&words)).expect_err("no such state");
        assert!(error.to_string().contains("possible values: "), "{error}");
    }
    let step = ["hotroom", "alert", "send", "--sample", "grafana", "--step", "bogus"];
    let error = Args::try_parse_from(step).expect_err("no such step").to_string();
    assert!(error.contains("possible values: firing, update, resolved"), "{error}");
    world.end().await;
}

#[tokio::test]
async fn a_sample_is_sent_and_the_answer_is_json() {
    let (world, config) = bot("s3cret-of-the-house").await;
    let sends = async |words: &[&str]| {
        let args = Args::try_parse_from(["hotroom", "alert", "send"].iter().chain(words)).expect("the words are valid");
        let CliCommand::Alert { what: AlertDo::Send(sample) } = args.command() else { panic!("{words:?}") };
        send_sample(&config, &sample, world.now()).await
    };
    let sent = sends(&["--sample", "alertmanager", "--json"]).await.expect("accepted");
    let sent: serde_json::Value = serde_json::from_str(&sent).expect("JSON");
    assert_eq!((&sent["sample"], &sent["response"]["duplicate"]), (&"alertmanager".into(), &false.into()));
    let unknown = sends(&["--sample", "bogus"]).await.expect_err("no such kind");
    assert!(unknown.downcast_ref::<WrongArgument>().is_some(), "{unknown}");
    assert!(unknown.to_string().starts_with("there are no samples of bogus; choose one of "), "{unknown}");
    world.settle().await;
    world.end().await;
}
