//! The settings of Confluence.

use secrecy::SecretString;

use crate::net::check_url;

/// `[documents.confluence]`
#[derive(Clone, Debug)]
pub struct ConfluenceSettings {
    /// The address without a slash at its end: `https://acme.atlassian.net/wiki`, or that of a Data Center.
    pub url: String,
    /// Which Confluence it is.
    pub edition: ConfluenceEdition,
    /// How hotroom signs in.
    pub credentials: ConfluenceCredentials,
    /// The key of the space.
    pub space: String,
    /// The id of the page that pages are created below; `None` for the top of the space.
    pub parent: Option<String>,
    /// Labels that every page gets.
    pub labels: Vec<String>,
}

/// Which Confluence it is. The two differ in their API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfluenceEdition {
    /// Confluence Cloud: REST v2, and v1 for labels.
    Cloud,
    /// Confluence Data Center: REST v1.
    DataCenter,
}

impl ConfluenceEdition {
    /// The words of `bot.toml`.
    pub const WORDS: [(&str, Self); 2] = [("cloud", Self::Cloud), ("data_center", Self::DataCenter)];
}

/// How hotroom signs in.
#[derive(Clone, Debug)]
pub enum ConfluenceCredentials {
    /// Cloud: the mail address of an account and its API token.
    ApiToken {
        /// The mail address.
        email: String,
        /// The token.
        token: SecretString,
    },
    /// A personal access token of a Data Center, or the token of a service account.
    Bearer(SecretString),
}

/// Checks an address of Confluence.
///
/// # Errors
/// Says what must be written.
pub fn check_confluence_url(url: &str, edition: ConfluenceEdition) -> Result<(), String> {
    check_url(url).map_err(|failure| failure.to_string())?;
    if url.ends_with('/') {
        return Err("must not end with a slash".to_owned());
    }
    if url.contains(['?', '#']) || url.contains("/rest") || url.contains("/api/v2") || url.contains("/spaces") {
        return Err("must be the address of Confluence itself, such as https://acme.atlassian.net/wiki".to_owned());
    }
    match edition {
        ConfluenceEdition::Cloud if !url.ends_with("/wiki") => {
            Err("must end with /wiki for Confluence Cloud, as in https://acme.atlassian.net/wiki".to_owned())
        }
        ConfluenceEdition::Cloud | ConfluenceEdition::DataCenter => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_that_of_confluence_itself() {
        let (cloud, center) = (ConfluenceEdition::Cloud, ConfluenceEdition::DataCenter);
        for (good, edition) in [
            ("https://acme.atlassian.net/wiki", cloud),
            ("https://api.atlassian.com/ex/confluence/1-2/wiki", cloud),
            ("https://wiki.example.com/confluence", center),
            ("https://wiki.example.com", center),
        ] {
            assert_eq!(check_confluence_url(good, edition), Ok(()), "{good}");
        }
        for (bad, edition) in [
            ("https://acme.atlassian.net", cloud),
            ("https://acme.atlassian.net/wiki/", cloud),
            ("https://acme.atlassian.net/wiki/spaces/OPS", cloud),
            ("https://wiki.example.com/rest/api", center),
            ("wiki.example.com", center),
        ] {
            assert!(check_confluence_url(bad, edition).is_err(), "{bad}");
        }
    }
}
