-- Heartbeats: what must be heard from within an interval. When the next one is due stands in doc and in the outbox.
CREATE TABLE heartbeats (
    id     TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    name   TEXT NOT NULL,
    doc    TEXT NOT NULL,
    CONSTRAINT heartbeats_name UNIQUE (source, name)
);
