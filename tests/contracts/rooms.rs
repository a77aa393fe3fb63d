//! Channels of the fake: permissions, overwrites, threads, direct messages, files.

use serde_json::{Value, json};

use crate::{
    discord::{
        Fake,
        permissions::{
            self, ADMINISTRATOR, BOT, MANAGE_CHANNELS, MANAGE_ROLES, PIN_MESSAGES, SEND_MESSAGES, VIEW_CHANNEL,
        },
    },
    raw::ask,
};

async fn create(fake: &Fake, body: Value) -> (u16, Value) {
    ask(fake, "POST", &format!("/guilds/{}/channels", fake.guild()), body).await
}

fn id(of: &Value) -> u64 {
    of["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_private_channel_is_seen_by_whom_it_names() {
    let fake = Fake::start().await;
    let (ann, bob, eve) = (fake.member("ann"), fake.member("bob"), fake.member("eve"));
    let responders = fake.role("responders", 0);
    fake.gives(bob, responders);
    let deny = json!({"id": fake.guild().to_string(), "type": 0, "deny": VIEW_CHANNEL.to_string()});
    let allow = |id: u64, kind| json!({"id": id.to_string(), "type": kind, "allow": VIEW_CHANNEL.to_string()});
    let overwrites = json!([deny, allow(ann, 1), allow(responders, 0), allow(fake.bot(), 1)]);
    let (status, made) = create(&fake, json!({"name": "hot-1", "permission_overwrites": overwrites})).await;
    assert_eq!(status, 201, "{made}");
    let room = id(&made);
    let seen = [fake.owner(), ann, bob, eve].map(|who| fake.can_see(who, room));
    assert_eq!(seen, [true, true, true, false], "the owner sees everything");
    let path = format!("/channels/{room}/permissions/{eve}");
    assert_eq!(ask(&fake, "PUT", &path, json!({"type": 1, "allow": VIEW_CHANNEL.to_string()})).await.0, 204);
    assert!(fake.can_see(eve, room));
    assert_eq!(ask(&fake, "DELETE", &path, Value::Null).await.0, 204);
    assert!(!fake.can_see(eve, room));
}

#[tokio::test]
async fn the_bot_gives_only_what_it_has() {
    let fake = Fake::start().await;
    let everyone = fake.guild().to_string();
    let allow = |bits: u64| json!([{"id": everyone, "type": 0, "allow": bits.to_string()}]);
    let (status, error) = create(&fake, json!({"name": "a", "permission_overwrites": allow(permissions::ALL)})).await;
    assert_eq!((status, &error["code"]), (403, &json!(50013)));
    let (_, error) = create(&fake, json!({"name": "a", "permission_overwrites": allow(MANAGE_ROLES)})).await;
    assert_eq!(error["code"], 50013, "Manage Roles is for administrators");
    fake.bot_permissions(ADMINISTRATOR);
    assert_eq!(create(&fake, json!({"name": "a", "permission_overwrites": allow(MANAGE_ROLES)})).await.0, 201);
    fake.bot_permissions(BOT & !MANAGE_CHANNELS);
    assert_eq!(create(&fake, json!({"name": "b"})).await.1["code"], 50013);
}

#[tokio::test]
async fn each_right_is_asked_for_where_it_is_needed() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let said = fake.says(ann, channel, "hello");
    fake.bot_permissions(BOT & !PIN_MESSAGES);
    let pin = format!("/channels/{channel}/messages/pins/{said}");
    assert_eq!(ask(&fake, "PUT", &pin, Value::Null).await.1["code"], 50013);
    let edit = format!("/channels/{channel}/messages/{said}");
    assert_eq!(ask(&fake, "PATCH", &edit, json!({"content": "not mine"})).await.1["code"], 50005);
    let guild = fake.guild();
    fake.change(|state| state.guilds[&guild].roles[&guild].permissions = VIEW_CHANNEL);
    fake.bot_permissions(BOT & !SEND_MESSAGES);
    let post = format!("/channels/{channel}/messages");
    assert_eq!(ask(&fake, "POST", &post, json!({"content": "x"})).await.1["code"], 50013);
    fake.kicks_bot();
    assert_eq!(ask(&fake, "POST", &post, json!({"content": "x"})).await.1["code"], 50001);
}

#[tokio::test]
async fn a_deleted_channel_is_gone_with_what_was_in_it() {
    let fake = Fake::start().await;
    let (ann, room) = (fake.member("ann"), fake.makes_channel("hot-1"));
    fake.says(ann, room, "x");
    fake.deletes_channel(room);
    let (status, error) = ask(&fake, "POST", &format!("/channels/{room}/messages"), json!({"content": "x"})).await;
    assert_eq!((status, &error["code"]), (404, &json!(10003)));
    assert!(fake.find_channel("hot-1").is_none() && fake.messages(room).is_empty());
}

#[tokio::test]
async fn a_direct_message_reaches_whoever_takes_them() {
    let fake = Fake::start().await;
    let (ann, bob) = (fake.member("ann"), fake.member("bob"));
    let (_, dm) = ask(&fake, "POST", "/users/@me/channels", json!({"recipient_id": ann.to_string()})).await;
    let post = format!("/channels/{}/messages", id(&dm));
    assert_eq!(ask(&fake, "POST", &post, json!({"content": "wake up"})).await.0, 200);
    assert_eq!(fake.direct(ann)[0].content(), "wake up");
    fake.blocks_direct(ann, true);
    let (status, error) = ask(&fake, "POST", &post, json!({"content": "wake up"})).await;
    assert_eq!((status, &error["code"]), (403, &json!(50007)));
    fake.leaves(bob);
    let (_, dm) = ask(&fake, "POST", "/users/@me/channels", json!({"recipient_id": bob.to_string()})).await;
    let (_, error) = ask(&fake, "POST", &format!("/channels/{}/messages", id(&dm)), json!({"content": "x"})).await;
    assert_eq!(error["code"], 50278);
}

#[tokio::test]
async fn a_thread_is_opened_archived_and_woken() {
    let fake = Fake::start().await;
    let channel = fake.channel("general").await;
    let path = format!("/channels/{channel}/threads");
    let (status, thread) = ask(&fake, "POST", &path, json!({"name": "Hot 1", "type": 11})).await;
    assert_eq!((status, &thread["name"]), (201, &json!("Hot 1")), "{thread}");
    let path = format!("/channels/{}", id(&thread));
    let (_, archived) = ask(&fake, "PATCH", &path, json!({"archived": true})).await;
    assert_eq!(archived["thread_metadata"]["archived"], true);
    assert_eq!(ask(&fake, "POST", &format!("{path}/messages"), json!({"content": "x"})).await.0, 200);
    assert_eq!(ask(&fake, "GET", &path, Value::Null).await.1["thread_metadata"]["archived"], false);
    let (_, active) = ask(&fake, "GET", &format!("/guilds/{}/threads/active", fake.guild()), Value::Null).await;
    assert_eq!(active["threads"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn messages_are_listed_from_either_side() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let ids: Vec<u64> = (0..7).map(|n| fake.says(ann, channel, &n.to_string())).collect();
    let list = async |query: String| {
        let path = format!("/channels/{channel}/messages?{query}");
        let (_, list) = ask(&fake, "GET", &path, Value::Null).await;
        list.as_array().unwrap().iter().map(|one| one["content"].as_str().unwrap().to_owned()).collect::<String>()
    };
    assert_eq!(list("limit=3".into()).await, "654");
    assert_eq!(list(format!("limit=3&after={}", ids[1])).await, "432", "the oldest after it, newest first");
    assert_eq!(list(format!("limit=2&before={}", ids[3])).await, "21");
    assert_eq!(list(format!("limit=3&around={}", ids[3])).await, "432");
}

#[tokio::test]
async fn a_file_is_stored_and_fetched() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let message = fake.says_with_file(ann, channel, "the log", ("app log.txt", b"bytes"));
    let url = fake.message(message).unwrap().list("attachments")[0]["url"].as_str().unwrap().to_owned();
    let client = hotroom::net::tls::client().build().expect("a client");
    assert_eq!(client.get(url).send().await.unwrap().bytes().await.unwrap(), b"bytes".as_slice());
}

#[tokio::test]
async fn a_bot_sends_a_file_in_parts() {
    let fake = Fake::start().await;
    let channel = fake.channel("general").await;
    let part = |name: &str, more: &str, body: &str| {
        format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n{body}\r\n")
    };
    let payload = r#"{"content":"transcript","attachments":[{"id":0,"filename":"t.txt"}]}"#;
    let body = part("payload_json", "\r\nContent-Type: application/json", payload)
        + &part("files[0]", "; filename=\"t.txt\"\r\nContent-Type: text/plain", "line one")
        + "--xx--\r\n";
    let client = hotroom::net::tls::client().build().expect("a client");
    let request = client
        .post(format!("{}/api/v10/channels/{channel}/messages", fake.base_url()))
        .header("authorization", "Bot x")
        .header("user-agent", "DiscordBot (u, 1)")
        .header("content-type", "multipart/form-data; boundary=xx")
        .body(body);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 200, "{}", answer.text().await.unwrap());
    assert_eq!(fake.messages(channel)[0].list("attachments")[0]["filename"], "t.txt");
}

#[tokio::test]
async fn mentions_reach_only_whom_the_message_allows() {
    let fake = Fake::start().await;
    let (ann, channel) = (fake.member("ann"), fake.channel("general").await);
    let role = fake.role("oncall", 0);
    let content = format!("<@{ann}> <@&{role}> @everyone");
    let post = async |allowed: Value| {
        let body = json!({"content": content, "allowed_mentions": allowed});
        ask(&fake, "POST", &format!("/channels/{channel}/messages"), body).await.1
    };
    let nobody = post(json!({"parse": []})).await;
    assert_eq!(
        (&nobody["mentions"], &nobody["mention_roles"], &nobody["mention_everyone"]),
        (&json!([]), &json!([]), &json!(false))
    );
    let some = post(json!({"parse": [], "roles": [role.to_string()]})).await;
    assert_eq!((&some["mentions"], &some["mention_roles"]), (&json!([]), &json!([role.to_string()])));
    let all = post(Value::Null).await;
    assert_eq!((&all["mentions"][0]["username"], &all["mention_everyone"]), (&json!("ann"), &json!(true)));
}

#[tokio::test]
async fn an_answer_into_a_channel_that_is_gone_is_refused() {
    let fake = Fake::start().await;
    let (ann, room) = (fake.member("ann"), fake.makes_channel("hot-1"));
    let commands = format!("/applications/{}/guilds/{}/commands", fake.bot(), fake.guild());
    ask(&fake, "PUT", &commands, json!([{"name": "help", "description": "d"}])).await;
    let asked = fake.gives_command(ann, room, "help", &[]);
    fake.deletes_channel(room);
    let path = format!("/interactions/{asked}/token-of-{asked}/callback");
    let (status, error) = ask(&fake, "POST", &path, json!({"type": 4, "data": {"content": "late"}})).await;
    assert_eq!((status, &error["code"]), (404, &json!(10003)));
}

#[tokio::test]
async fn twenty_people_press_one_button_at_once() {
    let fake = Fake::start().await;
    let room = fake.makes_channel("hot-1");
    let button = json!({"type": 2, "style": 1, "label": "Acknowledge", "custom_id": "ack"});
    let card = json!({"content": "card", "components": [{"type": 1, "components": [button]}]});
    ask(&fake, "POST", &format!("/channels/{room}/messages"), card).await;
    let pressed: Vec<u64> = (0..20).map(|n| fake.presses(fake.member(&format!("p{n}")), room, "Acknowledge")).collect();
    for id in &pressed {
        let path = format!("/interactions/{id}/token-of-{id}/callback");
        assert_eq!(ask(&fake, "POST", &path, json!({"type": 6})).await.0, 204, "answers are not counted as requests");
    }
    assert_eq!(fake.answered(pressed[19]).await.kind, 6);
}
