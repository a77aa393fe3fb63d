-- Which service a change concerns; empty: none that it names.
ALTER TABLE changes ADD COLUMN service TEXT NOT NULL DEFAULT '';
CREATE INDEX changes_of ON changes (service, at, id);
