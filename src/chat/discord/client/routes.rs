//! Discord's routes, each a function that creates its [`RestRequest`]. Path parameters are escaped here, so that no caller
//! can forget to.

use std::{fmt, time::Duration};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    limits::RateLane,
    snowflake::{ApplicationId, ChannelId, GuildId, InteractionId, MessageId, Snowflake, UserId},
};
use crate::chat::discord::fingerprint::fingerprint;

/// Characters that are not escaped in a path or a header.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The longest reason in the audit log of a guild, after escaping.
const MAX_REASON: usize = 512;

/// A call, ready to be sent.
pub struct RestRequest {
    pub(in crate::chat::discord) method: Method,
    /// The limits that apply to it.
    pub(in crate::chat::discord) lane: RateLane,
    /// The path after the version, with its query. It can hold the token of an interaction.
    pub(in crate::chat::discord) path: SecretString,
    pub(in crate::chat::discord) body: Option<Value>,
    pub(in crate::chat::discord) reason: Option<String>,
    /// How long the call may take, when that is less than usual.
    pub(in crate::chat::discord) within: Option<Duration>,
}

impl RestRequest {
    /// Sets the reason that the guild's audit log shows.
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

    /// Makes the call precede those that already wait for the same limit.
    pub fn urgent(mut self, urgent: bool) -> Self {
        self.lane.urgent = urgent;
        self
    }

    /// Sets a shorter deadline: an interaction needs a response within three seconds.
    pub fn within(self, time: Duration) -> Self {
        Self { within: Some(time), ..self }
    }

    /// True if the call is idempotent.
    pub(in crate::chat::discord) fn repeatable(&self) -> bool {
        self.method != Method::POST
    }
}

impl fmt::Debug for RestRequest {
    /// Omits the path, because it can hold the token of an interaction.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.lane.route, self.lane.major)
    }
}

/// A path under construction: each `{}` of the template takes the next parameter.
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

    /// Returns the request. Discord counts it for `major`.
    fn request(mut self, major: impl fmt::Display) -> RestRequest {
        self.written.push_str(self.rest);
        let method = self.template.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(Method::GET);
        RestRequest {
            method,
            lane: RateLane { route: self.template, major: major.to_string(), bot: true, urgent: false },
            path: SecretString::from(self.written),
            body: None,
            reason: None,
            within: None,
        }
    }

    /// Returns a request with the token of an interaction. The bot's limit does not apply to it.
    fn of_interaction(self, major: impl fmt::Display) -> RestRequest {
        let mut request = self.request(major);
        request.lane.bot = false;
        request
    }
}

impl RestRequest {
    fn body(self, body: &impl Serialize) -> Self {
        // A value that cannot be serialized becomes null, which Discord refuses with a reason.
        Self { body: Some(serde_json::to_value(body).unwrap_or(Value::Null)), ..self }
    }
}

/// Returns the address of the gateway.
pub fn gateway() -> RestRequest {
    Path::of("GET /gateway").request("")
}

/// Returns the bot's account.
pub fn me() -> RestRequest {
    Path::of("GET /users/@me").request("")
}

/// Returns the bot's application: its intents and owner.
pub fn application() -> RestRequest {
    Path::of("GET /applications/@me").request("")
}

/// Returns the guilds of the bot, at most the first 200.
pub fn my_guilds() -> RestRequest {
    Path::of("GET /users/@me/guilds").request("")
}

/// Returns a guild.
pub fn guild(guild: GuildId) -> RestRequest {
    Path::of("GET /guilds/{}").with(guild).request(guild)
}

/// Returns the roles of a guild.
pub fn roles(guild: GuildId) -> RestRequest {
    Path::of("GET /guilds/{}/roles").with(guild).request(guild)
}

/// Returns a member of a guild.
pub fn member(guild: GuildId, user: UserId) -> RestRequest {
    Path::of("GET /guilds/{}/members/{}").with(guild).with(user).request(guild)
}

/// Returns the channels and categories of a guild, without threads.
pub fn channels(guild: GuildId) -> RestRequest {
    Path::of("GET /guilds/{}/channels").with(guild).request(guild)
}

/// Creates a channel or a category.
pub fn create_channel(guild: GuildId, channel: &impl Serialize) -> RestRequest {
    Path::of("POST /guilds/{}/channels").with(guild).request(guild).body(channel)
}

/// Returns a channel.
pub fn channel(channel: ChannelId) -> RestRequest {
    Path::of("GET /channels/{}").with(channel).request(channel)
}

/// Edits a channel.
pub fn edit_channel(channel: ChannelId, change: &impl Serialize) -> RestRequest {
    Path::of("PATCH /channels/{}").with(channel).request(channel).body(change)
}

/// Deletes a channel with everything in it.
pub fn delete_channel(channel: ChannelId) -> RestRequest {
    Path::of("DELETE /channels/{}").with(channel).request(channel)
}

/// Returns the threads of a guild that are not archived.
pub fn active_threads(guild: GuildId) -> RestRequest {
    Path::of("GET /guilds/{}/threads/active").with(guild).request(guild)
}

/// Creates a thread in a channel.
pub fn create_thread(channel: ChannelId, thread: &impl Serialize) -> RestRequest {
    Path::of("POST /channels/{}/threads").with(channel).request(channel).body(thread)
}

/// Adds a member to a thread.
pub fn add_thread_member(thread: ChannelId, user: UserId) -> RestRequest {
    Path::of("PUT /channels/{}/thread-members/{}").with(thread).with(user).request(thread)
}

/// Sets the permissions of one role or member in a channel.
pub fn set_permission(channel: ChannelId, target: Snowflake, overwrite: &impl Serialize) -> RestRequest {
    Path::of("PUT /channels/{}/permissions/{}").with(channel).with(target).request(channel).body(overwrite)
}

/// Removes the permissions of one role or member.
pub fn delete_permission(channel: ChannelId, target: Snowflake) -> RestRequest {
    Path::of("DELETE /channels/{}/permissions/{}").with(channel).with(target).request(channel)
}

/// Posts a message.
pub fn create_message(channel: ChannelId, message: &impl Serialize) -> RestRequest {
    Path::of("POST /channels/{}/messages").with(channel).request(channel).body(message)
}

/// Returns a message.
pub fn message(channel: ChannelId, message: MessageId) -> RestRequest {
    Path::of("GET /channels/{}/messages/{}").with(channel).with(message).request(channel)
}

/// Returns the messages after one, at most 100, newest first.
pub fn messages_after(channel: ChannelId, after: MessageId, limit: u8) -> RestRequest {
    Path::of("GET /channels/{}/messages").with(channel).query("after", after).query("limit", limit).request(channel)
}

/// Returns the messages before one, at most 100, newest first.
pub fn messages_before(channel: ChannelId, before: MessageId, limit: u8) -> RestRequest {
    Path::of("GET /channels/{}/messages").with(channel).query("before", before).query("limit", limit).request(channel)
}

/// Returns the newest messages, at most 100, newest first.
pub fn newest_messages(channel: ChannelId, limit: u8) -> RestRequest {
    Path::of("GET /channels/{}/messages").with(channel).query("limit", limit).request(channel)
}

/// Edits a message of the bot.
pub fn edit_message(channel: ChannelId, message: MessageId, change: &impl Serialize) -> RestRequest {
    Path::of("PATCH /channels/{}/messages/{}").with(channel).with(message).request(channel).body(change)
}

/// Deletes a message.
pub fn delete_message(channel: ChannelId, message: MessageId) -> RestRequest {
    Path::of("DELETE /channels/{}/messages/{}").with(channel).with(message).request(channel)
}

/// Returns the pinned messages, at most 50, those pinned last first.
pub fn pins(channel: ChannelId) -> RestRequest {
    Path::of("GET /channels/{}/messages/pins").with(channel).query("limit", 50).request(channel)
}

/// Pins a message.
pub fn pin(channel: ChannelId, message: MessageId) -> RestRequest {
    Path::of("PUT /channels/{}/messages/pins/{}").with(channel).with(message).request(channel)
}

/// Adds the bot's reaction to a message.
pub fn react(channel: ChannelId, message: MessageId, emoji: &str) -> RestRequest {
    Path::of("PUT /channels/{}/messages/{}/reactions/{}/@me").with(channel).with(message).with(emoji).request(channel)
}

/// Returns who added a reaction to a message, at most 100.
pub fn reactions(channel: ChannelId, message: MessageId, emoji: &str, limit: u8) -> RestRequest {
    let path = Path::of("GET /channels/{}/messages/{}/reactions/{}");
    path.with(channel).with(message).with(emoji).query("limit", limit).request(channel)
}

/// Opens or finds the direct channel of a person.
pub fn open_direct(user: UserId) -> RestRequest {
    Path::of("POST /users/@me/channels").request("").body(&json!({ "recipient_id": user }))
}

/// Returns the commands of the bot in a guild.
pub fn commands(application: ApplicationId, guild: GuildId) -> RestRequest {
    Path::of("GET /applications/{}/guilds/{}/commands").with(application).with(guild).request(guild)
}

/// Replaces all commands of the bot in a guild.
pub fn set_commands(application: ApplicationId, guild: GuildId, commands: &impl Serialize) -> RestRequest {
    let path = Path::of("PUT /applications/{}/guilds/{}/commands");
    path.with(application).with(guild).request(guild).body(commands)
}

/// Sends the first response to an interaction.
pub fn answer(interaction: InteractionId, token: &SecretString, answer: &impl Serialize) -> RestRequest {
    let path = Path::of("POST /interactions/{}/{}/callback").with(interaction).with(token.expose_secret());
    path.of_interaction(interaction).body(answer)
}

/// Returns the major parameter of further responses: each interaction separately, because each has its own token and
/// Discord counts by webhook and token. It holds only a hash of the token.
fn answers_of(application: ApplicationId, token: &SecretString) -> String {
    format!("{application}/{}", fingerprint(token.expose_secret()))
}

/// Edits the first response to an interaction.
pub fn edit_answer(application: ApplicationId, token: &SecretString, message: &impl Serialize) -> RestRequest {
    let path = Path::of("PATCH /webhooks/{}/{}/messages/@original").with(application).with(token.expose_secret());
    path.of_interaction(answers_of(application, token)).body(message)
}

/// Sends a further response to an interaction.
pub fn follow_up(application: ApplicationId, token: &SecretString, message: &impl Serialize) -> RestRequest {
    let path = Path::of("POST /webhooks/{}/{}").with(application).with(token.expose_secret());
    path.of_interaction(answers_of(application, token)).body(message)
}

#[cfg(test)]
mod tests {
    use crate::chat::discord::client::routes::*;

    fn path(request: &RestRequest) -> String {
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
