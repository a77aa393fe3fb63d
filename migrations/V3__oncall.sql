-- Pages: one run of an escalation policy each, with every attempt in the record; and stand-ins on schedules.

CREATE TABLE pages (
    id         TEXT NOT NULL PRIMARY KEY,
    incident   TEXT NOT NULL,
    policy     TEXT NOT NULL,
    state      TEXT NOT NULL,
    -- 1 while nobody has it and its incident is not over.
    asking     INTEGER NOT NULL,
    -- When the next step is due; none: it does not climb any more.
    next_at    BIGINT,
    created_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    doc        TEXT NOT NULL
);
CREATE INDEX pages_incident ON pages (incident, id);
CREATE INDEX pages_asking ON pages (id) WHERE asking = 1;

CREATE TABLE overrides (
    id         TEXT NOT NULL PRIMARY KEY,
    schedule   TEXT NOT NULL,
    person     TEXT NOT NULL,
    -- In whose place; none: in place of whoever it is.
    instead_of TEXT,
    from_at    BIGINT NOT NULL,
    until_at   BIGINT NOT NULL,
    entered_at BIGINT NOT NULL,
    -- When it was taken back.
    removed_at BIGINT
);
CREATE INDEX overrides_span ON overrides (until_at, from_at) WHERE removed_at IS NULL;
