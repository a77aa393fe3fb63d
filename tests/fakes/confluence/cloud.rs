//! Confluence Cloud: REST v2, and v1 for labels. v1 is gone for everything that v2 can do.

use serde_json::{Value, json};

use super::{
    SPACE, SPACE_ID,
    state::{ConfluencePage, ConfluenceState, PageChange, error, query},
};
use crate::fake_http::{Reaction, Received};

const WHEN: &str = "2026-03-02T10:00:00.000Z";

pub fn respond(state: &mut ConfluenceState, request: &Received) -> Reaction {
    let path = request.path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix("/wiki/") else { return error(true, 404, "Not Found") };
    let parts: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["rest", "api", "content", id, "label"]) => done(state.label(id, &request.json())),
        (_, ["rest", "api", "content", ..] | ["rest", "api", "space", ..]) => {
            error(true, 410, "This deprecated endpoint has been removed.")
        }
        (method, ["api", "v2", rest @ ..]) => v2(state, request, method, rest),
        _ => error(true, 404, "Not Found"),
    }
}

fn v2(state: &mut ConfluenceState, request: &Received, method: &str, parts: &[&str]) -> Reaction {
    let asked = query(&request.path);
    match (method, parts) {
        ("GET", ["spaces"]) => {
            let keys = asked.get("keys").map(String::as_str).unwrap_or_default();
            let spaces: Vec<Value> = keys.split(',').filter(|key| *key == SPACE).map(|_| space()).collect();
            ok(&json!({"results": spaces, "_links": {"base": "https://acme.example.com/wiki"}}))
        }
        ("GET", ["spaces", id]) if *id == SPACE_ID => ok(&space()),
        ("GET", ["spaces", id, "operations"]) if *id == SPACE_ID => {
            let create = (!state.read_only).then(|| json!({"operation": "create", "targetType": "page"}));
            let all: Vec<Value> =
                std::iter::once(json!({"operation": "read", "targetType": "space"})).chain(create).collect();
            ok(&json!({"operations": all}))
        }
        ("GET", ["pages"]) => {
            let title = asked.get("title").cloned().unwrap_or_default();
            let here = asked.get("space-id").is_some_and(|id| id == SPACE_ID);
            let found = if here { state.find(&title) } else { None };
            let found: Vec<Value> = found.into_iter().map(|page| shown(page, false)).collect();
            ok(&json!({"results": found, "_links": {"base": "https://acme.example.com/wiki"}}))
        }
        ("POST", ["pages"]) => create(state, &request.json()),
        ("GET", ["pages", id]) => match state.page(id) {
            Some(page) => ok(&shown(page, asked.get("body-format").is_some_and(|format| format == "storage"))),
            None => error(true, 404, "Not Found"),
        },
        ("PUT", ["pages", id]) => update(state, id, &request.json()),
        ("DELETE", ["pages", id]) => match state.page(id) {
            Some(page) => {
                page.trashed = true;
                Reaction::answer(204, "")
            }
            None => error(true, 404, "Not Found"),
        },
        (_, ["pages", id, "properties", rest @ ..]) => properties(state, request, id, rest),
        _ => error(true, 404, "Not Found"),
    }
}

fn create(state: &mut ConfluenceState, body: &Value) -> Reaction {
    // The id of a space is a number in a text; its key is refused.
    if body["spaceId"].as_str() != Some(SPACE_ID) {
        return error(true, 400, "Provided value for 'spaceId' is not the correct type. Expected type is long");
    }
    if !matches!(body["status"].as_str(), Some("current" | "draft") | None) {
        return error(true, 400, "Invalid status");
    }
    let change = match change(body) {
        Ok(change) => change,
        Err(why) => return error(true, 400, why),
    };
    match state.create(&change, body["parentId"].as_str().map(str::to_owned)) {
        Ok(id) => ok(&shown(state.page(&id).expect("a page"), true)),
        Err((status, why)) => error(true, status, &why),
    }
}

fn update(state: &mut ConfluenceState, id: &str, body: &Value) -> Reaction {
    if body["id"].as_str() != Some(id) {
        return error(true, 400, "Provided id does not match the id of the path");
    }
    if body["status"] != "current" || body["version"]["number"].as_u64().is_none() {
        return error(true, 400, "status and version are required");
    }
    let change = match change(body) {
        Ok(change) => change,
        Err(why) => return error(true, 400, why),
    };
    match state.change(id, &change) {
        Ok(()) => ok(&shown(state.page(id).expect("a page"), true)),
        Err((status, why)) => error(true, status, &why),
    }
}

fn change(body: &Value) -> Result<PageChange, &'static str> {
    if body["body"]["representation"] != "storage" {
        return Err("Invalid body: representation must be one of storage, atlas_doc_format, wiki");
    }
    Ok(PageChange {
        title: body["title"].as_str().unwrap_or_default().to_owned(),
        body: body["body"]["value"].as_str().ok_or("Invalid body: value is required")?.to_owned(),
        number: body["version"]["number"].as_u64(),
        message: body["version"]["message"].as_str().unwrap_or_default().to_owned(),
    })
}

fn properties(state: &mut ConfluenceState, request: &Received, id: &str, rest: &[&str]) -> Reaction {
    let asked = query(&request.path);
    let Some(page) = state.page(id) else { return error(true, 404, "Not Found") };
    let key_of = |own: &str| page.properties.iter().find(|(_, (_, _, id))| id == own).map(|(key, _)| key.clone());
    match (request.method.as_str(), rest) {
        ("GET", []) => {
            let wanted = |key: &str| asked.get("key").is_none_or(|wanted| wanted == key);
            let all = page.properties.keys().filter(|key| wanted(key)).map(|key| property(page, key));
            ok(&json!({"results": all.collect::<Vec<_>>()}))
        }
        ("POST", []) => {
            let key = request.json()["key"].as_str().unwrap_or_default().to_owned();
            set(state, id, &key, &request.json())
        }
        ("GET", [own]) => match key_of(own) {
            Some(key) => ok(&property(page, &key)),
            None => error(true, 404, "Not Found"),
        },
        ("PUT", [own]) => match key_of(own) {
            Some(key) if request.json()["version"]["number"].as_u64().is_some() => {
                set(state, id, &key, &request.json())
            }
            Some(_) => error(true, 400, "version is required"),
            None => error(true, 404, "Not Found"),
        },
        _ => error(true, 405, "Method Not Allowed"),
    }
}

fn set(state: &mut ConfluenceState, id: &str, key: &str, body: &Value) -> Reaction {
    match state.set_property(id, key, body) {
        Ok(()) => ok(&property(state.page(id).expect("a page"), key)),
        Err((status, why)) => error(true, status, &why),
    }
}

fn property(page: &ConfluencePage, key: &str) -> Value {
    let (value, number, id) = &page.properties[key];
    json!({"id": id, "key": key, "value": value, "version": {"number": number, "createdAt": WHEN, "message": ""}})
}

fn space() -> Value {
    json!({
        "id": SPACE_ID, "key": SPACE, "name": "Operations", "type": "global", "status": "current",
        "authorId": "557058:1", "createdAt": WHEN, "homepageId": "1000",
        "_links": {"webui": "/spaces/OPS"},
    })
}

fn shown(page: &ConfluencePage, with_body: bool) -> Value {
    let mut shown = json!({
        "id": page.id, "status": if page.trashed { "trashed" } else { "current" }, "title": page.title,
        "spaceId": SPACE_ID, "parentId": page.parent, "parentType": page.parent.as_ref().map(|_| "page"),
        "authorId": "557058:1", "createdAt": WHEN,
        "version": {"number": page.version, "message": page.message, "minorEdit": false, "authorId": "557058:1", "createdAt": WHEN},
        "_links": {
            "webui": format!("/spaces/{SPACE}/pages/{}", page.id), "base": "https://acme.example.com/wiki",
            "editui": format!("/pages/resumedraft.action?draftId={}", page.id), "tinyui": "/x/AQ",
        },
    });
    if with_body {
        shown["body"] = json!({"storage": {"representation": "storage", "value": page.body}});
    }
    shown
}

fn done(result: Result<Value, (u16, String)>) -> Reaction {
    match result {
        Ok(value) => ok(&value),
        Err((status, why)) => error(true, status, &why),
    }
}

fn ok(value: &Value) -> Reaction {
    Reaction::answer(200, value.to_string())
}
