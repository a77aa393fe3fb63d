-- Since when a component had which status. What was before the upgrade is known only since the last change.
CREATE TABLE status_component_changes (
    component TEXT NOT NULL,
    at        BIGINT NOT NULL,
    status    TEXT NOT NULL,
    PRIMARY KEY (component, at)
);
CREATE INDEX status_component_changes_at ON status_component_changes (at);
INSERT INTO status_component_changes (component, at, status) SELECT id, updated_at, status FROM status_components;

-- The public ids of incidents: a public address leads to an incident of any age.
CREATE TABLE status_references (
    reference TEXT NOT NULL PRIMARY KEY,
    incident  TEXT NOT NULL
);
CREATE INDEX status_references_of ON status_references (incident);
