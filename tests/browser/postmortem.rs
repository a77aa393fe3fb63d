//! The editor of a post-mortem: a section is written, saved by itself, and never overwritten; on a phone as well.

use thirtyfour::prelude::*;

use crate::{
    reading::check,
    stage,
    window::{Looks, Window},
};

/// Opens the editor of a section, and puts the caret at its end.
async fn edit(window: &Window, section: &str) {
    window.press(&format!("#section-{section} [data-edit]")).await;
    let focused = format!("document.activeElement === document.getElementById('text-{section}')");
    window.until("the editor has the focus", &focused).await;
}

/// True once the server has what the editor shows.
async fn saved(window: &Window, section: &str) {
    window.sees(&format!("#said-{section}"), "Saved as version").await;
}

#[tokio::test]
async fn a_post_mortem_is_written_by_two_people_and_nothing_is_lost() {
    let Some((rig, bot, _turn)) = stage().await else { return };
    let ann = Window::open(&rig, &bot, Looks::DESK).await;
    ann.sign_in("ann").await;
    bot.alert("CheckoutDown", "checkout", true).await;
    ann.sees("#rooms", "hot-1").await;
    ann.visit("/rooms/hot-1").await;
    ann.sees("#messages", "CheckoutDown").await;
    ann.says("/incident resolve summary:\"Rolled back\" cause:change").await;
    ann.sees("#messages", "A post-mortem was opened").await;

    ann.visit("/incidents/HOT-1/postmortem").await;
    ann.sees("#section-summary .tag", "Prefilled from the record").await;
    edit(&ann, "lessons").await;
    ann.keys("A limit of each host is no limit of the database.").await;
    saved(&ann, "lessons").await;
    ann.press_button("#section-lessons", "Preview").await;
    ann.sees("#section-lessons [data-previewed]", "A limit of each host").await;
    ann.press_button("#section-lessons", "Insert from the timeline").await;
    ann.sees("#section-lessons [data-entries]", "Resolved").await;
    ann.shot("postmortem-editing").await;

    let bob = Window::open(&rig, &bot, Looks::DESK).await;
    bob.sign_in("bob").await;
    bob.visit("/incidents/HOT-1/postmortem").await;
    edit(&bob, "lessons").await;
    bob.keys(" Bob was here.").await;
    saved(&bob, "lessons").await;
    bob.keys(Key::Escape).await;
    bob.until("the editor is closed", "document.querySelector('#section-lessons .pm-edit').hidden").await;

    edit_again(&ann).await;
    ann.sees("#section-lessons [data-theirs]", "Bob was here.").await;
    ann.shot("postmortem-conflict").await;
    ann.press_button("#section-lessons [data-theirs]", "Put theirs below mine").await;
    saved(&ann, "lessons").await;
    let text = ann.text("document.getElementById('text-lessons').value").await;
    assert!(text.contains("Ann too.") && text.contains("Bob was here."), "{text}");

    let mut wrong = Vec::new();
    for looks in [Looks::DESK, Looks::PHONE] {
        ann.look(looks).await;
        check(&ann, &mut wrong, "/incidents/HOT-1/postmortem").await;
        ann.shot(&format!("postmortem-{}", looks.name())).await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let complaints: Vec<String> = ann.complaints().await.into_iter().filter(|c| !c.contains("409")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
    ann.close().await;
    bob.close().await;
}

/// ann goes on in the editor that is still open.
async fn edit_again(ann: &Window) {
    ann.press("#text-lessons").await;
    ann.keys(" Ann too.").await;
}
