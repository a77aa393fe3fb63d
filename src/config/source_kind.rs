//! The kinds of senders: one line each, and all that tells their doors apart.

/// How the body of a sender is signed when its source has a `signing_secret`, or, for SNS, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// `X-Hotroom-Signature: sha256=<hex>`: HMAC-SHA256 of the body as sent.
    Hotroom,
}

/// By what a delivery is known again that carries neither `Idempotency-Key` nor `X-Delivery-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// By nothing: every body is a new one.
    Never,
    /// By its body within a few minutes, which is a retry. Later an equal body says that the alerts still fire.
    EqualSoon,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $signature:ident, $repeats:ident;)*) => {
        /// What a source speaks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SourceKind {
            $($(#[$doc])* $kind,)*
        }

        impl SourceKind {
            /// All kinds with the words that `bot.toml` has for them.
            pub const ALL: &[(&str, Self)] = &[$(($name, Self::$kind),)*];

            /// The word that `bot.toml` has for it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// How its bodies are signed.
            pub fn signature(self) -> Signature {
                match self {
                    $(Self::$kind => Signature::$signature,)*
                }
            }

            /// By what a delivery of it is known again.
            pub fn repeats(self) -> Repeats {
                match self {
                    $(Self::$kind => Repeats::$repeats,)*
                }
            }
        }
    };
}

// variant = its word in bot.toml, how it signs, by what a delivery that comes again is known. In the order of the words.
// What reads its bodies is named in `intake::read`; the shipped bot.toml has a source of each.
kinds! {
    /// Alertmanager's webhook, version 4.
    Alertmanager = "alertmanager", Hotroom, EqualSoon;
    /// CloudEvents 1.0: structured, binary and batch.
    CloudEvents = "cloudevents", Hotroom, Never;
    /// Datadog's webhook, with the body of `docs/senders/datadog.md` or the default one.
    Datadog = "datadog", Hotroom, EqualSoon;
    /// Messages of monitoring in channels on Discord.
    Discord = "discord", Hotroom, Never;
    /// The documented JSON, or any JSON through a field mapping.
    Generic = "generic", Hotroom, Never;
    /// Grafana's webhook: unified alerting, and legacy alerting before version 9.
    Grafana = "grafana", Hotroom, EqualSoon;
    /// PagerDuty's webhooks, version 3, and of version 1 what still sends it.
    PagerDuty = "pagerduty", Hotroom, EqualSoon;
    /// Sentry's integration platform.
    Sentry = "sentry", Hotroom, EqualSoon;
    /// Alarms of CloudWatch by way of Amazon SNS.
    Sns = "sns", Hotroom, EqualSoon;
    /// Uptime Kuma's webhook.
    UptimeKuma = "uptime-kuma", Hotroom, EqualSoon;
}
