-- Alert groups have numbers that people can type: G-12. Groups of old databases get theirs in the order of their ids.
ALTER TABLE alert_groups ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
UPDATE alert_groups SET number = numbered.number
    FROM (SELECT id, ROW_NUMBER() OVER (ORDER BY id) AS number FROM alert_groups) AS numbered
    WHERE numbered.id = alert_groups.id;
CREATE UNIQUE INDEX alert_groups_number ON alert_groups (number);
-- The last number given. Its one row outlives the groups, so that no number is used twice.
CREATE TABLE group_numbers (last BIGINT NOT NULL);
INSERT INTO group_numbers (last) SELECT COUNT(*) FROM alert_groups;
