//! Requests to the systems behind sources.

use std::sync::Arc;

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, SkipReason, SourceEffect},
    },
    intake::sns::envelope::confirmed_topic,
    net::{HttpClient, HttpClients, NetSettings, aws},
    store::{Reads, StoreError},
};

/// Sends requests to the systems behind sources.
pub(super) struct SourceAdapter {
    http: Arc<HttpClients>,
}

impl SourceAdapter {
    pub(super) fn new(http: Arc<HttpClients>) -> Self {
        Self { http }
    }
}

/// The confirmation of a subscription.
pub(super) struct SubscriptionConfirmation {
    address: String,
    /// Called in place of Amazon's host, for tests and proxies.
    base_url: Option<String>,
    /// The topics that the source lists.
    topics: Vec<String>,
    net: NetSettings,
}

impl SubscriptionConfirmation {
    /// Makes the call.
    async fn confirm(&self, http: &HttpClient, now: Timestamp) -> Outcome<Receipt> {
        match aws::get(http, &self.address, self.base_url.as_deref()).await {
            Ok(_) => Outcome::Delivered(Receipt::Nothing),
            Err(failure) => failure.outcome(EffectClass::Keyed, now),
        }
    }
}

impl Adapter for SourceAdapter {
    type Effect = SourceEffect;
    type Call = SubscriptionConfirmation;

    fn prepare(
        &self,
        cx: &PrepareContext,
        _reads: &Reads<'_>,
        effect: &SourceEffect,
    ) -> Result<PreparedCall<SubscriptionConfirmation>, StoreError> {
        let SourceEffect::ConfirmSubscription { source, address } = effect;
        // The source may have been removed or changed since the message came.
        Ok(match cx.config.source(source.as_str()) {
            Some(source) if !source.topics.is_empty() => {
                let (base_url, topics) = (source.base_url.clone(), source.topics.clone());
                let (address, net) = (address.clone(), cx.config.net.clone());
                PreparedCall::Call(SubscriptionConfirmation { address, base_url, topics, net })
            }
            Some(_) | None => PreparedCall::Skip(SkipReason::NoTopics),
        })
    }

    async fn send(&self, call: SubscriptionConfirmation, now: Timestamp) -> Outcome<Receipt> {
        if !confirmed_topic(&call.address).is_some_and(|topic| call.topics.contains(&topic)) {
            return Outcome::Rejected { why: "this address confirms no topic that the source lists".to_owned() };
        }
        match self.http.client(&call.net) {
            Ok(http) => call.confirm(&http, now).await,
            Err(failure) => failure.outcome(EffectClass::Keyed, now),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fake_http::table::{AdapterUnderTest, run_failure_table};

    /// The confirmation, with a system in place of Amazon's host.
    struct OneConfirmation;

    impl AdapterUnderTest for OneConfirmation {
        fn class(&self) -> EffectClass {
            EffectClass::Keyed
        }

        async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
            let call = SubscriptionConfirmation {
                address: "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2".to_owned(),
                base_url: Some(url.to_owned()),
                topics: Vec::new(),
                net: NetSettings::direct(Duration::from_secs(10)),
            };
            call.confirm(http, Timestamp::UNIX_EPOCH).await.map(|_| ())
        }

        fn success(&self) -> Vec<u8> {
            b"<ConfirmSubscriptionResponse/>".to_vec()
        }
    }

    #[tokio::test]
    async fn a_confirmation_that_fails_has_the_outcome_of_the_table() {
        run_failure_table(&OneConfirmation, &[]).await;
    }
}
