-- Messages of a chat that stand on a timeline, what hung on them, and words that were taken out of the record.

-- said is a hash of what the message says as far as the record knows; empty: it is not followed any more.
CREATE TABLE kept_messages (
    message  TEXT NOT NULL PRIMARY KEY,
    incident TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    said     TEXT NOT NULL
);
CREATE INDEX kept_messages_entry ON kept_messages (incident, seq);

-- Copies of files, each once.
CREATE TABLE files (
    sha256  TEXT NOT NULL PRIMARY KEY,
    kept_at BIGINT NOT NULL,
    body    BYTEA NOT NULL
);

-- What hangs on which entry of which incident.
CREATE TABLE kept_files (
    incident TEXT NOT NULL,
    seq      BIGINT NOT NULL,
    sha256   TEXT NOT NULL,
    name     TEXT NOT NULL,
    PRIMARY KEY (incident, seq, sha256)
);
CREATE INDEX kept_files_body ON kept_files (sha256);

-- The event that says that the words of this one were taken out. It is the only change that a row of the log can see, and
-- it leaves the row's place in the chain as it is.
ALTER TABLE events ADD COLUMN redacted_by BIGINT;
DROP TRIGGER events_are_not_changed;
CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
WHEN OLD.redacted_by IS NOT NULL OR NEW.redacted_by IS NULL OR NEW.redacted_by <= OLD.log_seq
    OR NEW.log_seq <> OLD.log_seq OR NEW.stream <> OLD.stream OR NEW.seq <> OLD.seq OR NEW.at <> OLD.at
    OR NEW.actor <> OLD.actor OR NEW.request <> OLD.request OR NEW.hash <> OLD.hash
BEGIN
    SELECT RAISE(ABORT, 'events are never changed');
END;

-- What people said to the bot at one moment: its words are taken out with those of the event that they became.
CREATE INDEX inbox_doors ON inbox (received_at) WHERE source >= '@' AND source < 'A';
