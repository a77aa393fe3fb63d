-- Post-mortems. Each is the fold of its events, as an incident is; its id is that of its incident.
CREATE TABLE postmortems (
    id      TEXT NOT NULL PRIMARY KEY,
    state   TEXT NOT NULL,
    owner   TEXT NOT NULL,
    due_at  BIGINT,
    version BIGINT NOT NULL,
    doc     TEXT NOT NULL
);
CREATE INDEX postmortems_by_state ON postmortems (state, due_at);
CREATE INDEX postmortems_by_owner ON postmortems (owner, state);
