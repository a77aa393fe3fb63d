-- An event has several texts: one that lost a text may lose the others later. The later redaction then confirms what is left.
DROP TRIGGER events_are_not_changed;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
WHEN NEW.redacted_by IS NULL OR NEW.redacted_by <= OLD.log_seq
    OR (OLD.redacted_by IS NOT NULL AND NEW.redacted_by <= OLD.redacted_by)
    OR NEW.log_seq <> OLD.log_seq OR NEW.stream <> OLD.stream OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor OR NEW.request <> OLD.request OR NEW.hash <> OLD.hash
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;
