//! Browsers that subscribe to push messages, for the script and the service worker of the console.

use axum::{
    Json,
    extract::{State as Given, rejection::JsonRejection},
    http::{HeaderMap, header},
};
use serde::{Deserialize, Serialize};

use super::{ask::bad, post::body};
use crate::{
    app::contacts::browsers::{NewBrowser, make_vapid_key, subscription_id, vapid_key},
    contact::web_push::{Subscription, SubscriptionForm, SubscriptionKeys},
    domain::{
        contact::{ContactMethod, MethodDisabled},
        refusal::{ContactRefusal, Refusal},
    },
    net::check_outside_url,
    web::{
        RequestId, State, Viewer,
        pages::words::capital,
        problem::{Kind, Problem},
    },
};

/// The longest id of a subscription: 64 hexadecimal digits.
const LONGEST_ID: usize = 64;

/// What a browser needs to subscribe: `GET /console/push`.
#[derive(Debug, Serialize)]
pub(super) struct PushView {
    /// The public key, the `applicationServerKey`.
    key: String,
    /// The token that every POST must carry.
    csrf: String,
    /// The browsers of the reader.
    subscriptions: Vec<SubscriptionView>,
}

/// A browser of the reader.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct SubscriptionView {
    /// The id of its subscription: SHA-256 of the endpoint in hexadecimal digits.
    id: String,
    /// True if its push service says that the subscription has ended.
    gone: bool,
}

impl SubscriptionView {
    fn of(method: &ContactMethod) -> Option<Self> {
        Some(Self { id: subscription_id(method)?, gone: method.disabled == Some(MethodDisabled::Gone) })
    }
}

/// `POST /console/push`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SubscribeForm {
    endpoint: String,
    keys: SubscriptionKeys,
    /// The id of the subscription that it takes the place of.
    replaces: Option<String>,
}

/// `POST /console/push/remove`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnsubscribeForm {
    id: String,
    /// True if rules that use it may go with it.
    #[serde(default)]
    sure: bool,
}

/// `POST /console/push/test`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestForm {
    id: String,
}

/// `GET /console/push`
pub(super) async fn view(Given(state): Given<State>, viewer: Viewer) -> Result<Json<PushView>, Problem> {
    offered(&state)?;
    let person = viewer.id().clone();
    let read = move |reads: &crate::store::Reads<'_>| Ok((vapid_key(reads)?, reads.contact_methods_of(&person)?));
    let (key, methods) = state.app.store.read(read).await?;
    let key = match key {
        Some(key) => key,
        None => state.app.store.transact(make_vapid_key).await?,
    };
    let subscriptions = methods.iter().filter_map(SubscriptionView::of).collect();
    Ok(Json(PushView { key: key.public(), csrf: viewer.csrf, subscriptions }))
}

/// `POST /console/push`
pub(super) async fn subscribe(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    headers: HeaderMap,
    given: Result<Json<SubscribeForm>, JsonRejection>,
) -> Result<Json<SubscriptionView>, Problem> {
    offered(&state)?;
    let SubscribeForm { endpoint, keys, replaces } = body(given)?;
    let form = SubscriptionForm { endpoint, keys };
    let unusable = |why: &str| bad(&format!("The subscription cannot be used: {why}."));
    Subscription::parse(&form).map_err(|fault| unusable(&fault.to_string()))?;
    let config = state.app.config.current();
    check_outside_url(&form.endpoint, &config.net.allow).map_err(|failure| unusable(&failure.to_string()))?;
    let replaces = replaces.filter(|id| id.len() <= LONGEST_ID);
    let wanted = NewBrowser { form, label: label(&headers), replaces };
    let added =
        state.app.subscribe_browser(viewer.id(), wanted, request.as_str()).await?.map_err(|why| refused(&why))?;
    SubscriptionView::of(&added).map(Json).ok_or_else(|| Problem::new(Kind::Internal))
}

/// `POST /console/push/remove`
pub(super) async fn unsubscribe(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    given: Result<Json<UnsubscribeForm>, JsonRejection>,
) -> Result<Json<serde_json::Value>, Problem> {
    let UnsubscribeForm { id, sure } = body(given)?;
    match state.app.unsubscribe_browser(viewer.id(), id, sure, request.as_str()).await? {
        // What is not there needs no removing: it may have been removed in another browser.
        Ok(_) | Err(Refusal::Contact(ContactRefusal::UnknownContact { .. })) => Ok(Json(serde_json::json!({}))),
        Err(why) => Err(refused(&why)),
    }
}

/// `POST /console/push/test`
pub(super) async fn test(
    Given(state): Given<State>,
    viewer: Viewer,
    request: RequestId,
    given: Result<Json<TestForm>, JsonRejection>,
) -> Result<Json<serde_json::Value>, Problem> {
    let TestForm { id } = body(given)?;
    state.app.test_browser(viewer.id(), id, request.as_str()).await?.map_err(|why| refused(&why))?;
    Ok(Json(serde_json::json!({})))
}

fn offered(state: &State) -> Result<(), Problem> {
    match state.app.config.current().contact.web_push {
        Some(_) => Ok(()),
        None => Err(Problem::new(Kind::NotFound).because("Push messages are not set up.")),
    }
}

fn refused(why: &Refusal) -> Problem {
    let problem = Problem::new(Kind::Refused).because(format!("{}.", capital(&why.to_string())));
    let in_use = matches!(why, Refusal::Contact(ContactRefusal::ContactInUse { .. }));
    if in_use { problem.with("in_use", true) } else { problem }
}

/// How the person recognizes the browser: `Firefox on Linux`. It is made of known words only.
fn label(headers: &HeaderMap) -> String {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    let first =
        |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Each names those before it as well.
    let browser = first(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_recognized_by_its_name_and_system() {
        let label = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::USER_AGENT, agent.parse().expect("a header"));
            label(&headers)
        };
        let chrome =
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";
        assert_eq!(label(chrome), "Chrome on Linux");
        assert_eq!(
            label(&format!("{} Edg/142.0.0.0", chrome.replace("X11; Linux x86_64", "Windows NT 10.0"))),
            "Edge on Windows"
        );
        assert_eq!(label("Mozilla/5.0 (Android 15; Mobile; rv:144.0) Gecko/144.0 Firefox/144.0"), "Firefox on Android");
        let iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1";
        assert_eq!(label(iphone), "Safari on iPhone");
        assert_eq!(label("curl/8.5.0"), "");
        assert_eq!(label("<script>alert(1)</script> Firefox/1"), "Firefox");
    }
}
