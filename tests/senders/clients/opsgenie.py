"""Opsgenie's alerts by opsgenie-sdk, unmodified: ADDRESS KEY."""

import sys
import time

import opsgenie_sdk

address, key = sys.argv[1:]
configuration = opsgenie_sdk.Configuration()
configuration.host = address
configuration.api_key["Authorization"] = key
client = opsgenie_sdk.ApiClient(configuration=configuration)
alerts = opsgenie_sdk.AlertApi(api_client=client)


def done(request_id):
    for _ in range(50):
        try:
            status = alerts.get_request_status(request_id=request_id).data
            assert status.is_success, status
            return
        except opsgenie_sdk.exceptions.ApiException as error:
            # It might not be processed yet.
            assert error.status == 404, error
        time.sleep(0.1)
    raise AssertionError("the request was not done in time")


made = alerts.create_alert(
    create_alert_payload=opsgenie_sdk.CreateAlertPayload(
        message="Disk is full", alias="python-disk", priority="P2", tags=["db"], details={"service": "api"}
    )
)
done(made.request_id)
alert = alerts.get_alert(identifier="python-disk", identifier_type="alias").data
assert (alert.message, alert.status, alert.acknowledged) == ("Disk is full", "open", False), alert
done(alerts.acknowledge_alert(identifier="python-disk", identifier_type="alias", acknowledge_alert_payload={"user": "ann"}).request_id)
assert alerts.get_alert(identifier=alert.id).data.acknowledged
done(alerts.add_note(identifier=alert.id, add_note_to_alert_payload={"note": "I look", "user": "ann"}).request_id)
assert [one.alias for one in alerts.list_alerts(query="status=open").data] == ["python-disk"]
assert alerts.count_alerts(query="status=open").data.count == 1
done(alerts.close_alert(identifier="python-disk", identifier_type="alias", close_alert_payload={"user": "ann"}).request_id)
assert alerts.get_alert(identifier=alert.id).data.status == "closed"
print("all as Opsgenie does it")
