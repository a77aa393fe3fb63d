-- What is known of public incidents at the mirrors of the status page.
CREATE TABLE status_mirror_posts (
    mirror       TEXT NOT NULL,
    -- The public id of the incident.
    reference    TEXT NOT NULL,
    -- What the mirror calls it and its updates; null until it was sent.
    doc          TEXT,
    -- Since when the mirror does not show the current state; null while it does.
    behind_since BIGINT,
    why          TEXT,
    -- 1 once the room was told.
    reported     INTEGER NOT NULL,
    PRIMARY KEY (mirror, reference)
);
CREATE INDEX status_mirror_posts_behind ON status_mirror_posts (mirror) WHERE behind_since IS NOT NULL;
