//! The console's JSON endpoints for the browser script.
//!
//! All requests need the session cookie; every POST needs the header `X-CSRF-Token` with the token of `/console/state`.
//! Instants are RFC 3339 in UTC with milliseconds. Errors are problem documents
//! (`application/problem+json`: `type`, `title`, `status`, `detail`): 401 no session, 403 wrong token, 404 no such room
//! *or* one that the reader may not see, 409 a delivery id that was used for another request, 410 the room accepts no
//! more messages, 413 too long, 503 with `Retry-After` when the server is overloaded; the same request may then be sent
//! again with the same `delivery`.
//!
//! # `GET /console/state?room=hot-12`
//! `room` is optional: that room is listed even if it is archived.
//! ```json
//! {
//!   "me": {"id": "ann", "name": "Ann Lee", "access": "responder"},
//!   "csrf": "q83v…", "rev": 417, "now": "2026-11-21T07:14:05.123Z", "version": "0.1.0",
//!   "rooms": [{
//!     "id": "hot-12", "name": "hot-12", "kind": "hot", "title": "Checkout is slow", "topic": "HOT-12 · …",
//!     "incident": "HOT-12", "severity": "sev1", "status": "Investigating", "category": "active",
//!     "opened_at": "2026-11-21T07:02:00.000Z",
//!     "unread": 3, "mentioned": 1, "last": 415, "last_at": "2026-11-21T07:13:11.000Z", "read": 402,
//!     "archived": false, "private": false
//!   }],
//!   "people": [{"id": "ann", "name": "Ann Lee"}],
//!   "services": [{"id": "checkout", "name": "Checkout"}],
//!   "incidents": [{"key": "HOT-12", "title": "Checkout is slow", "severity": "sev1", "status": "Investigating",
//!                  "category": "active", "room": "hot-12"}],
//!   "pages": [{"id": "019a8c…", "key": "HOT-12", "title": "Checkout is slow", "severity": "sev1", "severity_name": "SEV1",
//!              "at": "2026-11-21T07:13:11.000Z", "attempt": 1, "open": "/rooms/hot-12", "version": 3,
//!              "exhausted": false, "drill": false}],
//!   "commands": [{"command": "incident severity", "aliases": ["inc severity"], "summary": "Change the severity",
//!                 "options": [{"name": "severity", "kind": "severity", "required": true, "positional": true,
//!                              "help": "The severity", "choices": [["sev1", "SEV1: critical"]]}]}]
//! }
//! ```
//! `title` is plain text (never HTML, never markdown): set it with `textContent`. `severity`, `status`, `category`,
//! `opened_at`, `incident` are null for rooms without an incident. `last` is the id of the newest message, 0 if there
//! is none; `read` the newest one that the reader has seen. `incidents` are those that are not closed. `pages` are the
//! on-call pages that wait for the reader, oldest first; `title` is null for those who may not see the incident.
//!
//! # `GET /console/rooms/{id}` gives `Room`
//!
//! # `GET /console/rooms/{id}/messages?before=ID|after=ID|around=ID&limit=50`
//! Without a position: the newest. Items are always in ascending order of `id`; `before` and `after` exclude their id,
//! `around` has it in the middle. `limit` is at most 200.
//! ```json
//! {"items": [{
//!    "id": 415, "room": "hot-12", "at": "2026-11-21T07:13:11.000Z",
//!    "author": {"kind": "bot", "id": "hotroom", "name": "hotroom"},
//!    "post": {"kind": "card", "title": "HOT-12 …", "text": "…", "tone": "critical",
//!             "fields": [{"name": "Severity", "value": "SEV1"}],
//!             "buttons": [{"label": "Acknowledge page", "command": "/page ack 3", "style": "primary",
//!                          "confirm": "Posts to the public status page", "version": 7}],
//!             "mentions": ["ann"], "footer": "…"},
//!    "html": "<p>…</p>", "title_html": "HOT-12 …", "fields_html": [{"name": "Severity", "html": "SEV1"}],
//!    "footer_html": "…", "edited_at": null, "rev": 417}],
//!  "more_before": true, "more_after": false}
//! ```
//! In `post`, `title`, `fields`, `buttons`, `mentions`, `footer`, `confirm` and `version` are absent when empty. Texts
//! of `post` are chat markdown: never show them, show the `*html` values, which are safe to set as `innerHTML`
//! (`fields_html[].name` and `buttons[].label` are plain text). `title_html` and `footer_html` are null when there is
//! none. Messages of people have `author.kind` `person`, `post.kind` `talk` and only a text: only `author.kind` may
//! decide whether a message is styled as the bot's.
//!
//! # `GET /console/rooms/{id}/side`
//! An HTML fragment (`templates/web/side.html`); an empty body for a room without an incident. Each changing value is
//! in an element with `data-field` (its stable name) and `data-value` (compared to highlight changes).
//!
//! # `POST /console/say` `{"delivery": "uuid", "room": "hot-12", "text": "…", "version": 7}`
//! `delivery` is 8 to 64 characters of `[A-Za-z0-9_-]`, chosen by the script and repeated in retries. `room` may be
//! null for a command. Text is at most 4,000 characters; `//` at the start escapes a text that begins with a slash.
//! `version` is the button's, if it has one.
//! ```json
//! {"reply": {"outcome": "done", "post": {"kind": "reply", "text": "…", "tone": "good"},
//!            "html": "<p>…</p>", "title_html": null, "fields_html": [], "footer_html": null,
//!            "form": null, "incident": "HOT-12", "room": "hot-12", "data": null},
//!  "message": null}
//! ```
//! A command gives `reply` (shown to its author only), chat gives `message` (also sent as an event with the same `id`).
//! `outcome` is `done`, `asked` (then `form` is there), `misunderstood`, `refused` or `forbidden`. A form:
//! ```json
//! {"command": "incident declare", "title": "Declare an incident", "submit": "Declare incident", "confirm": null,
//!  "inputs": [{"name": "title", "label": "Title", "help": "…", "kind": "line", "required": true, "value": "",
//!              "choices": [["sev1", "SEV1"]], "error": "…"}]}
//! ```
//! (`confirm` and `error` are absent when there is none.)
//!
//! # `GET /console/form?command=incident+declare&room=hot-12` gives `{"reply": …}` with the form
//!
//! # `POST /console/form`
//! `{"delivery": "…", "room": "hot-12", "command": "incident declare", "options": [["title", "…"]], "version": 7}`
//! gives `{"reply": …}`; the outcome `misunderstood` returns the form with `error` on its inputs.
//!
//! # `POST /console/read` `{"room": "hot-12", "message": 415}` gives `{"unread": 0, "mentioned": 0}`
//!
//! # `GET /console/push` gives `{"key": "BP…", "csrf": "q83v…", "subscriptions": [{"id": "9f86d0…", "gone": false}]}`
//! `key` is the `applicationServerKey` of a subscription; `subscriptions` are the browsers of the reader, each by the SHA-256
//! of its endpoint. `gone` means that its push service has ended the subscription. 404 if push messages are not set up.
//!
//! # `POST /console/push` `{"endpoint": "https://…", "keys": {"p256dh": "…", "auth": "…"}, "replaces": "9f86d0…"}`
//! Subscribes the browser and gives `{"id": "…", "gone": false}`. `replaces` may be null: the id that the browser had before.
//!
//! # `POST /console/push/remove` `{"id": "9f86d0…", "sure": false}`
//! Removes the browser. 409 with `"in_use": true` if the person's rules use it: then send it again with `sure`.
//!
//! # `POST /console/push/test` `{"id": "9f86d0…"}` sends a test to the browser
//!
//! # `POST /console/postmortem/{key}/sections/{section}` `{"text": "…", "version": 3}` gives the section
//! `{"id", "title", "help", "text", "html", "version", "prefilled", "external", "by", "at", "comments"}`. Another `version` than
//! the present one is a conflict: 409 with the present `section`. `GET …/versions` gives `{"items": [{"version", "by", "at",
//! "prefilled", "text"}]}`, newest first.
//!
//! # `POST /console/postmortem/{key}/sections/{section}/comments` `{"text": "…"}` gives the section
//!
//! # `POST /console/postmortem/{key}/comments/{number}/resolve` `{}`
//!
//! # `POST /console/postmortem/preview` `{"text": "…"}` gives `{"html": "…"}`
//!
//! # `GET /console/events?since=REV`
//! Server-sent events; `id:` is the revision to continue after (`Last-Event-ID` takes precedence over `since`). A
//! connection always starts with one `hello`, then one `room` for each listed room, then the changes since.
//! ```text
//! event: hello
//! data: {"rev": 417, "version": "0.1.0", "reset": false, "pages": […Page…]}
//!
//! event: message
//! id: 418
//! data: {…Message…}
//!
//! event: room
//! id: 418
//! data: {…Room…}           or {"id": "hot-12", "gone": true} if the reader may no longer see it
//!
//! event: side
//! id: 418
//! data: {"room": "hot-12"}
//!
//! event: pages
//! id: 418
//! data: {"pages": […Page…]}    whenever others wait than before
//! ```
//! `reset` true: too much was missed; fetch the open room's messages again. A `message` whose `id` is known is an edit:
//! replace it in place. A `version` other than the page's own: offer to reload. At most 8 streams per person; the
//! oldest is closed with the event `bye` (`{"why": "…"}`), after which the script must not reconnect by itself. `bye`
//! with `"retry": true` (shutdown): reconnect after a moment.

pub mod alarm;
mod ask;
mod events;
pub mod html;
pub mod json;
mod post;
mod postmortem;
mod push;
pub mod state;
pub mod streams;
#[cfg(test)]
mod tests;
pub mod view;
pub mod watch;

use axum::{
    Router,
    routing::{get, post},
};

use super::State;

pub(super) use ask::broken;
pub use streams::Streams;

/// Routes of the console's JSON endpoints.
pub fn routes() -> Router<State> {
    Router::new()
        .route("/console/state", get(ask::everything))
        .route("/console/rooms/{id}", get(ask::room))
        .route("/console/rooms/{id}/messages", get(ask::messages))
        .route("/console/rooms/{id}/side", get(ask::side))
        .route("/console/say", post(post::say))
        .route("/console/form", get(post::form).post(post::send_form))
        .route("/console/read", post(post::mark_read))
        .route("/console/events", get(events::open))
        .route("/console/push", get(push::view).post(push::subscribe))
        .route("/console/postmortem/preview", post(postmortem::preview))
        .route("/console/postmortem/{key}/sections/{section}", post(postmortem::write))
        .route("/console/postmortem/{key}/sections/{section}/comments", post(postmortem::comment))
        .route("/console/postmortem/{key}/sections/{section}/versions", get(postmortem::versions))
        .route("/console/postmortem/{key}/comments/{number}/resolve", post(postmortem::resolve_comment))
        .route("/console/push/remove", post(push::unsubscribe))
        .route("/console/push/test", post(push::test))
}
