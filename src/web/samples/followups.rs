//! Samples of the follow-ups of all incidents.

use super::{framed, time};
use crate::{
    config::Config,
    render::Sample,
    web::pages::{
        followups::{FollowUpRow, FollowUpsView},
        frame::Nav,
    },
};

pub(super) fn samples(config: &Config) -> Vec<Sample> {
    let sample = |case, view| Sample::new("web/followups.html", case, framed(config, Nav::Followups, view));
    let view = |show, items: Vec<FollowUpRow>| FollowUpsView {
        show,
        owner: "me".to_owned(),
        more: !items.is_empty(),
        items,
        may_edit: true,
    };
    let others = FollowUpsView { owner: String::new(), may_edit: false, ..view("all", rows()) };
    vec![sample("open", view("open", rows())), sample("none", view("overdue", Vec::new())), sample("reader", others)]
}

pub(super) fn rows() -> Vec<FollowUpRow> {
    let row = FollowUpRow {
        key: "HOT-12".to_owned(),
        number: 1,
        title: "Alert on <b>the pool</b>".to_owned(),
        kind: "priority",
        class: "detect",
        owner: Some("Bob".to_owned()),
        due: Some(time(-30)),
        overdue: true,
        link: Some("https://tracker.example/1?a=1&b=2".to_owned()),
        state: "open",
        reason: None,
    };
    let bare = FollowUpRow { kind: "improvement", owner: None, due: None, overdue: false, link: None, ..row.clone() };
    let done = FollowUpRow { state: "done", overdue: false, ..row.clone() };
    let dropped = FollowUpRow { state: "not_doing", reason: Some("too <i>costly</i>".to_owned()), ..done.clone() };
    vec![row, bare, done, dropped]
}
