-- Pages of post-mortems in wikis outside hotroom.
CREATE TABLE document_pages (
    wiki     TEXT NOT NULL,
    incident TEXT NOT NULL,
    doc      TEXT NOT NULL,
    PRIMARY KEY (wiki, incident)
);
