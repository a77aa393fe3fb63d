-- Webhooks whose latest delivery failed, and those that are disabled. A webhook without a row is well.
CREATE TABLE webhook_states (
    webhook       TEXT NOT NULL PRIMARY KEY,
    failing_since BIGINT NOT NULL,
    failed_at     BIGINT NOT NULL,
    why           TEXT NOT NULL,
    disabled_at   BIGINT
);
