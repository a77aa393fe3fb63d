"""Verifies a message of a webhook with standardwebhooks, unmodified: reads secret, headers and body as JSON."""

import json
import sys
from datetime import datetime, timedelta, timezone

from standardwebhooks import Webhook, WebhookVerificationError

message = json.load(sys.stdin)
secret, headers, body = message["secret"], message["headers"], message["body"]
webhook = Webhook(secret)
assert webhook.verify(body, headers)["type"] == message["type"]


def refused(why, body, headers):
    try:
        webhook.verify(body, headers)
    except WebhookVerificationError as error:
        assert why in str(error), error
    else:
        raise AssertionError(f"taken, but expected: {why}")


refused("No matching signature", body.replace("sev3", "sev1"), headers)
old = datetime.now(tz=timezone.utc) - timedelta(minutes=6)
stamp = str(int(old.timestamp()))
signed = webhook.sign(headers["webhook-id"], old, body)
refused("too old", body, {**headers, "webhook-timestamp": stamp, "webhook-signature": signed})
refused("No matching signature", body, {**headers, "webhook-id": "evt_other"})
print("verified")
