//! One browser window, and how a person uses it.

use std::{cell::Cell, time::Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::prelude::*;

use crate::{
    devtools::DevTools,
    rig::{Bot, Driver, LOOK, PATIENCE, picture},
};

/// How large a window is and which theme its system prefers.
#[derive(Clone, Copy, Debug)]
pub struct Looks {
    /// 1280 or 375.
    pub width: u32,
    /// Light or dark.
    pub dark: bool,
}

impl Looks {
    /// A desk by day.
    pub const DESK: Self = Self { width: 1280, dark: false };
    /// A desk by night.
    pub const DESK_DARK: Self = Self { width: 1280, dark: true };
    /// A phone by day.
    pub const PHONE: Self = Self { width: 375, dark: false };
    /// A phone by night.
    pub const PHONE_DARK: Self = Self { width: 375, dark: true };
    /// All four.
    pub const ALL: [Self; 4] = [Self::DESK, Self::DESK_DARK, Self::PHONE, Self::PHONE_DARK];

    /// For file names: `1280-light`.
    pub fn name(self) -> String {
        format!("{}-{}", self.width, if self.dark { "dark" } else { "light" })
    }
}

/// A window of its own browser: its own cookies, its own session.
pub struct Window {
    /// None once it is closed.
    driver: Option<WebDriver>,
    base: String,
    looks: Cell<Looks>,
    profile: TempDir,
}

impl Window {
    /// Opens a browser.
    pub async fn open(rig: &Driver, bot: &Bot, looks: Looks) -> Self {
        let mut caps = DesiredCapabilities::chrome();
        for arg in [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,800",
            // Whatever a page asked for elsewhere would fail loudly.
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        ] {
            caps.add_arg(arg).expect("an argument of the browser");
        }
        let profile = tempfile::tempdir().expect("a folder for the profile");
        caps.add_arg(&format!("--user-data-dir={}", profile.path().display())).expect("an argument of the browser");
        caps.set("goog:loggingPrefs", json!({"browser": "ALL"})).expect("logging preferences");
        // The client inside `thirtyfour` asks for one before it speaks to anyone.
        rustls::crypto::ring::default_provider().install_default().ok();
        let driver = WebDriver::new(&rig.url, caps).await.expect("the browser starts");
        let window = Self { driver: Some(driver), base: bot.url.clone(), looks: Cell::new(looks), profile };
        window.look(looks).await;
        window
    }

    /// The driver's session.
    pub fn driver(&self) -> &WebDriver {
        self.driver.as_ref().expect("the window is open")
    }

    /// The developer tools of this browser, which then shows notifications of the bot.
    pub async fn devtools(&self) -> DevTools {
        DevTools::connect(self.profile.path(), &self.base).await
    }

    /// How it looks.
    pub fn looks(&self) -> Looks {
        self.looks.get()
    }

    /// Changes size and theme.
    pub async fn look(&self, looks: Looks) {
        self.looks.set(looks);
        let cdp = self.driver().cdp();
        let phone = looks.width < 500;
        let size = json!({"width": looks.width, "height": if phone { 812 } else { 800 }, "deviceScaleFactor": 1, "mobile": phone});
        cdp.send_raw("Emulation.setDeviceMetricsOverride", size).await.expect("the window has a size");
        let scheme = if looks.dark { "dark" } else { "light" };
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        cdp.send_raw("Emulation.setEmulatedMedia", media).await.expect("the system has a theme");
    }

    /// Goes to a path of the bot.
    pub async fn go(&self, path: &str) {
        self.driver().goto(format!("{}{path}", self.base)).await.expect("the page loads");
    }

    /// Goes to a page of someone who is signed in, and waits until its script is awake.
    pub async fn visit(&self, path: &str) {
        self.go(path).await;
        self.until("the script is awake", "document.documentElement.dataset.ready").await;
    }

    /// Signs in by pressing one's name.
    pub async fn sign_in(&self, who: &str) {
        self.go("/").await;
        self.until("the sign-in page", "location.pathname === '/sign-in'").await;
        self.press(&format!("button[value=\"{who}\"]")).await;
        self.until("the rooms", "document.documentElement.dataset.ready && document.getElementById('rooms')").await;
    }

    /// Runs a script and gives what it returns.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Value {
        let ret = self.driver().execute(script.to_owned(), args).await;
        ret.unwrap_or_else(|e| panic!("{script}: {e}")).json().clone()
    }

    /// The value of an expression.
    pub async fn value(&self, expression: &str) -> Value {
        self.run(&format!("return ({expression})"), Vec::new()).await
    }

    /// The text of an expression.
    pub async fn text(&self, expression: &str) -> String {
        self.value(expression).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    pub async fn until(&self, what: &str, expression: &str) -> Value {
        let started = Instant::now();
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            // While a page is being left there is nothing to run in; the next look sees the new one.
            let seen = self.driver().execute(format!("return ({expression})"), Vec::new()).await;
            let value = seen.map_or(Value::Null, |s| s.json().clone());
            if !matches!(value, Value::Null | Value::Bool(false)) && value != json!(0) && value != json!("") {
                return value;
            }
            if started.elapsed() > PATIENCE {
                self.shot("failed").await;
                let page = self.text("document.body.innerText.slice(0, 3000)").await;
                panic!("waited for {what} ({expression}); see target/screenshots/failed.png; the page says:\n{page}");
            }
        }
    }

    /// Waits until an element of this selector holds this text.
    pub async fn sees(&self, css: &str, text: &str) {
        let expression = format!(
            "[...document.querySelectorAll({})].some((el) => el.textContent.includes({}))",
            json!(css),
            json!(text)
        );
        self.until(&format!("{text:?} in {css}"), &expression).await;
    }

    /// Presses the first element of this selector with the mouse.
    pub async fn press(&self, css: &str) {
        self.press_found(css, &format!("document.querySelector({})", json!(css))).await;
    }

    /// Presses the last visible button of this label inside a selector.
    pub async fn press_button(&self, inside: &str, label: &str) {
        let find = format!(
            "[...document.querySelectorAll({})].flatMap((el) => [...el.querySelectorAll('button')])
                .filter((b) => b.checkVisibility() && b.textContent.trim().startsWith({})).at(-1)",
            json!(inside),
            json!(label)
        );
        self.press_found(&format!("the button {label:?} in {inside}"), &find).await;
    }

    /// Presses what an expression finds. What changes under the pointer is pressed again, as a person would.
    async fn press_found(&self, what: &str, find: &str) {
        let started = Instant::now();
        let mut ticks = tokio::time::interval(LOOK);
        loop {
            ticks.tick().await;
            let found = self.driver().execute(format!("return ({find})"), Vec::new()).await;
            let pressed = match found.and_then(|found| found.element()) {
                Ok(element) => element.click().await,
                Err(error) => Err(error),
            };
            let Err(error) = pressed else { return };
            if started.elapsed() > PATIENCE {
                self.shot("failed").await;
                panic!("{what} cannot be pressed: {error}; see target/screenshots/failed.png");
            }
        }
    }

    /// Presses keys, one after another, wherever the focus is.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        let chain = self.driver().action_chain().send_keys(keys);
        chain.perform().await.expect("keys can be pressed");
    }

    /// Presses Ctrl and a key together.
    pub async fn ctrl(&self, key: char) {
        let chain = self.driver().action_chain().key_down(Key::Control).send_keys(key.to_string()).key_up(Key::Control);
        chain.perform().await.expect("keys can be pressed");
    }

    /// Leaves whatever is typed in, so that single keys mean commands.
    pub async fn rest(&self) {
        self.run("document.activeElement?.blur()", Vec::new()).await;
    }

    /// Writes into the composer and sends, by keyboard alone.
    pub async fn says(&self, text: &str) {
        self.rest().await;
        self.keys("/").await;
        self.until("the composer has the focus", "document.activeElement?.id === 'say'").await;
        self.keys(text).await;
        self.until("the text stands there", &format!("document.getElementById('say').value === {}", json!(text))).await;
        self.run("document.getElementById('complete').hidden = true", Vec::new()).await;
        self.keys(Key::Enter).await;
        // What was not understood comes back with its answer.
        self.until(
            "it was taken",
            "document.getElementById('say').value === '' || document.querySelector('#messages .own')",
        )
        .await;
    }

    /// Saves what is seen.
    pub async fn shot(&self, name: &str) {
        let _ = self.driver().screenshot(&picture(name)).await;
    }

    /// Complaints of the browser itself: scripts that failed, policies that were violated.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self.driver().browser_log().await.expect("the browser keeps a log");
        log.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// Ends the browser.
    pub async fn close(mut self) {
        if let Some(driver) = self.driver.take() {
            let _ = driver.quit().await;
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // After a failed check the driver ends all its browsers; waiting for each to say goodbye takes minutes.
        if let Some(driver) = self.driver.take() {
            let _ = driver.leak();
        }
    }
}
