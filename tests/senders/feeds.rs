//! The feeds of the status page, read by feedparser and rss-parser, and calendar feeds, read by icalendar and ical.js.

use std::process::Command;

use crate::rig::{House, program, required, root, run};

/// A parser, run on an address; `None` where it is not installed.
fn parser(script: &str, address: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let interpreter = if script.ends_with(".py") { "python3" } else { "node" };
    let mark = match script {
        "feeds.py" => "python/feedparser",
        "feeds.js" => "node_modules/rss-parser",
        "calendars.py" => "python/recurring_ical_events",
        _ => "node_modules/ical.js",
    };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(mark).exists()) else {
        return required(mark);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", installed.join("python")).env("NODE_PATH", installed.join("node_modules"));
    command.arg(root().join("tests/senders/clients").join(script)).arg(address);
    Some(command)
}

/// Says something by the API, as ann. Returns the reply.
async fn says(house: &House, text: &str) -> serde_json::Value {
    let client = hotroom::net::tls::client().build().expect("a client");
    let request = client.post(format!("http://{}/api/v1/commands", house.address));
    let request = request.header("x-hotroom-person", "ann").json(&serde_json::json!({ "text": text }));
    let answer = request.send().await.expect("an answer");
    let (status, reply) = (answer.status(), answer.text().await.unwrap_or_default());
    assert!(status.is_success(), "{text}: {reply}");
    serde_json::from_str(&reply).expect("JSON")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn feedparser_and_rss_parser_read_both_feeds() {
    let house = House::new();
    house.ready().await;
    says(&house, "/incident declare \"Checkout is <down> & out\" severity:sev3 service:checkout").await;
    let post = "/incident statuspage status:identified message:\"We found the cause & fix <it>.\" \
                components:checkout=major_outage incident:HOT-1";
    says(&house, post).await;
    for (feed, script) in [("atom", "feeds.py"), ("atom", "feeds.js"), ("rss", "feeds.py"), ("rss", "feeds.js")] {
        let address = format!("http://{}/status/history.{feed}", house.address);
        let Some(mut parser) = parser(script, &address) else { continue };
        let read = run(&mut parser).unwrap_or_else(|why| panic!("{feed}, {script}: {why}"));
        assert!(read.starts_with("Checkout incident | "), "{feed}, {script}: {read}");
        assert!(read.contains("We found the cause &amp; fix &lt;it&gt;."), "{feed}, {script}: {read}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn icalendar_and_ical_js_read_the_same_shifts() {
    let house = House::new();
    house.ready().await;
    let reply = says(&house, "/oncall calendar schedule/primary").await;
    let url = reply["data"]["url"].as_str().unwrap_or_else(|| panic!("no address: {reply}")).to_owned();
    let address = format!("http://{}{}", house.address, &url[url.find("/calendar/").expect("a path")..]);
    let mut read = Vec::new();
    for script in ["calendars.py", "calendars.js"] {
        let Some(mut parser) = parser(script, &address) else { continue };
        read.push(run(&mut parser).unwrap_or_else(|why| panic!("{script}: {why}")));
    }
    for text in &read {
        assert!(text.lines().count() > 10 && text.contains("on call (primary)"), "{text}");
        assert_eq!(text.trim(), read[0].trim());
    }
}
