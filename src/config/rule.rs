//! Rules that parse alerts from messages of monitoring systems in chat channels.

use regex::Regex;

/// `[sources.discord]`: which messages are parsed as alerts.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The channels to read.
    pub channels: Vec<u64>,
    /// The accepted senders: ids of webhooks, applications and bots. Names are not checked, because anyone can use any
    /// name.
    pub senders: Vec<u64>,
    /// The operator's rules, then the shipped ones. The first match wins.
    pub rules: Vec<Rule>,
}

/// A rule for one layout of messages.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// False if its messages are known and contain no alert.
    pub alert: bool,
    /// The patterns. All that are not optional must match.
    pub look: Vec<Look>,
    /// For messages with several alerts: the pattern of each.
    pub each: Option<Each>,
    /// Additional values of the capture `state` that mean firing.
    pub firing: Vec<String>,
    /// Additional values of the capture `state` that mean resolved.
    pub resolved: Vec<String>,
}

/// A pattern for one part of a message.
#[derive(Debug, Clone)]
pub struct Look {
    /// The part.
    pub part: Part,
    /// The pattern; its named captures are fields of the alert.
    pub find: Regex,
    /// True if the rule matches without it.
    pub optional: bool,
}

/// The pattern for messages with several alerts.
#[derive(Debug, Clone)]
pub struct Each {
    /// The part.
    pub part: Part,
    /// The pattern of one alert.
    pub find: Regex,
    /// Headings between the alerts. Captures of the last heading before an alert apply to it.
    pub heading: Option<Regex>,
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The embed's title, or the first line of the text, or the first line of the description.
    Subject,
    /// The text.
    Content,
    /// The embed's title.
    Title,
    /// The embed's description.
    Description,
    /// The embed's fields, one line each: `Name: value`.
    Fields,
    /// The embed's footer.
    Footer,
    /// The address that the title links to.
    Url,
    /// The embed's author, or the name of the sender.
    Author,
    /// Text, title, description, fields and footer, each on its own line.
    All,
}

impl Part {
    /// The names of the parts in rules.
    pub const WORDS: [(&str, Self); 9] = [
        ("subject", Self::Subject),
        ("content", Self::Content),
        ("title", Self::Title),
        ("description", Self::Description),
        ("fields", Self::Fields),
        ("footer", Self::Footer),
        ("url", Self::Url),
        ("author", Self::Author),
        ("all", Self::All),
    ];
}

impl Rule {
    /// The names that patterns may capture.
    pub const CAPTURES: [&str; 11] = [
        "name",
        "state",
        "severity",
        "service",
        "host",
        "summary",
        "link",
        "fingerprint",
        "labels",
        "annotations",
        "count",
    ];

    /// Returns the rules for well-known senders.
    pub fn shipped() -> Vec<Self> {
        super::decode::shipped_rules()
    }
}

impl Watch {
    /// True if a channel is read.
    pub fn reads(&self, channel: u64) -> bool {
        self.channels.contains(&channel)
    }

    /// True if one of a message's sender ids is accepted.
    pub fn believes(&self, ids: &[u64]) -> bool {
        ids.iter().any(|id| self.senders.contains(id))
    }
}
