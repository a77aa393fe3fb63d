//! Keys that hotroom makes for itself, once.

use crate::{
    domain::contact::SigningKey,
    store::{Reads, StoreError, Tx, engine::sql::params},
};

/// The key that signs links and codes.
const SIGNING: &str = "signing";
/// The id of this database, in the marks of issues that it created.
const INSTANCE: &str = "instance";

impl Reads<'_> {
    /// A key by its name; `None` if it has not been made.
    pub fn own_key(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.one("SELECT value FROM own_keys WHERE name = $1", params![name], |row| row.get(0))
    }

    /// The id of this database; `None` if nothing needed it yet.
    pub fn instance_id(&self) -> Result<Option<String>, StoreError> {
        self.own_key(INSTANCE)
    }

    /// The key that signs links and codes; `None` if nothing was signed yet.
    pub fn signing_key(&self) -> Result<Option<SigningKey>, StoreError> {
        Ok(self.own_key(SIGNING)?.as_deref().and_then(SigningKey::parse))
    }
}

impl Tx<'_> {
    /// Stores a key, unless there is one of that name. Returns the one that is stored.
    pub fn add_own_key(&mut self, name: &str, value: &str) -> Result<String, StoreError> {
        self.run(
            "INSERT INTO own_keys (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
            params![name, value],
        )?;
        Ok(self.own_key(name)?.unwrap_or_else(|| value.to_owned()))
    }

    /// The id of this database, which no other one has; makes it the first time.
    pub fn make_instance_id(&mut self) -> Result<String, StoreError> {
        if let Some(id) = self.own_key(INSTANCE)? {
            return Ok(id);
        }
        let mut random = [0u8; 5];
        getrandom::fill(&mut random).map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
        self.add_own_key(INSTANCE, &hex::encode(random))
    }

    /// The key that signs links and codes; makes it the first time.
    pub fn make_signing_key(&mut self) -> Result<SigningKey, StoreError> {
        if let Some(key) = self.signing_key()? {
            return Ok(key);
        }
        let mut random = [0u8; 32];
        getrandom::fill(&mut random).map_err(|error| StoreError::Sqlite(format!("no random bytes: {error}")))?;
        let stored = self.add_own_key(SIGNING, &hex::encode(random))?;
        Ok(SigningKey::parse(&stored).unwrap_or_else(|| SigningKey::new(random)))
    }
}
