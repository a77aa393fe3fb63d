-- How much came in and how much of it people saw: one row a day (UTC) and source, counted as it happens. Incidents that
-- came of no alert are those of the source ''.
CREATE TABLE noise (
    day       TEXT NOT NULL,
    source    TEXT NOT NULL,
    events    BIGINT NOT NULL,
    alerts    BIGINT NOT NULL,
    groups    BIGINT NOT NULL,
    incidents BIGINT NOT NULL,
    PRIMARY KEY (day, source)
);
