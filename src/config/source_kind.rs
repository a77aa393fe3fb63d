//! The kinds of senders: one line each, and all that tells their doors apart.

/// How the body of a sender is signed when its source has a `signing_secret`, or, for SNS, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// `X-Hotroom-Signature: sha256=<hex>`: HMAC-SHA256 of the body as sent; with `X-Hotroom-Timestamp`, of
    /// `<Unix seconds>:<body>`.
    Hotroom,
    /// Bare hex in `X-Grafana-Alerting-Signature`, or as the source names the header; with a header for the time, as above.
    Grafana,
    /// `X-PagerDuty-Signature: v1=<hex>,v1=<hex>`, one for each secret that is live.
    PagerDuty,
    /// Bare hex in `Sentry-Hook-Signature`.
    Sentry,
    /// RSA over named fields, by a certificate of Amazon's.
    Sns,
}

/// By what a delivery is known again that carries neither `Idempotency-Key` nor `X-Delivery-Id`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// By nothing: every body is a new one.
    Never,
    /// By its body within a few minutes, which is a retry. Later an equal body says that the alerts still fire.
    EqualSoon,
    /// By its body, whenever it comes: each body is one event.
    Equal,
    /// By the id in this header.
    Id(&'static str),
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $signature:ident, $repeats:ident $(($id:literal))?;)*) => {
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
                    $(Self::$kind => Repeats::$repeats $(($id))?,)*
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
    /// Alertmanager's own API, version 2.
    AlertmanagerApi = "alertmanager-api", Hotroom, Never;
    /// Opsgenie's Alert API.
    OpsgenieApi = "opsgenie-api", Hotroom, Never;
    /// PagerDuty's Events API.
    PagerDutyEvents = "pagerduty-events", Hotroom, Never;
    /// CloudEvents 1.0: structured, binary and batch.
    CloudEvents = "cloudevents", Hotroom, Equal;
    /// Datadog's webhook, with the body of `docs/senders/datadog.md` or the default one.
    Datadog = "datadog", Hotroom, EqualSoon;
    /// Messages of monitoring in channels on Discord.
    Discord = "discord", Hotroom, Never;
    /// The documented JSON, or any JSON through a field mapping.
    Generic = "generic", Hotroom, Never;
    /// Grafana's webhook: unified alerting, and legacy alerting before version 9.
    Grafana = "grafana", Grafana, EqualSoon;
    /// Graylog's HTTP notification, or its older alarm callback.
    Graylog = "graylog", Hotroom, Never;
    /// Icinga 2, by the script in `docs/senders/`.
    Icinga = "icinga", Hotroom, Never;
    /// Nagios, by the script in `docs/senders/`.
    Nagios = "nagios", Hotroom, Never;
    /// New Relic's workflows, or its older notification channels.
    NewRelic = "newrelic", Hotroom, Never;
    /// Opsgenie's outgoing webhook.
    Opsgenie = "opsgenie", Hotroom, Never;
    /// PagerDuty's webhooks, version 3, and of version 1 what still sends it.
    PagerDuty = "pagerduty", PagerDuty, Id("x-webhook-id");
    /// Pingdom.
    Pingdom = "pingdom", Hotroom, Never;
    /// Riemann's events.
    Riemann = "riemann", Hotroom, Never;
    /// Sentry's integration platform.
    Sentry = "sentry", Sentry, Id("request-id");
    /// Site24x7.
    Site24x7 = "site24x7", Hotroom, Never;
    /// Alarms of CloudWatch by way of Amazon SNS.
    Sns = "sns", Sns, Id("x-amz-sns-message-id");
    /// Google Cloud Monitoring, once Stackdriver.
    Stackdriver = "stackdriver", Hotroom, Never;
    /// Someone else's page at Statuspage.
    Statuspage = "statuspage", Hotroom, Never;
    /// Uptime Kuma's webhook.
    UptimeKuma = "uptime-kuma", Hotroom, Equal;
    /// UptimeRobot.
    UptimeRobot = "uptimerobot", Hotroom, Never;
    /// vRealize Operations, also called Aria Operations.
    VRealize = "vrealize", Hotroom, Never;
    /// Zabbix, by the media type in `docs/senders/`.
    Zabbix = "zabbix", Hotroom, Never;
}

impl SourceKind {
    /// Whether a delivery that was read in full is of no further use: its sender repeats itself, and names no delivery.
    pub fn is_fleeting(self) -> bool {
        self == Self::AlertmanagerApi
    }

    /// Whether its senders come to paths of their own, those of the system that they believe they talk to.
    pub fn has_own_paths(self) -> bool {
        matches!(self, Self::AlertmanagerApi | Self::OpsgenieApi | Self::PagerDutyEvents)
    }
}
