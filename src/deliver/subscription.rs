//! Confirming that a source wants what a topic of Amazon SNS publishes.

use crate::{chat::Outcome, config::Config, domain::ids::SourceId, intake::sns::envelope::is_amazons, net::aws};

/// Asks the address of the confirmation. Confirming twice confirms, so that it may be repeated freely.
pub(super) async fn confirm(config: &Config, source: &SourceId, address: &str) -> Outcome<String> {
    let Some(source) = config.source(source.as_str()).filter(|source| !source.topics.is_empty()) else {
        return Outcome::Delivered("the source lists no topics any more".to_owned());
    };
    if !is_amazons(address) {
        return Outcome::Rejected { why: "this is no address of Amazon SNS".to_owned() };
    }
    match aws::get(address, source.base_url.as_deref()).await {
        Ok(_) => Outcome::Delivered("confirmed".to_owned()),
        Err(aws::Failure::NotNow(why)) => Outcome::Retry { after_ms: None, why },
        Err(refused @ aws::Failure::Refused(_)) => Outcome::Rejected { why: refused.to_string() },
    }
}
