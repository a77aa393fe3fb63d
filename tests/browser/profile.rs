//! My profile: a method is added, verified, tested and removed, and rules are set, by mouse and keyboard.

use serde_json::json;
use thirtyfour::prelude::*;

use crate::{
    fake_http::{FakeHttp, Reaction},
    stage,
    window::{Looks, Window},
};

/// Writes into a field as a person does.
async fn fill(window: &Window, css: &str, text: &str) {
    window.press(css).await;
    window.run("document.activeElement.select?.()", Vec::new()).await;
    window.keys(text).await;
    window
        .until("the text is there", &format!("document.querySelector({}).value === {}", json!(css), json!(text)))
        .await;
}

/// The code that the webhook got last.
fn code(hook: &FakeHttp) -> String {
    let bodies = hook.received().into_iter().map(|request| request.json());
    let mut codes = bodies.filter_map(|body| body["data"]["code"].as_str().map(str::to_owned));
    codes.next_back().expect("a code arrived")
}

async fn close_answer(window: &Window) {
    window.keys(Key::Escape).await;
    window.until("the answer is closed", "!document.querySelector('dialog')").await;
}

#[tokio::test]
async fn a_person_sets_up_how_they_are_reached() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let hook = FakeHttp::start(|_| Reaction::answer(200, "")).await;
    let window = Window::open(&rig, &bot, Looks::DESK).await;
    window.sign_in("ann").await;
    window.press("a[href='/profile']").await;
    window.sees("h1", "My profile").await;
    window.sees(".banner", "A page reaches you in the chat only").await;
    window.sees(".banner", "a phone cannot open them").await;

    window.run("document.getElementById('add-kind').value = 'webhook'", Vec::new()).await;
    fill(&window, "#add-address", &format!("{}/hook", hook.url)).await;
    fill(&window, "#add-label", "My script").await;
    window.keys(Key::Enter).await;
    window.sees("dialog .post", "whsec_").await;
    window.shot("profile-added").await;
    close_answer(&window).await;
    window.sees(".method", "Not verified").await;

    hook.until(|request| request.json()["type"] == "contact.code").await;
    let wrong = if code(&hook) == "000000" { "000001" } else { "000000" };
    fill(&window, "#code-1", wrong).await;
    window.keys(Key::Enter).await;
    window.sees("dialog .post", "code").await;
    close_answer(&window).await;
    fill(&window, "#code-1", &code(&hook)).await;
    window.keys(Key::Enter).await;
    window.sees("dialog .post", "is verified").await;
    close_answer(&window).await;
    window.sees(".method .state", "Verified").await;

    window.press_button(".method-do", "Send test").await;
    hook.until(|request| request.json()["type"] == "contact.test").await;
    window.sees("#h-messages ~ .table-wrap", "Test").await;

    window.press_button("form.rules[data-urgency=high]", "Add rule").await;
    window
        .run(
            "document.querySelector('.rules[data-urgency=high] .rule:last-child [name=after]').value = '7'",
            Vec::new(),
        )
        .await;
    window.press_button("form.rules[data-urgency=high]", "Save rules").await;
    window.sees("dialog .post", "after 7 min").await;
    close_answer(&window).await;
    window
        .until(
            "the rule is shown",
            "document.querySelector('.rules[data-urgency=high] .rule:last-child [name=after]')?.value === '7'",
        )
        .await;
    window.press_button("form.quiet-hours", "Set quiet hours").await;
    window.sees("dialog .post", "22:00").await;
    close_answer(&window).await;
    window.sees("form.quiet-hours", "Remove quiet hours").await;
    for looks in [Looks::DESK, Looks::PHONE] {
        window.look(looks).await;
        window.shot(&format!("profile-full-{}", looks.name())).await;
    }
    window.look(Looks::DESK).await;

    window.press_button(".method-do", "Remove").await;
    window.press_button(".method-do", "Remove").await;
    window.sees("dialog .post", "Your rules use this method").await;
    window.press_button("dialog", "Remove method and its rules").await;
    window.sees("#h-methods ~ .empty", "No method yet").await;
    let complaints = window.complaints().await;
    assert!(complaints.is_empty(), "the browser complains:\n{}", complaints.join("\n"));
    window.close().await;
}
