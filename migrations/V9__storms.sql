-- How each feed fares, and its latest storm.
CREATE TABLE feed_traffic (
    feed TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);

-- The groups that have their place in the summary of a storm.
ALTER TABLE alert_groups ADD COLUMN storm TEXT;
CREATE INDEX alert_groups_storm ON alert_groups (storm, severity, firing) WHERE storm IS NOT NULL;

-- Where an alert is: what the summary of a storm counts.
ALTER TABLE alerts ADD COLUMN host TEXT;
