-- The built-in chat: rooms, who is in them, what was said, and who has seen it.

-- One row: the change counter. Each new and each edited message takes the next number, so "what changed since" is one
-- range of one index. A message's id is the number it was posted with.
CREATE TABLE chat_revision (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    rev BIGINT NOT NULL
);
INSERT INTO chat_revision (one, rev) VALUES (1, 0);

-- last, last_seq and last_at are those of the newest message, kept here so that lists of rooms do not read messages.
CREATE TABLE rooms (
    id          TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    topic       TEXT NOT NULL,
    incident    TEXT,
    private     INTEGER NOT NULL,
    created_at  BIGINT NOT NULL,
    archived_at BIGINT,
    last        BIGINT NOT NULL,
    last_seq    BIGINT NOT NULL,
    last_at     BIGINT,
    CONSTRAINT rooms_incident UNIQUE (incident)
);
CREATE INDEX rooms_open ON rooms (id) WHERE archived_at IS NULL;

-- Who was let in. Only a private room asks.
CREATE TABLE room_members (
    room   TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (room, person)
);

-- seq counts within the room from 1, without gaps: the difference of two is the number of messages between them.
-- effect_key makes a repeated post the same post; mark names the one message that is edited to stay true.
CREATE TABLE messages (
    id          INTEGER PRIMARY KEY,
    room        TEXT NOT NULL,
    seq         BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    author_kind TEXT NOT NULL CHECK (author_kind IN ('person', 'bot')),
    author      TEXT NOT NULL,
    body        TEXT NOT NULL,
    effect_key  TEXT,
    mark        TEXT,
    edited_at   BIGINT,
    rev         BIGINT NOT NULL,
    CONSTRAINT messages_key UNIQUE (room, effect_key),
    CONSTRAINT messages_mark UNIQUE (room, mark),
    CONSTRAINT messages_rev UNIQUE (rev)
);
CREATE UNIQUE INDEX messages_in_room ON messages (room, id);

-- Who is called by which message.
CREATE TABLE mentions (
    person  TEXT NOT NULL,
    room    TEXT NOT NULL,
    message BIGINT NOT NULL,
    PRIMARY KEY (person, room, message)
);

-- The newest message of a room that a person has seen.
CREATE TABLE reads (
    person  TEXT NOT NULL,
    room    TEXT NOT NULL,
    message BIGINT NOT NULL,
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    PRIMARY KEY (person, room)
);
