"""python-redmine looks at an issue that hotroom made, and changes it as a person does.

Usage: client.py URL KEY ISSUE [NOTE STATUS]. Prints what it sees as JSON.
"""

import json
import sys

from redminelib import Redmine

url, key, number = sys.argv[1:4]
redmine = Redmine(url, key=key)
issue = redmine.issue.get(int(number), include=["journals", "watchers", "relations"])
if len(sys.argv) > 4:
    statuses = {status.name: status.id for status in redmine.issue_status.all()}
    redmine.issue.update(issue.id, notes=sys.argv[4], status_id=statuses[sys.argv[5]])
    issue = redmine.issue.get(issue.id, include=["journals", "watchers", "relations"])
print(
    json.dumps(
        {
            "subject": issue.subject,
            "description": issue.description,
            "status": issue.status.name,
            "priority": issue.priority.name,
            "category": getattr(getattr(issue, "category", None), "name", None),
            "assignee": getattr(getattr(issue, "assigned_to", None), "name", None),
            "fields": {field.name: field.value for field in issue.custom_fields},
            "watchers": sorted(user.name for user in issue.watchers),
            "notes": [journal.notes for journal in issue.journals if getattr(journal, "notes", "")],
            "relations": len(list(issue.relations)),
        }
    )
)
