"""Two clients of Jira drive the fake Data Center: URL TOKEN ACCOUNT. They say so when all is as Jira does it."""

import sys

from atlassian import Jira
from jira import JIRA, JIRAError

url, token, person = sys.argv[1:]


def check(condition, what):
    if not condition:
        sys.exit(f"not as Jira does it: {what}")


# pycontribs/jira
client = JIRA(url, token_auth=token, max_retries=0)
issue = client.create_issue(
    project="OPS", summary="Checkout fails", issuetype={"name": "Incident"}, labels=["hotroom-1-HOT-P7"], description="x"
)
check(issue.key == "OPS-1" and issue.fields.summary == "Checkout fails", "create")
names = [transition["name"] for transition in client.transitions(issue)]
check("In Progress" in names, "transitions")
client.transition_issue(issue, "In Progress", comment=None)
check(client.issue("OPS-1").fields.status.name == "In Progress", "transition")
comment = client.add_comment("OPS-1", "Hello")
check(comment.body == "Hello" and client.comments("OPS-1")[0].id == comment.id, "comment")
client.add_watcher("OPS-1", person)
check(person in [watcher.name for watcher in client.watchers("OPS-1").watchers], "watchers")
issue.update(fields={"priority": {"name": "High"}})
read = client.issue("OPS-1", expand="changelog")
check(read.fields.priority.name == "High", "edit")
fields = [item.field for history in read.changelog.histories for item in history.items]
check(fields == ["status", "priority"], f"history {fields}")
try:
    client.issue("OPS-9")
    check(False, "an issue that does not exist")
except JIRAError as error:
    check(error.status_code == 404, "an issue that does not exist")
try:
    client.create_issue(project="OPS", summary="x", issuetype={"name": "Incident"}, priority={"name": "Nope"})
    check(False, "an unknown priority")
except JIRAError as error:
    check(error.status_code == 400 and "priority" in error.text, "an unknown priority")

# atlassian-python-api: it sends the id of a transition as a number
client = Jira(url=url, token=token, cloud=False)
created = client.issue_create({"project": {"key": "OPS"}, "summary": "Second", "issuetype": {"name": "Incident"}})
check(created["key"] == "OPS-2", "create")
client.set_issue_status("OPS-2", "Done")
check(client.get_issue_status("OPS-2") == "Done", "transition")
client.issue_add_comment("OPS-2", "Hello")
check(client.issue_get_comments("OPS-2")["total"] == 1, "comments")
client.assign_issue("OPS-2", person)
check(client.issue("OPS-2")["fields"]["assignee"]["name"] == person, "assignee")
client.create_issue_link({"type": {"name": "Relates"}, "inwardIssue": {"key": "OPS-1"}, "outwardIssue": {"key": "OPS-2"}})
print("all as Jira does it")
