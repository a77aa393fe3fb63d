//! Personal webhooks: a signed message to a URL that a person or a policy names.

use secrecy::SecretString;

use crate::{
    domain::{
        Timestamp,
        effect::{EffectClass, Outcome, Receipt},
    },
    net::{
        self, HostPattern, HttpClient, UrlOrigin,
        standard_webhooks::{WebhookMessage, WebhookSecret},
    },
};

/// Where the messages go.
#[derive(Clone)]
pub struct PersonalWebhook {
    url: String,
    origin: UrlOrigin,
    secret: WebhookSecret,
}

impl PersonalWebhook {
    /// A webhook with an address that was checked when it was entered.
    ///
    /// # Errors
    /// Says what is wrong with the secret, without repeating it.
    pub fn new(url: &str, origin: UrlOrigin, secret: &SecretString) -> Result<Self, String> {
        Ok(Self { url: url.to_owned(), origin, secret: WebhookSecret::parse(secret)? })
    }

    /// Checks the URL that a person enters, as far as it can be checked before it is called. `allow` is `[net] allow`.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn check_url(url: &str, allow: &[HostPattern]) -> Result<(), String> {
        net::check_outside_url(url, allow).map_err(|failure| failure.to_string())?;
        if net::is_readable_on_the_way(url) {
            return Err(
                "use https: the message has the link that acknowledges, and over http everybody on the way reads \
                        it"
                .to_owned(),
            );
        }
        Ok(())
    }

    /// Posts a message. `id` is the same in every attempt, so that the receiver knows a repeat.
    pub async fn post(&self, http: &HttpClient, id: &str, body: Vec<u8>, now: Timestamp) -> Outcome<Receipt> {
        let message = WebhookMessage {
            url: self.url.clone(),
            origin: self.origin,
            id: id.to_owned(),
            body,
            secrets: vec![self.secret.clone()],
        };
        match message.post(http, now).await {
            Ok(()) => Outcome::Delivered(Receipt::Nothing),
            // The answer is not quoted: it may repeat the message, and many people see the reason.
            Err(failure) => failure.without_body().outcome(EffectClass::Keyed, now),
        }
    }
}

impl std::fmt::Debug for PersonalWebhook {
    /// The path of the URL may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PersonalWebhook").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fake_http::{
        FakeHttp, Reaction,
        table::{AdapterUnderTest, Expected, Override, Row, client, run_failure_table},
    };

    fn webhook(url: &str) -> PersonalWebhook {
        let secret = WebhookSecret::generate().expect("random bytes");
        PersonalWebhook::new(&format!("{url}/hook"), UrlOrigin::Outside, &secret).expect("a secret")
    }

    struct OnePage;

    impl AdapterUnderTest for OnePage {
        fn class(&self) -> EffectClass {
            EffectClass::Keyed
        }

        async fn send(&self, http: &HttpClient, url: &str) -> Outcome<()> {
            webhook(url).post(http, "msg_1", b"{}".to_vec(), Timestamp::UNIX_EPOCH).await.map(|_| ())
        }

        fn success(&self) -> Vec<u8> {
            b"thanks".to_vec()
        }
    }

    #[tokio::test]
    async fn a_personal_webhook_that_fails_has_the_outcome_of_the_table() {
        let taken = |row| Override {
            row,
            expected: Expected::Delivered,
            reason: "a status of 2xx says that the message was taken; the body has no meaning",
        };
        run_failure_table(&OnePage, &[Row::BodyTruncated, Row::BodyTooLarge, Row::BodyDrips].map(taken)).await;
    }

    #[tokio::test]
    async fn a_repeat_has_the_same_id_and_the_answer_is_not_repeated() {
        let fake = FakeHttp::start(|_| Reaction::answer(503, "Checkout is down, says the page")).await;
        let webhook = webhook(&fake.url);
        for seconds in [1, 2] {
            let now = Timestamp::from_timestamp(seconds, 0).expect("a time");
            let outcome = webhook.post(&client(), "msg_1", json!({"text": "x"}).to_string().into_bytes(), now).await;
            assert_eq!(outcome, Outcome::Retry { after_ms: None, why: "HTTP 503".to_owned() });
        }
        let received = fake.received();
        assert!(received.iter().all(|request| request.headers["webhook-id"] == "msg_1"));
        assert_ne!(received[0].headers["webhook-signature"], received[1].headers["webhook-signature"]);
    }

    #[tokio::test]
    async fn a_url_that_a_person_entered_leads_to_public_addresses_only() {
        let fake = FakeHttp::start(|_| Reaction::answer(200, "")).await;
        let direct = net::NetSettings::direct(std::time::Duration::from_secs(5));
        let http = HttpClient::new(&direct).expect("a client");
        let outcome = webhook(&fake.url).post(&http, "msg_1", b"{}".to_vec(), Timestamp::UNIX_EPOCH).await;
        assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
        assert!(fake.received().is_empty());
        for (url, why) in [
            ("http://10.0.0.5/hook", "not a public address"),
            ("https://169.254.169.254/", "metadata"),
            ("http://hooks.example.com/x", "use https"),
            ("https://ann:pw@hooks.example.com/x", "password"),
            ("ftp://hooks.example.com/x", "http or https"),
        ] {
            let error = PersonalWebhook::check_url(url, &[]).expect_err(url);
            assert!(error.contains(why), "{url}: {error}");
        }
        assert_eq!(PersonalWebhook::check_url("https://hooks.example.com/x", &[]), Ok(()));
        let allowed = HostPattern::parse("10.0.0.0/8").expect("a network");
        assert_eq!(PersonalWebhook::check_url("http://10.0.0.5/hook", &[allowed]), Ok(()));
    }

    #[test]
    fn neither_address_nor_secret_is_shown() {
        let shown = format!("{:?}", webhook("https://hooks.example.com/T0K3N"));
        assert!(!shown.contains("T0K3N") && !shown.contains("whsec"), "{shown}");
    }
}
