-- An override replaces, adds or removes a person.
ALTER TABLE overrides ADD COLUMN kind TEXT NOT NULL DEFAULT 'replace';
-- The place in the log of the event that added it: later ones take precedence. Those of before have 0 and keep the order of
-- their ids.
ALTER TABLE overrides ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
