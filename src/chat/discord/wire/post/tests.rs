//! Posts as Discord messages.

use proptest::prelude::*;

use super::*;

fn directory() -> Directory {
    let people =
        [("ann".into(), ("Ann Lee".to_owned(), "11".parse().ok())), ("bob".into(), ("Bob *the* Cat".to_owned(), None))];
    Directory { people: people.into(), rooms: [("hot-1".into(), "77".parse().unwrap())].into() }
}

fn drawn(post: &Post) -> Value {
    Value::Object(message(post, &directory(), Frame { address: Some("https://x.example/#ref-x"), instead_of: None }))
}

fn saying(text: &str) -> Post {
    Post { kind: PostKind::Line, text: text.into(), ..Post::default() }
}

fn button(n: usize) -> Button {
    Button {
        label: format!("Do {n}"),
        command: format!("/incident task done:{n}"),
        style: ButtonStyle::Secondary,
        confirm: None,
        version: Some(1),
    }
}

#[test]
fn a_card_becomes_an_embed_with_buttons() {
    let post = Post {
        kind: PostKind::Card,
        withdraws: false,
        title: Some("◆ SEV1 HOT-12 checkout is down".into()),
        text: "since <t:1:R>, see <#hot-1>".into(),
        tone: Tone::Critical,
        fields: vec![Field { name: "Manager".into(), value: "<@ann>".into() }],
        buttons: vec![Button { style: ButtonStyle::Primary, ..button(1) }],
        footer: Some("next at <t:2:t>".into()),
        mentions: vec![],
        image: Some("https://g.example/a.png".into()),
    };
    let expected = json!({
        "content": "",
        "embeds": [{
            "title": "◆ SEV1 HOT-12 checkout is down",
            "description": "since <t:1:R>, see <#77>\n-# next at <t:2:t>",
            "fields": [{ "name": "Manager", "value": "<@11>", "inline": true }],
            "url": "https://x.example/#ref-x",
            "image": { "url": "https://g.example/a.png" },
            "color": 0xC62828,
        }],
        "components": [{ "type": 1, "components": [
            { "type": 2, "style": 1, "label": "Do 1", "custom_id": "hp1:~Itask done:1" },
        ] }],
        "allowed_mentions": { "parse": [], "users": [] },
    });
    assert_eq!(drawn(&post), expected);
}

#[test]
fn only_those_who_are_meant_are_called() {
    let post = Post { mentions: vec!["ann".into(), "bob".into()], ..saying("<@ann> and <@bob>, ask <@eve>") };
    let drawn = drawn(&post);
    assert_eq!(drawn["content"], r"<@11> **Bob \*the\* Cat**");
    assert_eq!(drawn["allowed_mentions"], json!({ "parse": [], "users": ["11"] }));
    let said = "<@11> and **Bob \\*the\\* Cat**, ask @\u{200B}eve";
    assert_eq!(drawn["embeds"][0]["description"], said);
}

#[test]
fn a_page_says_on_the_locked_telephone_what_it_is_about() {
    let post =
        Post { kind: PostKind::Page, title: Some("HOT-1 down".into()), mentions: vec!["ann".into()], ..saying("x") };
    let drawn = drawn(&post);
    assert_eq!(drawn["content"], "<@11> HOT-1 down");
    assert_eq!(drawn["embeds"][0].get("title"), None);
}

#[test]
fn talk_stands_under_the_name_of_who_said_it_and_shows_where_links_lead() {
    let text = "**Incident resolved** [ok](http://evil.example) @everyone <@&5> <@99> <#hot-9>";
    let post = Post { kind: PostKind::Talk, title: Some("Ann *Lee*".into()), ..saying(text) };
    let drawn = drawn(&post);
    assert_eq!(drawn["embeds"][0]["author"]["name"], "Ann *Lee*");
    let said =
        "**Incident resolved** [ok]\\(http://evil.example) @\u{200B}everyone <\u{200B}@&5> @\u{200B}99 #\u{2060}hot-9";
    assert_eq!(drawn["embeds"][0]["description"], said);
    assert_eq!(drawn["content"], "");
}

#[test]
fn a_token_inside_bold_text_and_in_a_title_is_a_name() {
    let post = Post { title: Some("For <@ann>".into()), ..saying("**<@bob>** has it") };
    assert_eq!(drawn(&post)["embeds"][0]["title"], "For **Ann Lee**");
    assert_eq!(drawn(&post)["embeds"][0]["description"], r"**Bob \*the\* Cat** has it");
}

#[test]
fn what_cannot_be_undone_is_red_and_asks_first() {
    let post = Post { buttons: vec![Button { confirm: Some("Sure?".into()), ..button(1) }], ..saying("x") };
    let shown = &drawn(&post)["components"][0]["components"][0];
    assert_eq!((shown["style"].as_u64(), shown["custom_id"].as_str()), (Some(4), Some("ha1:~Itask done:1")));
}

#[test]
fn buttons_stand_in_rows_of_five_and_the_rest_in_a_menu() {
    let rows = |n: usize| {
        let (rows, left) = (Post { buttons: (0..n).map(button).collect(), ..saying("x") }, n);
        let drawn = drawn(&rows);
        let sizes =
            drawn["components"].as_array().unwrap().iter().map(|row| row["components"].as_array().unwrap().len());
        (sizes.collect::<Vec<_>>(), drawn["components"][4]["components"][0]["options"].as_array().map(Vec::len), left)
    };
    assert_eq!(rows(7), (vec![5, 2], None, 7));
    assert_eq!(rows(25), (vec![5; 5], None, 25));
    assert_eq!(rows(30), (vec![5, 5, 5, 5, 1], Some(10), 30));
    assert_eq!(rows(60).1, Some(25));
}

#[test]
fn two_buttons_that_do_the_same_are_one_and_what_does_not_fit_can_be_typed() {
    let long = Button { command: format!("/incident note {}", "x".repeat(200)), ..button(3) };
    let post = Post { buttons: vec![button(1), button(1), long.clone()], ..saying("x") };
    let drawn = drawn(&post);
    assert_eq!(drawn["components"][0]["components"].as_array().unwrap().len(), 1);
    assert_eq!(drawn["embeds"][0]["description"], format!("x\n`{}`", long.command));
}

#[test]
fn a_line_that_asks_nobody_for_anything_is_small() {
    let said = |post: &Post| drawn(post)["embeds"][0]["description"].as_str().unwrap().to_owned();
    assert_eq!(said(&saying("Bob is now **Scribe**.")), "-# Bob is now **Scribe**.");
    let alarm = Post { tone: Tone::Critical, ..saying("Nobody answers.") };
    let called = Post { mentions: vec!["ann".into()], ..saying("look") };
    for post in [alarm, called, saying("two\nlines"), Post { buttons: vec![button(1)], ..saying("x") }] {
        assert!(!said(&post).starts_with("-#"), "{post:?}");
    }
}

#[test]
fn fields_that_are_left_out_are_counted() {
    let field = |n: usize| Field { name: format!("f{n}"), value: "v".repeat(1000) };
    let fields =
        |n: usize| drawn(&Post { fields: (0..n).map(field).collect(), ..saying("x") })["embeds"][0]["fields"].clone();
    assert_eq!(fields(4).as_array().unwrap().len(), 4);
    let eight = fields(8);
    assert_eq!(eight.as_array().unwrap().last().unwrap()["value"], "+3");
    let many: Vec<Field> = (0..30).map(|n| Field { value: "v".into(), ..field(n) }).collect();
    let many = drawn(&Post { fields: many, ..saying("x") });
    let shown = many["embeds"][0]["fields"].as_array().unwrap();
    assert_eq!((shown.len(), shown[24]["value"].as_str()), (25, Some("+6")));
}

#[test]
fn a_message_that_takes_the_place_of_another_leads_to_it() {
    let frame = Frame { address: None, instead_of: Some("https://discord.com/channels/1/2/3") };
    let drawn = message(&saying("x"), &directory(), frame);
    assert_eq!(drawn["embeds"][0]["description"], "-# ↑ https://discord.com/channels/1/2/3\n-# x");
    assert_eq!(drawn["embeds"][0].get("url"), None);
}

/// Returns what Discord would refuse, and unintended mentions.
fn faults(drawn: &Value) -> Vec<String> {
    let embed = &drawn["embeds"][0];
    let size = |value: &Value| value.as_str().map_or(0, length);
    let fields = embed["fields"].as_array().unwrap();
    let all = fields.iter().map(|f| size(&f["name"]) + size(&f["value"])).sum::<usize>()
        + size(&embed["title"])
        + size(&embed["author"]["name"])
        + size(&embed["description"])
        + size(&embed["footer"]["text"]);
    let within = [
        ("content", size(&drawn["content"]), MAX_CONTENT),
        ("title", size(&embed["title"]).max(size(&embed["author"]["name"])), MAX_TITLE),
        ("description", size(&embed["description"]), MAX_DESCRIPTION),
        ("fields", fields.len(), MAX_FIELDS),
        ("names", fields.iter().map(|f| size(&f["name"])).max().unwrap_or(0), MAX_FIELD_NAME),
        ("values", fields.iter().map(|f| size(&f["value"])).max().unwrap_or(0), MAX_FIELD),
        ("embed", all, MAX_EMBED),
        ("rows", drawn["components"].as_array().unwrap().len(), 5),
    ];
    let mut faults: Vec<String> = within.iter().filter(|(_, is, max)| is > max).map(|f| format!("{f:?}")).collect();
    let text = drawn["embeds"].to_string() + drawn["content"].to_string().as_str();
    for word in ["@everyone", "@here", "<@&", "<@99>"] {
        faults.extend(text.contains(word).then(|| word.to_owned()));
    }
    faults.extend((drawn["allowed_mentions"]["parse"] != json!([])).then(|| "parse".to_owned()));
    faults
}

proptest! {
    #[test]
    fn nothing_that_is_posted_is_refused_or_calls_anyone_else(
        kind in prop::sample::select(vec![PostKind::Card, PostKind::Talk, PostKind::Line, PostKind::Page]),
        title in proptest::option::of("(\\PC|@everyone|<@ann>|\\\\){0,300}"),
        text in "(\\PC{1,300}|@everyone|@here|<@&5>|<@99>|<@ann>|```|\\\\|<t:1:R>|👩‍👩‍👧‍👦|\n){0,60}",
        fields in proptest::collection::vec(("\\PC{0,300}", "(\\PC{1,200}|@HERE|<@bob>){0,9}"), 0..30),
        labels in proptest::collection::vec("\\PC{0,120}", 0..60),
    ) {
        let post = Post {
            kind,
            title,
            text,
            fields: fields.into_iter().map(|(name, value)| Field { name, value }).collect(),
            buttons: labels.into_iter().enumerate().map(|(n, label)| Button { label, ..button(n) }).collect(),
            mentions: vec!["ann".into()],
            ..Post::default()
        };
        let drawn = drawn(&post);
        let lower: Value = serde_json::from_str(&drawn.to_string().replace("@HERE", "@here")).unwrap();
        prop_assert_eq!(faults(&lower), Vec::<String>::new());
    }
}
