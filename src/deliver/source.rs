//! Requests to the systems behind sources.

use std::sync::Arc;

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt, SkipReason, SourceEffect},
    },
    intake::sns::envelope::is_amazons,
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
                let (base_url, net) = (source.base_url.clone(), cx.config.net.clone());
                PreparedCall::Call(SubscriptionConfirmation { address: address.clone(), base_url, net })
            }
            Some(_) | None => PreparedCall::Skip(SkipReason::NoTopics),
        })
    }

    async fn send(&self, call: SubscriptionConfirmation, now: Timestamp) -> Outcome<Receipt> {
        if !is_amazons(&call.address) {
            return Outcome::Rejected { why: "this is no address of Amazon SNS".to_owned() };
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
