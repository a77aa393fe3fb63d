//! A static copy of the status page: it stays readable while hotroom is down.

use std::collections::BTreeSet;

use super::{
    MARK, STYLES,
    badge::StatusBadge,
    data::Snapshot,
    feed,
    history::{ComponentHistory, Month, MonthHistory},
    html, json,
};
use crate::{
    config::Config,
    domain::Timestamp,
    render::{RenderError, Renderer},
    store::{Reads, StoreError},
};

/// How many months are copied.
const MONTHS: usize = 36;
/// The documents of the API.
const DOCUMENTS: [&str; 8] = [
    "summary.json",
    "status.json",
    "components.json",
    "incidents.json",
    "incidents/unresolved.json",
    "scheduled-maintenances.json",
    "scheduled-maintenances/upcoming.json",
    "scheduled-maintenances/active.json",
];

/// One file of the copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticFile {
    /// Where it is below the folder, with `/` between the parts.
    pub path: String,
    /// What it holds.
    pub body: String,
}

/// What is copied, read in one snapshot.
pub struct StatusCopy {
    page: Snapshot,
    components: ComponentHistory,
    /// Newest first.
    months: Vec<MonthHistory>,
}

fn file(path: impl Into<String>, body: impl Into<String>) -> StaticFile {
    StaticFile { path: path.into(), body: body.into() }
}

impl StatusCopy {
    /// Reads what is copied.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub fn gather(reads: &Reads<'_>, config: &Config, renderer: &Renderer, now: Timestamp) -> Result<Self, StoreError> {
        let page = Snapshot::gather(reads, config, renderer, now)?;
        let components = ComponentHistory::gather(reads, config, renderer, now)?;
        let mut months = Vec::new();
        let mut next = Some(Month::of(now));
        while let Some(month) = next
            && months.len() < MONTHS
        {
            let history = MonthHistory::gather(reads, config, renderer, now, month)?;
            next = history.previous;
            months.push(history);
        }
        Ok(Self { page, components, months })
    }

    /// Renders every file. The paths are those of the status page, so that a web server shows the copy at the root of a host.
    ///
    /// # Errors
    /// [`RenderError`] when a template fails.
    pub fn files(&self, renderer: &Renderer) -> Result<Vec<StaticFile>, RenderError> {
        let page = renderer.render("status/page.html", html::page(&self.page, &self.components))?;
        let mut files = vec![
            file("index.html", page.clone()),
            file("status/index.html", page),
            file("status/status.css", STYLES),
            file("status/mark.svg", MARK),
            file("status/badge.svg", renderer.render("status/badge.xml", StatusBadge::of_page(&self.page))?),
            file("status/history.atom", feed::atom(renderer, &self.page)?),
            file("status/history.rss", feed::rss(renderer, &self.page)?),
        ];
        let document = |path| json::document(&self.page, path).map(|body| (path, body.to_string()));
        for (path, body) in DOCUMENTS.into_iter().filter_map(document) {
            files.push(file(format!("status/api/v2/{path}"), body.clone()));
            // Readers that know only a host look for the API at its root.
            files.push(file(format!("api/v2/{path}"), body));
        }
        files.extend(self.months(renderer)?);
        files.extend(self.incidents(renderer)?);
        for component in &self.page.components {
            if let Some(badge) = StatusBadge::of_component(&self.page, &component.id) {
                let path = format!("status/badge/{}.svg", component.id);
                files.push(file(path, renderer.render("status/badge.xml", badge)?));
            }
        }
        Ok(files)
    }

    fn months(&self, renderer: &Renderer) -> Result<Vec<StaticFile>, RenderError> {
        let mut files = Vec::new();
        for (n, history) in self.months.iter().enumerate() {
            let body = renderer.render("status/history.html", html::month(&self.page, history))?;
            if n == 0 {
                files.push(file("status/history/index.html", body.clone()));
            }
            files.push(file(format!("status/history/{}/index.html", history.month.word()), body));
        }
        Ok(files)
    }

    fn incidents(&self, renderer: &Renderer) -> Result<Vec<StaticFile>, RenderError> {
        let mut files = Vec::new();
        let mut seen = BTreeSet::new();
        let of_months = self.months.iter().flat_map(|month| &month.incidents);
        let listed = self.page.open.iter().chain(&self.page.newest).chain(&self.page.maintenances);
        for entry in listed.chain(of_months) {
            let id = entry.id.clone();
            if seen.insert(id.clone()) {
                let body = renderer.render("status/incident.html", html::incident(&self.page, entry))?;
                files.push(file(format!("status/incidents/{id}/index.html"), body));
            }
        }
        Ok(files)
    }
}
