-- The public status page: what customers are told of incidents, and what components show.

CREATE TABLE status_incidents (
    incident    TEXT NOT NULL PRIMARY KEY,
    status      TEXT NOT NULL,
    -- 1 until it was said to be over.
    is_open     INTEGER NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL,
    resolved_at BIGINT,
    doc         TEXT NOT NULL
);
CREATE INDEX status_incidents_open ON status_incidents (incident) WHERE is_open = 1;
CREATE INDEX status_incidents_newest ON status_incidents (created_at, incident);

-- A component that is not here is operational and was never touched.
CREATE TABLE status_components (
    id         TEXT NOT NULL PRIMARY KEY,
    status     TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
