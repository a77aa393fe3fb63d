//! Confluence Data Center: REST v1.

use serde_json::{Value, json};

use super::{
    SPACE,
    state::{ConfluencePage, ConfluenceState, PageChange, error, query},
};
use crate::fake_http::{Reaction, Received};

pub fn respond(state: &mut ConfluenceState, request: &Received) -> Reaction {
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix("/rest/api/") else { return error(false, 404, "Not Found") };
    let parts: Vec<&str> = path.split('/').collect();
    let asked = query(&request.path);
    match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["space", key]) if *key == SPACE => {
            ok(&json!({"id": 98306, "key": SPACE, "name": "Operations", "type": "global"}))
        }
        ("GET", ["content"]) => {
            let title = asked.get("title").cloned().unwrap_or_default();
            let here = asked.get("spaceKey").is_some_and(|key| key == SPACE);
            let found = if here { state.find(&title) } else { None };
            let found: Vec<Value> = found.into_iter().map(|page| shown(page, "")).collect();
            ok(&json!({"size": found.len(), "start": 0, "limit": 25, "results": found}))
        }
        ("POST", ["content"]) => create(state, &request.json()),
        ("GET", ["content", id]) => match state.page(id).filter(|page| !page.trashed) {
            Some(page) => ok(&shown(page, asked.get("expand").map(String::as_str).unwrap_or_default())),
            None => error(false, 404, "No content found with id"),
        },
        ("GET", ["content", id, "history"]) => match state.page(id).filter(|page| !page.trashed) {
            Some(page) => {
                ok(&json!({"latest": true, "lastUpdated": {"number": page.version, "message": page.message}}))
            }
            None => error(false, 404, "No content found with id"),
        },
        ("PUT", ["content", id]) => update(state, id, &request.json()),
        ("DELETE", ["content", id]) => match state.page(id) {
            Some(page) => {
                page.trashed = true;
                Reaction::answer(204, "")
            }
            None => error(false, 404, "Not Found"),
        },
        ("POST", ["content", id, "label"]) => match state.label(id, &request.json()) {
            Ok(value) => ok(&value),
            Err((status, why)) => error(false, status, &why),
        },
        ("GET", ["content", id, "label"]) => match state.page(id) {
            Some(page) => {
                let shown = |name: &String| json!({"prefix": "global", "name": name, "id": "1"});
                let all: Vec<Value> = page.labels.iter().map(shown).collect();
                ok(&json!({"size": all.len(), "results": all}))
            }
            None => error(false, 404, "Not Found"),
        },
        (_, ["content", id, "property", rest @ ..]) => properties(state, request, id, rest),
        _ => error(false, 404, "Not Found"),
    }
}

fn create(state: &mut ConfluenceState, body: &Value) -> Reaction {
    if body["type"] != "page" || body["space"]["key"] != SPACE {
        return error(false, 400, "type and space are required");
    }
    let change = match change(body) {
        Ok(change) => change,
        Err(why) => return error(false, 400, why),
    };
    let parent = body["ancestors"][0]["id"].as_str().map(str::to_owned);
    match state.create(&change, parent) {
        Ok(id) => ok(&shown(state.page(&id).expect("a page"), "body.storage,version")),
        Err((status, why)) => error(false, status, &why),
    }
}

fn update(state: &mut ConfluenceState, id: &str, body: &Value) -> Reaction {
    if body["type"] != "page" || body["version"]["number"].as_u64().is_none() {
        return error(false, 400, "Must supply an incremented version when updating Content. No version supplied.");
    }
    let change = match change(body) {
        Ok(change) => change,
        Err(why) => return error(false, 400, why),
    };
    match state.change(id, &change) {
        Ok(()) => ok(&shown(state.page(id).expect("a page"), "body.storage,version")),
        Err((status, why)) => error(false, status, &why),
    }
}

fn change(body: &Value) -> Result<PageChange, &'static str> {
    let storage = &body["body"]["storage"];
    if storage["representation"] != "storage" {
        return Err("representation is required");
    }
    Ok(PageChange {
        title: body["title"].as_str().unwrap_or_default().to_owned(),
        body: storage["value"].as_str().ok_or("value is required")?.to_owned(),
        number: body["version"]["number"].as_u64(),
        message: body["version"]["message"].as_str().unwrap_or_default().to_owned(),
    })
}

fn properties(state: &mut ConfluenceState, request: &Received, id: &str, rest: &[&str]) -> Reaction {
    let Some(page) = state.page(id).filter(|page| !page.trashed) else { return error(false, 404, "Not Found") };
    match (request.method.as_str(), rest) {
        ("GET", [key]) if page.properties.contains_key(*key) => ok(&property(page, key)),
        ("GET", _) => error(false, 404, "Not Found"),
        ("POST", []) => {
            let key = request.json()["key"].as_str().unwrap_or_default().to_owned();
            set(state, id, &key, &request.json())
        }
        ("PUT", [key]) if request.json()["version"]["number"].as_u64().is_some() => {
            set(state, id, key, &request.json())
        }
        _ => error(false, 400, "version is required"),
    }
}

fn set(state: &mut ConfluenceState, id: &str, key: &str, body: &Value) -> Reaction {
    match state.set_property(id, key, body) {
        Ok(()) => ok(&property(state.page(id).expect("a page"), key)),
        Err((status, why)) => error(false, status, &why),
    }
}

fn property(page: &ConfluencePage, key: &str) -> Value {
    let (value, number, id) = &page.properties[key];
    json!({"id": id, "key": key, "value": value, "version": {"number": number, "minorEdit": false}})
}

fn shown(page: &ConfluencePage, expand: &str) -> Value {
    let mut shown = json!({
        "id": page.id, "type": "page", "status": "current", "title": page.title, "space": {"key": SPACE, "name": "Operations"},
        "_links": {"webui": format!("/pages/viewpage.action?pageId={}", page.id), "base": "https://wiki.example.com"},
    });
    if expand.contains("version") {
        shown["version"] = json!({"number": page.version, "message": page.message, "minorEdit": false});
    }
    if expand.contains("body.storage") {
        shown["body"] = json!({"storage": {"value": page.body, "representation": "storage"}});
    }
    shown
}

fn ok(value: &Value) -> Reaction {
    Reaction::answer(200, value.to_string())
}
