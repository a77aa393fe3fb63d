//! The summary of an alert storm.

use minijinja::{context, value::Serde};
use serde::Serialize;

use super::{MessageRenderer, severity_tone};
use crate::{
    chat::{Post, PostKind, Tone},
    domain::{Timestamp, alert::Storm, incident::Severity, text::Untrusted},
    store::StormTotals,
};

/// An alert storm in templates.
#[derive(Debug, Serialize)]
pub(super) struct StormView<'a> {
    began_at: Timestamp,
    ended_at: Option<Timestamp>,
    groups: u64,
    firing_groups: u64,
    firing: u64,
    severities: &'a [(Option<Severity>, u64)],
    services: &'a [(String, u64)],
    hosts: &'a [(Untrusted, u64)],
    most_severe: Vec<Line<'a>>,
}

/// One of the most severe groups.
#[derive(Debug, Serialize)]
struct Line<'a> {
    title: &'a Untrusted,
    service: Option<&'a str>,
    severity: Option<Severity>,
    firing: u32,
    opened_at: Timestamp,
}

impl<'a> StormView<'a> {
    pub(super) fn of(storm: &'a Storm, picture: &'a StormTotals) -> Self {
        let line = |group: &'a crate::domain::alert::AlertGroup| Line {
            title: &group.title,
            service: group.service.as_deref(),
            severity: group.severity,
            firing: group.counts.firing,
            opened_at: group.opened_at,
        };
        Self {
            began_at: storm.began_at,
            ended_at: storm.ended_at,
            groups: picture.groups,
            firing_groups: picture.firing_groups,
            firing: picture.firing,
            severities: &picture.severities,
            services: &picture.services,
            hosts: &picture.hosts,
            most_severe: picture.most_severe.iter().map(line).collect(),
        }
    }
}

impl MessageRenderer<'_> {
    /// Builds the summary of an alert storm: `templates/chat/storm.md`.
    pub fn storm(&self, storm: &Storm, picture: &StormTotals) -> Post {
        let view = StormView::of(storm, picture);
        let mut post =
            self.renderer.post(PostKind::Storm, "chat/storm.md", &self.scene(), context! { storm => Serde(view) });
        let most_severe = picture.severities.first().and_then(|(severity, _)| *severity);
        post.tone = match picture.firing {
            0 => Tone::Good,
            _ => most_severe.map_or(Tone::Warning, severity_tone),
        };
        post
    }
}
