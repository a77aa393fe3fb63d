//! Finds the configuration of Alertmanager in a file: an `alertmanager.yml`, or a Kubernetes Secret or ConfigMap or the
//! values of a Helm chart that contain one.

use std::io::Read as _;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::yaml::{self, YamlNode};

/// How deep a configuration is looked for.
const DEEPEST: usize = 8;
/// The largest configuration that is unpacked, in bytes.
const LARGEST: u64 = 4 << 20;

/// A configuration, and where it is.
#[derive(Debug)]
pub(super) struct LocatedConfig {
    pub(super) root: YamlNode,
    /// The path of keys to a text that contains it, in which its lines are counted; `None` for lines of the file.
    pub(super) text_in: Option<String>,
}

/// Finds the one configuration of a file.
///
/// # Errors
/// Says what is wrong: it is no YAML, or contains no configuration, or several.
pub(super) fn find(text: &str) -> Result<LocatedConfig, String> {
    let documents = yaml::load(text)?;
    if documents.iter().all(YamlNode::is_null) {
        return Err("there is nothing in it".to_owned());
    }
    let mut search = Search::default();
    for document in &documents {
        search.visit(document, &Place::default())?;
    }
    let mut found = search.found;
    match (found.pop(), found.len()) {
        (Some(one), 0) => Ok(one.config),
        (None, _) => Err("it has no `route`: is it an alertmanager.yml?".to_owned()),
        (Some(last), _) => {
            found.push(last);
            let places: Vec<&str> = found.iter().map(|one| one.path.as_str()).collect();
            Err(format!("it contains {} configurations: {}. Import one at a time", found.len(), places.join(", ")))
        }
    }
}

/// Where a node is.
#[derive(Clone, Debug, Default)]
struct Place {
    path: Vec<String>,
    /// The text around it, if it is in one.
    text_in: Option<String>,
    /// True in the `data` of a Secret, which is encoded.
    encoded: bool,
}

impl Place {
    fn below(&self, key: &str, encoded: bool) -> Self {
        let path = self.path.iter().map(String::as_str).chain([key]).map(str::to_owned).collect();
        Self { path, text_in: self.text_in.clone(), encoded }
    }
}

struct FoundConfig {
    path: String,
    config: LocatedConfig,
}

#[derive(Default)]
struct Search {
    found: Vec<FoundConfig>,
}

impl Search {
    fn visit(&mut self, node: &YamlNode, place: &Place) -> Result<(), String> {
        if place.path.len() > DEEPEST {
            return Ok(());
        }
        let kind = node.get("kind").and_then(YamlNode::text).unwrap_or_default();
        if kind == "AlertmanagerConfig" {
            return Err(
                "an AlertmanagerConfig has other keys; import the Secret that the operator makes of it, such as \
                        `kubectl get secret alertmanager-main-generated -o yaml`"
                    .to_owned(),
            );
        }
        if let Some(route) = node.get("route") {
            let is_top = place.path.is_empty() || place.text_in.is_some() || node.get("receivers").is_some();
            if route.get("receiver").is_some() || is_top {
                let path = if place.path.is_empty() { format!("line {}", node.line()) } else { place.path.join(".") };
                let config = LocatedConfig { root: node.clone(), text_in: place.text_in.clone() };
                self.found.push(FoundConfig { path, config });
                return Ok(());
            }
        }
        for (key, below) in node.entries() {
            let encoded = place.encoded || kind == "Secret" && key == "data";
            self.visit(below, &place.below(key, encoded))?;
        }
        for (number, below) in node.items().iter().enumerate() {
            self.visit(below, &place.below(&number.to_string(), place.encoded))?;
        }
        match node.text() {
            Some(text) if place.text_in.is_none() => self.visit_text(text, place),
            Some(_) | None => Ok(()),
        }
    }

    /// Looks into a text that is named like a file of YAML.
    fn visit_text(&mut self, text: &str, place: &Place) -> Result<(), String> {
        let Some(name) = place.path.last() else { return Ok(()) };
        let file = name.strip_suffix(".gz").unwrap_or(name);
        if !(file.ends_with(".yaml") || file.ends_with(".yml") || file == "stringConfig") {
            return Ok(());
        }
        let path = place.path.join(".");
        let plain =
            if place.encoded { decode(text, name).map_err(|why| format!("{path}: {why}"))? } else { text.to_owned() };
        // A Secret may have files of other programs, which need not be YAML.
        let documents = match yaml::load(&plain) {
            Ok(documents) => documents,
            Err(_) if !file.starts_with("alertmanager") => return Ok(()),
            Err(why) => return Err(format!("{path}: {why}")),
        };
        let inside = Place { text_in: Some(path), ..place.clone() };
        documents.iter().try_for_each(|document| self.visit(document, &inside))
    }
}

/// Decodes an entry of a Secret, which is packed if its name ends in `.gz`.
fn decode(text: &str, name: &str) -> Result<String, String> {
    let compact: String = text.split_whitespace().collect();
    let bytes = BASE64_STANDARD.decode(compact).map_err(|error| format!("not base64: {error}"))?;
    let mut plain = String::new();
    let read = if name.ends_with(".gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).take(LARGEST).read_to_string(&mut plain)
    } else {
        bytes.as_slice().read_to_string(&mut plain)
    };
    read.map_err(|error| format!("cannot be unpacked: {error}"))?;
    Ok(plain)
}
