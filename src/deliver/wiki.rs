//! Published post-mortems as pages of wikis.

use std::{sync::Arc, time::Duration};

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt},
        review::WikiPage,
    },
    net::{HttpClients, NetSettings},
    wiki::{Publication, WikiClient, WikiDocument},
};

/// How long all requests of one attempt may take together: less than the worker waits, so that no request of an attempt is
/// under way when the next attempt begins.
const DEADLINE: Duration = Duration::from_secs(13);

/// A page that is brought up to date.
pub(super) struct WikiCall {
    pub client: WikiClient,
    pub document: WikiDocument,
    pub known: Option<WikiPage>,
    pub replace: bool,
    pub net: NetSettings,
}

impl WikiCall {
    /// Makes the call.
    pub(super) async fn send(&self, http: &Arc<HttpClients>, now: Timestamp) -> Outcome<Receipt> {
        let http = match http.client(&self.net) {
            Ok(http) => http,
            Err(failure) => return failure.outcome(EffectClass::Readable, now),
        };
        let publication = Publication { document: &self.document, known: self.known.as_ref(), replace: self.replace };
        match tokio::time::timeout(DEADLINE, self.client.publish(&http, publication)).await {
            Ok(Ok(page)) => Outcome::Delivered(Receipt::Page(page)),
            Ok(Err(failure)) => failure.outcome(now),
            Err(_elapsed) => Outcome::Unknown { why: format!("not finished within {} s", DEADLINE.as_secs()) },
        }
    }
}
