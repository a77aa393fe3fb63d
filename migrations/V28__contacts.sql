-- How people are reached outside the chat.
CREATE TABLE contact_methods (
    id       TEXT NOT NULL PRIMARY KEY,
    person   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    address  TEXT NOT NULL,
    position BIGINT NOT NULL,
    doc      TEXT NOT NULL
);
CREATE INDEX contact_methods_of_person ON contact_methods (person, position);
-- Who has a number: answers to text messages come from numbers.
CREATE INDEX contact_methods_by_address ON contact_methods (address);

-- The personal rules and quiet hours of a person. A person without a row has the default rules.
CREATE TABLE contact_settings (
    person TEXT NOT NULL PRIMARY KEY,
    doc    TEXT NOT NULL
);

-- Every message to a contact method, under the key of its effect.
CREATE TABLE contact_messages (
    effect     TEXT NOT NULL PRIMARY KEY,
    person     TEXT NOT NULL,
    method     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    page       TEXT,
    attempt    BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    provider   TEXT,
    outcome    TEXT NOT NULL
);
CREATE INDEX contact_messages_of_person ON contact_messages (person, at);
CREATE INDEX contact_messages_of_method ON contact_messages (method, at);
CREATE INDEX contact_messages_by_provider ON contact_messages (provider) WHERE provider IS NOT NULL;
CREATE INDEX contact_messages_by_age ON contact_messages (at);

-- Links in messages. Only hashes are stored; a link is used once.
CREATE TABLE contact_tokens (
    token      BLOB NOT NULL PRIMARY KEY,
    page       TEXT NOT NULL,
    person     TEXT NOT NULL,
    attempt    BIGINT NOT NULL,
    method     TEXT NOT NULL,
    kind       TEXT NOT NULL,
    action     TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX contact_tokens_by_end ON contact_tokens (expires_at);

-- Keys that hotroom makes for itself, once. They belong to the backup: other keys would end every link and subscription.
CREATE TABLE own_keys (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
