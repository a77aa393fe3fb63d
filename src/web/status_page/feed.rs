//! The history as Atom and RSS: one entry for each incident, changed by each update.

use chrono::SecondsFormat;
use minijinja::{context, value::Serde};
use serde::Serialize;

use super::data::{Snapshot, incident_id};
use crate::{
    domain::{Timestamp, status::PublicUpdate},
    render::{RenderError, Renderer},
};

#[derive(Serialize)]
struct Entry<'a> {
    id: String,
    link: String,
    name: &'a str,
    published: String,
    updated: String,
    /// For RSS: RFC 2822.
    dated: String,
    /// HTML, not yet escaped for the feed.
    content: String,
}

#[derive(Serialize)]
struct Told<'a> {
    at: String,
    text: String,
    status: &'a str,
    body: &'a str,
}

fn iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn told(update: &PublicUpdate) -> Told<'_> {
    Told {
        at: iso(update.at),
        text: update.at.format("%-d %b, %H:%M UTC").to_string(),
        status: update.status.name(),
        body: update.body.verbatim(),
    }
}

fn entries<'a>(renderer: &Renderer, page: &'a Snapshot) -> Result<Vec<Entry<'a>>, RenderError> {
    let entry = |public: &'a crate::domain::status::PublicIncident| {
        let updates: Vec<Told<'_>> = public.updates.iter().rev().map(told).collect();
        Ok(Entry {
            id: incident_id(public.incident),
            link: page.link(public),
            name: public.name.verbatim(),
            published: iso(public.created_at),
            updated: iso(public.updated_at),
            dated: public.updated_at.to_rfc2822(),
            content: renderer.render("status/feed_entry.html", context! { updates => Serde(updates) })?,
        })
    };
    page.newest.iter().map(entry).collect()
}

fn feed(renderer: &Renderer, page: &Snapshot, template: &str) -> Result<String, RenderError> {
    let entries = entries(renderer, page)?;
    let context = context! {
        name => page.name.as_str(), url => page.url.as_str(), id => page.id.as_str(), updated => iso(page.updated_at),
        dated => page.updated_at.to_rfc2822(), entries => Serde(entries),
    };
    renderer.render(template, context)
}

pub(super) fn atom(renderer: &Renderer, page: &Snapshot) -> Result<String, RenderError> {
    feed(renderer, page, "status/history.atom")
}

pub(super) fn rss(renderer: &Renderer, page: &Snapshot) -> Result<String, RenderError> {
    feed(renderer, page, "status/history.xml")
}
