//! Copies of message attachments, downloadable by those who may see the incident.

use axum::{
    extract::{Path, State as Given},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::incident;
use crate::{
    store::FileCopy,
    web::{
        State, Viewer,
        problem::{Kind, Problem},
    },
};

/// Serves a copy as a download (RFC 6266), so that the browser never executes its content.
pub(super) async fn one(
    Given(state): Given<State>,
    viewer: Viewer,
    Path((key, sha256)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let reader = viewer.id().clone();
    let found = state.app.store.read(move |reads| match incident::find(reads, &reader, &key)? {
        Some(incident) => match reads.timeline_file(incident.id, &sha256)? {
            Some(file) => Ok(Some(file)),
            None => reads.message_file(incident.id, &sha256),
        },
        None => Ok(None),
    });
    found.await?.map(handed_out).ok_or_else(|| Problem::new(Kind::NotFound))
}

fn handed_out(file: FileCopy) -> Response {
    let name = utf8_percent_encode(&file.name.shown(100), NON_ALPHANUMERIC).to_string();
    let disposition = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{name}"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment"))),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    (headers, file.body).into_response()
}
