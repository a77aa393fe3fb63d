//! The history as Atom and RSS: one entry per incident, changed by each update.

use chrono::SecondsFormat;
use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;

use super::data::Snapshot;
use crate::{
    domain::{
        Timestamp,
        status::{PublicIncident, PublicUpdate},
    },
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
struct FeedUpdate<'a> {
    at: String,
    text: String,
    status: &'a str,
    body: &'a str,
}

fn iso(at: Timestamp) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn told(update: &PublicUpdate) -> FeedUpdate<'_> {
    FeedUpdate {
        at: iso(update.at),
        text: update.at.format("%-d %b, %H:%M UTC").to_string(),
        status: update.status.name(),
        body: update.body.verbatim(),
    }
}

/// The context of one entry: an incident's updates, newest first.
pub(super) fn updates(public: &PublicIncident) -> Value {
    let updates: Vec<FeedUpdate<'_>> = public.updates.iter().rev().map(told).collect();
    context! { updates => Serde(updates) }
}

/// The context of a feed; `content` renders the body of an entry.
pub(super) fn history(
    page: &Snapshot,
    content: impl Fn(&PublicIncident) -> Result<String, RenderError>,
) -> Result<Value, RenderError> {
    let entry = |public| -> Result<Entry<'_>, RenderError> {
        let public: &PublicIncident = public;
        Ok(Entry {
            id: public.reference(),
            link: page.link(public),
            name: public.name.verbatim(),
            published: iso(public.created_at),
            updated: iso(public.updated_at),
            dated: public.updated_at.to_rfc2822(),
            content: content(public)?,
        })
    };
    let entries = page.newest.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    Ok(context! {
        name => page.name.as_str(), url => page.url.as_str(), id => page.id.as_str(), updated => iso(page.updated_at),
        dated => page.updated_at.to_rfc2822(), entries => Serde(entries),
    })
}

fn feed(renderer: &Renderer, page: &Snapshot, template: &str) -> Result<String, RenderError> {
    let content = |public: &PublicIncident| renderer.render("status/feed_entry.html", updates(public));
    renderer.render(template, history(page, content)?)
}

pub(super) fn atom(renderer: &Renderer, page: &Snapshot) -> Result<String, RenderError> {
    feed(renderer, page, "status/history.atom")
}

pub(super) fn rss(renderer: &Renderer, page: &Snapshot) -> Result<String, RenderError> {
    feed(renderer, page, "status/history.xml")
}
