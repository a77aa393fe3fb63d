-- The issues of follow-ups in outside trackers. An issue belongs to at most one follow-up, and a follow-up has at most one.
CREATE TABLE followup_issues (
    followup TEXT NOT NULL PRIMARY KEY,
    tracker  TEXT NOT NULL,
    issue    TEXT,
    doc      TEXT NOT NULL,
    CONSTRAINT followup_issues_issue UNIQUE (tracker, issue)
);
