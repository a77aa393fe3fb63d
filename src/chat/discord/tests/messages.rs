//! Messages of the mirror.

use super::*;

#[tokio::test]
async fn a_message_is_sent_once_edited_when_it_changes_and_else_left_alone() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let sent = done(fixture.upsert(&to, line("one"), 1).await);
    fixture.guild.writes();
    assert_eq!(done(fixture.upsert(&to, line("one"), 2).await), sent);
    assert_eq!(fixture.guild.writes(), Vec::<String>::new());
    assert_eq!(done(fixture.upsert(&to, line("two"), 3).await), sent);
    assert_eq!(fixture.guild.texts("hot-1"), ["two"]);
}

#[tokio::test]
async fn a_post_with_a_key_is_never_said_again() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    for text in ["said", "said again"] {
        done(fixture.chat.post(to.clone(), "incident/7/1".to_owned(), line(text), at(1)).await);
    }
    assert_eq!(fixture.guild.texts("hot-1"), ["said"]);
}

#[tokio::test]
async fn a_message_that_arrived_unseen_is_found_again_after_a_restart_and_an_hour() {
    let mut fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    fixture.guild.breaks("POST /channels", Fault::DoneAndDropped);
    assert!(matches!(fixture.upsert(&to, line("x"), 1).await, Outcome::Unknown { .. }));
    fixture.restart();
    fixture.guild.state().forget_nonces();
    for n in 0..150 {
        let channel = number(&fixture.guild.channel("hot-1")["id"]);
        let id = (millis(at(60)) << 22) + n;
        let talk = serde_json::json!({ "id": id.to_string(), "author": { "id": "99" }, "embeds": [] });
        fixture.guild.state().messages.get_mut(&channel).unwrap().insert(id, talk);
    }
    done(fixture.upsert(&to, line("x"), 3600).await);
    let ours = fixture.guild.messages("hot-1").iter().filter(|message| message["author"]["id"] != "99").count();
    assert_eq!(ours, 1);
}

#[tokio::test]
async fn a_message_that_did_not_arrive_is_sent_again() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    fixture.guild.breaks("POST /channels", Fault::Instead(500, 0));
    assert!(matches!(fixture.upsert(&to, line("x"), 1).await, Outcome::Unknown { .. }));
    done(fixture.upsert(&to, line("x, and more"), 2).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["x, and more"]);
}

#[tokio::test]
async fn what_others_write_with_our_mark_is_not_taken_for_ours() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    done(fixture.chat.post(to.clone(), "k".to_owned(), line("first"), at(1)).await);
    let mut forged = fixture.guild.messages("hot-1")[0].clone();
    fixture.guild.breaks("POST /channels", Fault::Instead(502, 0));
    assert!(matches!(fixture.upsert(&to, line("x"), 1).await, Outcome::Unknown { .. }));
    let body = fixture.guild.peer.seen().last().unwrap().body.clone();
    forged["embeds"] = body["embeds"].clone();
    forged["author"]["id"] = "99".into();
    forged["id"] = "9".into();
    let channel = number(&fixture.guild.channel("hot-1")["id"]);
    fixture.guild.state().messages.get_mut(&channel).unwrap().insert(millis(at(1)) << 22, forged);
    let sent = done(fixture.upsert(&to, line("x"), 2).await);
    assert_ne!(sent, "9");
}

#[tokio::test]
async fn what_was_never_said_is_not_amended() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let amend = |text: &str| fixture.chat.amend(to.clone(), "message/1".to_owned(), line(text), at(2));
    assert_eq!(amend("gone").await, Outcome::Skipped(SkipReason::NeverDelivered));
    assert_eq!(fixture.guild.texts("hot-1"), Vec::<String>::new());
    done(fixture.upsert(&to, line("said"), 1).await);
    assert_eq!(amend("gone").await, Outcome::Delivered(()));
    assert_eq!(fixture.guild.texts("hot-1"), ["gone"]);
}

#[tokio::test]
async fn a_deleted_message_is_posted_anew() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let first = done(fixture.upsert(&to, line("one"), 1).await);
    let channel = number(&fixture.guild.channel("hot-1")["id"]);
    fixture.guild.state().messages.get_mut(&channel).unwrap().clear();
    let second = done(fixture.upsert(&to, line("two"), 2).await);
    assert_ne!(first, second);
    assert_eq!(fixture.guild.texts("hot-1"), ["two"]);
    done(fixture.upsert(&to, line("three"), 3).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["three"]);
}

#[tokio::test]
async fn an_old_message_is_edited_slowly_unless_all_is_well() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    done(fixture.upsert(&to, line("one"), 0).await);
    done(fixture.upsert(&to, line("two"), 3600).await);
    let Outcome::Retry { after_ms, .. } = fixture.upsert(&to, line("three"), 3660).await else {
        panic!("it was edited")
    };
    assert_eq!(after_ms, Some(240_000));
    done(fixture.upsert(&to, Post { tone: Tone::Good, ..line("over") }, 3661).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["over"]);
    done(fixture.upsert(&to, line("four"), 3961).await);
}

#[tokio::test]
async fn a_message_that_was_edited_too_often_is_followed_by_another_that_leads_back() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let old = done(fixture.upsert(&to, line("one"), 0).await);
    fixture.guild.breaks("PATCH /channels", Fault::Instead(429, 30046));
    let new = done(fixture.upsert(&to, line("two"), 4000).await);
    assert_ne!(old, new);
    let channel = number(&fixture.guild.channel("hot-1")["id"]);
    let link = format!("↑ https://discord.com/channels/{GUILD}/{channel}/{old}");
    assert_eq!(fixture.guild.texts("hot-1"), ["one".to_owned(), format!("{link}\n-# two")]);
    done(fixture.upsert(&to, line("three"), 4001).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["one".to_owned(), format!("{link}\n-# three")]);
}

#[tokio::test]
async fn a_withdrawn_message_that_was_edited_too_often_is_deleted() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    done(fixture.upsert(&to, line("what was to be hidden"), 0).await);
    fixture.guild.breaks("PATCH /channels", Fault::Instead(429, 30046));
    let withdrawn = Post { withdraws: true, ..line("gone") };
    done(fixture.upsert(&to, withdrawn, 4000).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["gone"]);
}

#[tokio::test]
async fn a_withdrawal_is_not_delayed_by_the_limit_of_edits_and_not_stopped_by_a_refusal() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    done(fixture.upsert(&to, line("one"), 0).await);
    done(fixture.upsert(&to, line("what was to be hidden"), 3600).await);
    let withdrawn = |text: &str| Post { withdraws: true, ..line(text) };
    done(fixture.upsert(&to, withdrawn("gone"), 3660).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["gone"]);
    fixture.guild.breaks("PATCH /channels", Fault::Instead(403, 50001));
    done(fixture.upsert(&to, withdrawn("gone again"), 3661).await);
    assert_eq!(fixture.guild.texts("hot-1"), ["gone again"], "what cannot be edited is deleted");
}

#[tokio::test]
async fn what_discord_refuses_is_refused_and_leaves_nothing_behind() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    fixture.guild.breaks("POST /channels", Fault::Instead(403, 50013));
    let Outcome::Rejected { why } = fixture.upsert(&to, line("x"), 1).await else { panic!("it is final") };
    assert!(why.contains("50013"), "{why}");
    fixture.guild.writes();
    done(fixture.upsert(&to, line("x"), 2).await);
    assert_eq!(
        fixture.guild.peer.lines().iter().filter(|line| line.starts_with("GET")).count(),
        0,
        "nothing is searched"
    );
}

#[tokio::test]
async fn the_card_is_pinned_once_and_the_room_goes_on_without() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let card = |text: &str| Post { kind: PostKind::Card, ..line(text) };
    let sent = done(fixture.upsert(&to, card("one"), 1).await);
    done(fixture.upsert(&to, card("two"), 2).await);
    assert_eq!(fixture.guild.state().pins, [sent.parse::<u64>().unwrap()]);

    let other = fixture.hot("hot-2", false, &[]).await;
    fixture.guild.breaks("PUT /channels", Fault::Instead(403, 50013));
    done(fixture.upsert(&other, card("one"), 1).await);
    done(fixture.upsert(&other, card("two"), 2).await);
    assert_eq!(fixture.guild.state().pins.len(), 1);
}

#[tokio::test]
async fn a_person_is_spoken_to_in_one_channel() {
    let fixture = DiscordFixture::new().await;
    done(fixture.chat.direct(person("ann"), "k1".into(), line("one"), at(1)).await);
    done(fixture.chat.upsert_direct(person("ann"), "page/1".into(), line("two"), at(2)).await);
    done(fixture.chat.upsert_direct(person("ann"), "page/1".into(), line("three"), at(3)).await);
    assert_eq!(fixture.guild.texts("dm-11"), ["one", "three"]);
    let opened = fixture.guild.peer.lines().iter().filter(|line| line.starts_with("POST /users")).count();
    assert_eq!(opened, 1);
}

#[tokio::test]
async fn who_has_no_account_or_takes_no_messages_is_told_apart() {
    let fixture = DiscordFixture::new().await;
    let Outcome::Rejected { why } = fixture.chat.direct(person("cleo"), "k".into(), line("x"), at(1)).await else {
        panic!("she has no account")
    };
    assert_eq!(why, "cleo is not linked to a Discord account");
    for code in [50007, 50278] {
        fixture.guild.breaks("POST /channels", Fault::Instead(403, code));
        let Outcome::Rejected { why } = fixture.chat.direct(person("bob"), "k".into(), line("x"), at(1)).await else {
            panic!("he takes none")
        };
        assert_eq!(why, "bob takes no direct messages from the bot on Discord");
        let blocked = fixture
            .store
            .read(|reads| reads.mirror_account(&platform(), &person("bob")))
            .await
            .unwrap()
            .unwrap()
            .blocked_at;
        assert_eq!(blocked, Some(at(1)));
    }
    done(fixture.chat.direct(person("bob"), "k".into(), line("x"), at(2)).await);
    let blocked = fixture
        .store
        .read(|reads| reads.mirror_account(&platform(), &person("bob")))
        .await
        .unwrap()
        .unwrap()
        .blocked_at;
    assert_eq!(blocked, None);
}

#[tokio::test]
async fn a_message_of_discord_is_known_by_what_it_stands_for() {
    let fixture = DiscordFixture::new().await;
    let to = fixture.hot("hot-1", false, &[]).await;
    let sent = PlatformId::new(done(fixture.upsert(&to, line("one"), 1).await));
    let known = fixture.store.read(move |reads| reads.mirror_mark(&sent)).await.unwrap();
    assert_eq!(known.as_deref(), Some("message/1"));
    let channel = channel_id("hot-1", &fixture);
    assert_eq!(fixture.store.read(move |reads| reads.mirror_room(&platform(), &channel)).await.unwrap(), Some(to));
    let ann = fixture.store.read(|reads| reads.mirror_person(&platform(), &PlatformId::from("11"))).await;
    assert_eq!(ann.unwrap(), Some(person("ann")));
}
