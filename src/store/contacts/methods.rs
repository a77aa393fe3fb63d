//! Contact methods of people, and their rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        contact::{ContactMethod, PersonalRule, QuietHours, WeeklyTest},
        ids::{ContactMethodId, PersonId},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, to_json},
            sql::{Row, params},
        },
    },
};

/// How many methods of a person are read. More cannot be added.
const MOST_OF_PERSON: i64 = 50;
/// How many methods are read for everybody.
const MOST: i64 = 100_000;

/// The rules that a person has made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactSettings {
    /// Which method when; of an urgency without a rule, the default rules apply.
    #[serde(default)]
    pub rules: Vec<PersonalRule>,
    /// When pages of low urgency wait.
    #[serde(default)]
    pub quiet: Option<QuietHours>,
    /// What the weekly test is; `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekly_test: Option<WeeklyTest>,
}

fn read_method(row: &Row<'_>) -> Result<ContactMethod, StoreError> {
    from_json(&format_args!("contact method {}", row.get::<String>(0)?), &row.get::<String>(1)?)
}

impl Reads<'_> {
    /// A contact method by its id.
    pub fn contact_method(&self, id: ContactMethodId) -> Result<Option<ContactMethod>, StoreError> {
        self.one("SELECT id, doc FROM contact_methods WHERE id = $1", params![id.to_string()], read_method)
    }

    /// The contact methods of a person, in their order.
    pub fn contact_methods_of(&self, person: &PersonId) -> Result<Vec<ContactMethod>, StoreError> {
        let sql = "SELECT id, doc FROM contact_methods WHERE person = $1 ORDER BY position, id LIMIT $2";
        self.all(sql, params![person.as_str(), MOST_OF_PERSON], read_method)
    }

    /// The contact methods with an address, of all people.
    pub fn contact_methods_at(&self, address: &str) -> Result<Vec<ContactMethod>, StoreError> {
        let sql = "SELECT id, doc FROM contact_methods WHERE address = $1 ORDER BY id LIMIT $2";
        self.all(sql, params![address, MOST_OF_PERSON], read_method)
    }

    /// The contact methods of everybody.
    pub fn contact_methods(&self) -> Result<BTreeMap<PersonId, Vec<ContactMethod>>, StoreError> {
        let sql = "SELECT id, doc FROM contact_methods ORDER BY person, position, id LIMIT $1";
        let mut by_person: BTreeMap<PersonId, Vec<ContactMethod>> = BTreeMap::new();
        for method in self.all(sql, params![MOST], read_method)? {
            by_person.entry(method.person.clone()).or_default().push(method);
        }
        Ok(by_person)
    }

    /// The rules of a person.
    pub fn contact_settings(&self, person: &PersonId) -> Result<ContactSettings, StoreError> {
        let sql = "SELECT person, doc FROM contact_settings WHERE person = $1";
        let settings = self.one(sql, params![person.as_str()], |row| {
            from_json(&format_args!("the contact rules of {}", row.get::<String>(0)?), &row.get::<String>(1)?)
        })?;
        Ok(settings.unwrap_or_default())
    }
}

impl Tx<'_> {
    /// Adds a contact method, or replaces it.
    pub fn save_contact_method(&mut self, method: &ContactMethod) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO contact_methods (id, person, kind, address, position, doc) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (id) DO UPDATE SET person = excluded.person, kind = excluded.kind, address = excluded.address,
                 position = excluded.position, doc = excluded.doc",
            params![
                method.id.to_string(),
                method.person.as_str(),
                method.kind.name(),
                method.address,
                i64::from(method.position),
                to_json(method)?,
            ],
        )?;
        Ok(())
    }

    /// Removes a contact method. Returns whether there was one.
    pub fn remove_contact_method(&mut self, id: ContactMethodId) -> Result<bool, StoreError> {
        Ok(self.run("DELETE FROM contact_methods WHERE id = $1", params![id.to_string()])? > 0)
    }

    /// Writes the rules of a person.
    pub fn save_contact_settings(&mut self, person: &PersonId, settings: &ContactSettings) -> Result<(), StoreError> {
        self.run(
            "INSERT INTO contact_settings (person, doc) VALUES ($1, $2)
             ON CONFLICT (person) DO UPDATE SET doc = excluded.doc",
            params![person.as_str(), to_json(settings)?],
        )?;
        Ok(())
    }

    /// Removes the rules of a person.
    pub fn remove_contact_settings(&mut self, person: &PersonId) -> Result<(), StoreError> {
        self.run("DELETE FROM contact_settings WHERE person = $1", params![person.as_str()]).map(drop)
    }
}
