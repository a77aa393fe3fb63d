//! Calls to Amazon's hosts that its own messages and certificates ask for. A caller checks the address first, with
//! `intake::sns::envelope`.

use std::time::Duration;

use reqwest::Method;

use super::{HttpCall, HttpClient, HttpFailure, UrlOrigin};

/// How long one call may take in all: the sender of a message waits for it.
const DEADLINE: Duration = Duration::from_secs(5);
/// The largest answer that is read.
const LARGEST: usize = 64 * 1024;

/// Fetches what is at an address of Amazon's. `base_url` is called in place of its host, for tests and proxies.
///
/// # Errors
/// [`HttpFailure`]; a call may be repeated.
pub async fn get(http: &HttpClient, address: &str, base_url: Option<&str>) -> Result<Vec<u8>, HttpFailure> {
    let path = address.splitn(4, '/').nth(3).unwrap_or_default();
    let (url, origin) = match base_url {
        Some(base) => (format!("{}/{path}", base.trim_end_matches('/')), UrlOrigin::Config),
        None => (address.to_owned(), UrlOrigin::Outside),
    };
    let call = HttpCall::new(Method::GET, url, origin).within(DEADLINE).at_most(LARGEST);
    Ok(http.send(call).await?.body)
}
