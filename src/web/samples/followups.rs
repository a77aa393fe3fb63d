//! Samples of the follow-ups of all incidents.

use super::{framed, time};
use crate::{
    config::Config,
    render::Sample,
    web::pages::{
        followups::{
            FollowUpRow, FollowUpsView,
            issues::{FollowUpIssueView, HistoryRow, IssueRow, IssuesView, StatusView},
        },
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
    let mut samples = vec![
        sample("open", view("open", rows())),
        sample("none", view("overdue", Vec::new())),
        sample("reader", others),
    ];
    samples.extend(issues(config));
    samples
}

fn issues(config: &Config) -> Vec<Sample> {
    let row = IssueRow {
        key: "HOT-12".to_owned(),
        title: "The <b>pool</b> is empty".to_owned(),
        status: Some(StatusView { name: "Investigating".to_owned(), category: "active".to_owned() }),
        state: None,
        owner: Some("Bob".to_owned()),
    };
    let followup =
        |state| IssueRow { key: "HOT-12.1".to_owned(), status: None, state: Some(state), owner: None, ..row.clone() };
    let items = vec![row.clone(), followup("open"), followup("done"), followup("not_doing")];
    let next = Some("/issues?q=pool&after=7".to_owned());
    let list = |case, view: IssuesView| Sample::new("web/issues.html", case, framed(config, Nav::Followups, view));
    let view = |q: &str, items, next| IssuesView { q: q.to_owned(), items, next };
    let one = |case, issue: FollowUpRow| {
        let event = |event| HistoryRow { at: time(-60), by: "Ann".to_owned(), event };
        let view = FollowUpIssueView {
            key: "HOT-12.1".to_owned(),
            may_edit: issue.due.is_some(),
            issue,
            incident_title: "The <b>pool</b> is empty".to_owned(),
            created_by: "Ann".to_owned(),
            created_at: time(-90),
            history: EVENTS.map(event).to_vec(),
        };
        Sample::new("web/issue.html", case, framed(config, Nav::Followups, view))
    };
    let mut samples = vec![
        list("found", view("<pool>", items, next)),
        list("nothing", view("pool", Vec::new(), None)),
        list("new", view("", Vec::new(), None)),
    ];
    samples.extend(["open", "bare", "done", "dropped"].into_iter().zip(rows()).map(|(case, row)| one(case, row)));
    samples
}

/// The events of a follow-up that its history shows.
const EVENTS: [&str; 7] = [
    "follow_up_added",
    "follow_up_changed",
    "follow_up_done",
    "follow_up_reopened",
    "follow_up_dropped",
    "follow_up_issue_created",
    "follow_up_redacted",
];

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
