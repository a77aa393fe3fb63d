-- What everything stands on: deliveries that came in, events that happened, effects that go out, and the incidents
-- these are about. Times are milliseconds UTC. BYTEA and BIGINT are understood by SQLite and PostgreSQL alike; an
-- INTEGER PRIMARY KEY is SQLite's row id and becomes a BIGINT identity elsewhere.

-- One row: which run of the program holds the file. The fence grows with each opening.
CREATE TABLE owner (
    one        INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    fence      BIGINT NOT NULL,
    process    BIGINT NOT NULL,
    opened_at  BIGINT NOT NULL
);

-- Single named values.
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Deliveries as they came: alerts, vendor hooks, chat commands. The body is kept so that it can be read again.
CREATE TABLE inbox (
    id          INTEGER PRIMARY KEY,
    source      TEXT NOT NULL,
    delivery    TEXT NOT NULL,
    state       TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    last_seen   BIGINT NOT NULL,
    repeats     BIGINT NOT NULL,
    mismatches  BIGINT NOT NULL,
    why         TEXT,
    sha256      BYTEA NOT NULL,
    reply       TEXT,
    body        BYTEA NOT NULL,
    CONSTRAINT inbox_once UNIQUE (source, delivery)
);
CREATE INDEX inbox_pending ON inbox (source, id) WHERE state = 'pending';
CREATE INDEX inbox_unreadable ON inbox (id) WHERE state = 'unreadable';

-- When each source was last heard, kept apart so that asking does not read the inbox.
CREATE TABLE sources_heard (
    source      TEXT NOT NULL PRIMARY KEY,
    first_heard BIGINT NOT NULL,
    last_heard  BIGINT NOT NULL,
    deliveries  BIGINT NOT NULL
);

-- What happened, in order, each row bound to the one before it by its hash.
CREATE TABLE events (
    log_seq INTEGER PRIMARY KEY,
    stream  TEXT NOT NULL,
    seq     BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    actor   TEXT NOT NULL,
    request TEXT NOT NULL,
    body    TEXT NOT NULL,
    hash    BYTEA NOT NULL,
    CONSTRAINT events_in_stream UNIQUE (stream, seq)
);
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN
    SELECT RAISE(ABORT, 'events are never deleted');
END;

-- What is to be done outside, or later. A row is open until settled_at is set. The first open row of a lane is its
-- head; only heads are claimed. ready_at is when a claim may take the row: its due time, the end of its lease, or the
-- time of its next try. A head is as urgent as the most urgent row that waits behind it.
CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,
    key        TEXT NOT NULL,
    lane       TEXT NOT NULL,
    priority   INTEGER NOT NULL,
    mark       TEXT,
    state      TEXT NOT NULL,
    head       INTEGER NOT NULL,
    urgency    INTEGER NOT NULL,
    ready_at   BIGINT NOT NULL,
    due        BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    fence      BIGINT NOT NULL,
    uncertain  INTEGER NOT NULL,
    settled_at BIGINT,
    why        TEXT,
    receipt    TEXT,
    effect     TEXT NOT NULL,
    CONSTRAINT outbox_once UNIQUE (key)
);
CREATE INDEX outbox_ready ON outbox (urgency, ready_at, id) WHERE head = 1;
CREATE UNIQUE INDEX outbox_head ON outbox (lane) WHERE head = 1;
CREATE INDEX outbox_lane ON outbox (lane, id) WHERE settled_at IS NULL;
CREATE INDEX outbox_urgency ON outbox (lane, priority) WHERE settled_at IS NULL;
CREATE INDEX outbox_mark ON outbox (mark, id) WHERE settled_at IS NULL AND mark IS NOT NULL;
CREATE INDEX outbox_stuck ON outbox (id) WHERE state IN ('dead', 'unknown');

-- The last number given out for each key prefix.
CREATE TABLE key_numbers (
    prefix TEXT NOT NULL PRIMARY KEY,
    last   BIGINT NOT NULL
);

-- Incidents: the record as JSON, with what lists are filtered by in columns.
CREATE TABLE incidents (
    id         TEXT NOT NULL PRIMARY KEY,
    prefix     TEXT NOT NULL,
    number     BIGINT NOT NULL,
    status     TEXT NOT NULL,
    category   TEXT NOT NULL,
    is_open    INTEGER NOT NULL,
    severity   TEXT NOT NULL,
    private    INTEGER NOT NULL,
    service    TEXT,
    room       TEXT,
    opened_at  BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    title      TEXT NOT NULL,
    -- Title and key in lower case: what a text search compares.
    search     TEXT NOT NULL,
    doc        TEXT NOT NULL,
    CONSTRAINT incidents_key UNIQUE (prefix, number),
    CONSTRAINT incidents_room UNIQUE (room)
);
CREATE INDEX incidents_open ON incidents (id) WHERE is_open = 1;
CREATE INDEX incidents_status ON incidents (status, private, id);
CREATE INDEX incidents_service ON incidents (service, id);
-- Lists and counts are answered from this index; the records are read for the page that is shown.
CREATE INDEX incidents_list ON incidents (id, private, is_open, status, severity, service, search);

-- Who may see a private incident.
CREATE TABLE incident_members (
    incident TEXT NOT NULL,
    person   TEXT NOT NULL,
    PRIMARY KEY (incident, person)
);

-- Signed-in browsers and links to sign in. Only the SHA-256 of a token is stored.
CREATE TABLE sessions (
    token      BYTEA NOT NULL PRIMARY KEY,
    person     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE TABLE sign_in_links (
    token      BYTEA NOT NULL PRIMARY KEY,
    person     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
