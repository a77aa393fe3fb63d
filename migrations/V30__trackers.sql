-- The issues of incidents in outside trackers. An issue belongs to at most one incident, and an incident has at most one.
CREATE TABLE issue_links (
    incident TEXT NOT NULL PRIMARY KEY,
    tracker  TEXT NOT NULL,
    issue    TEXT,
    doc      TEXT NOT NULL,
    CONSTRAINT issue_links_issue UNIQUE (tracker, issue)
);

-- Keys that an incident had before it got the one of its issue. They lead to it still.
CREATE TABLE former_keys (
    prefix   TEXT NOT NULL,
    number   BIGINT NOT NULL,
    incident TEXT NOT NULL,
    PRIMARY KEY (prefix, number)
);

-- What trackers delivered, so that a repeat is known.
CREATE TABLE tracker_deliveries (
    tracker  TEXT NOT NULL,
    delivery TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (tracker, delivery)
);
CREATE INDEX tracker_deliveries_by_age ON tracker_deliveries (at);

-- Up to when the changes at a tracker are known, and when its webhook last delivered.
CREATE TABLE tracker_states (
    tracker      TEXT NOT NULL PRIMARY KEY,
    known_until  BIGINT,
    delivered_at BIGINT
);
