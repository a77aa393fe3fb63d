//! Pages to a person's own webhook.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use serde_json::Value;

use super::{declare, link, opens, page, statuses};
use crate::{
    fake_http::{FakeHttp, Reaction},
    world::{World, done, minutes, show},
};

/// A bot that lets people name addresses of this machine.
const ALLOWED: &str = "[net]\nallow = [\"127.0.0.0/8\"]\n";

struct Hook {
    http: FakeHttp,
    status: Arc<AtomicU16>,
}

impl Hook {
    async fn start() -> Self {
        let status = Arc::new(AtomicU16::new(200));
        let answer = Arc::clone(&status);
        let http = FakeHttp::start(move |_| Reaction::answer(answer.load(Ordering::SeqCst), "")).await;
        Self { http, status }
    }

    fn bodies(&self, kind: &str) -> Vec<Value> {
        let bodies = self.http.received().into_iter().map(|request| request.json());
        bodies.filter(|body| body["type"] == kind).collect()
    }

    /// Adds and verifies it as a method of cho; returns its secret.
    async fn added(&self, world: &World) -> String {
        let added = world.says("cho", &format!("/oncall contact add webhook {}/hook", self.http.url)).await;
        let secret = done(&added).data.as_ref().expect("data")["secret"].as_str().expect("a secret").to_owned();
        assert!(show(&added.post).contains(&secret), "it is shown once: {}", show(&added.post));
        let code = self.bodies("contact.code")[0]["data"]["code"].as_str().expect("a code").to_owned();
        done(&world.says("cho", &format!("/oncall contact verify 1 {code}")).await);
        secret
    }
}

#[tokio::test]
async fn a_page_arrives_signed_under_one_id_until_it_is_taken() {
    let hook = Hook::start().await;
    let world = World::with(ALLOWED).await;
    let secret = hook.added(&world).await;
    let listed = show(&done(&world.says("cho", "/oncall contact").await).post);
    assert!(!listed.contains(&secret), "{listed}");

    hook.status.store(503, Ordering::SeqCst);
    let key = declare(&world, "").await;
    hook.status.store(200, Ordering::SeqCst);
    world.advance(minutes(3)).await;
    let pages = hook.bodies("contact.page");
    assert!(pages.len() >= 2, "{pages:?}");
    let ids: Vec<String> = hook
        .http
        .received()
        .iter()
        .filter(|request| request.json()["type"] == "contact.page")
        .map(|request| request.headers["webhook-id"].clone())
        .collect();
    assert!(ids.iter().all(|id| *id == ids[0] && id.starts_with("msg_")), "{ids:?}");
    let data = &pages[0]["data"];
    assert_eq!(
        (&data["key"], &data["title"], &data["person"]),
        (&"HOT-1".into(), &"Checkout is down".into(), &"cho".into())
    );
    assert_eq!(statuses(&page(&world, &key).await), ["cho webhook accepted"]);

    opens(&world, "POST", &link(data["acknowledge"].as_str().expect("a link"))).await;
    assert_eq!(page(&world, &key).await.taken_by, Some("cho".into()));
    world.end().await;
}

#[tokio::test]
async fn a_private_page_never_goes_there() {
    let hook = Hook::start().await;
    let world = World::with(ALLOWED).await;
    hook.added(&world).await;
    let before = hook.http.received().len();
    let key = declare(&world, "private:yes").await;
    world.advance(minutes(10)).await;
    assert_eq!(hook.http.received().len(), before);
    assert!(statuses(&page(&world, &key).await).iter().all(|line| line.ends_with("withheld")));
    world.end().await;
}

#[tokio::test]
async fn an_address_inside_the_network_is_refused() {
    let world = World::new().await;
    for address in
        ["http://127.0.0.1:8080/", "https://10.0.0.5/x", "https://169.254.169.254/latest", "http://a.example.com/"]
    {
        let reply = world.says("cho", &format!("/oncall contact add webhook {address}")).await;
        assert!(show(&reply.post).contains("must be public"), "{address}: {}", show(&reply.post));
    }
    world.end().await;
}
