//! Where the alerts of a body are.

use crate::intake::{Unreadable, json::Json};

/// A list of alerts, and its position in the body.
type List<'a> = (&'a [Json], String);

/// Returns the lists of alerts of a body. `alerts` is the JSON pointer of the mapping; without one the body is a list,
/// an object with a list `alerts`, or one alert.
pub(super) fn alert_lists<'a>(alerts: Option<&str>, root: &'a Json) -> Result<Vec<List<'a>>, Unreadable> {
    let found = match (alerts, root) {
        (Some(pointer), _) => {
            let found = pointed(root, pointer);
            if found.is_empty() {
                return Err(Unreadable::new("the body has no such field", pointer));
            }
            found
        }
        (None, Json::List(_)) => vec![(root, String::new())],
        (None, Json::Object(_)) => match root.get("alerts") {
            Some(list @ Json::List(_)) => vec![(list, "/alerts".to_owned())],
            Some(_) | None => return Ok(vec![(std::slice::from_ref(root), String::new())]),
        },
        (None, Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_)) => {
            return Err(Unreadable::new(format!("an alert should stand here, not {}", root.sort()), "/"));
        }
    };
    found.into_iter().map(|(value, place)| list(value, place)).collect()
}

/// Returns the values at a JSON pointer, each with its position; the token `*` matches every item of a list.
fn pointed<'a>(root: &'a Json, pointer: &str) -> Vec<(&'a Json, String)> {
    pointer.split('/').skip(1).fold(vec![(root, String::new())], |found, token| {
        found.into_iter().flat_map(|(value, place)| step(value, &place, token)).collect()
    })
}

fn step<'a>(value: &'a Json, place: &str, token: &str) -> Vec<(&'a Json, String)> {
    match (value, token) {
        (Json::List(items), "*") => {
            items.iter().enumerate().map(|(number, item)| (item, format!("{place}/{number}"))).collect()
        }
        _ => Vec::from_iter(value.pointer(&format!("/{token}")).map(|found| (found, format!("{place}/{token}")))),
    }
}

/// Returns a list of alerts; a single alert counts as a list.
fn list(value: &Json, place: String) -> Result<List<'_>, Unreadable> {
    match value {
        Json::List(items) => Ok((items, place)),
        Json::Object(_) => Ok((std::slice::from_ref(value), place)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {
            Err(Unreadable::new(format!("a list of alerts should stand here, not {}", value.sort()), place))
        }
    }
}
