-- What reports need to know of each incident, written with its record. A time is NULL where it is not known.
CREATE TABLE incident_facts (
    incident        TEXT NOT NULL PRIMARY KEY,
    prefix          TEXT NOT NULL,
    number          BIGINT NOT NULL,
    -- 1 for what reports count: not what may be no incident, was none, or is part of another one.
    counted         INTEGER NOT NULL,
    drill           INTEGER NOT NULL,
    private         INTEGER NOT NULL,
    severity        TEXT NOT NULL,
    service         TEXT,
    declared_at     BIGINT NOT NULL,
    impact_at       BIGINT,
    detected_at     BIGINT,
    acknowledged_at BIGINT,
    assembled_at    BIGINT,
    diagnosed_at    BIGINT,
    mitigated_at    BIGINT,
    resolved_at     BIGINT,
    informed_at     BIGINT
);
CREATE INDEX incident_facts_period ON incident_facts (declared_at) WHERE counted = 1;
