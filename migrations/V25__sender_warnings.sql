-- What was unusual in deliveries that were read nevertheless, counted by the sender's word.
CREATE TABLE sender_warnings (
    source   TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    detail   TEXT   NOT NULL,
    count    BIGINT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at  BIGINT NOT NULL,
    PRIMARY KEY (source, kind, detail)
);
