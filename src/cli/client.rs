//! The HTTP client of the commands that call a running hotroom.

use std::{path::Path, time::Duration};

use anyhow::{Context, anyhow};
use reqwest::{Client, RequestBuilder, Response, redirect::Policy};

use super::WrongArgument;
use crate::net::tls::{CertificateTrouble, TrustedRoots};

/// The environment variable with the file of further certificate authorities.
pub const CA_FILE: &str = "HOTROOM_CA";
/// Timeout for a whole request.
const DEADLINE: Duration = Duration::from_secs(20);

/// A client that trusts the public authorities and those of this PEM file.
///
/// # Errors
/// A [`WrongArgument`] if the file cannot be used.
pub(super) fn client(ca: Option<&Path>) -> anyhow::Result<Client> {
    let roots = match ca {
        Some(file) => TrustedRoots::with_file(file).map_err(WrongArgument)?,
        None => TrustedRoots::default(),
    };
    Ok(roots.http().timeout(DEADLINE).redirect(Policy::none()).build()?)
}

/// Sends a request to hotroom at `base`.
///
/// # Errors
/// A [`CertificateTrouble`] if its certificate is not accepted.
pub(super) async fn send(request: RequestBuilder, base: &str) -> anyhow::Result<Response> {
    let sent = request.send().await;
    sent.map_err(|error| match CertificateTrouble::of(&error) {
        Some(trouble) if trouble.unknown_issuer => {
            let advice =
                format!("Cannot trust hotroom at {base}; name its certificate authority with --ca or {CA_FILE}");
            anyhow!(trouble).context(advice)
        }
        Some(trouble) => anyhow!(trouble).context(format!("Cannot trust hotroom at {base}")),
        None => anyhow::Error::new(error).context(format!("Cannot reach hotroom at {base}; set --url")),
    })
}

/// Reads the text of a response.
pub(super) async fn text(response: Response, base: &str) -> anyhow::Result<String> {
    response.text().await.with_context(|| format!("{base} did not send its whole response"))
}
