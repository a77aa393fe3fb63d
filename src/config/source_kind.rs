//! The kinds of senders: signature, recognition of repeats, and endpoint of each.

/// How a body is signed if its source has a `signing_secret` or, for SNS, `topics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// `X-Hotroom-Signature: sha256=<hex>`: HMAC-SHA256 of the body as sent; with `X-Hotroom-Timestamp`, of
    /// `<Unix seconds>:<body>`.
    Hotroom,
    /// Hex in `X-Grafana-Alerting-Signature` or in the header the source names. With a header for the time, the time is
    /// signed as above.
    Grafana,
    /// `X-PagerDuty-Signature: v1=<hex>,v1=<hex>`, one for each active secret.
    PagerDuty,
    /// Hex in `Sentry-Hook-Signature`.
    Sentry,
    /// RSA over named fields, with a certificate of Amazon.
    Sns,
}

/// How a repeated delivery without `Idempotency-Key` and `X-Delivery-Id` is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repeats {
    /// Not at all: every body is new.
    Never,
    /// By an equal body within a few minutes, which is a retry. A later one means that the alerts still fire.
    EqualSoon,
    /// By an equal body at any time: each body is one event.
    Equal,
    /// By the id in this header.
    Id(&'static str),
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $signature:ident, $repeats:ident $(($id:literal))?;)*) => {
        /// The kind of a source.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum SourceKind {
            $($(#[$doc])* $kind,)*
        }

        impl SourceKind {
            /// All kinds with their words in `bot.toml`.
            pub const ALL: &[(&str, Self)] = &[$(($name, Self::$kind),)*];

            /// Returns the word in `bot.toml`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$kind => $name,)*
                }
            }

            /// Returns how bodies are signed.
            pub fn signature(self) -> Signature {
                match self {
                    $(Self::$kind => Signature::$signature,)*
                }
            }

            /// Returns how repeated deliveries are recognized.
            pub fn repeats(self) -> Repeats {
                match self {
                    $(Self::$kind => Repeats::$repeats $(($id))?,)*
                }
            }
        }
    };
}

// variant = word in bot.toml, signature, recognition of repeats. Sorted by word. `intake::read` names the parser of
// each; the shipped bot.toml has a source of each.
kinds! {
    /// Alertmanager's webhook, version 4.
    Alertmanager = "alertmanager", Hotroom, EqualSoon;
    /// Alertmanager's own API, version 2.
    AlertmanagerApi = "alertmanager-api", Hotroom, Never;
    /// Opsgenie's Alert API.
    OpsgenieApi = "opsgenie-api", Hotroom, Never;
    /// PagerDuty's Events API.
    PagerDutyEvents = "pagerduty-events", Hotroom, Never;
    /// Checkmk, by the script in `docs/senders/`.
    Checkmk = "checkmk", Hotroom, Never;
    /// CloudEvents 1.0: structured, binary and batch.
    CloudEvents = "cloudevents", Hotroom, Equal;
    /// Datadog's webhook, with the body of `docs/senders/datadog.md` or the default one.
    Datadog = "datadog", Hotroom, EqualSoon;
    /// Messages of monitoring systems in Discord channels.
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
    /// PagerDuty's webhooks, version 3, and those of version 1 that are still sent.
    PagerDuty = "pagerduty", PagerDuty, Id("x-webhook-id");
    /// Pingdom.
    Pingdom = "pingdom", Hotroom, Never;
    /// Riemann's events.
    Riemann = "riemann", Hotroom, Never;
    /// Sentry's integration platform.
    Sentry = "sentry", Sentry, Id("request-id");
    /// Site24x7.
    Site24x7 = "site24x7", Hotroom, Never;
    /// CloudWatch alarms through Amazon SNS.
    Sns = "sns", Sns, Id("x-amz-sns-message-id");
    /// Google Cloud Monitoring, formerly Stackdriver.
    Stackdriver = "stackdriver", Hotroom, Never;
    /// The Statuspage page of another company.
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
    /// True if a fully processed delivery need not be kept: its sender repeats itself, and deliveries have no id.
    pub fn is_fleeting(self) -> bool {
        self == Self::AlertmanagerApi
    }

    /// True if its senders use the paths of the system whose API hotroom implements.
    pub fn has_own_paths(self) -> bool {
        matches!(self, Self::AlertmanagerApi | Self::OpsgenieApi | Self::PagerDutyEvents)
    }
}
