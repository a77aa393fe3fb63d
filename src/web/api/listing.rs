//! Pagination: limits and cursors.

use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as OPAQUE};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::web::{Problem, State, problem::Kind};

/// Default number of items.
const USUAL: usize = 50;
/// Maximum number of items.
const MOST: usize = 200;

/// The query of a list, parsed into a type. Unknown names are refused: ignoring a misspelled filter would return the
/// wrong items.
pub(super) struct ListQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<State> for ListQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, Problem> {
        let read = Query::<T>::try_from_uri(&parts.uri).map_err(|error| {
            let text = crate::domain::text::visible(&error.body_text());
            Problem::new(Kind::BadValue).because(crate::domain::text::cut(&text, 500))
        });
        read.map(|Query(asked)| Self(asked))
    }
}

/// Parses the number of items.
pub(super) fn limit(said: Option<&str>) -> Result<usize, Problem> {
    let Some(said) = said else { return Ok(USUAL) };
    let number = said.parse().ok().filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| bad("limit", said, &format!("a number from 1 to {MOST}")))
}

/// The problem for an invalid value, with the values that are accepted.
pub(super) fn bad(name: &str, said: &str, wanted: &str) -> Problem {
    let said = crate::domain::text::cut(&crate::domain::text::visible(said), 100);
    Problem::new(Kind::BadValue).because(format!("`{name}` is `{said}`; it must be {wanted}.")).with("parameter", name)
}

/// Parses a value with the given function.
pub(super) fn value<T>(
    name: &str,
    said: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
    wanted: &str,
) -> Result<Option<T>, Problem> {
    said.map(|said| read(said).ok_or_else(|| bad(name, said, wanted))).transpose()
}

/// The cursor after an item of a list. It is opaque: its content may change.
pub(super) fn cursor(list: &str, last: Uuid) -> String {
    OPAQUE.encode(format!("{list}:{}", last.simple()))
}

/// Returns the item that a cursor of this list points to.
pub(super) fn after(list: &str, cursor: Option<&str>) -> Result<Option<Uuid>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let read = || {
        let text = String::from_utf8(OPAQUE.decode(cursor).ok()?).ok()?;
        Uuid::try_parse(text.strip_prefix(list)?.strip_prefix(':')?).ok()
    };
    read().map(Some).ok_or_else(|| Problem::new(Kind::BadCursor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_between_one_and_two_hundred_items() {
        assert_eq!(limit(None).unwrap(), 50);
        assert_eq!(limit(Some("1")).unwrap(), 1);
        assert_eq!(limit(Some("200")).unwrap(), 200);
        for said in ["0", "201", "-1", "", "x", "1.5", "99999999999999999999"] {
            assert_eq!(limit(Some(said)).unwrap_err().status.as_u16(), 422, "{said}");
        }
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_list_only() {
        let id = Uuid::from_u128(7);
        let made = cursor("incidents", id);
        assert_eq!(after("incidents", Some(&made)).unwrap(), Some(id));
        assert_eq!(after("incidents", None).unwrap(), None);
        for (list, said) in
            [("alerts", made.as_str()), ("incidents", "x"), ("incidents", ""), ("incidents", "aW5jaWRlbnRzOg")]
        {
            assert_eq!(after(list, Some(said)).unwrap_err().status.as_u16(), 400, "{list} {said}");
        }
    }
}
