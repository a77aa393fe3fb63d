-- What is shown for a message that refers to something. A reference is shown at most once in a short time in a room.
CREATE TABLE previews (
    room      TEXT NOT NULL,
    message   BIGINT NOT NULL,
    position  BIGINT NOT NULL,
    reference TEXT NOT NULL,
    at        BIGINT NOT NULL,
    PRIMARY KEY (room, message, position)
);
CREATE INDEX previews_of_reference ON previews (reference, room, at);
CREATE INDEX previews_by_age ON previews (at);
