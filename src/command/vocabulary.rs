//! The names that commands accept, and the search for the closest match of a misspelt one.

use crate::domain::{
    incident::{FieldSpec, KindSpec, Severity},
    status::PublicStatus,
};

/// A name that commands accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownName {
    /// The form used in commands.
    pub id: String,
    /// The form shown to people. Untrusted text has been through `Untrusted::shown`.
    pub name: String,
}

impl KnownName {
    /// Creates a name from its command form and its display form.
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into() }
    }
}

/// A status-page template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusTemplate {
    /// The form used in commands.
    pub id: String,
    /// The display name.
    pub name: String,
    /// Its public status.
    pub status: PublicStatus,
    /// The text.
    pub body: String,
}

/// The names that one person can use now: incidents that the person may not see are excluded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "each field holds what its name says")]
pub struct Vocabulary {
    pub people: Vec<KnownName>,
    pub teams: Vec<KnownName>,
    pub services: Vec<KnownName>,
    pub schedules: Vec<KnownName>,
    pub statuses: Vec<KnownName>,
    pub severities: Vec<(Severity, KnownName)>,
    pub roles: Vec<KnownName>,
    pub causes: Vec<KnownName>,
    pub kinds: Vec<KindSpec>,
    pub fields: Vec<FieldSpec>,
    pub impacts: Vec<KnownName>,
    pub urgencies: Vec<KnownName>,
    pub components: Vec<KnownName>,
    pub templates: Vec<StatusTemplate>,
    pub incidents: Vec<KnownName>,
    pub groups: Vec<KnownName>,
    pub overrides: Vec<KnownName>,
    pub silences: Vec<KnownName>,
}

/// The result of looking a name up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NameMatch<'a> {
    /// It is one name.
    One(&'a KnownName),
    /// It fits several names.
    Several(Vec<&'a KnownName>),
    /// It is no name.
    None,
}

impl<'a> NameMatch<'a> {
    fn of(found: Vec<&'a KnownName>) -> Self {
        match found[..] {
            [] => Self::None,
            [only] => Self::One(only),
            [..] => Self::Several(found),
        }
    }

    /// The name, if it is one.
    pub(super) fn one(self) -> Option<&'a KnownName> {
        if let Self::One(known) = self { Some(known) } else { None }
    }
}

/// Finds a name. An exact id wins. Otherwise case is ignored, and space, `-` and `_` are equal; one word of a name is
/// enough: `scribe`, `tech` for the tech lead. What fits several names is none of them.
pub(super) fn find<'a>(known: &'a [KnownName], said: &str) -> NameMatch<'a> {
    if let Some(exact) = exact(known, said) {
        return NameMatch::One(exact);
    }
    let said = plain(said);
    let fitting = |fits: &dyn Fn(&KnownName) -> bool| known.iter().filter(|k| fits(k)).collect::<Vec<_>>();
    let whole = fitting(&|k| plain(&k.id) == said || plain(&k.name) == said);
    if !whole.is_empty() {
        return NameMatch::of(whole);
    }
    let has = |name: &str| plain(name).split(' ').any(|word| word == said);
    NameMatch::of(fitting(&|k| has(&k.id) || has(&k.name)))
}

/// Finds a name by its exact id.
pub(super) fn exact<'a>(known: &'a [KnownName], said: &str) -> Option<&'a KnownName> {
    let said = said.trim().trim_start_matches('@');
    known.iter().find(|k| k.id == said)
}

/// Returns the ids of the closest names, best first; at most three, and no distant ones.
pub(super) fn nearest<'a>(known: impl IntoIterator<Item = &'a KnownName>, said: &str) -> Vec<String> {
    let names: Vec<(&str, &str)> = known.into_iter().map(|k| (k.id.as_str(), k.name.as_str())).collect();
    let mut scored: Vec<(f64, &str)> =
        names.iter().map(|(id, name)| (likeness(id, said).max(likeness(name, said)), *id)).collect();
    scored.retain(|(score, _)| *score >= 0.5);
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, id)| id.to_owned()).collect()
}

/// Returns the similarity of two names, from 0 to 1. A common prefix scores high, because people stop typing early.
pub(super) fn likeness(known: &str, said: &str) -> f64 {
    let (known, said) = (plain(known), plain(said));
    if said.is_empty() || said.chars().count() > 64 {
        return 0.0;
    }
    let begun = if said.chars().count() >= 2 && known.starts_with(&said) { 0.8 } else { 0.0 };
    strsim::normalized_damerau_levenshtein(&known, &said).max(begun)
}

fn plain(name: &str) -> String {
    name.trim().trim_start_matches('@').to_lowercase().replace(['_', '-'], " ")
}

impl Vocabulary {
    /// Returns the names of the severities: `SEV1`.
    pub(super) fn severity_names(&self) -> Vec<String> {
        self.severities.iter().map(|(severity, _)| severity.name().to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_id_wins_and_what_fits_two_names_is_neither() {
        let people = [
            ("j-doe", "Jo Doe"),
            ("j_doe", "Jim Doe"),
            ("alex1", "Alex Kim"),
            ("alex2", "Alex Kim"),
            ("ann", "Ann Lee"),
        ]
        .map(|(id, name)| KnownName::new(id, name));
        let ids = |said: &str| match find(&people, said) {
            NameMatch::One(known) => vec![known.id.as_str()],
            NameMatch::Several(several) => several.into_iter().map(|known| known.id.as_str()).collect(),
            NameMatch::None => Vec::new(),
        };
        assert_eq!(ids("@j_doe"), ["j_doe"]);
        assert_eq!(ids("j-doe"), ["j-doe"]);
        assert_eq!(ids("J Doe"), ["j-doe", "j_doe"]);
        assert_eq!(ids("@Alex Kim"), ["alex1", "alex2"]);
        assert_eq!(ids("doe"), ["j-doe", "j_doe"]);
        assert_eq!(ids("ANN"), ["ann"]);
        assert_eq!(ids("lee"), ["ann"]);
        assert_eq!(ids("zoe"), [""; 0]);
    }
}
