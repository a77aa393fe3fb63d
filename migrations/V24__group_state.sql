-- The state of a group as its record has it, which lists are filtered by: with its child groups. fires: an alert fires;
-- all_muted: it fires, and every firing alert is silenced or inhibited.
ALTER TABLE alert_groups ADD COLUMN fires INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert_groups ADD COLUMN all_muted INTEGER NOT NULL DEFAULT 0;
UPDATE alert_groups SET fires = 1 WHERE firing > 0 OR (is_open = 1 AND id IN (
    SELECT c.parent FROM alert_groups c WHERE c.parent IS NOT NULL AND c.firing > 0));
UPDATE alert_groups SET all_muted = 1 WHERE fires = 1 AND muted >= firing AND id NOT IN (
    SELECT c.parent FROM alert_groups c WHERE c.parent IS NOT NULL AND c.firing > c.muted);
DROP INDEX alert_groups_firing;
CREATE INDEX alert_groups_fires ON alert_groups (id) WHERE fires = 1;

-- Whether an alert was acknowledged at its source.
ALTER TABLE alerts ADD COLUMN acknowledged_there INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET acknowledged_there = 1 WHERE doc LIKE '%"acknowledged_there":"%';
