-- What the alerts that fire are to the rules of inhibition. rule is a hash of a rule and of the values of its equal labels:
-- where it is the same, a source mutes a target.
CREATE TABLE inhibition_sides (
    rule   TEXT NOT NULL,
    alert  TEXT NOT NULL,
    source INTEGER NOT NULL,
    target INTEGER NOT NULL,
    PRIMARY KEY (rule, alert)
);
CREATE INDEX inhibition_sides_of ON inhibition_sides (alert);
CREATE INDEX inhibition_sources ON inhibition_sides (rule) WHERE source = 1;
