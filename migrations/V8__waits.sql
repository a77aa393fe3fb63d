-- Since when the other side asks for patience: a wait that it asks for is no failed attempt, and is borne for hours.
ALTER TABLE outbox ADD COLUMN waited_since BIGINT;
