//! Calls to Redmine.

use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{
    failure::{is_stale, tracker_failure},
    known::KnownNames,
    settings::RedmineSettings,
};
use crate::{
    net::{HttpCall, HttpClient, HttpFailure, UrlOrigin},
    tracker::TrackerFailure,
};

/// The largest answer: a list of issues, or an issue with a long history.
const LARGEST: usize = 8 << 20;

/// The interface, with who calls it.
#[derive(Clone, Copy)]
pub(super) struct RedmineApi<'a> {
    pub http: &'a HttpClient,
    pub settings: &'a RedmineSettings,
    pub names: &'a KnownNames,
}

/// What became of a change.
pub(super) enum Put {
    /// Redmine says that it was made. That has to be checked.
    Accepted,
    /// Somebody else changed the issue at the same moment.
    Stale,
}

impl RedmineApi<'_> {
    /// Reads. The path has no slash at its beginning.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, TrackerFailure> {
        let answer = self.http.send(self.call(Method::GET, path)).await;
        Ok(answer.map_err(|failure| tracker_failure(failure, path))?.json()?)
    }

    /// Reads what may not exist, or be hidden: `None` for 403, 404 and 410.
    pub async fn get_if_there<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, TrackerFailure> {
        match self.http.send(self.call(Method::GET, path)).await {
            Ok(answer) => Ok(Some(answer.json()?)),
            Err(HttpFailure::Status(response)) if matches!(response.status, 403 | 404 | 410) => Ok(None),
            Err(failure) => Err(tracker_failure(failure, path)),
        }
    }

    /// Creates, and returns what was created.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, TrackerFailure> {
        let call = self.call(Method::POST, path).json(body.to_string().into_bytes());
        Ok(self.http.send(call).await.map_err(|failure| tracker_failure(failure, path))?.json()?)
    }

    /// Makes something whose answer has no body.
    pub async fn post_silently(&self, path: &str, body: &Value) -> Result<(), TrackerFailure> {
        let call = self.call(Method::POST, path).json(body.to_string().into_bytes());
        self.http.send(call).await.map(|_| ()).map_err(|failure| tracker_failure(failure, path))
    }

    /// Changes.
    pub async fn put(&self, path: &str, body: &Value) -> Result<Put, TrackerFailure> {
        let call = self.call(Method::PUT, path).json(body.to_string().into_bytes());
        match self.http.send(call).await {
            Ok(_) => Ok(Put::Accepted),
            Err(failure) if is_stale(&failure) => Ok(Put::Stale),
            Err(failure) => Err(tracker_failure(failure, path)),
        }
    }

    fn call(&self, method: Method, path: &str) -> HttpCall {
        HttpCall::new(method, format!("{}/{path}", self.settings.base_url), UrlOrigin::Config)
            .secret_header("x-redmine-api-key", &self.settings.api_key)
            .at_most(LARGEST)
    }
}

/// A value of a query.
pub(super) fn escape(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}
