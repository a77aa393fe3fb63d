//! Conditions of a statement that depend on a filter.

use super::sql::Param;

/// Conditions with their values, numbered in the order they are added. All must hold.
#[derive(Default)]
pub(in crate::store) struct Conditions {
    clauses: Vec<String>,
    values: Vec<Box<dyn Param>>,
}

impl Conditions {
    /// Adds a condition without a value. An index over a literal, such as `is_open = 1`, needs the literal.
    pub(in crate::store) fn literal(&mut self, clause: &str) {
        self.clauses.push(clause.to_owned());
    }

    /// Adds a condition; `$` in it stands for the value.
    pub(in crate::store) fn add(&mut self, clause: &str, value: impl Param + 'static) {
        self.values.push(Box::new(value));
        self.clauses.push(clause.replace('$', &format!("${}", self.values.len())));
    }

    /// Continues the last condition; `$` stands for the value.
    pub(in crate::store) fn add_to_last(&mut self, clause: &str, value: impl Param + 'static) {
        let last = self.clauses.pop().unwrap_or_default();
        self.add("$", value);
        let place = self.clauses.pop().unwrap_or_default();
        self.clauses.push(format!("{last}{}", clause.replace('$', &place)));
    }

    /// The values in the order of their numbers.
    pub(in crate::store) fn params(&self) -> Vec<&dyn Param> {
        self.values.iter().map(AsRef::as_ref).collect()
    }

    /// The text after `WHERE`.
    pub(in crate::store) fn text(&self) -> String {
        if self.clauses.is_empty() { "1 = 1".to_owned() } else { self.clauses.join(" AND ") }
    }
}
