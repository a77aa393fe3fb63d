-- Silences of anything, and what mutes which alert.

-- A silence covers alerts by conditions on their labels, or a group as a whole; then group_key says which. scope is JSON.
-- until_at: exclusive; none: until what it covers is over.
CREATE TABLE silences_of_all (
    id         TEXT NOT NULL PRIMARY KEY,
    group_key  TEXT,
    scope      TEXT NOT NULL,
    from_at    BIGINT NOT NULL,
    until_at   BIGINT,
    made_by    TEXT NOT NULL,
    comment    TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);
INSERT INTO silences_of_all (id, group_key, scope, from_at, until_at, made_by, comment, updated_at)
    SELECT id, key, '{"group":{"key":"' || key || '","labels":{}}}', from_at, until_at, person, '', from_at FROM silences;
DROP TABLE silences;
ALTER TABLE silences_of_all RENAME TO silences;
CREATE INDEX silences_group ON silences (group_key) WHERE group_key IS NOT NULL;
CREATE INDEX silences_end ON silences (until_at);

-- What mutes an alert that fires: `silence/<id>`, or `alert/<id>` of the alert that inhibits it.
CREATE TABLE mutes (
    muted_by TEXT NOT NULL,
    alert    TEXT NOT NULL,
    PRIMARY KEY (muted_by, alert)
);
CREATE INDEX mutes_of ON mutes (alert);

ALTER TABLE alerts ADD COLUMN muted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert_groups ADD COLUMN muted BIGINT NOT NULL DEFAULT 0;
-- The first telling of its group that can have the alert; while it is muted: the latest that had it, 0 for none.
ALTER TABLE group_alerts ADD COLUMN telling BIGINT NOT NULL DEFAULT 0;
