-- What there is on Discord of the built-in chat's rooms, messages and people. Discord's ids are numbers below 2^63.

-- applied is a hash of who sees the channel and whether it is open, as it was last made so; empty: not known.
CREATE TABLE discord_channels (
    room    TEXT NOT NULL PRIMARY KEY,
    channel BIGINT NOT NULL,
    applied TEXT NOT NULL,
    CONSTRAINT discord_channels_channel UNIQUE (channel)
);

-- A row is there before the message is sent: one with tried_at and without a message may have arrived or not, and is
-- looked for by its mark before it is sent again. round counts the messages that stood here one after another, instead_of
-- is the one before. applied is a hash of what the message says.
CREATE TABLE discord_messages (
    room       TEXT NOT NULL,
    known_by   TEXT NOT NULL,
    channel    BIGINT NOT NULL,
    message    BIGINT,
    round      BIGINT NOT NULL,
    instead_of BIGINT,
    tried_at   BIGINT,
    edited_at  BIGINT,
    applied    TEXT NOT NULL,
    pinned     INTEGER NOT NULL,
    PRIMARY KEY (room, known_by),
    CONSTRAINT discord_messages_message UNIQUE (message)
);

-- A person's account, and the channel in which the bot speaks to it alone.
CREATE TABLE discord_people (
    person        TEXT NOT NULL PRIMARY KEY,
    user_id       BIGINT NOT NULL,
    dm_channel    BIGINT,
    dm_blocked_at BIGINT,
    CONSTRAINT discord_people_user UNIQUE (user_id)
);
