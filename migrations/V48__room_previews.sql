-- What the people of a room have set for its previews.
CREATE TABLE room_previews (
    room TEXT NOT NULL PRIMARY KEY,
    doc  TEXT NOT NULL
);

-- Issues of a tracker that were read to be shown. Without a document there is nothing to show.
CREATE TABLE issue_cards (
    key TEXT NOT NULL PRIMARY KEY,
    at  BIGINT NOT NULL,
    doc TEXT
);
CREATE INDEX issue_cards_by_age ON issue_cards (at);
