-- Attachments of messages in hot rooms. Without a hash the bytes were not copied.
CREATE TABLE message_files (
    message BIGINT NOT NULL,
    n       BIGINT NOT NULL,
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    size    BIGINT NOT NULL,
    sha256  TEXT,
    PRIMARY KEY (message, n)
);
CREATE INDEX message_files_by_hash ON message_files (sha256);
