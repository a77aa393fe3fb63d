-- Tests of whether people can be reached, and who answered.
CREATE TABLE reach_tests (
    id     TEXT NOT NULL PRIMARY KEY,
    origin TEXT NOT NULL,
    at     BIGINT NOT NULL,
    doc    TEXT NOT NULL
);
CREATE INDEX reach_tests_by_origin ON reach_tests (origin, at);
CREATE INDEX reach_tests_by_age ON reach_tests (at);

-- How the last messages of each kind of contact method went.
CREATE INDEX contact_messages_of_kind ON contact_messages (kind, at);
