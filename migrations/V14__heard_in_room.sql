-- What was heard in one room, newest first: what was deleted while nobody listened is found by it.
CREATE INDEX discord_heard_room ON discord_heard (room, message);
