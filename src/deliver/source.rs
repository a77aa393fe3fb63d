//! Requests to the systems behind sources.

use super::adapter::{Adapter, PrepareContext, PreparedCall};
use crate::{
    domain::{
        Timestamp,
        effect::{Outcome, Receipt, SkipReason, SourceEffect},
    },
    intake::sns::envelope::is_amazons,
    net::aws,
    store::{Reads, StoreError},
};

/// Sends requests to the systems behind sources.
pub(super) struct SourceAdapter;

/// The confirmation of a subscription.
pub(super) struct Confirmation {
    address: String,
    /// Called in place of Amazon's host, for tests and proxies.
    base_url: Option<String>,
}

impl Adapter for SourceAdapter {
    type Effect = SourceEffect;
    type Call = Confirmation;

    fn prepare(
        &self,
        cx: &PrepareContext,
        _reads: &Reads<'_>,
        effect: &SourceEffect,
    ) -> Result<PreparedCall<Confirmation>, StoreError> {
        let SourceEffect::ConfirmSubscription { source, address } = effect;
        // The source may have been removed or changed since the message came.
        Ok(match cx.config.source(source.as_str()) {
            Some(source) if !source.topics.is_empty() => {
                PreparedCall::Call(Confirmation { address: address.clone(), base_url: source.base_url.clone() })
            }
            Some(_) | None => PreparedCall::Skip(SkipReason::NoTopics),
        })
    }

    async fn send(&self, call: Confirmation, _now: Timestamp) -> Outcome<Receipt> {
        if !is_amazons(&call.address) {
            return Outcome::Rejected { why: "this is no address of Amazon SNS".to_owned() };
        }
        match aws::get(&call.address, call.base_url.as_deref()).await {
            Ok(_) => Outcome::Delivered(Receipt::Nothing),
            Err(aws::Failure::NotNow(why)) => Outcome::Retry { after_ms: None, why },
            Err(refused @ aws::Failure::Refused(_)) => Outcome::Rejected { why: refused.to_string() },
        }
    }
}
