//! Samples of the message with what may explain a new incident.

use minijinja::{context, value::Serde};

use super::{Sample, at};
use crate::{
    domain::report::Likeness,
    render::{RecentKind, RecentLine, SimilarLine},
};

pub(super) fn samples() -> Vec<Sample> {
    let sample = |case, recent: &[RecentLine], similar: &[SimilarLine]| {
        Sample::new("chat/background.md", case, context! { recent => Serde(recent), similar => Serde(similar) })
    };
    let (recent, similar) = (recent(), similar());
    vec![sample("both", &recent, &similar), sample("recent", &recent[..1], &[]), sample("nothing left", &[], &[])]
}

fn recent() -> Vec<RecentLine> {
    let line = |kind, text: &str, link: Option<&str>| RecentLine {
        at: at(-50),
        kind,
        text: text.into(),
        link: link.map(str::to_owned),
    };
    vec![
        line(RecentKind::Change, "checkout **v42** by @everyone", Some("https://ci.example/42")),
        line(RecentKind::Reload, "", Some("http://127.0.0.1:8080/health")),
        line(RecentKind::SilenceBegan, "Moving the *database*", Some("http://127.0.0.1:8080/alerts")),
        line(RecentKind::SilenceEnded, "", None),
        line(RecentKind::SourceSilent, "alertmanager", None),
        line(RecentKind::Flapping, "HighLatency on `db-1`", None),
    ]
}

fn similar() -> Vec<SimilarLine> {
    let likeness = Likeness {
        group: true,
        service: true,
        labels: vec!["host=db-1".to_owned()],
        words: vec!["pool".to_owned(), "empty".to_owned()],
    };
    let line = SimilarLine {
        key: "HOT-7".to_owned(),
        title: "The *pool* is empty, @here".into(),
        record: "http://127.0.0.1:8080/incidents/HOT-7".to_owned(),
        cause: Some("configuration".to_owned()),
        fix: Some("Raised the **ceiling**".into()),
        postmortem: Some("http://127.0.0.1:8080/incidents/HOT-7/postmortem".to_owned()),
        likeness,
    };
    let bare = Likeness { service: true, ..Likeness::default() };
    vec![line.clone(), SimilarLine { cause: None, fix: None, postmortem: None, likeness: bare, ..line }]
}
