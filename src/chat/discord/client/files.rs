//! Downloads attachments of messages from Discord's file hosts, with a size limit and without the token.

use std::time::Duration;

use reqwest::{Method, Url};

use super::rest::Rest;
use crate::net::{HttpCall, UrlOrigin};

/// How long a download may take in total.
const DEADLINE: Duration = Duration::from_secs(20);

impl Rest {
    /// Downloads a file of at most `most` bytes. The error says why that failed.
    pub async fn file(&self, address: &str, most: usize) -> Result<Vec<u8>, String> {
        let url = Url::parse(address).map_err(|error| format!("its address cannot be read: {error}"))?;
        let ours = |place: &Url| place.origin() == url.origin() && url.username().is_empty();
        if !self.files.iter().any(ours) {
            return Err(format!("{} is not where Discord keeps files", url.host_str().unwrap_or("its address")));
        }
        let call = HttpCall::new(Method::GET, url, UrlOrigin::Config)
            .header("user-agent", &self.agent)
            .within(DEADLINE)
            .at_most(most);
        self.http.send(call).await.map(|response| response.body).map_err(|failure| failure.to_string())
    }
}
