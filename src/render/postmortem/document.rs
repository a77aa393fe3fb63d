//! A post-mortem as a Markdown file.

use minijinja::{Value, context};

use crate::{
    domain::{
        incident::Incident,
        review::{Postmortem, PostmortemSection},
    },
    render::MessageRenderer,
};

/// What the front matter of a document says.
#[derive(Clone, Copy, Debug)]
pub struct DocumentFacts<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// The post-mortem.
    pub postmortem: &'a Postmortem,
    /// The hash of the text below the front matter.
    pub digest: &'a str,
}

impl MessageRenderer<'_> {
    /// Renders a document in Markdown: its title, and each section below its heading.
    pub fn postmortem_document(&self, incident: &Incident, sections: &[PostmortemSection]) -> String {
        let section = |section: &PostmortemSection| {
            let text = Value::from_safe_string(section.text.shown(usize::MAX).trim().to_owned());
            context! { title => &section.title, text }
        };
        let sections: Vec<Value> = sections.iter().map(section).collect();
        let title = incident.title.shown(usize::MAX);
        let context = context! { key => incident.key.to_string(), title, sections };
        self.renderer.render("postmortem/document.md", context).unwrap_or_else(|error| {
            tracing::error!(%error, "a template failed");
            String::new()
        })
    }

    /// Writes the front matter of a document: YAML whose texts are quoted as in JSON.
    pub fn front_matter(&self, facts: DocumentFacts<'_>) -> String {
        let DocumentFacts { incident, postmortem, digest } = facts;
        let person = |person: &crate::domain::ids::PersonId| self.names.person(person);
        let lines = [
            ("incident", Some(incident.key.to_string())),
            ("title", Some(incident.title.shown(usize::MAX))),
            ("severity", Some(incident.severity.name().to_owned())),
            ("service", incident.service.as_ref().map(ToString::to_string)),
            ("state", Some(postmortem.state.name().to_owned())),
            ("owner", Some(person(&postmortem.owner))),
            ("approved_by", postmortem.approved_by.as_ref().map(person)),
            ("published_at", postmortem.published_at.map(|at| at.to_rfc3339())),
            ("link", Some(format!("{}/incidents/{}/postmortem", self.names.public_url(), incident.key))),
            ("digest", Some(digest.to_owned())),
        ];
        let line = |(name, value): (&str, Option<String>)| {
            let value = serde_json::to_string(&value?).ok()?;
            Some(format!("{name}: {value}\n"))
        };
        let lines: String = lines.into_iter().filter_map(line).collect();
        format!("---\n{lines}---\n")
    }
}
