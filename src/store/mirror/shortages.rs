//! Rooms that are not in the place on a platform where they should be, and whether people know.

use crate::{
    domain::{
        ids::{Platform, RoomId},
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

/// Where a room is instead of its place, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misplacement {
    /// Where it is.
    pub fallback: Fallback,
    /// What is missing.
    pub shortage: Shortage,
}

impl Reads<'_> {
    /// Returns the rooms that are not in their place.
    pub fn misplaced_rooms(&self, platform: &Platform) -> Result<Vec<(RoomId, Misplacement)>, StoreError> {
        let sql = "SELECT room, stead, lack FROM mirror_shortages WHERE platform = $1 ORDER BY room LIMIT 1000";
        self.all(sql, params![platform.as_str()], |row| {
            Ok((RoomId::new(row.get::<String>(0)?), parse(&row.get::<String>(1)?, &row.get::<String>(2)?)?))
        })
    }
}

impl Tx<'_> {
    /// Stores where a room is instead of its place; `None` when it has its place. People are told again when it is elsewhere
    /// than they were told.
    pub fn set_misplacement(
        &self,
        platform: &Platform,
        room: &RoomId,
        misplacement: Option<Misplacement>,
    ) -> Result<(), StoreError> {
        let Some(Misplacement { fallback, shortage }) = misplacement else {
            let sql = "DELETE FROM mirror_shortages WHERE platform = $1 AND room = $2";
            self.run(sql, params![platform.as_str(), room.as_str()])?;
            return Ok(());
        };
        self.run(
            "INSERT INTO mirror_shortages (platform, room, stead, lack, told) VALUES ($1, $2, $3, $4, 0) \
             ON CONFLICT (platform, room) DO UPDATE SET \
             told = CASE WHEN stead = excluded.stead THEN told ELSE 0 END, stead = excluded.stead, lack = excluded.lack",
            params![platform.as_str(), room.as_str(), to_word(&fallback)?, to_word(&shortage)?],
        )?;
        Ok(())
    }

    /// Returns what people have not been told yet of a room that is not in its place, and marks it as told.
    pub fn take_misplacement(&self, platform: &Platform, room: &RoomId) -> Result<Option<Misplacement>, StoreError> {
        let sql = "SELECT stead, lack FROM mirror_shortages WHERE platform = $1 AND room = $2 AND told = 0";
        let untold = self.one(sql, params![platform.as_str(), room.as_str()], |row| {
            parse(&row.get::<String>(0)?, &row.get::<String>(1)?)
        })?;
        if untold.is_some() {
            let sql = "UPDATE mirror_shortages SET told = 1 WHERE platform = $1 AND room = $2";
            self.run(sql, params![platform.as_str(), room.as_str()])?;
        }
        Ok(untold)
    }
}

fn parse(fallback: &str, shortage: &str) -> Result<Misplacement, StoreError> {
    let what = "a room's place";
    let fallback = from_json(&what, &format!("\"{fallback}\""))?;
    Ok(Misplacement { fallback, shortage: from_json(&what, &format!("\"{shortage}\""))? })
}
