-- Pull requests, so that a repeated or late report of one changes nothing, and those without a key can be listed.
CREATE TABLE pull_requests (
    repository TEXT NOT NULL,
    number     BIGINT NOT NULL,
    opened     BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    names_none BIGINT NOT NULL,
    doc        TEXT NOT NULL,
    PRIMARY KEY (repository, number)
);
CREATE INDEX pull_requests_by_age ON pull_requests (updated);
CREATE INDEX pull_requests_without_key ON pull_requests (names_none, opened);
