//! Decodes server, log, store, chat and retention.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

use super::{DAY, HOUR, seconds};
use crate::{
    config::{
        discord::{DiscordConfig, RoomNaming, Shape},
        kinds,
        mistake::shown,
        model::{ChatConfig, Log, Retention, Server, StoreConfig},
        read::Section,
        tree::Value,
    },
    domain::ids::RoomId,
    net::{IdentityFault, ServerIdentity},
};

pub(super) fn server(s: &Section<'_>) -> Server {
    let listen = s.need("listen", "address:port", address);
    let listen = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let tls = tls(s);
    let public_url = s.read("public_url", "http(s) address", public_url);
    Server {
        listen,
        public_url: public_url.unwrap_or_else(|| made_from(listen, tls.is_some())),
        tls,
        allowed_hosts: s.texts("allowed_hosts").unwrap_or_default(),
        max_body: usize::try_from(
            s.need("max_body", "size", |value| kinds::size(value, 1024..=64 * 1024 * 1024)).unwrap_or(1024),
        )
        .unwrap_or(usize::MAX),
        max_connections: s.count("max_connections", 1..=1_000_000),
        header_timeout: s.duration("header_timeout", seconds(1, 300)),
        body_timeout: s.duration("body_timeout", seconds(1, 600)),
        request_timeout: s.duration("request_timeout", seconds(1, HOUR)),
        drain_timeout: s.duration("drain_timeout", seconds(0, 600)),
        api_token: s.secret("api_token"),
        trust_local: s.need("trust_local", "true or false", kinds::flag).unwrap_or_default(),
        session_idle: s.duration("session_idle", seconds(HOUR, 366 * DAY)),
    }
}

/// Reads the certificate and its key. A pair that cannot be served is a mistake, so a reload keeps the old one.
fn tls(s: &Section<'_>) -> Option<ServerIdentity> {
    let path = |key| s.read(key, "path", kinds::line).map(PathBuf::from);
    match (path("tls_cert"), path("tls_key")) {
        (Some(certificate), Some(key)) => match ServerIdentity::load(&certificate, &key) {
            Ok(identity) => return Some(identity),
            Err(IdentityFault::Certificate(what)) => s.wrong("tls_cert", what),
            Err(IdentityFault::Key(what)) => s.wrong("tls_key", what),
        },
        (Some(_), None) => s.wrong("tls_cert", "needs tls_key, the private key of this certificate"),
        (None, Some(_)) => s.wrong("tls_key", "needs tls_cert, the certificate of this key"),
        (None, None) => {}
    }
    None
}

fn address(value: &Value) -> Result<SocketAddr, String> {
    let said = kinds::text(value)?;
    said.parse().map_err(|_| {
        let shown = shown(&said);
        if said.starts_with("localhost:") {
            return format!("{shown} is a name; write the address, \"127.0.0.1{}\"", &said[9..]);
        }
        if said.starts_with(':') {
            return format!("{shown} has no address; write \"0.0.0.0{said}\" for every address of this machine");
        }
        format!("{shown} is no address and port; write one such as \"127.0.0.1:8080\" or \"[::1]:8080\"")
    })
}

fn public_url(value: &Value) -> Result<String, String> {
    let said = kinds::text(value)?;
    let wrong = |why: &str| Err(format!("{} {why}; write one such as \"https://hotroom.example.com\"", shown(&said)));
    let Ok(uri) = said.parse::<axum::http::Uri>() else { return wrong("is no address") };
    if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none_or(str::is_empty) {
        return wrong("is no http or https address");
    }
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err("must not hold a name or a password before the host".to_owned());
    }
    if uri.path_and_query().is_some_and(|path| path.as_str() != "/") || said.contains('#') {
        return wrong("has a path; hotroom answers at the root of its host");
    }
    Ok(said.trim_end_matches('/').to_owned())
}

pub(in crate::config) fn made_from(listen: SocketAddr, tls: bool) -> String {
    let scheme = if tls { "https" } else { "http" };
    if listen.ip().is_unspecified() {
        return format!("{scheme}://localhost:{}", listen.port());
    }
    format!("{scheme}://{listen}")
}

pub(super) fn log(s: &Section<'_>) -> Log {
    let formats = [("text", false), ("json", true)];
    let level = s.need("level", "log filter", |value| {
        let said = kinds::line(value)?;
        said.parse::<tracing_subscriber::filter::Targets>().map(|_| said.clone()).map_err(|_| {
            format!("{} is no log filter; write \"info\", \"debug\" or \"info,hotroom::deliver=debug\"", shown(&said))
        })
    });
    Log {
        json: s.need("format", "text or json", |value| kinds::word(value, &formats)).unwrap_or_default(),
        level: level.unwrap_or_default(),
    }
}

pub(super) fn store(s: &Section<'_>) -> StoreConfig {
    StoreConfig {
        path: PathBuf::from(s.need("path", "path", kinds::line).unwrap_or_default()),
        queue: s.count("queue", 1..=1_000_000),
        batch: s.count("batch", 1..=10_000),
    }
}

pub(super) fn chat(s: &Section<'_>) -> ChatConfig {
    let feed = s.need("incidents_feed", "name", kinds::id).unwrap_or_default();
    let rooms = rooms_of(s, "rooms");
    let previews = s.need("previews", "true or false", kinds::flag).unwrap_or_default();
    let rooms_without_previews = rooms_of(s, "rooms_without_previews");
    let preview_projects = s.texts("preview_projects").unwrap_or_default();
    let discord = s.table("discord", discord).flatten();
    let video_url = s.read("video_url", "http(s) address", video_url);
    let incidents_feed = RoomId::new(feed);
    ChatConfig { incidents_feed, rooms, previews, rooms_without_previews, preview_projects, video_url, discord }
}

/// The address of a video call: each incident needs one of its own.
fn video_url(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    let sample = text.replace("{{key}}", "HOT-1").replace("{{id}}", "0");
    if sample == text {
        return Err("has no {{key}} and no {{id}}, so that all incidents would share one call".to_owned());
    }
    if sample.contains("{{") {
        return Err("has an unknown placeholder; there are {{key}} and {{id}}".to_owned());
    }
    crate::net::check_url(&sample).map_err(|failure| failure.to_string())?;
    Ok(text)
}

fn rooms_of(s: &Section<'_>, key: &str) -> Vec<RoomId> {
    let rooms = s.texts(key).unwrap_or_default();
    for room in &rooms {
        if let Err(what) = kinds::id(&Value::Text(room.clone())) {
            s.wrong(key, what);
        }
    }
    rooms.into_iter().map(RoomId::new).collect()
}

/// The variable read when no token is configured: setting it turns Discord on.
const DISCORD_TOKEN: &str = "HOTROOM_DISCORD_TOKEN";

fn discord(s: &Section<'_>) -> Option<DiscordConfig> {
    let named = s.secret("token");
    let token = named.or_else(|| {
        if s.has("token") {
            return None;
        }
        let found = s.ctx.env.get(DISCORD_TOKEN)?.trim();
        (!found.is_empty()).then(|| SecretString::from(found.to_owned()))
    });
    let shapes = [("channels", Shape::Channel), ("threads", Shape::Thread)];
    let names = [("key-and-title", RoomNaming::KeyAndTitle), ("key", RoomNaming::Key)];
    let read = DiscordConfig {
        token: token.clone().unwrap_or_default(),
        base_url: s.read("base_url", "http(s) address", public_url),
        guild: s.read("guild", "Discord id", kinds::snowflake),
        category: s.need("category", "text", category).unwrap_or_default(),
        archive_category: s.need("archive_category", "text", category).unwrap_or_default(),
        rooms: s.need("rooms", "channels or threads", |value| kinds::word(value, &shapes)).unwrap_or_default(),
        room_names: s
            .need("room_names", "key-and-title or key", |value| kinds::word(value, &names))
            .unwrap_or_default(),
        responder_role: s.read("responder_role", "Discord id", kinds::snowflake),
        admin_role: s.read("admin_role", "Discord id", kinds::snowflake),
    };
    token.map(|_| read)
}

/// Parses a category name that Discord accepts, with room for a number after it.
fn category(value: &Value) -> Result<String, String> {
    let name = kinds::line(value)?;
    if name.chars().count() > 90 { Err("longer than 90 characters".to_owned()) } else { Ok(name) }
}

pub(super) fn retention(s: &Section<'_>) -> Retention {
    Retention {
        settled: s.duration("settled", seconds(DAY, 3650 * DAY)),
        messages: s.duration("messages", seconds(DAY, 3650 * DAY)),
        room: s.duration("room", seconds(0, 3650 * DAY)),
        alerts: s.duration("alerts", seconds(DAY, 3650 * DAY)),
        transcripts: kept(s, "transcripts"),
        attachments: kept(s, "attachments"),
    }
}

/// How long something is kept after its incident is closed; `None` if for ever.
fn kept(s: &Section<'_>, key: &str) -> Option<Duration> {
    s.read(key, "duration", |value| kinds::duration(value, seconds(DAY, 3650 * DAY)))
}
