//! A post-mortem as a Markdown file.

use minijinja::{Value, context};

use crate::{
    domain::{
        incident::Incident,
        review::{Postmortem, PostmortemSection},
    },
    render::MessageRenderer,
    wiki::WikiDocument,
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
        let title = incident.title.shown(usize::MAX);
        self.rendered_document(
            "postmortem/document.md",
            context! { key => incident.key.to_string(), title, sections => section_views(sections) },
        )
    }

    /// Renders the page of a document in a wiki.
    pub fn wiki_document(&self, incident: &Incident, sections: &[PostmortemSection]) -> WikiDocument {
        let link = format!("{}/incidents/{}/postmortem", self.names.public_url(), incident.key);
        let shown_link = Value::from_safe_string(link.clone());
        let markdown = self.rendered_document(
            "postmortem/page.md",
            context! { link => shown_link, sections => section_views(sections) },
        );
        WikiDocument {
            mark: incident.id.to_string(),
            key: incident.key.to_string(),
            title: format!("{}: {}", incident.key, incident.title.shown(usize::MAX)),
            link,
            markdown,
        }
    }

    fn rendered_document(&self, template: &str, context: Value) -> String {
        self.renderer.render(template, context).unwrap_or_else(|error| {
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

/// What a template shows of sections. Their text is Markdown already.
fn section_views(sections: &[PostmortemSection]) -> Vec<Value> {
    let view = |section: &PostmortemSection| {
        let text = Value::from_safe_string(section.text.shown(usize::MAX).trim().to_owned());
        context! { title => &section.title, text }
    };
    sections.iter().map(view).collect()
}
