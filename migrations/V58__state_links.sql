-- Links that show the state of an incident without a sign-in. Only the hash of a token is stored.
CREATE TABLE state_links (
    token      BLOB NOT NULL PRIMARY KEY,
    incident   TEXT NOT NULL,
    person     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    until      BIGINT NOT NULL
);
CREATE INDEX state_links_by_incident ON state_links (incident);
