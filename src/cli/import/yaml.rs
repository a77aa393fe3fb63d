//! YAML nodes with their line numbers.

use saphyr::{LoadableYamlNode as _, MarkedYaml, Scalar, YamlData};

/// A YAML node.
#[derive(Clone, Copy)]
pub(super) struct YamlNode<'a>(&'a MarkedYaml<'a>);

/// Loads the documents of a text.
pub(super) fn load(text: &str) -> Result<Vec<MarkedYaml<'_>>, String> {
    MarkedYaml::load_from_str(text).map_err(|error| error.to_string())
}

impl<'a> YamlNode<'a> {
    pub(super) fn of(yaml: &'a MarkedYaml<'a>) -> Self {
        Self(yaml)
    }

    /// Returns the line of the node, from 1.
    pub(super) fn line(self) -> usize {
        self.0.span.start.line()
    }

    /// Returns a scalar as text.
    pub(super) fn text(self) -> Option<String> {
        match &self.0.data {
            YamlData::Value(Scalar::String(text)) => Some(text.to_string()),
            YamlData::Value(Scalar::Boolean(flag)) => Some(flag.to_string()),
            YamlData::Value(Scalar::Integer(number)) => Some(number.to_string()),
            YamlData::Value(Scalar::FloatingPoint(number)) => Some(number.to_string()),
            YamlData::Tagged(_, inner) => YamlNode(inner).text(),
            YamlData::Value(Scalar::Null)
            | YamlData::Representation(..)
            | YamlData::Sequence(_)
            | YamlData::Mapping(_)
            | YamlData::Alias(_)
            | YamlData::BadValue => None,
        }
    }

    /// Returns the elements of a list; empty for other nodes.
    pub(super) fn items(self) -> Vec<YamlNode<'a>> {
        self.0.data.as_sequence().map(|items| items.iter().map(YamlNode).collect()).unwrap_or_default()
    }

    /// Returns the entries of a mapping; empty for other nodes.
    pub(super) fn entries(self) -> Vec<(String, YamlNode<'a>)> {
        let Some(mapping) = self.0.data.as_mapping() else { return Vec::new() };
        mapping.iter().filter_map(|(key, value)| Some((YamlNode(key).text()?, YamlNode(value)))).collect()
    }

    /// Returns an entry of a mapping.
    pub(super) fn get(self, key: &str) -> Option<YamlNode<'a>> {
        self.entries().into_iter().find(|(name, _)| name == key).map(|(_, node)| node)
    }

    /// Returns one text, or a list of texts, as a list.
    pub(super) fn texts(self) -> Vec<String> {
        match self.text() {
            Some(one) => vec![one],
            None => self.items().into_iter().filter_map(YamlNode::text).collect(),
        }
    }
}
