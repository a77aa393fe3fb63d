//! Pages of other sites, stolen cookies, links that programs open before people do.

use chrono::TimeDelta;

use crate::house::House;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_refused_everywhere() {
    let house = House::new().await;
    for path in ["/", "/api/v1/incidents", "/healthz", "/nothing", "/static/app.css", "/status"] {
        let answer = house.ask(&format!("GET {path}"), &[("host", "evil.example:8080")], "").await;
        assert_eq!((answer.status, answer.problem().as_str()), (421, "bad_host"), "{path}");
    }
    assert_eq!(house.ask("POST /intake/generic", &[("host", "evil.example")], "{}").await.status, 421);
    assert_eq!(house.stored("generic").await, 0);
    for host in ["localhost", "127.0.0.1:1", "[::1]:8080"] {
        assert_eq!(house.ask("GET /healthz", &[("host", host)], "").await.status, 200, "{host}");
    }
    let listed = House::with("[server]\nallowed_hosts = [\"hotroom.lan\"]\n", &[]).await;
    assert_eq!(listed.ask("GET /api/v1/incidents", &[("host", "hotroom.lan")], "").await.status, 200);
}

#[tokio::test]
async fn writes_that_other_sites_make_browsers_send_are_refused() {
    let house = House::new().await;
    for headers in [
        [("origin", "http://evil.example"), JSON],
        [("origin", "null"), FORM],
        [("sec-fetch-site", "cross-site"), JSON],
        [("sec-fetch-site", "same-site"), JSON],
    ] {
        for path in ["/intake/generic", "/api/v1/incidents", "/sign-in", "/sign-in/x", "/sign-out", "/console/say"] {
            let answer = house.ask(&format!("POST {path}"), &headers, "{\"title\":\"x\"}").await;
            assert_eq!((answer.status, answer.problem().as_str()), (403, "bad_origin"), "{path} {headers:?}");
        }
    }
    assert_eq!(house.stored("generic").await, 0);
    let plain = [("content-type", "text/plain")];
    let answer = house.ask("POST /api/v1/incidents", &plain, "{\"title\":\"x\"}").await;
    assert_eq!(answer.status, 415, "what a form of another site could send is no JSON");
    assert_eq!(house.get("/api/v1/incidents").await.json()["items"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_get_that_files_an_alert_is_refused_from_a_browser() {
    let house = House::new().await;
    let robot = "GET /intake/uptimerobot?monitorID=77&monitorFriendlyName=Checkout&alertType=1";
    let kuma = "GET /intake/uptime-kuma?msg=down";
    for (header, problem) in [
        (("sec-fetch-site", "cross-site"), "bad_origin"),
        (("sec-fetch-site", "same-site"), "bad_origin"),
        (("origin", "http://evil.example"), "bad_origin"),
        (("origin", "null"), "bad_origin"),
        (("origin", "http://localhost"), "browser_refused"),
        (("referer", "http://localhost/"), "browser_refused"),
        (("referer", "https://evil.example/"), "browser_refused"),
        (("sec-fetch-site", "none"), "browser_refused"),
        (("sec-fetch-site", "same-origin"), "browser_refused"),
        (("sec-fetch-mode", "no-cors"), "browser_refused"),
        (("Sec-Fetch-Dest", "image"), "browser_refused"),
    ] {
        for line in [robot, kuma, "GET /intake/generic?name=A", "GET /intake/uptimerobot/token?alertType=1"] {
            let answer = house.ask(line, &[header], "").await;
            assert_eq!((answer.status, answer.problem().as_str()), (403, problem), "{line} {header:?}");
        }
    }
    let unknown = house.ask("GET /intake/nothing", &[("sec-fetch-site", "cross-site")], "").await;
    assert_eq!((unknown.status, unknown.problem().as_str()), (403, "bad_origin"));
    assert_eq!((house.stored("uptimerobot").await, house.stored("uptime-kuma").await), (0, 0));
    for line in [robot, kuma] {
        assert_eq!(house.ask(line, &[("user-agent", "monitor/1.0")], "").await.status, 202, "{line}");
    }
    assert_eq!((house.stored("uptimerobot").await, house.stored("uptime-kuma").await), (1, 1));
}

#[tokio::test]
async fn a_get_with_the_token_of_its_source_is_refused_only_from_another_site() {
    let toml = "[[sources]]\nid = \"robot\"\nkind = \"uptimerobot\"\ntoken = \"env:ROBOT\"\n";
    let house = House::with(toml, &[("ROBOT", "the-token")]).await;
    let line = |n: u8| format!("GET /intake/robot/the-token?monitorID={n}&monitorFriendlyName=Checkout&alertType=1");
    let headers = [("sec-fetch-site", "none"), ("referer", "http://localhost/"), ("user-agent", "monitor/1.0")];
    for (n, header) in (1..).zip(headers) {
        assert_eq!(house.ask(&line(n), &[header], "").await.status, 202, "{header:?}");
    }
    for header in [("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")] {
        let answer = house.ask(&line(9), &[header], "").await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "bad_origin"), "{header:?}");
    }
    assert_eq!(house.stored("robot").await, 3);
}

#[tokio::test]
async fn a_session_writes_only_with_its_own_token() {
    let house = House::new().await;
    let (cookie, csrf) = house.signs_in("bob").await;
    let (_, of_another) = house.signs_in("bob").await;
    let body = "{\"title\":\"Checkout is slow\"}";
    for token in [None, Some(""), Some("x"), Some(of_another.as_str())] {
        let mut headers = vec![("cookie", cookie.as_str()), JSON];
        headers.extend(token.map(|token| ("x-csrf-token", token)));
        let answer = house.ask("POST /api/v1/incidents", &headers, body).await;
        assert_eq!((answer.status, answer.problem().as_str()), (403, "bad_csrf"), "{token:?}");
    }
    let headers = [("cookie", cookie.as_str()), JSON, ("x-csrf-token", csrf.as_str())];
    let made = house.ask("POST /api/v1/incidents", &headers, body).await;
    assert_eq!((made.status, made.json()["declared_by"].as_str()), (201, Some("bob")));
    assert_eq!(house.ask("GET /api/v1/incidents", &[("cookie", &cookie)], "").await.status, 200, "reading needs none");
}

#[tokio::test]
async fn signing_out_and_thirty_days_end_a_session() {
    let house = House::new().await;
    let (cookie, csrf) = house.signs_in("ann").await;
    let state = |cookie: String| {
        let house = &house;
        async move { house.ask("GET /console/state", &[("cookie", &cookie)], "").await.status }
    };
    assert_eq!(state(cookie.clone()).await, 200);
    let out = house.ask("POST /sign-out", &[("cookie", &cookie), FORM], "csrf=wrong").await;
    assert_eq!(out.problem(), "bad_csrf");
    assert_eq!(state(cookie.clone()).await, 200);
    let out = house.ask("POST /sign-out", &[("cookie", &cookie), FORM], format!("csrf={csrf}")).await;
    assert_eq!(out.status, 303);
    assert!(out.header("set-cookie").unwrap().contains("max-age=0"));
    assert_eq!(state(cookie).await, 401);
    let (cookie, _) = house.signs_in("ann").await;
    // A session that is not used ends after two weeks.
    for days in [13, 13, 4] {
        house.later(TimeDelta::days(days));
        let last = if days == 4 { TimeDelta::seconds(-1) } else { TimeDelta::zero() };
        house.later(last);
        assert_eq!(state(cookie.clone()).await, 200);
    }
    house.later(TimeDelta::seconds(1));
    assert_eq!(state(cookie).await, 401);
}

#[tokio::test]
async fn who_leaves_the_configuration_is_out_with_the_next_click() {
    let house = House::new().await;
    let (cookie, _) = house.signs_in("dee").await;
    let mut config = hotroom::config::Config::shipped();
    config.people.retain(|person| person.id.as_str() != "dee");
    house.app.config.replace(config);
    assert_eq!(house.ask("GET /console/state", &[("cookie", &cookie)], "").await.status, 401);
    assert_eq!(
        house.post("/api/v1/incidents", "dee", &serde_json::json!({"title": "x"})).await.problem(),
        "unknown_person"
    );
}

/// Open to the network, with people and a token.
const OPEN: &str = "[server]\nlisten = \"0.0.0.0:8080\"\npublic_url = \"https://hot.example.com\"\n\
    api_token = \"env:API\"\n[[sources]]\nid = \"am\"\nkind = \"alertmanager\"\ntoken = \"env:AM\"\n";
const SECRETS: [(&str, &str); 2] = [("API", "the-token-of-the-api"), ("AM", "am-token")];

#[tokio::test]
async fn off_loopback_nothing_is_open() {
    let house = House::with(OPEN, &SECRETS).await;
    for path in ["/api/v1/incidents", "/api/v1/pages", "/metrics", "/console/state", "/api/v1/oncall"] {
        assert_eq!(house.get(path).await.status, 401, "{path}");
    }
    let chosen = house.ask("POST /sign-in", &[FORM], "person=ann").await;
    assert_eq!((chosen.status, chosen.header("set-cookie")), (401, None));
    assert!(!house.get("/sign-in").await.body.contains("value=\"ann\""), "the list of people is not shown");
    let wrong = house.ask("GET /api/v1/incidents", &[("authorization", "Bearer wrong")], "").await;
    assert_eq!(wrong.problem(), "unauthorized");
    let right = house.ask("GET /api/v1/incidents", &[("authorization", "Bearer the-token-of-the-api")], "").await;
    assert_eq!(right.status, 200);
    let source = house.ask("GET /api/v1/incidents", &[("authorization", "Bearer am-token")], "").await;
    assert_eq!(source.status, 401, "a source writes to its own address and reads nothing");
}

/// A proxy on the same machine forwards the requests of everybody, and not every proxy says so.
#[tokio::test]
async fn behind_a_public_address_nothing_is_open_to_this_machine_unless_that_is_configured() {
    const PUBLIC: &str = "[server]\npublic_url = \"https://hot.example\"\n";
    let invite = "{\"text\":\"/admin invite @ann\"}";
    let statuses = async |house: &House, host: &str| {
        let headers = [("host", host), JSON];
        let requests =
            [("POST /api/v1/commands", invite), ("GET /api/v1/incidents", ""), ("POST /intake/generic", "{}")];
        let mut statuses = Vec::new();
        for (line, body) in requests {
            statuses.push(house.ask(line, &headers, body).await.status);
        }
        statuses.push(house.ask("POST /sign-in", &[("host", host), FORM], "person=ann").await.status);
        statuses
    };
    let house = House::with(PUBLIC, &[]).await;
    for host in ["127.0.0.1:8080", "localhost:8080", "hot.example"] {
        assert_eq!(statuses(&house, host).await, [401; 4], "{host}");
    }
    assert_eq!(house.stored("generic").await, 0);
    let trusting = House::with(&format!("{PUBLIC}trust_local = true\n"), &[]).await;
    assert_eq!(statuses(&trusting, "127.0.0.1:8080").await, [200, 200, 202, 303]);
    assert_eq!(statuses(&trusting, "hot.example").await, [401; 4], "the public name is that of the proxy");
}

#[tokio::test]
async fn the_network_learns_whether_the_bot_is_ready_and_no_numbers() {
    let fields = async |house: &House| {
        let ready = house.get("/readyz").await;
        assert_eq!(ready.status, 200, "{ready:?}");
        let json = ready.json();
        json.as_object().expect("an object").keys().cloned().collect::<std::collections::BTreeSet<_>>()
    };
    let brief = fields(&House::with(OPEN, &SECRETS).await).await;
    assert!(brief.iter().eq(["problems", "ready"]), "{brief:?}");
    assert!(fields(&House::new().await).await.contains("unrouted"), "this machine learns more");
}

#[tokio::test]
async fn a_link_is_not_used_up_by_looking_at_it_and_works_once() {
    let house = House::with(OPEN, &SECRETS).await;
    let now = house.app.clock.now();
    let link = house.app.store.transact(move |tx| tx.create_sign_in_link(&"bob".into(), now)).await.unwrap();
    let path = format!("/sign-in/{link}");
    for _ in 0..3 {
        let shown = house.get(&path).await;
        assert_eq!((shown.status, shown.header("referrer-policy")), (200, Some("no-referrer")));
    }
    let used = house.ask(&format!("POST {path}"), &[FORM], "").await;
    assert_eq!(used.status, 303);
    let cookie = used.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__host-hotroom="), "{cookie}");
    for part in ["path=/;", "httponly", "samesite=strict", "secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let cookie = format!("__Host-hotroom={}", cookie.split(';').next().unwrap().split_once('=').unwrap().1);
    let state = house.ask("GET /console/state", &[("cookie", &cookie)], "").await;
    assert_eq!(state.json()["me"]["id"], "bob");
    assert_eq!(house.ask(&format!("POST {path}"), &[FORM], "").await.problem(), "link_over");
    let late = house.app.store.transact(move |tx| tx.create_sign_in_link(&"bob".into(), now)).await.unwrap();
    house.later(TimeDelta::days(1));
    assert_eq!(house.ask(&format!("POST /sign-in/{late}"), &[FORM], "").await.problem(), "link_over");
}

#[tokio::test]
async fn every_answer_carries_its_headers_and_the_id_of_its_request() {
    let house = House::new().await;
    for path in ["/healthz", "/nothing", "/sign-in", "/api/openapi.json", "/static/app.css"] {
        let answer = house.get(path).await;
        let policy = answer.header("content-security-policy").unwrap_or_default();
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), Some("same-origin"), "{path}");
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 32), "{path}");
    }
    let named = house.ask("GET /nothing", &[("x-request-id", "my-id.7")], "").await;
    assert_eq!(named.header("x-request-id"), Some("my-id.7"));
    assert_eq!(named.json()["request_id"], "my-id.7");
    for odd in ["a b", "", &"x".repeat(65), "a\u{e9}", "${jndi}"] {
        let answer = house.ask("GET /nothing", &[("x-request-id", odd)], "").await;
        assert_eq!(answer.header("x-request-id").map(str::len), Some(32), "{odd}");
    }
}

#[tokio::test]
async fn people_get_pages_and_are_led_to_the_door() {
    let house = House::new().await;
    let page = house.ask("GET /nothing", &[("accept", "text/html,*/*")], "").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
    assert!(page.body.contains("There is nothing here"));
    let led = house.ask("GET /incidents?q=a%20b", &[("accept", "text/html")], "").await;
    assert_eq!((led.status, led.header("location")), (303, Some("/sign-in?next=/incidents%3fq%3da%2520b")));
    let missing = house.ask("POST /api/v1/incidents", &[JSON], "{").await;
    assert_eq!((missing.status, missing.problem().as_str()), (400, "bad_body"));
}

/// Routes that misbehave, behind the real layers.
fn misbehaving(house: &House) -> axum::Router {
    use axum::{Router, routing::get};
    use hotroom::web::{State, layers::around, server::Phase};
    let (_, phase) = tokio::sync::watch::channel(Phase::Serving);
    let state = State::new(std::sync::Arc::clone(&house.app), phase);
    async fn panics() -> String {
        panic!("a secret of the code")
    }
    let routes = Router::new().route("/panics", get(panics)).route("/hangs", get(std::future::pending::<String>));
    around(routes, &state).with_state(state)
}

async fn answered(router: axum::Router, path: &str) -> (u16, Option<String>, serde_json::Value) {
    use tower::ServiceExt;
    let request = axum::http::Request::get(path).header("host", "localhost").body(axum::body::Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    let retry = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
    (status, retry, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn a_panic_ends_one_request_and_tells_nothing_of_the_code() {
    let house = House::new().await;
    let router = misbehaving(&house);
    for _ in 0..2 {
        let (status, _, body) = answered(router.clone(), "/panics").await;
        assert_eq!((status, &body["type"]), (500, &"urn:hotroom:problem:internal".into()));
        assert!(!body.to_string().contains("secret"), "{body}");
    }
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_all_the_same() {
    let house = House::with("[server]\nbody_timeout = \"1s\"\nrequest_timeout = \"1s\"\n", &[]).await;
    let (status, retry, body) = answered(misbehaving(&house), "/hangs").await;
    assert_eq!((status, retry.as_deref()), (503, Some("2")), "{body}");
    assert_eq!(body["type"], "urn:hotroom:problem:took_too_long");
}
