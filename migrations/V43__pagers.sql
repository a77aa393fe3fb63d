-- What outside pagers delivered, so that a repeat is known.
CREATE TABLE pager_deliveries (
    pager    TEXT NOT NULL,
    delivery TEXT NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (pager, delivery)
);
CREATE INDEX pager_deliveries_by_age ON pager_deliveries (at);
