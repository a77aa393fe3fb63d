-- When a session was last used; 0 if it was not used since this column exists.
ALTER TABLE sessions ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
-- Rows from before a restore, which are sent only when a person says so.
CREATE INDEX outbox_held ON outbox (id) WHERE state = 'held';
-- Settled rows by age, for pruning: ids say when a row was made, not when it was settled.
CREATE INDEX outbox_settled ON outbox (settled_at) WHERE settled_at IS NOT NULL;
