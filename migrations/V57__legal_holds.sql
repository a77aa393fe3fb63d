-- Incidents of which nothing may be deleted or redacted.
CREATE TABLE legal_holds (
    incident TEXT NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL,
    person   TEXT NOT NULL,
    reason   TEXT NOT NULL
);
CREATE INDEX rooms_archived ON rooms (archived_at) WHERE archived_at IS NOT NULL;
