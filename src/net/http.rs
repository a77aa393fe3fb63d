//! The HTTP client for outside systems: one total deadline per call, a bounded answer, no redirects, and only addresses
//! that may be called.

use std::{net::IpAddr, sync::Arc, time::Duration};

use reqwest::{
    Client, ClientBuilder, Method, Proxy, Response, Url,
    dns::Resolve,
    header::{HeaderMap, HeaderName, HeaderValue, LOCATION},
    redirect::Policy,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::{
    NetSettings,
    failure::HttpFailure,
    form::encode_form,
    guard::{Guard, GuardedNames, SystemNames, UrlOrigin, blocked},
    pattern::HostPattern,
    response::HttpResponse,
    tls::CertificateTrouble,
};

/// The largest answer that is read, where a call sets no other bound.
const LARGEST: usize = 1 << 20;
/// How long a connection is kept for the next call: less than the usual 60 s of servers, so that few requests meet a
/// connection that is just being closed.
const IDLE: Duration = Duration::from_secs(30);

/// One request to an outside system.
#[derive(Clone)]
pub struct HttpCall {
    method: Method,
    url: String,
    origin: UrlOrigin,
    headers: HeaderMap,
    body: Vec<u8>,
    deadline: Option<Duration>,
    largest: usize,
    invalid: Option<String>,
}

impl HttpCall {
    /// A request without a body.
    pub fn new(method: Method, url: impl Into<String>, origin: UrlOrigin) -> Self {
        Self {
            method,
            url: url.into(),
            origin,
            headers: HeaderMap::new(),
            body: Vec::new(),
            deadline: None,
            largest: LARGEST,
            invalid: None,
        }
    }

    /// The same with a header.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(value) => _ = self.headers.insert(HeaderName::from_static(name), value),
            Err(_) => self.invalid = Some(format!("the header {name} holds characters that no header may have")),
        }
        self
    }

    /// The same with a header that is never shown.
    pub fn secret_header(self, name: &'static str, value: &SecretString) -> Self {
        let mut call = self.header(name, value.expose_secret());
        if let Some(value) = call.headers.get_mut(name) {
            value.set_sensitive(true);
        }
        call
    }

    /// The same with a header that is made already.
    pub fn header_value(mut self, name: &'static str, value: HeaderValue) -> Self {
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// The same with a header whose name the configuration chose; it is never shown.
    pub fn secret_header_named(mut self, name: HeaderName, mut value: HeaderValue) -> Self {
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self
    }

    /// The same with a body of JSON that is already written.
    pub fn json(self, body: Vec<u8>) -> Self {
        self.body("application/json", body)
    }

    /// The same with a body of this type.
    pub fn body(self, content_type: &str, body: Vec<u8>) -> Self {
        Self { body, ..self.header("content-type", content_type) }
    }

    /// The same with a body of form fields.
    pub fn form(self, fields: &[(&str, String)]) -> Self {
        Self { body: encode_form(fields), ..self.header("content-type", "application/x-www-form-urlencoded") }
    }

    /// The same with a total deadline of its own. It should be longer than half of `[net] timeout`, the bound of the
    /// connection, or a hang before the request is sent cannot be told from one after it.
    pub fn within(self, deadline: Duration) -> Self {
        Self { deadline: Some(deadline), ..self }
    }

    /// The same with another bound for the answer's body, in bytes.
    pub fn at_most(self, largest: usize) -> Self {
        Self { largest, ..self }
    }
}

/// The client. It keeps connections apart by who wrote the URL, so that a call from outside never meets a connection to
/// a private address.
pub struct HttpClient {
    config: Origin,
    outside: Origin,
    proxied: Option<Client>,
    no_proxy: Vec<HostPattern>,
    timeout: Duration,
}

struct Origin {
    guard: Guard,
    client: Client,
}

impl HttpClient {
    /// A client with these settings.
    ///
    /// # Errors
    /// Says why there is none: the proxy cannot be used.
    pub fn new(settings: &NetSettings) -> Result<Self, String> {
        Self::with_names(settings, Arc::new(SystemNames))
    }

    /// The same with another resolver of names; its answers are checked as those of the system are.
    ///
    /// # Errors
    /// As [`HttpClient::new`].
    pub fn with_names(settings: &NetSettings, names: Arc<dyn Resolve>) -> Result<Self, String> {
        let builder = || settings.roots.http();
        let origin = |origin| {
            let guard = Guard::new(origin, &settings.allow);
            let client = build(builder(), settings, guarded(&guard, &names), None)?;
            Ok::<_, String>(Origin { guard, client })
        };
        let (config, outside) = (origin(UrlOrigin::Config)?, origin(UrlOrigin::Outside)?);
        // The proxy itself is written in bot.toml. It resolves the names of the URLs, so that they are not checked here.
        let through = |proxy| build(builder(), settings, guarded(&config.guard, &names), Some(proxy));
        let proxied = proxy(settings)?.map(through).transpose()?;
        Ok(Self { config, outside, proxied, no_proxy: settings.no_proxy.clone(), timeout: settings.timeout })
    }

    /// Makes a call; only an answer of 2xx is a success.
    ///
    /// # Errors
    /// [`HttpFailure`], which [`HttpFailure::outcome`] turns into the outcome of an effect.
    pub async fn send(&self, call: HttpCall) -> Result<HttpResponse, HttpFailure> {
        let response = self.exchange(call).await?;
        match response.status {
            200..=299 => Ok(response),
            300..=399 => {
                let to = response.redirect.unwrap_or_else(|| "another address".to_owned());
                Err(HttpFailure::Redirected { status: response.status, to })
            }
            _ => Err(HttpFailure::Status(Box::new(response))),
        }
    }

    /// Makes a call, for adapters of systems that say with any status what they mean.
    ///
    /// # Errors
    /// [`HttpFailure`] when no answer came, or when the body of a success broke off. After any other status the status
    /// alone says what to do, so that as much of the body as came is enough.
    pub async fn exchange(&self, call: HttpCall) -> Result<HttpResponse, HttpFailure> {
        let deadline = Instant::now() + call.deadline.unwrap_or(self.timeout);
        let (request, url, largest) = self.request(call)?;
        let answer = timeout_at(deadline, request.send()).await;
        let mut answer = answer.map_err(|_| unclear("no answer in time"))?.map_err(failure)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        let read = timeout_at(deadline, read_body(&mut answer, &mut body, largest)).await;
        let read = read.unwrap_or_else(|_| Err("no whole body in time".to_owned()));
        if status.is_success()
            && let Err(why) = read
        {
            return Err(HttpFailure::Unclear { status: Some(status.as_u16()), why });
        }
        let redirect = target(&url, &headers);
        Ok(HttpResponse { status: status.as_u16(), headers, body, redirect })
    }

    fn request(&self, call: HttpCall) -> Result<(reqwest::RequestBuilder, Url, usize), HttpFailure> {
        if let Some(why) = call.invalid {
            return Err(HttpFailure::Invalid(why));
        }
        let url = parse(&call.url)?;
        let origin = match call.origin {
            UrlOrigin::Config => &self.config,
            UrlOrigin::Outside => &self.outside,
        };
        origin.guard.check_url(&url)?;
        let host = url.host_str().unwrap_or_default();
        let direct = self.no_proxy.iter().any(|entry| entry.covers_host(host));
        let client = match &self.proxied {
            Some(proxied) if !direct => proxied,
            Some(_) | None => &origin.client,
        };
        let request = client.request(call.method, url.clone()).headers(call.headers);
        let request = if call.body.is_empty() { request } else { request.body(call.body) };
        Ok((request, url, call.largest))
    }
}

/// Checks a URL of bot.toml as far as it can be checked before its host is resolved.
///
/// # Errors
/// Says why it can never be called.
pub fn check_url(url: &str) -> Result<(), HttpFailure> {
    Ok(Guard::new(UrlOrigin::Config, &[]).check_url(&parse(url)?)?)
}

/// Checks a URL that a person entered as far as it can be checked before its host is resolved.
///
/// # Errors
/// Says why it can never be called.
pub fn check_outside_url(url: &str, allow: &[HostPattern]) -> Result<(), HttpFailure> {
    Ok(Guard::new(UrlOrigin::Outside, allow).check_url(&parse(url)?)?)
}

/// True for `http` to a host that is not on this machine or in a private network, as far as its name says: everybody on
/// the way can read what is sent.
pub fn is_readable_on_the_way(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "http" {
        return false;
    }
    match host.trim_matches(['[', ']']).parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => !(ip.is_loopback() || ip.is_private()),
        Ok(IpAddr::V6(ip)) => !(ip.is_loopback() || ip.is_unique_local()),
        Err(_) => {
            host != "localhost" && host.contains('.') && !host.ends_with(".internal") && !host.ends_with(".local")
        }
    }
}

fn guarded(guard: &Guard, names: &Arc<dyn Resolve>) -> GuardedNames {
    GuardedNames { guard: guard.clone(), names: Arc::clone(names) }
}

fn build(
    builder: ClientBuilder,
    settings: &NetSettings,
    names: GuardedNames,
    proxy: Option<Proxy>,
) -> Result<Client, String> {
    let builder = builder
        .user_agent(concat!("hotroom/", env!("CARGO_PKG_VERSION")))
        .redirect(Policy::none())
        // A connection that does not come about is known not to have sent anything, so it has to end before the deadline.
        .connect_timeout(settings.timeout / 2)
        .pool_idle_timeout(IDLE)
        // Proxies of the environment are not used: an address that is checked here would be resolved again there.
        .no_proxy()
        .dns_resolver(Arc::new(names));
    let builder = match proxy {
        Some(proxy) => builder.proxy(proxy),
        None => builder,
    };
    builder.build().map_err(|error| chain(&error))
}

fn proxy(settings: &NetSettings) -> Result<Option<Proxy>, String> {
    let Some(address) = &settings.proxy else { return Ok(None) };
    let proxy = Proxy::all(address.as_str()).map_err(|error| chain(&error))?;
    let Some(credentials) = &settings.proxy_credentials else { return Ok(Some(proxy)) };
    let (user, password) = credentials.expose_secret().split_once(':').unwrap_or((credentials.expose_secret(), ""));
    Ok(Some(proxy.basic_auth(user, password)))
}

/// A URL that can be called: of http or https, with a host and without credentials, which would end up in logs.
fn parse(url: &str) -> Result<Url, HttpFailure> {
    let invalid = |why: &str| Err(HttpFailure::Invalid(format!("the URL {why}")));
    let Ok(url) = Url::parse(url) else { return invalid("cannot be read") };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return invalid("is not one of http or https");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return invalid("has a user name or a password in it");
    }
    Ok(url)
}

/// Reads the body into `body` up to its bound.
async fn read_body(answer: &mut Response, body: &mut Vec<u8>, largest: usize) -> Result<(), String> {
    while let Some(part) = answer.chunk().await.map_err(|error| chain(&error.without_url()))? {
        let room = largest - body.len();
        body.extend_from_slice(&part[..part.len().min(room)]);
        if part.len() > room {
            return Err(format!("a body of more than {largest} bytes"));
        }
    }
    Ok(())
}

fn target(url: &Url, headers: &HeaderMap) -> Option<String> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    Some(url.join(location).ok()?.origin().ascii_serialization())
}

fn unclear(why: impl Into<String>) -> HttpFailure {
    HttpFailure::Unclear { status: None, why: why.into() }
}

/// What an error of the client means before any answer came.
fn failure(error: reqwest::Error) -> HttpFailure {
    if let Some(reason) = blocked(&error) {
        return HttpFailure::Blocked(reason);
    }
    let (unsent, invalid) = (error.is_connect(), error.is_builder());
    let unknown_issuer = CertificateTrouble::of(&error).is_some_and(|trouble| trouble.unknown_issuer);
    let mut why = chain(&error.without_url());
    if unknown_issuer {
        why.push_str("; [net] ca names the authorities to trust besides the public ones");
    }
    match (invalid, unsent) {
        (true, _) => HttpFailure::Invalid(why),
        (false, true) => HttpFailure::Unsent(why),
        (false, false) => unclear(why),
    }
}

/// An error with its causes: "error sending request" alone says nothing.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests;
