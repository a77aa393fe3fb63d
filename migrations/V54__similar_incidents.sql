-- The past incidents that were like a new one when it was declared, with the reasons.
CREATE TABLE similar_incidents (
    incident TEXT NOT NULL,
    other    TEXT NOT NULL,
    place    BIGINT NOT NULL,
    doc      TEXT NOT NULL,
    PRIMARY KEY (incident, other)
);
CREATE INDEX similar_incidents_other ON similar_incidents (other);
-- Which incidents alerts of one group belonged to.
CREATE INDEX alert_groups_key ON alert_groups (key, id) WHERE incident IS NOT NULL;
