-- The values of the fields of incidents, for filters and reports. They are written with the record, one row for each entry,
-- in lower case and cut.
CREATE TABLE incident_fields (
    incident TEXT NOT NULL,
    field    TEXT NOT NULL,
    value    TEXT NOT NULL,
    PRIMARY KEY (incident, field, value)
);
CREATE INDEX incident_fields_value ON incident_fields (field, value, incident);
