//! A host that serves the status page and nothing else.

use hotroom::config::Config;

use crate::house::House;

const HOST: (&str, &str) = ("host", "status.example.com");

#[tokio::test]
async fn on_its_own_host_the_status_page_is_at_the_root_and_nothing_else_answers() {
    let house = House::with("[status_page]\nhost = \"status.example.com\"\n", &[]).await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/status", "text/html; charset=utf-8"),
        ("/api/v2/summary.json", "application/json; charset=utf-8"),
        ("/api/v2/status.json", "application/json; charset=utf-8"),
        ("/history.atom", "application/atom+xml; charset=utf-8"),
        ("/history.rss", "application/rss+xml; charset=utf-8"),
        ("/status/status.css", "text/css; charset=utf-8"),
    ] {
        let answer = house.ask(&format!("GET {path}"), &[HOST], "").await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{path}: {answer:?}");
    }
    let summary = house.ask("GET /api/v2/summary.json", &[("host", "STATUS.example.com:443")], "").await.json();
    assert_eq!(summary["page"]["url"], "http://status.example.com");
    for line in [
        "GET /api/v2/alerts",
        "GET /api/v1/incidents",
        "GET /metrics",
        "GET /healthz",
        "GET /sign-in",
        "POST /intake/generic",
        "POST /v2/enqueue",
        "GET //api/v2/alerts",
        "GET /status/../metrics",
    ] {
        let answer = house.ask(line, &[HOST], "").await;
        assert!(matches!(answer.status, 404 | 405), "{line}: {answer:?}");
    }
    assert_eq!(house.get("/api/v2/alerts").await.status, 200, "other hosts are as before");
    assert_eq!(house.get("/status/api/v2/summary.json").await.status, 200);
    assert_eq!(house.ask("GET /status", &[("host", "other.example.com")], "").await.status, 421);
}

#[test]
fn the_host_of_the_console_cannot_be_that_of_the_status_page() {
    for (toml, fine) in [
        ("[server]\npublic_url = \"https://hot.example.com\"\n[status_page]\nhost = \"hot.example.com\"\n", false),
        ("[server]\nallowed_hosts = [\"hot.lan\"]\n[status_page]\nhost = \"HOT.lan\"\n", false),
        ("[status_page]\nhost = \"https://status.example.com\"\n", false),
        ("[server]\npublic_url = \"https://hot.example.com\"\n[status_page]\nhost = \"status.example.com\"\n", true),
    ] {
        let read = Config::from_text("bot.toml", toml, []);
        assert_eq!(read.is_ok(), fine, "{toml}");
        if let Err(mistakes) = read {
            assert!(mistakes.to_string().contains("[status_page] host"), "{mistakes}");
        }
    }
}
