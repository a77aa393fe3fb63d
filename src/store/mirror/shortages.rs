//! Rooms that are not in the place on Discord where they should be, and whether people know.

use crate::{
    domain::{
        ids::RoomId,
        incident::{Fallback, Shortage},
    },
    store::{
        Reads, StoreError, Tx,
        engine::{
            columns::{from_json, to_word},
            sql::params,
        },
    },
};

impl Reads<'_> {
    /// The rooms that are not in their place.
    pub fn shortages(&self) -> Result<Vec<(RoomId, Fallback, Shortage)>, StoreError> {
        let sql = "SELECT room, stead, lack FROM discord_shortages ORDER BY room LIMIT 1000";
        let found = self.all(sql, params![], |row| Ok((row.get::<String>(0)?, row.get(1)?, row.get(2)?)))?;
        let read = |(room, fallback, shortage): (String, String, String)| {
            let (fallback, shortage) = understood(&fallback, &shortage)?;
            Ok((RoomId::new(room), fallback, shortage))
        };
        found.into_iter().map(read).collect()
    }
}

impl Tx<'_> {
    /// Notes where a room is instead of its place, and what is lacking; none: it has its place. People are told again when it
    /// is elsewhere than they were told.
    pub fn note_shortage(&self, room: &RoomId, shortage: Option<(Fallback, Shortage)>) -> Result<(), StoreError> {
        let Some((fallback, shortage)) = shortage else {
            self.run("DELETE FROM discord_shortages WHERE room = $1", params![room.as_str()])?;
            return Ok(());
        };
        self.run(
            "INSERT INTO discord_shortages (room, stead, lack, told) VALUES ($1, $2, $3, 0) ON CONFLICT (room) DO UPDATE SET \
             told = CASE WHEN stead = excluded.stead THEN told ELSE 0 END, stead = excluded.stead, lack = excluded.lack",
            params![room.as_str(), to_word(&fallback)?, to_word(&shortage)?],
        )?;
        Ok(())
    }

    /// What people have not been told yet of a room that is not in its place; now they are.
    pub fn tell_shortage(&self, room: &RoomId) -> Result<Option<(Fallback, Shortage)>, StoreError> {
        let sql = "SELECT stead, lack FROM discord_shortages WHERE room = $1 AND told = 0";
        let untold: Option<(String, String)> =
            self.one(sql, params![room.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let Some((fallback, shortage)) = untold else { return Ok(None) };
        self.run("UPDATE discord_shortages SET told = 1 WHERE room = $1", params![room.as_str()])?;
        understood(&fallback, &shortage).map(Some)
    }
}

fn understood(fallback: &str, shortage: &str) -> Result<(Fallback, Shortage), StoreError> {
    let what = "a room's place";
    Ok((from_json(&what, &format!("\"{fallback}\""))?, from_json(&what, &format!("\"{shortage}\""))?))
}
