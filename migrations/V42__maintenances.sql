-- Planned maintenance of components. Each is the fold of its events.
CREATE TABLE maintenances (
    id         TEXT NOT NULL PRIMARY KEY,
    number     BIGINT NOT NULL,
    reference  TEXT NOT NULL,
    status     TEXT NOT NULL,
    is_open    INTEGER NOT NULL,
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    doc        TEXT NOT NULL
);
CREATE UNIQUE INDEX maintenances_number ON maintenances (number);
CREATE UNIQUE INDEX maintenances_reference ON maintenances (reference);
CREATE INDEX maintenances_open ON maintenances (from_at) WHERE is_open = 1;
CREATE INDEX maintenances_from ON maintenances (from_at);
-- The maintenance that a silence belongs to.
ALTER TABLE silences ADD COLUMN maintenance TEXT;
CREATE INDEX silences_maintenance ON silences (maintenance, id) WHERE maintenance IS NOT NULL;
