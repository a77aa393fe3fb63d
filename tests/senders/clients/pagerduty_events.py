"""PagerDuty's events by pagerduty, its official client, unmodified and over TLS: ADDRESS KEY ACTION."""

import sys

import pagerduty

address, key, action = sys.argv[1:]
events = pagerduty.EventsApiV2Client(key, base_url=address)
if action == "trigger":
    made = events.trigger(
        "Nobody can pay",
        "web-1",
        dedup_key="pay-1",
        severity="critical",
        payload={"component": "checkout", "custom_details": {"load": 7}},
        links=[{"href": "https://graphs.example/pay", "text": "graph"}],
    )
    assert made == "pay-1", made
else:
    assert getattr(events, action)("pay-1") == "pay-1"
