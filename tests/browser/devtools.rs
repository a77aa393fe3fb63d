//! The protocol of the browser's developer tools, for what a driver cannot do: notifications and service workers.

use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, tungstenite::Message};

use crate::rig::{LOOK, PATIENCE};

/// The address of the service worker once it runs; nothing before.
pub const WORKER: &str = "(navigator.serviceWorker.getRegistration()
    .then((one) => { window.worker = one?.active?.scriptURL; }), window.worker)";

/// A connection to a browser.
pub struct DevTools {
    socket: WebSocketStream<TcpStream>,
    origin: String,
    last: u64,
    /// The session of the page that is attached to for the domain `ServiceWorker`.
    page: Option<String>,
}

impl DevTools {
    /// Connects to the browser that keeps its profile in this folder, and lets it show notifications of a site.
    pub async fn connect(profile: &Path, origin: &str) -> Self {
        let port = std::fs::read_to_string(profile.join("DevToolsActivePort")).expect("the browser names its port");
        let (port, path) = port.trim().split_once('\n').expect("a port and a path");
        let address = format!("127.0.0.1:{port}");
        let stream = TcpStream::connect(&address).await.expect("connected");
        let (socket, _) =
            tokio_tungstenite::client_async(format!("ws://{address}{path}"), stream).await.expect("a socket");
        let mut tools = Self { socket, origin: origin.to_owned(), last: 0, page: None };
        tools.call(None, "Browser.grantPermissions", json!({"origin": origin, "permissions": ["notifications"]})).await;
        tools
    }

    /// Calls a method, in a session or in the browser as a whole, and returns its result.
    async fn call(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        self.last += 1;
        let id = self.last;
        let mut request = json!({"id": id, "method": method, "params": params});
        if let Some(session) = session {
            request["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(request.to_string())).await.expect("sent");
        let answer = async {
            loop {
                let message = self.socket.next().await.expect("the browser runs").expect("a message");
                let Ok(text) = message.to_text() else { continue };
                let read: Value = serde_json::from_str(text).unwrap_or_default();
                if read["id"] == json!(id) {
                    assert!(read["error"].is_null(), "{method}: {}", read["error"]);
                    return read["result"].clone();
                }
            }
        };
        tokio::time::timeout(PATIENCE, answer).await.unwrap_or_else(|_| panic!("no answer to {method}"))
    }

    /// Attaches to the first target of a kind at the site.
    async fn attach(&mut self, kind: &str) -> String {
        let mut ticks = tokio::time::interval(LOOK);
        let started = std::time::Instant::now();
        loop {
            ticks.tick().await;
            let targets = self.call(None, "Target.getTargets", json!({})).await;
            let of_kind = |target: &&Value| {
                target["type"] == json!(kind) && target["url"].as_str().is_some_and(|url| url.starts_with(&self.origin))
            };
            if let Some(target) = targets["targetInfos"].as_array().into_iter().flatten().find(of_kind) {
                let attach = json!({"targetId": target["targetId"], "flatten": true});
                let session = self.call(None, "Target.attachToTarget", attach).await;
                return session["sessionId"].as_str().expect("a session").to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "the browser has no {kind} at {}: {targets}", self.origin);
        }
    }

    /// Delivers a push message to the service worker of the site, as the push service of the browser would.
    async fn deliver_push(&mut self, data: &str) {
        let page = match self.page.clone() {
            Some(page) => page,
            None => {
                let page = self.attach("page").await;
                self.call(Some(&page), "ServiceWorker.enable", json!({})).await;
                self.page.insert(page).clone()
            }
        };
        // The first registration of a new profile.
        let push = json!({"origin": self.origin, "registrationId": "0", "data": data});
        self.call(Some(&page), "ServiceWorker.deliverPushMessage", push).await;
    }

    /// Runs an expression in the service worker and returns the value of its promise.
    pub async fn in_worker(&mut self, expression: &str) -> Value {
        let worker = self.attach("service_worker").await;
        let evaluate = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let result = self.call(Some(&worker), "Runtime.evaluate", evaluate).await;
        self.call(None, "Target.detachFromTarget", json!({"sessionId": worker})).await;
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    /// The notifications that the site shows: title, text, labels of the buttons, and whether it makes no sound.
    pub async fn notifications(&mut self) -> Vec<Value> {
        let shown = self
            .in_worker(
                "self.registration.getNotifications().then((all) => all.map((n) => ({
                    title: n.title, body: n.body, tag: n.tag, silent: n.silent, buttons: n.actions.map((a) => a.title) })))",
            )
            .await;
        shown.as_array().cloned().unwrap_or_default()
    }

    /// Waits until the site shows exactly one notification with this title.
    pub async fn until_notified(&mut self, title: &str) -> Value {
        match self.notified_within(title, PATIENCE).await {
            Ok(one) => one,
            Err(shown) => panic!("no notification {title:?}; there are {shown:?}"),
        }
    }

    /// Delivers a push message and waits until the site shows exactly one notification with this title. The browser drops a
    /// message now and then that comes while its worker is starting, so that it is delivered again.
    pub async fn notify(&mut self, data: &str, title: &str) -> Value {
        for _ in 0..3 {
            self.deliver_push(data).await;
            if let Ok(one) = self.notified_within(title, PATIENCE / 6).await {
                return one;
            }
        }
        self.until_notified(title).await
    }

    /// Waits until the site shows exactly one notification with this title.
    ///
    /// # Errors
    /// What it shows instead, when the time is over.
    async fn notified_within(&mut self, title: &str, patience: std::time::Duration) -> Result<Value, Vec<Value>> {
        let mut ticks = tokio::time::interval(LOOK);
        let started = std::time::Instant::now();
        loop {
            ticks.tick().await;
            let shown = self.notifications().await;
            if let [one] = &shown[..]
                && one["title"].as_str().is_some_and(|said| said.contains(title))
            {
                return Ok(one.clone());
            }
            if started.elapsed() >= patience {
                return Err(shown);
            }
        }
    }

    /// Waits until the site shows no notification.
    pub async fn until_no_notification(&mut self) {
        let mut ticks = tokio::time::interval(LOOK);
        let started = std::time::Instant::now();
        while let shown = self.notifications().await
            && !shown.is_empty()
        {
            ticks.tick().await;
            assert!(started.elapsed() < PATIENCE, "there still are {shown:?}");
        }
    }

    /// What keeps the browser from offering to install the site.
    pub async fn install_errors(&mut self) -> Vec<Value> {
        let page = self.attach("page").await;
        let manifest = self.call(Some(&page), "Page.getAppManifest", json!({})).await;
        let mut wrong = manifest["errors"].as_array().cloned().unwrap_or_default();
        let found = self.call(Some(&page), "Page.getInstallabilityErrors", json!({})).await;
        wrong.extend(found["installabilityErrors"].as_array().cloned().unwrap_or_default());
        wrong
    }

    /// Presses a button of the only notification, by running the handler of the service worker to its end. A notification of
    /// a browser without a screen cannot be pressed otherwise.
    pub async fn press_notification(&mut self, action: &str) {
        let press = format!(
            "(async () => {{
                const [notification] = await self.registration.getNotifications();
                const event = new NotificationEvent('notificationclick', {{ notification, action: {} }});
                const waits = [];
                event.waitUntil = (wait) => waits.push(wait);
                self.dispatchEvent(event);
                await Promise.all(waits);
                return waits.length;
            }})()",
            json!(action)
        );
        assert_eq!(self.in_worker(&press).await, json!(1), "the handler waits for what it does");
    }

    /// Lets the person of this browser decide on a permission of the site.
    pub async fn set_permission(&mut self, name: &str, setting: &str) {
        let given = json!({"origin": self.origin, "permission": {"name": name}, "setting": setting});
        self.call(None, "Browser.setPermission", given).await;
    }

    /// The addresses of all windows of the browser.
    pub async fn windows(&mut self) -> Vec<String> {
        let targets = self.call(None, "Target.getTargets", json!({})).await;
        let pages = targets["targetInfos"].as_array().into_iter().flatten().filter(|one| one["type"] == json!("page"));
        pages.filter_map(|page| page["url"].as_str().map(str::to_owned)).collect()
    }
}
