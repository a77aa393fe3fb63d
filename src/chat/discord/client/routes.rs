//! Discord's routes, each a function that makes the [`Request`] for it. What stands in a path is written for a path here,
//! so that no caller can forget to.

use std::{fmt, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    limits::Lane,
    snowflake::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, Snowflake, UserId},
};
use crate::chat::discord::outbound::fingerprint;

/// What stands in a path or a header as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The longest reason that the audit log of a guild takes, as it is sent.
const MAX_REASON: usize = 512;

/// One call, ready to be sent.
pub struct Request {
    pub(in crate::chat::discord) method: Method,
    /// Which limits it falls under.
    pub(in crate::chat::discord) lane: Lane,
    /// The path after the version, with its query. It can hold an interaction's token.
    pub(in crate::chat::discord) path: SecretString,
    pub(in crate::chat::discord) body: Option<Value>,
    pub(in crate::chat::discord) reason: Option<String>,
    /// How long the whole call may take, when that is less than usual.
    pub(in crate::chat::discord) within: Option<Duration>,
}

impl Request {
    /// With the reason that the guild's audit log shows.
    pub fn because(mut self, reason: &str) -> Self {
        let mut written = String::new();
        for c in reason.chars() {
            let part = utf8_percent_encode(c.encode_utf8(&mut [0; 4]), PLAIN).to_string();
            if written.len() + part.len() > MAX_REASON {
                break;
            }
            written.push_str(&part);
        }
        self.reason = (!written.is_empty()).then_some(written);
        self
    }

    /// Before those that wait for the same limit already.
    pub fn urgent(mut self, urgent: bool) -> Self {
        self.lane.urgent = urgent;
        self
    }

    /// With less time than usual: an interaction is answered within three seconds or not at all.
    pub fn within(self, time: Duration) -> Self {
        Self { within: Some(time), ..self }
    }

    /// Whether sending it twice is the same as sending it once.
    pub(in crate::chat::discord) fn repeatable(&self) -> bool {
        self.method != Method::POST
    }
}

impl fmt::Debug for Request {
    /// Without the path: it can hold an interaction's token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.lane.route, self.lane.major)
    }
}

/// A path being written: each `{}` of the route's template takes the next part.
struct Path {
    template: &'static str,
    written: String,
    rest: &'static str,
}

impl Path {
    fn of(template: &'static str) -> Self {
        let (_, path) = template.split_once(' ').unwrap_or(("GET", template));
        Self { template, written: String::new(), rest: path }
    }

    fn with(mut self, part: impl fmt::Display) -> Self {
        let (before, after) = self.rest.split_once("{}").unwrap_or((self.rest, ""));
        self.written.push_str(before);
        self.written.extend(utf8_percent_encode(&part.to_string(), PLAIN));
        self.rest = after;
        self
    }

    fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.written.push_str(std::mem::take(&mut self.rest));
        self.written.push(if self.written.contains('?') { '&' } else { '?' });
        self.written.push_str(name);
        self.written.push('=');
        self.written.extend(utf8_percent_encode(&value.to_string(), PLAIN));
        self
    }

    /// The request; Discord counts it for `major`.
    fn request(mut self, major: impl fmt::Display) -> Request {
        self.written.push_str(self.rest);
        let method = self.template.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(Method::GET);
        Request {
            method,
            lane: Lane { route: self.template, major: major.to_string(), bot: true, urgent: false },
            path: SecretString::from(self.written),
            body: None,
            reason: None,
            within: None,
        }
    }

    /// The request that an interaction's token allows: it needs no other, and the limit of the whole bot is not for it.
    fn of_interaction(self, major: impl fmt::Display) -> Request {
        let mut request = self.request(major);
        request.lane.bot = false;
        request
    }
}

impl Request {
    fn body(self, body: &impl Serialize) -> Self {
        // A value that cannot be written becomes null, which Discord refuses with a reason.
        Self { body: Some(serde_json::to_value(body).unwrap_or(Value::Null)), ..self }
    }
}

/// Where the gateway is.
pub fn gateway() -> Request {
    Path::of("GET /gateway").request("")
}

/// Who the bot is.
pub fn me() -> Request {
    Path::of("GET /users/@me").request("")
}

/// What the bot is as an application: its intents, its owner.
pub fn application() -> Request {
    Path::of("GET /applications/@me").request("")
}

/// A guild.
pub fn guild(guild: GuildId) -> Request {
    Path::of("GET /guilds/{}").with(guild).request(guild)
}

/// A guild's roles.
pub fn roles(guild: GuildId) -> Request {
    Path::of("GET /guilds/{}/roles").with(guild).request(guild)
}

/// A member of a guild.
pub fn member(guild: GuildId, user: UserId) -> Request {
    Path::of("GET /guilds/{}/members/{}").with(guild).with(user).request(guild)
}

/// A guild's channels and categories; threads are not among them.
pub fn channels(guild: GuildId) -> Request {
    Path::of("GET /guilds/{}/channels").with(guild).request(guild)
}

/// Makes a channel or a category.
pub fn create_channel(guild: GuildId, channel: &impl Serialize) -> Request {
    Path::of("POST /guilds/{}/channels").with(guild).request(guild).body(channel)
}

/// A channel.
pub fn channel(channel: ChannelId) -> Request {
    Path::of("GET /channels/{}").with(channel).request(channel)
}

/// Changes a channel.
pub fn edit_channel(channel: ChannelId, change: &impl Serialize) -> Request {
    Path::of("PATCH /channels/{}").with(channel).request(channel).body(change)
}

/// Deletes a channel with all that is in it.
pub fn delete_channel(channel: ChannelId) -> Request {
    Path::of("DELETE /channels/{}").with(channel).request(channel)
}

/// The threads of a guild that are not put away.
pub fn active_threads(guild: GuildId) -> Request {
    Path::of("GET /guilds/{}/threads/active").with(guild).request(guild)
}

/// Makes a thread in a channel.
pub fn create_thread(channel: ChannelId, thread: &impl Serialize) -> Request {
    Path::of("POST /channels/{}/threads").with(channel).request(channel).body(thread)
}

/// Adds someone to a thread.
pub fn add_thread_member(thread: ChannelId, user: UserId) -> Request {
    Path::of("PUT /channels/{}/thread-members/{}").with(thread).with(user).request(thread)
}

/// Sets what one role or member may do in a channel.
pub fn set_permission(channel: ChannelId, target: Snowflake, overwrite: &impl Serialize) -> Request {
    Path::of("PUT /channels/{}/permissions/{}").with(channel).with(target).request(channel).body(overwrite)
}

/// Takes back what was set for one role or member.
pub fn delete_permission(channel: ChannelId, target: Snowflake) -> Request {
    Path::of("DELETE /channels/{}/permissions/{}").with(channel).with(target).request(channel)
}

/// Posts a message.
pub fn create_message(channel: ChannelId, message: &impl Serialize) -> Request {
    Path::of("POST /channels/{}/messages").with(channel).request(channel).body(message)
}

/// A message.
pub fn message(channel: ChannelId, message: MessageId) -> Request {
    Path::of("GET /channels/{}/messages/{}").with(channel).with(message).request(channel)
}

/// The messages after one, at most 100, newest first.
pub fn messages_after(channel: ChannelId, after: MessageId, limit: u8) -> Request {
    Path::of("GET /channels/{}/messages").with(channel).query("after", after).query("limit", limit).request(channel)
}

/// The messages before one, at most 100, newest first.
pub fn messages_before(channel: ChannelId, before: MessageId, limit: u8) -> Request {
    Path::of("GET /channels/{}/messages").with(channel).query("before", before).query("limit", limit).request(channel)
}

/// The newest messages, at most 100, newest first.
pub fn newest_messages(channel: ChannelId, limit: u8) -> Request {
    Path::of("GET /channels/{}/messages").with(channel).query("limit", limit).request(channel)
}

/// Changes a message of ours.
pub fn edit_message(channel: ChannelId, message: MessageId, change: &impl Serialize) -> Request {
    Path::of("PATCH /channels/{}/messages/{}").with(channel).with(message).request(channel).body(change)
}

/// Deletes a message.
pub fn delete_message(channel: ChannelId, message: MessageId) -> Request {
    Path::of("DELETE /channels/{}/messages/{}").with(channel).with(message).request(channel)
}

/// The pinned messages, at most 50, those pinned last first.
pub fn pins(channel: ChannelId) -> Request {
    Path::of("GET /channels/{}/messages/pins").with(channel).query("limit", 50).request(channel)
}

/// Pins a message.
pub fn pin(channel: ChannelId, message: MessageId) -> Request {
    Path::of("PUT /channels/{}/messages/pins/{}").with(channel).with(message).request(channel)
}

/// Sets our reaction under a message.
pub fn react(channel: ChannelId, message: MessageId, emoji: &str) -> Request {
    Path::of("PUT /channels/{}/messages/{}/reactions/{}/@me").with(channel).with(message).with(emoji).request(channel)
}

/// Who set a reaction under a message, at most 100.
pub fn reactions(channel: ChannelId, message: MessageId, emoji: &str, limit: u8) -> Request {
    let path = Path::of("GET /channels/{}/messages/{}/reactions/{}");
    path.with(channel).with(message).with(emoji).query("limit", limit).request(channel)
}

/// Opens the conversation with one person, or finds it.
pub fn open_direct(user: UserId) -> Request {
    Path::of("POST /users/@me/channels").request("").body(&json!({ "recipient_id": user }))
}

/// The commands that a guild has from us.
pub fn commands(application: ApplicationId, guild: GuildId) -> Request {
    Path::of("GET /applications/{}/guilds/{}/commands").with(application).with(guild).request(guild)
}

/// Sets all the commands that a guild has from us.
pub fn set_commands(application: ApplicationId, guild: GuildId, commands: &impl Serialize) -> Request {
    let path = Path::of("PUT /applications/{}/guilds/{}/commands");
    path.with(application).with(guild).request(guild).body(commands)
}

/// The first answer to an interaction.
pub fn answer(interaction: InteractionId, token: &SecretString, answer: &impl Serialize) -> Request {
    let path = Path::of("POST /interactions/{}/{}/callback").with(interaction).with(token.expose_secret());
    path.of_interaction(interaction).body(answer)
}

/// What the limits of an interaction's answers are counted for: each interaction by itself, as each has a token of its own
/// (Discord counts by webhook and token). The token itself is not kept in the book.
fn answers_of(application: ApplicationId, token: &SecretString) -> String {
    format!("{application}/{}", fingerprint(token.expose_secret()))
}

/// Changes the first answer to an interaction.
pub fn edit_answer(application: ApplicationId, token: &SecretString, message: &impl Serialize) -> Request {
    let path = Path::of("PATCH /webhooks/{}/{}/messages/@original").with(application).with(token.expose_secret());
    path.of_interaction(answers_of(application, token)).body(message)
}

/// A further answer to an interaction.
pub fn follow_up(application: ApplicationId, token: &SecretString, message: &impl Serialize) -> Request {
    let path = Path::of("POST /webhooks/{}/{}").with(application).with(token.expose_secret());
    path.of_interaction(answers_of(application, token)).body(message)
}

#[cfg(test)]
mod tests {
    use crate::chat::discord::client::routes::*;

    fn path(request: &Request) -> String {
        format!("{} {}", request.method, request.path.expose_secret())
    }

    fn id<T: std::str::FromStr<Err: fmt::Debug>>(text: &str) -> T {
        text.parse().unwrap()
    }

    #[test]
    fn a_route_is_written_with_its_parts_made_safe_for_a_path() {
        assert_eq!(path(&gateway()), "GET /gateway");
        assert_eq!(path(&message(id("7"), id("8"))), "GET /channels/7/messages/8");
        assert_eq!(path(&messages_after(id("7"), id("8"), 50)), "GET /channels/7/messages?after=8&limit=50");
        assert_eq!(path(&pin(id("7"), id("8"))), "PUT /channels/7/messages/pins/8");
        assert_eq!(path(&react(id("7"), id("8"), "📌")), "PUT /channels/7/messages/8/reactions/%F0%9F%93%8C/@me");
        let token = SecretString::from("a/../b?c");
        assert_eq!(path(&answer(id("5"), &token, &json!({}))), "POST /interactions/5/a%2F..%2Fb%3Fc/callback");
    }

    #[test]
    fn limits_are_counted_for_the_main_parameter_and_the_route() {
        let (one, other) = (message(id("7"), id("8")), message(id("7"), id("9")));
        assert_eq!(one.lane, other.lane);
        assert_ne!(one.lane, message(id("6"), id("8")).lane);
        assert_ne!(one.lane, edit_message(id("7"), id("8"), &json!({})).lane);
        assert!(one.lane.bot && !follow_up(id("5"), &"t".to_owned().into(), &json!({})).lane.bot);
    }

    #[test]
    fn the_answers_of_one_interaction_hold_up_those_of_no_other() {
        let edit = |token: &str| edit_answer(id("5"), &SecretString::from(token), &json!({})).lane;
        assert_eq!(edit("one"), edit("one"));
        assert_ne!(edit("one"), edit("another"));
    }

    #[test]
    fn the_token_of_an_interaction_is_not_shown() {
        let token = SecretString::from("hush");
        for request in [
            answer(id("5"), &token, &json!({})),
            edit_answer(id("5"), &token, &json!({})),
            follow_up(id("5"), &token, &json!({})),
        ] {
            assert!(!format!("{request:?}").contains("hush"), "{request:?}");
        }
    }

    #[test]
    fn the_reason_is_written_for_a_header_and_cut_between_characters() {
        let reason = |text: &str| delete_channel(id("7")).because(text).reason;
        assert_eq!(reason("incident #1, over").as_deref(), Some("incident%20%231%2C%20over"));
        assert_eq!(reason("a\r\nX-Evil: 1").as_deref(), Some("a%0D%0AX-Evil%3A%201"));
        assert_eq!(reason(&"ö".repeat(200)).unwrap().len(), 510);
        assert_eq!(reason(""), None);
    }
}
