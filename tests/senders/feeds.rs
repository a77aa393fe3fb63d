//! The feeds of the status page, read by feedparser and rss-parser.

use std::process::Command;

use crate::rig::{House, program, required, root, run};

/// A parser, run on an address; `None` where it is not installed.
fn parser(script: &str, address: &str) -> Option<Command> {
    let installed = root().join("target/senders");
    let (interpreter, mark) =
        if script.ends_with(".py") { ("python3", "python/feedparser") } else { ("node", "node_modules/rss-parser") };
    let Some(interpreter) = program(&[interpreter]).filter(|_| installed.join(mark).exists()) else {
        return required(mark);
    };
    let mut command = Command::new(interpreter);
    command.env("PYTHONPATH", installed.join("python")).env("NODE_PATH", installed.join("node_modules"));
    command.arg(root().join("tests/senders/clients").join(script)).arg(address);
    Some(command)
}

/// Says something by the API, as ann.
async fn says(house: &House, text: &str) {
    let client = hotroom::net::tls::client().build().expect("a client");
    let request = client.post(format!("http://{}/api/v1/commands", house.address));
    let request = request.header("x-hotroom-person", "ann").json(&serde_json::json!({ "text": text }));
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{text}: {}", answer.text().await.unwrap_or_default());
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
