-- Alerts, their groups, and silences.

-- Episodes: one row from an alert's first word to its end. The record is JSON; last_seen, latest_start and expires_at
-- change with each word of a sender and count over what the JSON says. rule_due is when a rule wants to open an incident
-- because of it. severity: 1 is the gravest, 9 none.
CREATE TABLE alerts (
    id           TEXT NOT NULL PRIMARY KEY,
    source       TEXT NOT NULL,
    fingerprint  TEXT NOT NULL,
    starts_at    BIGINT NOT NULL,
    latest_start BIGINT NOT NULL,
    ends_at      BIGINT,
    firing       INTEGER NOT NULL,
    severity     INTEGER NOT NULL,
    service      TEXT,
    group_id     TEXT,
    first_seen   BIGINT NOT NULL,
    last_seen    BIGINT NOT NULL,
    expires_at   BIGINT,
    rule_due     BIGINT,
    -- Name, host, service and summary in lower case: what a text search compares.
    search       TEXT NOT NULL,
    doc          TEXT NOT NULL,
    CONSTRAINT alerts_episode UNIQUE (source, fingerprint, starts_at)
);
-- Of one alert one episode fires at a time.
CREATE UNIQUE INDEX alerts_firing ON alerts (source, fingerprint) WHERE firing = 1;
CREATE INDEX alerts_firing_list ON alerts (id) WHERE firing = 1;
CREATE INDEX alerts_service ON alerts (service, id) WHERE service IS NOT NULL;
CREATE INDEX alerts_expiry ON alerts (group_id, expires_at) WHERE firing = 1 AND expires_at IS NOT NULL;
CREATE INDEX alerts_rule ON alerts (group_id, rule_due) WHERE rule_due IS NOT NULL;
CREATE INDEX alerts_ended ON alerts (ends_at) WHERE firing = 0;

-- Groups: the record as JSON, with what lists are filtered by in columns. key holds the route as well.
CREATE TABLE alert_groups (
    id              TEXT NOT NULL PRIMARY KEY,
    key             TEXT NOT NULL,
    is_open         INTEGER NOT NULL,
    firing          BIGINT NOT NULL,
    acknowledged    INTEGER NOT NULL,
    acknowledged_at BIGINT,
    silenced_until  BIGINT,
    severity        INTEGER NOT NULL,
    service         TEXT,
    incident        TEXT,
    closed_at       BIGINT,
    doc             TEXT NOT NULL
);
CREATE UNIQUE INDEX alert_groups_open ON alert_groups (key) WHERE is_open = 1;
CREATE INDEX alert_groups_firing ON alert_groups (id) WHERE firing > 0;
CREATE INDEX alert_groups_incident ON alert_groups (incident, id) WHERE incident IS NOT NULL;
CREATE INDEX alert_groups_closed ON alert_groups (closed_at) WHERE is_open = 0;

-- Which alerts a group shows, in the order it shows them. An alert is in several when routes say so.
CREATE TABLE group_alerts (
    group_id  TEXT NOT NULL,
    alert     TEXT NOT NULL,
    firing    INTEGER NOT NULL,
    severity  INTEGER NOT NULL,
    starts_at BIGINT NOT NULL,
    PRIMARY KEY (group_id, alert)
);
CREATE INDEX group_alerts_shown ON group_alerts (group_id, firing DESC, severity, starts_at, alert);
CREATE INDEX group_alerts_of ON group_alerts (alert);

-- Silences of groups: they hold for a group that closes and opens again too.
CREATE TABLE silences (
    id       TEXT NOT NULL PRIMARY KEY,
    key      TEXT NOT NULL,
    from_at  BIGINT NOT NULL,
    until_at BIGINT NOT NULL,
    person   TEXT NOT NULL
);
CREATE INDEX silences_key ON silences (key, until_at);
