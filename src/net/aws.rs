//! Calls to Amazon's hosts, which messages of theirs ask for: bounded, with no redirect followed, and to no other host. A
//! caller checks the address first, with [`crate::intake::sns::envelope::is_amazons`].

use std::{sync::LazyLock, time::Duration};

use reqwest::{Client, redirect::Policy};

use super::tls;

/// How long one call may take in all.
const DEADLINE: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const LARGEST: usize = 64 * 1024;

/// Calls are rare, so that no connection is kept.
static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    let client = tls::client().redirect(Policy::none()).timeout(DEADLINE).pool_max_idle_per_host(0);
    client.build().expect("nothing of the machine is needed for it")
});

/// Why a call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It may be tried again.
    #[error("{0}")]
    NotNow(String),
    /// It was refused.
    #[error("refused with HTTP {0}")]
    Refused(u16),
}

/// What is at an address of Amazon's. `stand_in` is asked in place of its host, for tests and proxies.
///
/// # Errors
/// [`Failure`]
pub async fn get(address: &str, stand_in: Option<&str>) -> Result<Vec<u8>, Failure> {
    let not_now = |error: reqwest::Error| Failure::NotNow(error.without_url().to_string());
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    let address = stand_in.map_or_else(|| address.to_owned(), |base| format!("{}/{path}", base.trim_end_matches('/')));
    let mut answer = CLIENT.get(address).send().await.map_err(not_now)?;
    let status = answer.status();
    if status.is_server_error() || status.as_u16() == 429 {
        return Err(Failure::NotNow(format!("HTTP {}", status.as_u16())));
    }
    if !status.is_success() {
        return Err(Failure::Refused(status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(not_now)? {
        if body.len() + part.len() > LARGEST {
            return Err(Failure::NotNow(format!("more than {LARGEST} bytes")));
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}
