//! hotroom's own tracker: projects with a prefix of their own, and issues found by key and by words.

use axum::http::StatusCode;

use crate::world::{World, done, show};

const PROJECT: &str = r#"
[[tracker.projects]]
prefix = "PAY"
name = "Payments"
services = ["checkout"]
watchers = ["dee"]
"#;

#[tokio::test]
async fn incidents_of_a_project_have_its_prefix_and_whoever_watches_it_is_invited() {
    let world = World::with(PROJECT).await;
    done(&world.says("bob", "/incident declare \"Cards are refused\" severity:sev3 service:checkout").await);
    done(&world.says("bob", "/incident declare \"The wiki is slow\" severity:sev4").await);
    done(&world.says("bob", "/incident declare \"Cards leak\" severity:sev3 service:checkout private:yes").await);
    let member = |incident: &hotroom::domain::incident::Incident| incident.members.contains(&"dee".into());
    assert!(member(&world.incident("PAY-1").await), "dee watches the project");
    assert!(!member(&world.incident("HOT-1").await), "an incident of no project");
    assert!(!member(&world.incident("PAY-2").await), "nobody is invited to a private incident unasked");
    assert!(world.room("pay-1").await.contains("Cards are refused"));
    done(&world.says("bob", "/incident info incident:pay-1").await);
    world.end().await;
}

#[tokio::test]
async fn issues_are_found_by_key_and_by_words_of_their_texts() {
    let world = World::new().await;
    let declare = "/incident declare \"Checkout is slow\" severity:sev3 description:\"The Überweisung pool is empty\"";
    done(&world.says("ann", declare).await);
    done(&world.says("ann", "/incident declare \"The wiki is slow\" severity:sev4").await);
    done(&world.says_in("hot-1", "ann", "/incident resolve \"Raised the ceiling\"").await);
    done(&world.says_in("hot-1", "ann", "/followup add \"Alert on the <b>pool</b>\" owner:@bob").await);
    let found = async |text: &str| {
        let path = format!("/api/v1/issues?q={}", text.replace(' ', "%20"));
        let keys: Vec<String> = world.get(&path).await["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["key"].as_str().unwrap().to_owned())
            .collect();
        let told = show(&world.says("cho", &format!("/issue search \"{text}\"")).await.post);
        assert!(keys.iter().all(|key| told.contains(key.as_str())), "{keys:?}: {told}");
        keys
    };
    assert_eq!(found("pool").await, ["HOT-1.1", "HOT-1"], "the newest first");
    assert_eq!(found("slow").await, ["HOT-2", "HOT-1"]);
    assert_eq!(found("slow wik").await, ["HOT-2"], "all words, the last one as a beginning");
    assert_eq!(found("uberweisung").await, ["HOT-1"], "accents do not matter");
    assert_eq!(found("ceiling").await, ["HOT-1"], "the resolution");
    assert_eq!(found("hot-1").await, ["HOT-1"]);
    assert_eq!(found("HOT-1.1").await, ["HOT-1.1"]);
    assert_eq!(found("HOT-1.9").await, Vec::<String>::new());
    assert_eq!(found("NEAR( AND").await, Vec::<String>::new(), "no syntax of the index is exposed");
    let first = world.get("/api/v1/issues?q=slow&limit=1").await;
    let next = format!("/api/v1/issues?q=slow&limit=1&cursor={}", first["next"].as_str().unwrap());
    assert_eq!(world.get(&next).await["items"][0]["key"], "HOT-1");
    assert_eq!(world.get("/api/v1/issues").await["items"].as_array().unwrap().len(), 3, "all of them");
    assert_eq!(world.get("/api/v1/issues?q=***").await["items"].as_array().unwrap().len(), 0, "no words");
    world.end().await;
}

#[tokio::test]
async fn each_issue_has_a_page_and_that_of_an_incident_is_its_record() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/followup add \"Alert on the <b>pool</b>\" owner:@bob").await);
    done(&world.says_in("hot-1", "bob", "/followup done 1").await);
    let cookie = world.signs_in("ann").await;
    let (status, _) = world.get_signed_in(&cookie, "/issues/HOT-1").await;
    assert_eq!(status, StatusCode::SEE_OTHER, "the record");
    let (status, page) = world.get_signed_in(&cookie, "/issues/hot-1.1").await;
    assert_eq!(status, StatusCode::OK);
    assert!(page.contains("Alert on the &lt;b&gt;pool") && page.contains("Checkout is slow"), "{page}");
    assert!(page.contains("Added") && page.contains("Done") && page.contains("Bob"), "its history: {page}");
    for missing in ["/issues/HOT-1.2", "/issues/HOT-7", "/issues/x"] {
        assert_eq!(world.get_signed_in(&cookie, missing).await.0, StatusCode::NOT_FOUND, "{missing}");
    }
    let (_, list) = world.get_signed_in(&cookie, "/issues?q=pool").await;
    assert!(list.contains("HOT-1.1") && !list.contains("Nothing found"), "{list}");
    assert!(world.get_signed_in(&cookie, "/issues?q=xyzzy").await.1.contains("Nothing found"));
    world.end().await;
}

#[tokio::test]
async fn text_that_left_the_record_is_not_found_and_not_in_the_file() {
    let world = World::new().await;
    done(&world.says("ann", "/incident declare \"Checkout is slow\" severity:sev3").await);
    done(&world.says_in("hot-1", "ann", "/incident task \"Rotate hunter2zzy\"").await);
    assert!(show(&world.says("ann", "/issue search hunter2zzy").await.post).contains("HOT-1"));
    let timeline = world.get("/api/v1/incidents/HOT-1/timeline?limit=200").await;
    let entry = timeline["items"].as_array().unwrap().iter().find(|one| one["event"]["text"] == "Rotate hunter2zzy");
    let seq = entry.expect("the task")["seq"].as_u64().unwrap();
    done(&world.says_in("hot-1", "ann", &format!("/incident timeline redact:{seq}")).await);
    assert!(show(&world.says("ann", "/issue search hunter2zzy").await.post).contains("No issue has these words"));
    let file = rusqlite::Connection::open(world.database()).unwrap();
    let has = |sql: &str| file.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let blocks = has("SELECT COUNT(*) FROM issue_words_data WHERE instr(block, CAST('hunter2zzy' AS BLOB)) > 0");
    let texts = has("SELECT COUNT(*) FROM issue_words_content WHERE c0 || c1 LIKE '%hunter2zzy%'");
    assert_eq!((blocks, texts), (0, 0), "the index has the word no more");
    drop(file);
    world.end().await;
}
