-- What was last read of each board of bot.toml.
CREATE TABLE boards (
    board TEXT NOT NULL PRIMARY KEY,
    doc   TEXT NOT NULL
);
