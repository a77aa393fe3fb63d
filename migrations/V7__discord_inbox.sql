-- What came in from Discord: uses of commands, buttons and forms until they are answered, what was read of each channel,
-- and which message there is which message here.

CREATE TABLE discord_interactions (
    id          TEXT NOT NULL PRIMARY KEY,
    received_at BIGINT NOT NULL,
    body        TEXT NOT NULL,
    answered_at BIGINT
);
CREATE INDEX discord_interactions_open ON discord_interactions (received_at) WHERE answered_at IS NULL;

-- The newest message of a channel that was taken in.
CREATE TABLE discord_cursors (
    channel BIGINT NOT NULL PRIMARY KEY,
    message BIGINT NOT NULL
);

-- A message that a person wrote on Discord, and the message of the built-in chat that it became.
CREATE TABLE discord_heard (
    message BIGINT NOT NULL PRIMARY KEY,
    room    TEXT NOT NULL,
    local   BIGINT NOT NULL UNIQUE
);
