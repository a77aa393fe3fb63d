"""A client of Cachet 2, unmodified: ADDRESS TOKEN REFERENCE.

It reads the incident with the reference, which hotroom has published, and then drives the fake Cachet itself."""

import sys

import cachetclient
import requests
from cachetclient.v1 import enums

address, token, reference = sys.argv[1:]
client = cachetclient.Client(endpoint=address + "/api/v1", api_token=token)
assert client.ping.get() is True

# What hotroom has published.
[ours] = [one for one in client.incidents.list(per_page=20) if f"[hotroom]: #{reference}-1-" in one.message]
assert (ours.status, ours.visible) == (enums.INCIDENT_FIXED, True), ours
[update] = ours.updates()
assert update.status == enums.INCIDENT_FIXED and update.message.startswith("Fixed\n\n[hotroom]: #"), update
assert client.components.get(1).status == enums.COMPONENT_STATUS_OPERATIONAL

# The fake takes what the client makes.
made = client.incidents.create(name="By hand", message="We look.", status=enums.INCIDENT_INVESTIGATING, notify=False)
client.incident_updates.create(incident_id=made.id, status=enums.INCIDENT_IDENTIFIED, message="Found.")
assert client.incidents.get(made.id).status == enums.INCIDENT_IDENTIFIED
component = client.components.get(2)
component.status = enums.COMPONENT_STATUS_PARTIAL_OUTAGE
assert component.update().status == enums.COMPONENT_STATUS_PARTIAL_OUTAGE
made.delete()
try:
    client.incidents.get(made.id)
    raise AssertionError("it is still there")
except requests.HTTPError as error:
    assert error.response.status_code == 404
try:
    cachetclient.Client(endpoint=address + "/api/v1", api_token="wrong").incidents.create(name="x", message="x", status=1)
    raise AssertionError("it was accepted")
except requests.HTTPError as error:
    assert error.response.status_code == 401
print("all as Cachet does it")
