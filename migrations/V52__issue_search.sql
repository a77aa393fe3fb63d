-- The issues of hotroom's own tracker, which are incidents and follow-ups, by their words. FTS5 is SQLite's own; on another
-- database its place is taken by that database's text search.
CREATE TABLE issue_texts (
    number   INTEGER PRIMARY KEY,
    subject  TEXT NOT NULL,
    incident TEXT NOT NULL,
    CONSTRAINT issue_texts_subject UNIQUE (subject)
);
CREATE VIRTUAL TABLE issue_words USING fts5 (
    title, body, subject UNINDEXED, incident UNINDEXED, tokenize = 'unicode61 remove_diacritics 2'
);
-- A text that leaves the record leaves the index too.
INSERT INTO issue_words (issue_words, rank) VALUES ('secure-delete', 1);
