//! `hotroom alert send --sample KIND`: posts a documented sample to a running bot.

use anyhow::bail;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{SampleToSend, WrongArgument, client};
use crate::{
    config::{Config, Source},
    domain::Timestamp,
    intake::samples,
};

/// Posts a sample to a source of its kind and returns a line with the response.
pub async fn send_sample(config: &Config, wanted: &SampleToSend, now: Timestamp) -> anyhow::Result<String> {
    let SampleToSend { sample, step, source, url, ca, json } = wanted;
    let known: Vec<&str> = samples::kinds().collect();
    if !known.contains(&sample.as_str()) {
        let known = known.join(", ");
        return Err(WrongArgument(format!("there are no samples of {sample}; choose one of {known}")).into());
    }
    let Some(body) = samples::said(sample, step, now) else {
        return Err(WrongArgument(format!("{sample} has no sample {step}")).into());
    };
    let source = reader(config, sample, source.as_deref())?;
    let base = url.as_deref().unwrap_or(&config.server.public_url).trim_end_matches('/');
    let address = format!("{base}/intake/{}", source.id);
    let request = client::client(ca.as_deref())?.post(&address).header("content-type", "application/json").body(body);
    let request = match &source.token {
        Some(token) => request.bearer_auth(token.expose_secret()),
        None => request,
    };
    let answer = client::send(request, base).await?;
    let (status, said) = (answer.status(), client::text(answer, base).await?);
    if !status.is_success() {
        bail!("hotroom did not accept the sample ({status}): {said}");
    }
    if *json {
        let response: Value = serde_json::from_str(&said).unwrap_or(Value::String(said));
        let sent = json!({ "sample": sample, "step": step, "address": address, "response": response });
        return Ok(serde_json::to_string_pretty(&sent)?);
    }
    Ok(format!("{sample}, {step}: posted to {address}: {said}"))
}

/// Returns the named source, or the first one of the kind that needs no signature.
fn reader<'c>(config: &'c Config, kind: &str, named: Option<&str>) -> anyhow::Result<&'c Source> {
    if let Some(name) = named {
        let source = config.source(name).ok_or_else(|| WrongArgument(format!("bot.toml has no source {name}")))?;
        if source.signs() {
            let why =
                format!("the source {name} requires signed bodies, and a sample is not signed; use another --source");
            return Err(WrongArgument(why).into());
        }
        return Ok(source);
    }
    let reads = |source: &&Source| source.may_post() && source.kind_name() == kind && !source.signs();
    let source = config.sources.iter().find(reads);
    source.ok_or_else(|| {
        WrongArgument(format!("bot.toml has no source of kind {kind} that accepts unsigned bodies")).into()
    })
}
