//! The table of failures against Discord: the REST client decides the result of each call.

use super::*;
use crate::{
    domain::effect::EffectClass,
    fake_http::table::{self, AdapterUnderTest, Expected, Override, Row, run_failure_table},
    net::HttpClient,
};

/// One call with its own client, so that the rate limits of one row do not affect another.
struct OneCall {
    class: EffectClass,
    request: fn() -> RestRequest,
}

impl AdapterUnderTest for OneCall {
    fn class(&self) -> EffectClass {
        self.class
    }

    async fn send(&self, _http: &HttpClient, url: &str) -> Outcome<()> {
        let rest = Rest { http: table::client(), ..Rest::new(&access(url)).unwrap() };
        match rest.call((self.request)()).await {
            Ok(_) => Outcome::Delivered(()),
            Err(failure) => failure.outcome(),
        }
    }

    fn success(&self) -> Vec<u8> {
        br#"{"id":"9"}"#.to_vec()
    }

    fn refusal(&self, _status: u16) -> Vec<u8> {
        br#"{"code":50001,"message":"Missing Access"}"#.to_vec()
    }
}

const OVERRIDES: [Override; 3] = [
    Override {
        row: Row::Status(401),
        expected: Expected::Retry,
        reason: "the token may be exchanged while the bot runs; until then the limits stop all further calls",
    },
    Override {
        row: Row::Status(429),
        expected: Expected::RetryAfter(5_000),
        reason: "Discord bans addresses that are limited too often, so a limit without a time waits for a usual one",
    },
    Override {
        row: Row::Redirect,
        expected: Expected::Retry,
        reason: "Discord's API has no redirects: something on the way answers in its place, for as long as it is there",
    },
];

#[tokio::test]
async fn a_message_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&OneCall { class: EffectClass::Readable, request: post }, &OVERRIDES).await;
}

#[tokio::test]
async fn a_read_that_fails_has_the_outcome_of_the_table() {
    run_failure_table(&OneCall { class: EffectClass::Keyed, request: read_back }, &OVERRIDES).await;
}
