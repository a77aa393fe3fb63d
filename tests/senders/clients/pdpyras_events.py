"""PagerDuty's events by pdpyras, unmodified: ADDRESS KEY ACTION."""

import sys

import pdpyras

address, key, action = sys.argv[1:]
session = pdpyras.EventsAPISession(key)
session.url = address
if action == "trigger":
    made = session.trigger(
        "Nobody can pay",
        "web-1",
        dedup_key="pay-1",
        severity="critical",
        payload={"component": "checkout", "custom_details": {"load": 7}},
        links=[{"href": "https://graphs.example/pay", "text": "graph"}],
    )
    assert made == "pay-1", made
elif action == "unnamed":
    print(session.trigger("Something without a key", "web-2", severity="warning"))
elif action == "change":
    changes = pdpyras.ChangeEventsAPISession(key)
    changes.url = address
    changes.submit("Deployed shop 17", source="ci")
else:
    assert getattr(session, action)("pay-1") == "pay-1"
