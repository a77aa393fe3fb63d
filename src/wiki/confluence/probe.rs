//! What Confluence says about itself, its space and our rights there.

use serde_json::Value;

use super::{
    api::ConfluenceApi,
    settings::{ConfluenceEdition, ConfluenceSettings},
    wire::id_text,
};
use crate::{net::HttpClient, wiki::WikiFailure};

/// What was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfluenceDescription {
    /// The name of the space.
    pub space: String,
    /// The title of the page that pages are created below; `None` if none is configured.
    pub parent: Option<String>,
    /// Whether our account may create pages in the space; `None` if Confluence does not say.
    pub may_create: Option<bool>,
}

impl ConfluenceSettings {
    /// Reads the space and the parent page, and whether our account may write. Changes nothing.
    ///
    /// # Errors
    /// [`WikiFailure`] when it does not answer, refuses the credentials, or has no such space or page.
    pub async fn describe(&self, http: &HttpClient) -> Result<ConfluenceDescription, WikiFailure> {
        let api = ConfluenceApi { settings: self, http };
        let space = api.space().await?;
        let parent = match &self.parent {
            None => None,
            Some(id) => match api.read(id).await? {
                Some(page) => Some(page.title),
                None => {
                    return Err(WikiFailure::Refused(format!(
                        "Confluence: the page parent = \"{id}\" does not exist, or our account may not see it"
                    )));
                }
            },
        };
        let may_create = match self.edition {
            ConfluenceEdition::Cloud => self.operations(api, &id_text(&space.id)).await?,
            // v1 has no call that says what an account may do.
            ConfluenceEdition::DataCenter => None,
        };
        let name = if space.name.is_empty() { space.key } else { space.name };
        Ok(ConfluenceDescription { space: name, parent, may_create })
    }

    /// Whether the operations that Cloud permits in the space include the creation of pages.
    async fn operations(&self, api: ConfluenceApi<'_>, space: &str) -> Result<Option<bool>, WikiFailure> {
        let answer: Value = match api.get(&format!("/api/v2/spaces/{space}/operations")).await {
            Ok(answer) => answer,
            // A token may be too narrow for this question and wide enough for the work.
            Err(WikiFailure::Refused(_)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let operations = answer["operations"].as_array().map(Vec::as_slice).unwrap_or_default();
        let creates = |operation: &Value| operation["operation"] == "create" && operation["targetType"] == "page";
        Ok(Some(operations.iter().any(creates)))
    }
}

/// How the right to write is granted.
pub fn setup_hint(edition: ConfluenceEdition) -> &'static str {
    match edition {
        ConfluenceEdition::Cloud => {
            "grant it in Confluence: Space settings, Space permissions, Users: View and Add page; a token with scopes needs \
             read:page, write:page, read:space and write:label for confluence"
        }
        ConfluenceEdition::DataCenter => {
            "grant it in Confluence: Space tools, Permissions, Individual Users: View, Add Page"
        }
    }
}
