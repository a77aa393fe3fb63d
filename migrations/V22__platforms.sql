-- What there is of the built-in chat on other platforms. Ids of platforms are opaque text; the tables of Discord, which had
-- numbers, are copied and go.

-- applied is a hash of who sees the channel and whether it is open, as last applied; empty: not known. parent is the channel
-- of which it is a thread. private: the thread is seen by its members alone, which cannot change once it is made.
CREATE TABLE mirror_channels (
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    channel  TEXT NOT NULL,
    applied  TEXT NOT NULL,
    parent   TEXT,
    private  INTEGER NOT NULL,
    PRIMARY KEY (platform, room),
    CONSTRAINT mirror_channels_channel UNIQUE (platform, channel)
);
INSERT INTO mirror_channels (platform, room, channel, applied, parent, private)
    SELECT 'discord', room, CAST(channel AS TEXT), applied, CAST(parent AS TEXT), private FROM discord_channels;
DROP TABLE discord_channels;

-- A row is written before the message is sent: one with tried_at and without a message may have arrived or not, and is
-- searched for by its reference before it is sent again. round counts the messages that stood here one after another;
-- instead_of is the one before. applied is a hash of the content.
CREATE TABLE mirror_messages (
    platform   TEXT NOT NULL,
    room       TEXT NOT NULL,
    known_by   TEXT NOT NULL,
    channel    TEXT NOT NULL,
    message    TEXT,
    round      BIGINT NOT NULL,
    instead_of TEXT,
    tried_at   BIGINT,
    edited_at  BIGINT,
    applied    TEXT NOT NULL,
    pinned     INTEGER NOT NULL,
    PRIMARY KEY (platform, room, known_by),
    CONSTRAINT mirror_messages_message UNIQUE (platform, message)
);
INSERT INTO mirror_messages
    (platform, room, known_by, channel, message, round, instead_of, tried_at, edited_at, applied, pinned)
    SELECT 'discord', room, known_by, CAST(channel AS TEXT), CAST(message AS TEXT), round, CAST(instead_of AS TEXT),
           tried_at, edited_at, applied, pinned FROM discord_messages;
DROP TABLE discord_messages;

-- The account of a person, and the channel in which the bot writes to it alone.
CREATE TABLE mirror_accounts (
    platform       TEXT NOT NULL,
    person         TEXT NOT NULL,
    account        TEXT NOT NULL,
    direct_channel TEXT,
    blocked_at     BIGINT,
    PRIMARY KEY (platform, person),
    CONSTRAINT mirror_accounts_account UNIQUE (platform, account)
);
INSERT INTO mirror_accounts (platform, person, account, direct_channel, blocked_at)
    SELECT 'discord', person, CAST(user_id AS TEXT), CAST(dm_channel AS TEXT), dm_blocked_at FROM discord_people;
DROP TABLE discord_people;

-- Uses of commands, buttons and forms, until they are replied to.
CREATE TABLE mirror_interactions (
    platform    TEXT NOT NULL,
    id          TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    body        TEXT NOT NULL,
    answered_at BIGINT,
    PRIMARY KEY (platform, id)
);
INSERT INTO mirror_interactions (platform, id, received_at, body, answered_at)
    SELECT 'discord', id, received_at, body, answered_at FROM discord_interactions;
DROP TABLE discord_interactions;
CREATE INDEX mirror_interactions_open ON mirror_interactions (platform, received_at) WHERE answered_at IS NULL;

-- The newest message of a channel that was taken in, and when it was written: ids of platforms have no order.
-- Discord's ids begin with the milliseconds since 2015.
CREATE TABLE mirror_cursors (
    platform TEXT NOT NULL,
    channel  TEXT NOT NULL,
    message  TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (platform, channel)
);
INSERT INTO mirror_cursors (platform, channel, message, at)
    SELECT 'discord', CAST(channel AS TEXT), CAST(message AS TEXT), (message >> 22) + 1420070400000 FROM discord_cursors;
DROP TABLE discord_cursors;

-- A message that a person wrote on a platform, and the message of the built-in chat that it became.
CREATE TABLE mirror_received (
    platform TEXT NOT NULL,
    message  TEXT NOT NULL,
    room     TEXT NOT NULL,
    local    BIGINT NOT NULL UNIQUE,
    at       BIGINT NOT NULL,
    PRIMARY KEY (platform, message)
);
INSERT INTO mirror_received (platform, message, room, local, at)
    SELECT 'discord', CAST(message AS TEXT), room, local, (message >> 22) + 1420070400000 FROM discord_heard;
DROP TABLE discord_heard;
CREATE INDEX mirror_received_room ON mirror_received (platform, room, at);

-- Rooms that could not get the place that they should have: where they are instead, why, and whether people know.
CREATE TABLE mirror_shortages (
    platform TEXT NOT NULL,
    room     TEXT NOT NULL,
    stead    TEXT NOT NULL,
    lack     TEXT NOT NULL,
    told     INTEGER NOT NULL,
    PRIMARY KEY (platform, room)
);
INSERT INTO mirror_shortages (platform, room, stead, lack, told)
    SELECT 'discord', room, stead, lack, told FROM discord_shortages;
DROP TABLE discord_shortages;
