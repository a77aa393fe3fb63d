//! The pages, and what both editions do with them.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::{MAIL, PARENT, TOKEN, storage::check_storage};
use crate::fake_http::{Reaction, Received};

/// A page.
#[derive(Clone, Debug)]
pub struct ConfluencePage {
    pub id: String,
    pub title: String,
    pub body: String,
    pub parent: Option<String>,
    pub version: u64,
    /// What was said of the latest change.
    pub message: String,
    pub trashed: bool,
    pub labels: Vec<String>,
    /// Value, version and id by key.
    pub properties: BTreeMap<String, (Value, u64, String)>,
}

/// What happens to a change that a test has chosen.
pub struct PlannedReaction {
    pub left: u32,
    pub reaction: Reaction,
    pub made: bool,
}

pub struct ConfluenceState {
    pub pages: Vec<ConfluencePage>,
    pub planned: Option<PlannedReaction>,
    pub always: Option<Reaction>,
    pub edit_first: Option<(String, String)>,
    pub search_is_behind: bool,
    pub read_only: bool,
    made: u64,
}

/// A change of a page that was read from a request.
pub struct PageChange {
    pub title: String,
    pub body: String,
    pub number: Option<u64>,
    pub message: String,
}

impl ConfluenceState {
    pub fn new() -> Self {
        let mut state = Self {
            pages: Vec::new(),
            planned: None,
            always: None,
            edit_first: None,
            search_is_behind: false,
            read_only: false,
            made: 1_000,
        };
        assert_eq!(state.add("Post-mortems", "<p>All of them</p>", None), PARENT);
        state
    }

    pub fn next_id(&mut self) -> String {
        self.made += 1;
        self.made.to_string()
    }

    pub fn add(&mut self, title: &str, body: &str, parent: Option<String>) -> String {
        let id = self.next_id();
        self.pages.push(ConfluencePage {
            id: id.clone(),
            title: title.to_owned(),
            body: body.to_owned(),
            parent,
            version: 1,
            message: String::new(),
            trashed: false,
            labels: Vec::new(),
            properties: BTreeMap::new(),
        });
        id
    }

    pub fn page(&mut self, id: &str) -> Option<&mut ConfluencePage> {
        self.pages.iter_mut().find(|page| page.id == id)
    }

    pub fn edit(&mut self, id: &str, body: &str) {
        let page = self.page(id).expect("a page");
        body.clone_into(&mut page.body);
        page.version += 1;
        page.message.clear();
    }

    /// The page that a search finds.
    pub fn find(&self, title: &str) -> Option<&ConfluencePage> {
        let known = |page: &&ConfluencePage| page.title == title && !page.trashed && !self.search_is_behind;
        self.pages.iter().find(known)
    }

    /// Creates a page, if it is one that Confluence takes.
    pub fn create(&mut self, change: &PageChange, parent: Option<String>) -> Result<String, (u16, String)> {
        check(change)?;
        self.check_title(&change.title, None)?;
        if let Some(parent) = &parent
            && self.page(parent).is_none_or(|page| page.trashed)
        {
            return Err((404, "No parent content found".to_owned()));
        }
        Ok(self.add(&change.title, &change.body, parent))
    }

    /// Changes a page, if Confluence takes it.
    pub fn change(&mut self, id: &str, change: &PageChange) -> Result<(), (u16, String)> {
        check(change)?;
        self.check_title(&change.title, Some(id))?;
        let page = self.page(id).filter(|page| !page.trashed).ok_or((404, "No content found".to_owned()))?;
        if change.number != Some(page.version + 1) {
            let current = page.version;
            return Err((409, format!("Version must be incremented on update. Current version is: {current}")));
        }
        page.version += 1;
        page.title.clone_from(&change.title);
        // Confluence gives macros an id, so that a body is never read as it was written.
        page.body = change.body.replace("<ac:structured-macro ", "<ac:structured-macro ac:macro-id=\"m\" ");
        page.message.clone_from(&change.message);
        Ok(())
    }

    fn check_title(&self, title: &str, own: Option<&str>) -> Result<(), (u16, String)> {
        let taken = |page: &ConfluencePage| page.title == title && !page.trashed && Some(page.id.as_str()) != own;
        if self.pages.iter().any(taken) {
            let why = "A page with this title already exists: A page already exists with the same TITLE in this space";
            return Err((400, why.to_owned()));
        }
        Ok(())
    }

    /// Adds labels to a page.
    pub fn label(&mut self, id: &str, body: &Value) -> Result<Value, (u16, String)> {
        let given = body.as_array().cloned().unwrap_or_else(|| vec![body.clone()]);
        let page = self.page(id).filter(|page| !page.trashed).ok_or((404, "No content found".to_owned()))?;
        for label in given {
            let name = label["name"].as_str().unwrap_or_default().to_owned();
            if label["prefix"] != "global" || name.is_empty() || name.contains(' ') || name.to_lowercase() != name {
                return Err((400, format!("{label} is no label")));
            }
            if !page.labels.contains(&name) {
                page.labels.push(name);
            }
        }
        let shown = |name: &String| json!({"prefix": "global", "name": name, "id": "1", "label": name});
        let results: Vec<Value> = page.labels.iter().map(shown).collect();
        Ok(json!({"size": results.len(), "start": 0, "limit": 200, "results": results}))
    }

    /// Writes a property; a change names the version that it makes.
    pub fn set_property(&mut self, id: &str, key: &str, body: &Value) -> Result<(), (u16, String)> {
        let own = self.next_id();
        let page = self.page(id).filter(|page| !page.trashed).ok_or((404, "No content found".to_owned()))?;
        let value = body["value"].clone();
        if key.is_empty() || value.is_null() {
            return Err((400, "key and value are required".to_owned()));
        }
        let number = body["version"]["number"].as_u64();
        match (page.properties.get(key), number) {
            (None, None | Some(1)) => page.properties.insert(key.to_owned(), (value, 1, own)),
            (Some((_, before, own)), Some(number)) if number == before + 1 => {
                let own = own.clone();
                page.properties.insert(key.to_owned(), (value, number, own))
            }
            (Some(_), None) => return Err((409, "A property with this key already exists".to_owned())),
            (None, Some(_)) | (Some(_), Some(_)) => return Err((409, "Version conflict".to_owned())),
        };
        Ok(())
    }
}

fn check(change: &PageChange) -> Result<(), (u16, String)> {
    if change.title.is_empty() || change.title.chars().count() > 255 {
        return Err((400, "Title must have 1 to 255 characters".to_owned()));
    }
    check_storage(&change.body).map_err(|why| (400, format!("Error parsing xhtml: {why}")))
}

pub fn is_signed_in(request: &Received, cloud: bool) -> bool {
    let given = request.headers.get("authorization").map(String::as_str).unwrap_or_default();
    let basic = format!("Basic {}", STANDARD.encode(format!("{MAIL}:{TOKEN}")));
    if cloud { given == basic } else { given == format!("Bearer {TOKEN}") }
}

/// An error in the shape of the edition.
pub fn error(cloud: bool, status: u16, what: &str) -> Reaction {
    let body = if cloud {
        json!({"errors": [{"status": status, "code": "INVALID", "title": what, "detail": null}]})
    } else {
        json!({"statusCode": status, "data": {"authorized": true, "valid": true, "errors": []}, "message": what})
    };
    Reaction::answer(status, body.to_string())
}

/// The query of a path.
pub fn query(path: &str) -> BTreeMap<String, String> {
    let text = path.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    let plain =
        |text: &str| percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    pairs.map(|(name, value)| (plain(name), plain(value))).collect()
}
