-- Changes that somebody made, told by PagerDuty's change events: what is shown beside what broke after.
CREATE TABLE changes (
    id      INTEGER PRIMARY KEY,
    source  TEXT NOT NULL,
    -- The delivery it came by.
    request TEXT NOT NULL,
    at      BIGINT NOT NULL,
    doc     TEXT NOT NULL,
    CONSTRAINT changes_once UNIQUE (source, request)
);
CREATE INDEX changes_at ON changes (at, id);
