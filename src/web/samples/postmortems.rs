//! Samples of the post-mortem of an incident.

use super::{framed, time};
use crate::{
    config::Config,
    render::Sample,
    web::pages::{
        frame::Nav,
        postmortem::{CommentView, PostmortemPage, PostmortemView, SectionView},
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let sample = |case, view| Sample::new("web/postmortem.html", case, framed(config, Nav::Incidents, view));
    let none = PostmortemPage { postmortem: None, ..page("draft") };
    let reader = PostmortemPage { may_edit: false, may_open: false, ..page("in_review") };
    vec![
        sample("draft", page("draft")),
        sample("in review, for a reader", reader),
        sample("in review", page("in_review")),
        sample("approved", page("approved")),
        sample("published", page("published")),
        sample("skipped", page("skipped")),
        sample("none", none),
    ]
}

fn page(state: &'static str) -> PostmortemPage {
    let open = !matches!(state, "published" | "skipped");
    PostmortemPage {
        key: "HOT-12".to_owned(),
        title: "Checkout is <b>down</b>".to_owned(),
        drill: false,
        private: true,
        may_edit: true,
        may_open: state == "skipped",
        postmortem: Some(PostmortemView {
            state,
            owner: "Ann Lee".to_owned(),
            approvers: if state == "draft" { Vec::new() } else { vec!["Bob".to_owned(), "Cho".to_owned()] },
            needs_approval: true,
            due: open.then(|| time(-30)),
            overdue: state == "in_review",
            approved_by: (state == "approved").then(|| "Bob".to_owned()),
            published_at: (state == "published").then(|| time(-5)),
            skip_reason: (state == "skipped").then(|| "A <i>duplicate</i>".to_owned()),
            sections: vec![section("summary", true), section("lessons", false), empty()],
            entries: vec!["- 2026-11-21 14:00 UTC: It \"broke\" <b>".to_owned()],
        }),
    }
}

fn section(id: &str, prefilled: bool) -> SectionView {
    let comment = |number, resolved| CommentView {
        number,
        by: "Bob".to_owned(),
        at: time(-20),
        html: "<p>Why?</p>".to_owned(),
        resolved,
    };
    SectionView {
        id: id.to_owned(),
        title: id.to_owned(),
        help: "What belongs here.".to_owned(),
        text: "It **failed** <b>".to_owned(),
        html: "<p>It <strong>failed</strong> &lt;b&gt;</p>".to_owned(),
        version: 3,
        prefilled,
        external: false,
        by: "Ann Lee".to_owned(),
        at: time(-40),
        hints: if prefilled { Vec::new() } else { vec!["Bob <b>forgot</b> it".to_owned()] },
        comments: if prefilled { Vec::new() } else { vec![comment(1, true), comment(2, false)] },
    }
}

fn empty() -> SectionView {
    SectionView {
        text: String::new(),
        html: String::new(),
        version: 1,
        external: true,
        hints: Vec::new(),
        comments: Vec::new(),
        ..section("external", false)
    }
}
