//! Rules that read alerts out of the messages monitoring posts into a chat.

use regex::Regex;

/// The messages of a chat that are read as alerts: `[sources.discord]`.
#[derive(Debug, Clone)]
pub struct Watch {
    /// The channels that are read.
    pub channels: Vec<u64>,
    /// Who is believed: ids of webhooks, applications and bots. Names say nothing: everyone can take any name.
    pub senders: Vec<u64>,
    /// The rules, the first that fits wins: the operator's own, then the shipped ones.
    pub rules: Vec<Rule>,
}

/// One layout of messages.
#[derive(Debug, Clone)]
pub struct Rule {
    /// What it is called.
    pub name: String,
    /// Whether its messages are alerts; those of other rules are known, and mean nothing here.
    pub alert: bool,
    /// What stands where. All that is not optional must be found.
    pub look: Vec<Look>,
    /// For messages that tell several alerts: what each of them looks like.
    pub each: Option<Each>,
    /// Words of the capture `state` that mean firing, besides the usual ones.
    pub firing: Vec<String>,
    /// Words of the capture `state` that mean resolved, besides the usual ones.
    pub resolved: Vec<String>,
}

/// What stands in one part of a message.
#[derive(Debug, Clone)]
pub struct Look {
    /// In which part.
    pub part: Part,
    /// The pattern; its named captures are fields of the alert.
    pub find: Regex,
    /// Whether the rule fits without it.
    pub optional: bool,
}

/// What each of several alerts looks like.
#[derive(Debug, Clone)]
pub struct Each {
    /// In which part.
    pub part: Part,
    /// The pattern of one alert.
    pub find: Regex,
    /// Headings between the alerts; what the latest one before an alert says holds for it.
    pub heading: Option<Regex>,
}

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The embed's title; without one the first line of the text, without that the first line of the description.
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
    /// The address the title links to.
    Url,
    /// The embed's author; without one the name of who posts.
    Author,
    /// Text, title, description, fields and footer, each beginning a line.
    All,
}

impl Part {
    /// The parts with the words that rules call them by.
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
    /// What patterns may capture.
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

    /// The rules for the layouts of well-known senders.
    pub fn shipped() -> Vec<Self> {
        super::decode::shipped_rules()
    }
}

impl Watch {
    /// Whether a channel is read.
    pub fn reads(&self, channel: u64) -> bool {
        self.channels.contains(&channel)
    }

    /// Whether one of the ids a message carries is believed.
    pub fn believes(&self, ids: &[u64]) -> bool {
        ids.iter().any(|id| self.senders.contains(id))
    }
}
