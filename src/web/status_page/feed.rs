//! The history as Atom and RSS: one entry per incident and maintenance, changed by each update.

use chrono::SecondsFormat;
use minijinja::{
    context,
    value::{Serde, Value},
};
use serde::Serialize;

use super::{
    data::Snapshot,
    entry::{EntryUpdate, PublicEntry},
};
use crate::{
    domain::Timestamp,
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

fn minute(at: Timestamp) -> String {
    at.format("%-d %b, %H:%M UTC").to_string()
}

fn feed_update(update: &EntryUpdate) -> FeedUpdate<'_> {
    FeedUpdate { at: iso(update.at), text: minute(update.at), status: update.status, body: &update.body }
}

/// The context of one entry: its updates, newest first, and the window of a maintenance.
pub(super) fn updates(entry: &PublicEntry) -> Value {
    let updates: Vec<FeedUpdate<'_>> = entry.updates.iter().rev().map(feed_update).collect();
    let window = entry.window.map(|window| context! { from => minute(window.from), until => minute(window.until) });
    context! { updates => Serde(updates), window }
}

fn feed_entry<'a>(
    page: &'a Snapshot,
    entry: &'a PublicEntry,
    content: impl Fn(&PublicEntry) -> Result<String, RenderError>,
) -> Result<Entry<'a>, RenderError> {
    Ok(Entry {
        id: entry.id.clone(),
        link: page.link(entry),
        name: &entry.name,
        published: iso(entry.created_at),
        updated: iso(entry.updated_at),
        dated: entry.updated_at.to_rfc2822(),
        content: content(entry)?,
    })
}

/// The context of a feed; `content` renders the body of an entry.
pub(super) fn history(
    page: &Snapshot,
    content: impl Fn(&PublicEntry) -> Result<String, RenderError>,
) -> Result<Value, RenderError> {
    let entries =
        page.history().into_iter().map(|entry| feed_entry(page, entry, &content)).collect::<Result<Vec<_>, _>>()?;
    Ok(context! {
        name => page.name.as_str(), url => page.url.as_str(), id => page.id.as_str(), updated => iso(page.updated_at),
        dated => page.updated_at.to_rfc2822(), entries => Serde(entries),
    })
}

fn feed(renderer: &Renderer, page: &Snapshot, template: &str) -> Result<String, RenderError> {
    let content = |entry: &PublicEntry| renderer.render("status/feed_entry.html", updates(entry));
    renderer.render(template, history(page, content)?)
}

pub(super) fn atom(renderer: &Renderer, page: &Snapshot) -> Result<String, RenderError> {
    feed(renderer, page, "status/history.atom")
}

pub(super) fn rss(renderer: &Renderer, page: &Snapshot) -> Result<String, RenderError> {
    feed(renderer, page, "status/history.xml")
}
