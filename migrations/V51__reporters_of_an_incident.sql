-- Those who reported an incident are found when customers read about it.
CREATE INDEX user_reports_by_incident ON user_reports (incident);
