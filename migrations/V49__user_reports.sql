-- Reports from users. The address is a column so that it can be counted and erased.
CREATE TABLE user_reports (
    id          TEXT NOT NULL PRIMARY KEY,
    number      BIGINT NOT NULL UNIQUE,
    channel     TEXT NOT NULL,
    state       TEXT NOT NULL,
    address     TEXT,
    reference   TEXT,
    incident    TEXT,
    received_at BIGINT NOT NULL,
    version     BIGINT NOT NULL,
    doc         TEXT NOT NULL
);
CREATE INDEX user_reports_by_state ON user_reports (state, number);
CREATE INDEX user_reports_by_channel ON user_reports (channel, received_at);
CREATE INDEX user_reports_by_address ON user_reports (address, received_at);
-- What names a report where it came from, so that a repeat is known.
CREATE UNIQUE INDEX user_reports_by_reference ON user_reports (channel, reference);
