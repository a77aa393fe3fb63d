//! Secrets: the file holds references to them, never the values.

use std::{collections::BTreeMap, path::PathBuf};

use secrecy::SecretString;

use super::{mistake::shown, tree::Value};

/// A reference to a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}

/// The largest secret.
const MAX_SECRET: u64 = 64 * 1024;

/// Parses a reference. An invalid value is not repeated in the message, because it may be the secret itself.
pub(super) fn reference(value: &Value) -> Result<Reference, String> {
    const WRONG: &str = "must be \"env:NAME\" or \"file:PATH\"; a secret is never written into the configuration \
                         (what was written is not shown here)";
    let written = match value {
        Value::Text(text) | Value::Raw(text) => text,
        Value::Bool(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::List(_) | Value::Table(_) => {
            return Err(WRONG.to_owned());
        }
    };
    match written.split_once(':') {
        Some(("env", name)) if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            Ok(Reference::Env(name.to_owned()))
        }
        Some(("file", path)) if !path.is_empty() => Ok(Reference::File(PathBuf::from(path))),
        _ => Err(WRONG.to_owned()),
    }
}

/// Parses a list of references. An environment variable may also separate them by commas.
pub(super) fn references(value: &Value) -> Result<Vec<Reference>, String> {
    match value {
        Value::List(items) => items.iter().map(|item| reference(&item.value)).collect(),
        Value::Raw(raw) => raw.split(',').map(|part| reference(&Value::Raw(part.trim().to_owned()))).collect(),
        Value::Text(_) | Value::Bool(_) | Value::Int(_) | Value::Float | Value::Moment(_) | Value::Table(_) => {
            Err("must be a list of secrets such as [\"env:NAME\"] (what was written is not shown here)".to_owned())
        }
    }
}

/// Reads a secret and warns if other users can read its file.
pub(super) fn resolve(
    reference: &Reference,
    env: &BTreeMap<String, String>,
) -> Result<(SecretString, Option<String>), String> {
    let (text, warning) = match reference {
        Reference::Env(name) => {
            let text = env.get(name).ok_or_else(|| format!("the environment variable {name} is not set"))?;
            (text.clone(), None)
        }
        Reference::File(path) => read_file(path)?,
    };
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() {
        return Err(match reference {
            Reference::Env(name) => format!("the environment variable {name} is empty"),
            Reference::File(path) => format!("the file {} is empty", shown(&path.to_string_lossy())),
        });
    }
    Ok((SecretString::from(text.to_owned()), warning))
}

fn read_file(path: &std::path::Path) -> Result<(String, Option<String>), String> {
    let name = shown(&path.to_string_lossy());
    let meta = std::fs::metadata(path).map_err(|e| format!("cannot read the file {name}: {e}"))?;
    if !meta.is_file() {
        return Err(format!("{name} is not a file"));
    }
    if meta.len() > MAX_SECRET {
        return Err(format!("the file {name} is larger than {MAX_SECRET} bytes; that is no secret"));
    }
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read the file {name}: {e}"))?;
    Ok((text, open_to_all(&meta).then(|| format!("everyone on this machine may read {name}; run: chmod o-r {name}"))))
}

#[cfg(unix)]
fn open_to_all(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o004 != 0
}

#[cfg(not(unix))]
fn open_to_all(_: &std::fs::Metadata) -> bool {
    false
}
