-- Pages that are sent to a contact method in one message, because others went there shortly before.
CREATE TABLE page_bundles (
    bundle  TEXT NOT NULL,
    method  TEXT NOT NULL,
    page    TEXT NOT NULL,
    person  TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    at      BIGINT NOT NULL,
    -- When the message was sent or given up; none: pages can still join.
    ended_at BIGINT,
    PRIMARY KEY (bundle, page, attempt)
);
CREATE INDEX page_bundles_open ON page_bundles (method) WHERE ended_at IS NULL;
CREATE INDEX page_bundles_by_age ON page_bundles (at);
-- Which pages a method is to be sent.
CREATE INDEX contact_tokens_of_method ON contact_tokens (method, page);
