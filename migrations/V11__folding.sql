-- Groups that are told within another group, and what patterns hold together.

ALTER TABLE alert_groups ADD COLUMN parent TEXT;
CREATE INDEX alert_groups_parent ON alert_groups (parent, id) WHERE parent IS NOT NULL;
CREATE INDEX alert_groups_service ON alert_groups (service, id) WHERE firing > 0 AND service IS NOT NULL;

-- One row for each pattern and the values its alerts agree in; the next one with the same values takes its place.
CREATE TABLE correlations (
    key      TEXT NOT NULL PRIMARY KEY,
    parent   TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    until_at BIGINT NOT NULL
);
CREATE INDEX correlations_until ON correlations (until_at);
