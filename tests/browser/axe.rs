//! What axe-core finds in each view: mistakes that keep people with a screen reader or a keyboard out.

use std::path::Path;

use serde_json::json;

use crate::{
    stage,
    window::{Looks, Window},
};

/// The views, for somebody who has signed in.
const VIEWS: [&str; 10] = [
    "/",
    "/rooms/hot-1",
    "/incidents",
    "/incidents/HOT-1",
    "/alerts",
    "/oncall",
    "/oncall/readiness",
    "/profile",
    "/health",
    "/status",
];

/// The source of axe-core; `None` where `scripts/setup-tests` could not install it.
fn axe() -> Option<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/judges/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(file).ok();
    if source.is_none() {
        println!("skipped: axe-core is not installed");
    }
    source
}

#[tokio::test]
async fn axe_finds_nothing_in_any_view() {
    let Some(axe) = axe() else { return };
    let Some((rig, bot, _turn)) = stage().await else { return };
    bot.alert("CheckoutDown", "checkout", true).await;
    let window = Window::open(&rig, &bot, Looks::DESK).await;
    window.sign_in("ann").await;
    let mut found = Vec::new();
    for view in VIEWS {
        if view == "/status" {
            window.go(view).await
        } else {
            window.visit(view).await
        }
        window.run(&axe, Vec::new()).await;
        let start =
            "window.axeFound = null; axe.run(document).then((result) => { window.axeFound = result.violations; })";
        window.run(start, Vec::new()).await;
        let violations = window.until("axe is done", "window.axeFound").await;
        for violation in violations.as_array().expect("a list") {
            let first = &violation["nodes"][0]["html"];
            found.push(json!({"view": view, "rule": violation["id"], "impact": violation["impact"], "at": first}));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
    window.close().await;
}
