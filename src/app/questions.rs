//! Requests that only read: lists, one incident, who is on call, help, and forms to fill in.

use super::{commands::Asked, replies};
use crate::{
    chat::Reply,
    command::{Ask, ListFilter, Prefill, Request, Shown, Vocabulary},
    domain::{
        ids::{Key, PersonId},
        incident::{Category, Incident, Refusal},
    },
    store::{IncidentFilter, Reads, StoreError, Viewer},
};

/// How many incidents a list in chat shows.
const LISTED: usize = 20;

/// Whether the request changes nothing, so that it is answered without a commit.
pub(super) fn is_question(request: &Request) -> bool {
    matches!(
        request,
        Request::List(_)
            | Request::Info { .. }
            | Request::Help { .. }
            | Request::OnCallNow { .. }
            | Request::AlertList { .. }
            | Request::Ask(_)
    )
}
