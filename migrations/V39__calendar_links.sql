-- Calendar feeds: whose shifts, for whom. Only the SHA-256 of a token is stored.
CREATE TABLE calendar_links (
    token      BYTEA NOT NULL PRIMARY KEY,
    person     TEXT NOT NULL,
    subject    TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX calendar_links_of_person ON calendar_links (person);

-- How often the shifts of a schedule have changed: what a calendar feed says of its entries.
CREATE TABLE schedule_revisions (
    schedule   TEXT NOT NULL PRIMARY KEY,
    digest     BYTEA NOT NULL,
    revision   BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
