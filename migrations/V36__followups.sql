-- Follow-ups: what changes after an incident. Each is the fold of its events.
CREATE TABLE followups (
    id       TEXT NOT NULL PRIMARY KEY,
    incident TEXT NOT NULL,
    number   BIGINT NOT NULL,
    state    TEXT NOT NULL,
    owner    TEXT,
    due_at   BIGINT,
    version  BIGINT NOT NULL,
    doc      TEXT NOT NULL
);
CREATE UNIQUE INDEX followups_of_incident ON followups (incident, number);
CREATE INDEX followups_by_state ON followups (state, due_at);
CREATE INDEX followups_by_owner ON followups (owner, state);
