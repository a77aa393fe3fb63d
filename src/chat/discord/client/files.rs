//! Attachments of messages: fetched from Discord's own hosts, bounded, without the token.

use std::time::Duration;

use reqwest::Url;
use tokio::time::timeout;

use super::rest::{Rest, chain};

/// Discord's file hosts (docs.discord.com, Reference, "Image Formatting"; attachments have full addresses).
const HOSTS: [&str; 2] = ["https://cdn.discordapp.com", "https://media.discordapp.net"];
/// How long a download may take in total.
const DEADLINE: Duration = Duration::from_secs(20);

/// Returns where files may be fetched: from the configured base address, when there is one.
pub(in crate::chat::discord) fn places(base_url: Option<&str>) -> Vec<Url> {
    let places = base_url.map_or_else(|| HOSTS.to_vec(), |base| vec![base]);
    places.into_iter().filter_map(|place| Url::parse(place).ok()).collect()
}

impl Rest {
    /// Fetches a file of at most `most` bytes. The error says why it cannot be fetched.
    pub async fn file(&self, address: &str, most: usize) -> Result<Vec<u8>, String> {
        let url = Url::parse(address).map_err(|error| format!("its address cannot be read: {error}"))?;
        let ours = |place: &Url| place.origin() == url.origin() && url.username().is_empty();
        if !self.files.iter().any(ours) {
            return Err(format!("{} is not where Discord keeps files", url.host_str().unwrap_or("its address")));
        }
        timeout(DEADLINE, self.fetch(url, most)).await.unwrap_or_else(|_| Err("it did not come in time".to_owned()))
    }

    async fn fetch(&self, url: Url, most: usize) -> Result<Vec<u8>, String> {
        let fetched = self.http.get(url).send().await;
        let mut response = fetched.map_err(|error| chain(&error.without_url()))?;
        if !response.status().is_success() {
            return Err(format!("HTTP {}", response.status()));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|error| chain(&error.without_url()))? {
            if body.len() + part.len() > most {
                return Err(format!("more than {most} bytes"));
            }
            body.extend_from_slice(&part);
        }
        Ok(body)
    }
}
