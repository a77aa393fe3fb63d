-- How fast people acknowledged pages, for themselves only.
CREATE TABLE page_answers (
    page    TEXT NOT NULL,
    person  TEXT NOT NULL,
    at      BIGINT NOT NULL,
    -- From the last message that asked to the acknowledgement.
    seconds BIGINT NOT NULL,
    PRIMARY KEY (page, person)
);
CREATE INDEX page_answers_of_person ON page_answers (person, at);
