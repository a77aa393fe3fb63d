-- Each time a page reached out for a person, for the report on on-call load. Written with the record of the page.
CREATE TABLE page_load (
    page     TEXT NOT NULL,
    person   TEXT NOT NULL,
    n        BIGINT NOT NULL,
    -- Empty for a page without an incident.
    incident TEXT NOT NULL,
    drill    INTEGER NOT NULL,
    at       BIGINT NOT NULL,
    -- When this person acknowledged the page.
    taken_at BIGINT,
    PRIMARY KEY (page, person, n)
);
CREATE INDEX page_load_person ON page_load (person, at);
