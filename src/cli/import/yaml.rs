//! YAML as the Go library reads it that Alertmanager uses: scalars are the characters of the file, and merge keys are
//! resolved in their order.

use saphyr::{MarkedYaml, ScalarStyle, YamlData, YamlLoader};
use saphyr_parser::Parser;

/// How deep a document may nest.
const DEEPEST: usize = 100;
/// The words of YAML 1.1 for true and false.
const TRUE: [&str; 11] = ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"];
const FALSE: [&str; 11] = ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"];
/// The words for nothing.
const NULL: [&str; 5] = ["", "~", "null", "Null", "NULL"];

/// A YAML node.
#[derive(Clone, Debug)]
pub(super) struct YamlNode {
    line: usize,
    value: YamlValue,
}

#[derive(Clone, Debug)]
enum YamlValue {
    Null,
    /// A scalar; plain if it is written without quotes.
    Scalar {
        text: String,
        plain: bool,
    },
    List(Vec<YamlNode>),
    Mapping(Vec<(String, YamlNode)>),
}

/// Loads the documents of a text.
///
/// # Errors
/// The line, and what is wrong with it.
pub(super) fn load(text: &str) -> Result<Vec<YamlNode>, String> {
    let mut loader = YamlLoader::<MarkedYaml<'_>>::default();
    loader.early_parse(false);
    Parser::new_from_str(text).load(&mut loader, true).map_err(|error| error.to_string())?;
    if let Some(error) = loader.error() {
        return Err(error.to_string());
    }
    loader.into_documents().iter().map(|document| node(document, 0)).collect()
}

fn node(marked: &MarkedYaml<'_>, depth: usize) -> Result<YamlNode, String> {
    let line = marked.span.start.line();
    if depth > DEEPEST {
        return Err(format!("line {line} nests deeper than {DEEPEST}"));
    }
    Ok(YamlNode { line, value: value(&marked.data, line, depth)? })
}

fn value<'a>(data: &YamlData<'a, MarkedYaml<'a>>, line: usize, depth: usize) -> Result<YamlValue, String> {
    match data {
        YamlData::Representation(text, style, _) => {
            let plain = *style == ScalarStyle::Plain;
            let is_null = plain && NULL.contains(&text.as_ref());
            Ok(if is_null { YamlValue::Null } else { YamlValue::Scalar { text: text.to_string(), plain } })
        }
        YamlData::Sequence(items) => {
            Ok(YamlValue::List(items.iter().map(|item| node(item, depth + 1)).collect::<Result<_, _>>()?))
        }
        YamlData::Mapping(members) => {
            let mut all = Vec::with_capacity(members.len());
            for (key, value) in members {
                let YamlData::Representation(name, style, _) = &key.data else {
                    let line = key.span.start.line();
                    return Err(format!(
                        "line {line}: a key is not a text. A template must be rendered before the import"
                    ));
                };
                let value = node(value, depth + 1)?;
                if name == "<<" && *style == ScalarStyle::Plain {
                    merge(&mut all, value)?;
                } else {
                    set(&mut all, name, value);
                }
            }
            Ok(YamlValue::Mapping(all))
        }
        YamlData::Tagged(_, inner) => value(&inner.data, line, depth + 1),
        YamlData::BadValue => Ok(YamlValue::Null),
        YamlData::Value(_) | YamlData::Alias(_) => Err(format!("line {line} cannot be read")),
    }
}

/// Sets a member of a mapping; the last value of a key is in force.
fn set(members: &mut Vec<(String, YamlNode)>, name: &str, value: YamlNode) {
    match members.iter_mut().find(|(known, _)| known == name) {
        Some((_, known)) => *known = value,
        None => members.push((name.to_owned(), value)),
    }
}

/// Resolves a merge key: a mapping, or a list of mappings of which the first takes precedence.
fn merge(members: &mut Vec<(String, YamlNode)>, merged: YamlNode) -> Result<(), String> {
    let line = merged.line;
    match merged.value {
        YamlValue::Mapping(more) => more.into_iter().for_each(|(name, value)| set(members, &name, value)),
        YamlValue::List(items) => {
            for item in items.into_iter().rev() {
                merge(members, item)?;
            }
        }
        YamlValue::Null | YamlValue::Scalar { .. } => return Err(format!("line {line}: `<<` needs a mapping")),
    }
    Ok(())
}

impl YamlNode {
    /// Returns the line of the node, from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Returns a scalar as it is written; `None` for nothing, lists and mappings.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            YamlValue::Scalar { text, .. } => Some(text),
            YamlValue::Null | YamlValue::List(_) | YamlValue::Mapping(_) => None,
        }
    }

    /// Returns true or false as YAML 1.1 writes them; `None` for anything else.
    pub(super) fn flag(&self) -> Option<bool> {
        let YamlValue::Scalar { text, plain: true } = &self.value else { return None };
        let is = |words: &[&str]| words.contains(&text.as_str());
        if is(&TRUE) { Some(true) } else { is(&FALSE).then_some(false) }
    }

    /// True if nothing is there.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.value, YamlValue::Null)
    }

    /// Returns the elements of a list; `None` for other nodes.
    pub(super) fn list(&self) -> Option<&[YamlNode]> {
        match &self.value {
            YamlValue::List(items) => Some(items),
            YamlValue::Null | YamlValue::Scalar { .. } | YamlValue::Mapping(_) => None,
        }
    }

    /// Returns the elements of a list; empty for other nodes.
    pub(super) fn items(&self) -> &[YamlNode] {
        self.list().unwrap_or_default()
    }

    /// Returns the entries of a mapping; `None` for other nodes.
    pub(super) fn mapping(&self) -> Option<&[(String, YamlNode)]> {
        match &self.value {
            YamlValue::Mapping(members) => Some(members),
            YamlValue::Null | YamlValue::Scalar { .. } | YamlValue::List(_) => None,
        }
    }

    /// Returns the entries of a mapping; empty for other nodes.
    pub(super) fn entries(&self) -> &[(String, YamlNode)] {
        self.mapping().unwrap_or_default()
    }

    /// Returns an entry of a mapping.
    pub(super) fn get(&self, key: &str) -> Option<&YamlNode> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// Returns one text, or a list of texts, as a list; `None` if anything else is there.
    pub(super) fn texts(&self) -> Option<Vec<String>> {
        match &self.value {
            YamlValue::Null => Some(Vec::new()),
            YamlValue::Scalar { text, .. } => Some(vec![text.clone()]),
            YamlValue::List(items) => items.iter().map(|item| item.text().map(str::to_owned)).collect(),
            YamlValue::Mapping(_) => None,
        }
    }
}
