//! Pages of post-mortems in wikis outside hotroom.

use crate::{
    domain::{
        ids::IncidentId,
        review::{WikiKind, WikiPage},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, to_json},
            sql::params,
        },
    },
};

impl Reads<'_> {
    /// The page of an incident in a wiki; `None` if none was written.
    pub fn wiki_page(&self, wiki: WikiKind, incident: IncidentId) -> Result<Option<WikiPage>, StoreError> {
        let sql = "SELECT doc FROM document_pages WHERE wiki = $1 AND incident = $2";
        let doc = self.one(sql, params![wiki.word(), incident.to_string()], |row| row.get::<String>(0))?;
        doc.map(|doc| from_json(&"a page in a wiki", &doc)).transpose()
    }
}

impl Tx<'_> {
    /// Writes the page of an incident in a wiki.
    pub fn save_wiki_page(&mut self, wiki: WikiKind, incident: IncidentId, page: &WikiPage) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO document_pages (wiki, incident, doc) VALUES ($1, $2, $3)
             ON CONFLICT (wiki, incident) DO UPDATE SET doc = excluded.doc",
            params![wiki.word(), incident.to_string(), to_json(page)?],
        )?;
        Ok(())
    }
}
