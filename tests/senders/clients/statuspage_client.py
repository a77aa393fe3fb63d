"""The client that Atlassian's description of Statuspage generates, unmodified but for the address: ADDRESS TOKEN PAGE REFERENCE.

It reads the incident with the reference, which hotroom has published, and then drives the fake Statuspage itself."""

import sys

import atlassian_statuspage as statuspage
from atlassian_statuspage.rest import ApiException

address, token, page, reference = sys.argv[1:]
configuration = statuspage.Configuration()
configuration.host = address
configuration.api_key["Authorization"] = token
configuration.api_key_prefix["Authorization"] = "OAuth"
client = statuspage.ApiClient(configuration)
incidents, components = statuspage.IncidentsApi(client), statuspage.ComponentsApi(client)


def status_of(refused):
    try:
        refused()
    except ApiException as error:
        return error.status
    raise AssertionError("it was accepted")


# What hotroom has published is an incident by the description: the models refuse unknown words.
[ours] = [one for one in incidents.get_pages_page_id_incidents(page) if one.metadata["hotroom"]["incident"] == reference]
assert (ours.status, ours.impact_override) == ("resolved", "major"), ours
assert [update.status for update in ours.incident_updates] == ["resolved", "investigating"], ours
assert ours.incident_updates[0].body == "Fixed", ours
assert [component.name for component in ours.components] == ["Checkout"], ours

# The fake takes what the client makes.
known = components.get_pages_page_id_components(page)[0]
made = incidents.post_pages_page_id_incidents(
    {
        "incident": {
            "name": "By hand",
            "status": "identified",
            "impact_override": "minor",
            "body": "We know why.",
            "components": {known.id: "partial_outage"},
            "component_ids": [known.id],
            "metadata": {"by": {"hand": "1"}},
        }
    },
    page,
)
assert (made.status, made.metadata["by"]["hand"]) == ("identified", "1"), made
changed = incidents.patch_pages_page_id_incidents_incident_id(
    {"incident": {"status": "resolved", "body": "Done.", "components": {known.id: "operational"}}}, page, made.id
)
assert len(changed.incident_updates) == 2, changed
assert incidents.get_pages_page_id_incidents_incident_id(page, made.id).status == "resolved"
assert status_of(lambda: incidents.post_pages_page_id_incidents({"incident": {"name": ""}}, page)) == 422
assert status_of(lambda: incidents.get_pages_page_id_incidents_incident_id(page, "nosuchone")) == 404
incidents.delete_pages_page_id_incidents_incident_id(page, made.id)
assert status_of(lambda: incidents.get_pages_page_id_incidents_incident_id(page, made.id)) == 404
configuration.api_key["Authorization"] = "wrong"
assert status_of(lambda: incidents.get_pages_page_id_incidents(page)) == 401
print("all as Statuspage does it")
