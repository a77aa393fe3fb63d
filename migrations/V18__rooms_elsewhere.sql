-- A room on Discord can be a thread of another channel: parent is that channel, none for a channel of its own. private is
-- whether the thread is seen by its members alone, which cannot be changed once it is made.
ALTER TABLE discord_channels ADD COLUMN parent BIGINT;
ALTER TABLE discord_channels ADD COLUMN private INTEGER NOT NULL DEFAULT 0;

-- Rooms that could not get the place that they should have: where they are instead, why, and whether people know.
CREATE TABLE discord_shortages (
    room  TEXT NOT NULL PRIMARY KEY,
    stead TEXT NOT NULL,
    lack  TEXT NOT NULL,
    told  INTEGER NOT NULL
);
