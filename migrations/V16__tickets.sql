-- What Opsgenie's API keeps of an alert besides the alert itself: its small number, its alias, tags, notes.
CREATE TABLE tickets (
    alert  TEXT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    alias  TEXT NOT NULL,
    tiny   BIGINT NOT NULL,
    doc    TEXT NOT NULL,
    CONSTRAINT tickets_tiny UNIQUE (source, tiny)
);
CREATE INDEX tickets_alias ON tickets (source, alias, tiny);
