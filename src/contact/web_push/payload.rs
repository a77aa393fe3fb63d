//! What the service worker of the console gets in a message, as JSON: everything that it shows, because it has no texts of its
//! own, and what the buttons post to.

use serde::Serialize;

use super::LARGEST_PAYLOAD;
use crate::domain::text::{cut, visible};

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushPayload {
    /// The first line.
    pub title: String,
    /// The text below it.
    pub body: String,
    /// What replaces what: a notification takes the place of the one with the same tag.
    pub tag: String,
    /// True if it makes itself noticed again where it takes a place: a new step of a page.
    pub renotify: bool,
    /// True if it makes no sound: a page that somebody else acknowledged.
    pub silent: bool,
    /// True if it stays until it is answered.
    pub sticky: bool,
    /// When it is from, in milliseconds since 1970.
    pub at: i64,
    /// The path of the view that a tap opens.
    pub open: String,
    /// The path that is posted to once it is shown.
    pub shown: Option<String>,
    /// The buttons; systems show the first two.
    pub actions: Vec<PushAction>,
    /// The label of the button that tries again.
    pub retry: String,
    /// What is shown when somebody else had acknowledged; `{by}` stands for the name.
    pub taken: String,
    /// What is shown when a button comes too late.
    pub over: String,
}

/// A button of a notification. It posts without a session: the path holds a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PushAction {
    /// Its name: `ack`.
    pub action: &'static str,
    /// Its label.
    pub title: String,
    /// The path that it posts to.
    pub post: String,
    /// What is shown when it is done.
    pub done: String,
    /// What is shown when hotroom could not be reached.
    pub failed: String,
}

impl PushPayload {
    /// Writes it as JSON of at most [`LARGEST_PAYLOAD`] bytes: the body is shortened first, then the title; the paths and the
    /// labels are never cut. Deceptive characters are left out.
    pub fn to_json(&self) -> Vec<u8> {
        let mut fitted = Self { title: visible(&self.title), body: visible(&self.body), ..self.clone() };
        if !fitted.fits() {
            fitted.shorten(|payload| &mut payload.body);
        }
        if !fitted.fits() {
            fitted.shorten(|payload| &mut payload.title);
        }
        fitted.json()
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    fn fits(&self) -> bool {
        self.json().len() <= LARGEST_PAYLOAD
    }

    /// Cuts a text to the most graphemes that fit.
    fn shorten(&mut self, text: fn(&mut Self) -> &mut String) {
        let whole = text(self).clone();
        let (mut least, mut most) = (0, whole.chars().count());
        while least < most {
            let middle = (least + most).div_ceil(2);
            *text(self) = cut(&whole, middle);
            if self.fits() {
                least = middle;
            } else {
                most = middle - 1;
            }
        }
        *text(self) = if least == 0 { String::new() } else { cut(&whole, least) };
    }
}
