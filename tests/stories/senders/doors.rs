//! The formats in which senders post, and the places of their tokens.

use crate::world::World;

const BEAT: &str = r#"{"monitorID":3,"status":0,"time":"2026-03-02 09:55:00.000","msg":"refused"}"#;
const MONITOR: &str = r#"{"id":3,"name":"Shop","url":"https://shop.example/"}"#;

/// Returns the fields of a query or form.
fn fields(status: u8) -> String {
    let beat = BEAT.replace("\"status\":0", &format!("\"status\":{status}"));
    let encoded =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    format!("msg=down&heartbeat={}&monitor={}", encoded(&beat), encoded(MONITOR))
}

#[tokio::test]
async fn uptime_kuma_posts_json_a_form_or_asks_by_its_address() {
    let world = World::new().await;
    let json = format!("{{\"heartbeat\":{BEAT},\"monitor\":{MONITOR},\"msg\":\"down\"}}");
    assert_eq!(
        world.takes("POST /intake/uptime-kuma", &[("content-type", "application/json")], json.clone()).await.0,
        202
    );
    assert_eq!(world.alerts().await, "Shop firing");
    let up = json.replace("\"status\":0", "\"status\":1").replace("09:55", "09:56");
    let form = format!(
        "--x\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n{up}\r\n--x--\r\n"
    );
    let multipart = [("content-type", "multipart/form-data; boundary=x")];
    assert_eq!(world.takes("POST /intake/uptime-kuma", &multipart, form).await.0, 202);
    assert_eq!(world.alerts().await, "Shop resolved");
    let line = format!("GET /intake/uptime-kuma?{}", fields(0).replace("09%3A55", "09%3A57"));
    assert_eq!(world.takes(&line, &[], "").await.0, 202);
    assert_eq!(world.alerts().await, "Shop firing, Shop resolved");
    let urlencoded = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(
        world.takes("POST /intake/uptime-kuma", &urlencoded, fields(1).replace("09%3A55", "09%3A58")).await.0,
        202
    );
    assert_eq!(world.alerts().await, "Shop resolved, Shop resolved");
    assert_eq!(world.unreadable().await, [""; 0]);
    for (line, headers, body) in [
        ("POST /intake/uptime-kuma", &multipart[..], "no form"),
        ("POST /intake/uptime-kuma", &[], ""),
        ("GET /intake/uptime-kuma", &[], ""),
    ] {
        let (status, problem) = world.takes(line, headers, body).await;
        assert_eq!(
            (status.as_u16(), &problem["type"]),
            (400, &"urn:hotroom:problem:bad_body".into()),
            "{line} {body} {problem}"
        );
    }
    for line in ["GET /intake/generic?name=A", "HEAD /intake/uptime-kuma?msg=x", "PUT /intake/uptime-kuma"] {
        assert_eq!(world.takes(line, &[], "").await.0, 405, "{line}");
    }
    world.end().await;
}

#[tokio::test]
async fn uptimerobot_posts_json_a_form_or_asks_by_its_address() {
    let world = World::new().await;
    let said = |kind: u8, at: &str| {
        format!(
            "monitorID=78&monitorFriendlyName=Shop+EU&alertType={kind}&alertDetails=HTTP%20502&alertDateTime={at}&monitorTags=*monitorTags*"
        )
    };
    let door = "POST /intake/uptimerobot";
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(world.takes(door, &form, said(1, "1772445300")).await.0, 202);
    assert_eq!(world.alerts().await, "Shop EU firing");
    assert_eq!(world.takes(&format!("GET /intake/uptimerobot?{}", said(2, "1772445360")), &[], "").await.0, 202);
    assert_eq!(world.alerts().await, "Shop EU resolved");
    let json = r#"{"monitorID":"78","monitorFriendlyName":"Shop EU","alertType":"1","alertDateTime":"1772445420"}"#;
    assert_eq!(world.takes(door, &[("content-type", "application/json")], json).await.0, 202);
    assert_eq!(world.alerts().await, "Shop EU firing, Shop EU resolved");
    assert_eq!(world.unreadable().await, [""; 0]);
    world.end().await;
}

#[tokio::test]
async fn cloudevents_come_structured_in_a_batch_or_in_headers() {
    let world = World::new().await;
    let event = |kind: &str, id: &str| {
        format!(
            "{{\"specversion\":\"1.0\",\"id\":\"{id}\",\"source\":\"/s\",\"subject\":\"pool\",\"type\":\"{kind}\",\"data\":{{\"name\":\"Pool\"}}}}"
        )
    };
    let door = "POST /intake/cloudevents";
    let structured = [("content-type", "application/cloudevents+json")];
    assert_eq!(world.takes(door, &structured, event("a.triggered", "1")).await.1["duplicate"], false);
    assert_eq!(world.takes(door, &structured, event("a.triggered", "1")).await.1["duplicate"], true, "the same event");
    assert_eq!(world.alerts().await, "Pool firing");
    let batch = format!("[{},{}]", event("a.resolved", "2"), event("com.github.push", "3"));
    assert_eq!(world.takes(door, &[("content-type", "application/cloudevents-batch+json")], batch).await.0, 202);
    assert_eq!(world.alerts().await, "Pool resolved");
    let binary = [
        ("content-type", "application/json"),
        ("ce-specversion", "1.0"),
        ("ce-id", "4"),
        ("ce-source", "/s"),
        ("ce-subject", "pool"),
        ("ce-type", "a.triggered"),
    ];
    assert_eq!(world.takes(door, &binary, "{\"name\":\"Pool\"}").await.0, 202);
    assert_eq!(world.alerts().await, "Pool firing, Pool resolved");
    assert_eq!(world.unreadable().await, [""; 0]);
    world.end().await;
}

#[tokio::test]
async fn the_resource_in_sentrys_header_says_what_a_body_is_about() {
    let world = World::new().await;
    let comment = "{\"data\":{\"comment\":\"x\"}}";
    assert_eq!(world.takes("POST /intake/sentry", &[("sentry-hook-resource", "comment")], comment).await.0, 202);
    assert_eq!(world.unreadable().await, [""; 0], "it is no alert");
    assert_eq!(world.takes("POST /intake/sentry", &[("request-id", "2")], comment).await.0, 202);
    assert_eq!(world.unreadable().await, ["this is none of Sentry's resources at /data"]);
    world.end().await;
}

#[tokio::test]
async fn a_sender_that_can_set_no_header_shows_its_token_in_the_address() {
    let toml = "[[sources]]\nid = \"kuma\"\nkind = \"uptime-kuma\"\ntoken = \"env:T\"\nold_token = \"env:OLD\"\n";
    let world = World::with_secrets(toml, &[("T", "s3cret/+"), ("OLD", "old")]).await;
    let body = format!("{{\"heartbeat\":{BEAT},\"monitor\":{MONITOR}}}");
    for good in ["/s3cret%2F%2B", "?token=s3cret%2F%2B", "/old", "?a=b&token=old"] {
        assert_eq!(world.takes(&format!("POST /intake/kuma{good}"), &[], body.clone()).await.0, 202, "{good}");
    }
    for bad in ["", "/", "/s3cret", "?token=", "?token=S3cret%2F%2B", "/s3cret%2F%2B/x", "?tokens=old"] {
        let (status, told) = world.takes(&format!("POST /intake/kuma{bad}"), &[], body.clone()).await;
        assert!(matches!(status.as_u16(), 401 | 404), "{bad}: {status}");
        assert!(!told.to_string().contains("s3cret"), "{told}");
    }
    let asked = format!("GET /intake/kuma?{}&token=old", fields(1));
    assert_eq!(world.takes(&asked, &[], "").await.0, 202);
    let kept = world.app.store.read(|reads| reads.delivery(hotroom::store::InboxId(2))).await.unwrap().unwrap();
    let kept = String::from_utf8(kept.body).unwrap();
    assert!(kept.contains("heartbeat") && !kept.contains("old"), "the token is no part of what is kept: {kept}");
    world.end().await;
}

#[tokio::test]
async fn vrealize_posts_an_alert_and_puts_what_is_new_of_it_under_its_id() {
    let world = World::with_secrets(
        "[[sources]]\nid = \"vrealize\"\nkind = \"vrealize\"\ntoken = \"env:T\"\n",
        &[("T", "secret-of-vrealize")],
    )
    .await;
    let alert = |status: &str| {
        format!(
            r#"{{"alertId":"7d2c","alertName":"Datastore is full","status":"{status}","criticality":"ALERT_CRITICALITY_LEVEL_WARNING"}}"#
        )
    };
    // The password is `secret-of-vrealize`.
    let basic = [("authorization", "Basic dnJvcHM6c2VjcmV0LW9mLXZyZWFsaXpl")];
    assert_eq!(world.takes("POST /intake/vrealize", &basic, alert("ACTIVE")).await.0, 202);
    assert_eq!(world.alerts().await, "Datastore is full firing");
    assert_eq!(world.takes("PUT /intake/vrealize/7d2c", &[], alert("CANCELED")).await.0, 401);
    assert_eq!(world.takes("PUT /intake/vrealize/7d2c", &basic, alert("CANCELED")).await.0, 202);
    assert_eq!(world.alerts().await, "Datastore is full resolved");
    world.end().await;
}
