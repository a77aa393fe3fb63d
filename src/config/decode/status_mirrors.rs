//! Decodes `[[status_mirrors]]`: status pages of other products that show what ours shows.

use std::collections::BTreeMap;

use secrecy::SecretString;

use crate::{
    config::{kinds, mistake::shown, read::Section, tree::Value},
    domain::ids::{ComponentId, StatusMirrorId},
    net,
    status_mirror::{
        StatusMirror, StatusMirrorClient,
        cachet::CachetSettings,
        is_plain_id,
        statuspage::{API, StatuspageSettings},
    },
};

/// A product that can be a mirror.
#[derive(Clone, Copy, PartialEq, Eq)]
enum MirrorKind {
    Statuspage,
    Cachet,
}

const KINDS: [(&str, MirrorKind); 2] = [("statuspage", MirrorKind::Statuspage), ("cachet", MirrorKind::Cachet)];

pub(super) fn status_mirror(s: &Section<'_>) -> Option<StatusMirror> {
    let id = s.id();
    let kind = s.need("kind", "statuspage or cachet", |value| kinds::word(value, &KINDS));
    let url = s.read("url", "http(s) address", url);
    let token = s.needed_secret("token");
    let page = s.read("page", "id", remote_id);
    let notify = s.flag("notify", true);
    let components = s.table("components", components).unwrap_or_default();
    check(s, kind);
    if url.as_deref().is_some_and(net::is_readable_on_the_way) {
        s.warn("url", "http: everyone between hotroom and the mirror can read the token; use https");
    }
    let client = client(kind?, url, token?, page)?;
    Some(StatusMirror { id: StatusMirrorId::new(id?), components, notify, client })
}

/// Reports keys that the kind needs or does not know.
fn check(s: &Section<'_>, kind: Option<MirrorKind>) {
    match kind {
        Some(MirrorKind::Statuspage) if !s.has("page") => {
            s.wrong("page", "missing; write the id of the page, which its address in Statuspage's settings shows");
        }
        Some(MirrorKind::Cachet) if !s.has("url") => {
            s.wrong("url", "missing; write the address of the page, such as \"https://status.example.com\"");
        }
        Some(MirrorKind::Cachet) if s.has("page") => s.wrong("page", "belongs to the kind statuspage; remove it"),
        Some(MirrorKind::Statuspage | MirrorKind::Cachet) | None => {}
    }
}

fn client(
    kind: MirrorKind,
    url: Option<String>,
    token: SecretString,
    page: Option<String>,
) -> Option<StatusMirrorClient> {
    match kind {
        MirrorKind::Statuspage => {
            let url = url.unwrap_or_else(|| API.to_owned());
            Some(StatusMirrorClient::Statuspage(StatuspageSettings { url, token, page: page? }))
        }
        MirrorKind::Cachet => Some(StatusMirrorClient::Cachet(CachetSettings { url: url?, token })),
    }
}

fn url(value: &Value) -> Result<String, String> {
    let text = kinds::line(value)?;
    net::check_url(&text).map_err(|failure| failure.to_string())?;
    Ok(text.trim_end_matches('/').to_owned())
}

/// What a mirror calls our components. The keys are checked against `[[status_page.components]]` elsewhere.
fn components(s: &Section<'_>) -> BTreeMap<ComponentId, String> {
    let pair = |id: &str| Some((ComponentId::new(id), s.read(id, "id", remote_id)?));
    s.own_words().into_iter().filter_map(pair).collect()
}

fn remote_id(value: &Value) -> Result<String, String> {
    let text = if let Value::Int(number) = value { number.to_string() } else { kinds::text(value)? };
    if is_plain_id(&text) {
        Ok(text)
    } else {
        Err(format!("{} is no id of a page or component; write one such as \"kctbh9vrtdwd\" or \"3\"", shown(&text)))
    }
}
