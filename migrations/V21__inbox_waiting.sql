-- How much of each sender waits to be read, so that nobody has to count it.
ALTER TABLE sources_heard ADD COLUMN waiting BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sources_heard ADD COLUMN waiting_bytes BIGINT NOT NULL DEFAULT 0;
