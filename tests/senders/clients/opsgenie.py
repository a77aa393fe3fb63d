"""Opsgenie's alerts by opsgenie-sdk, unmodified: ADDRESS KEY."""

import datetime
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
for query in ["status=open", "status: open AND tag: db", "createdAt > 1767225600000 AND status : open", "tag: (db OR web)"]:
    assert [one.alias for one in alerts.list_alerts(query=query).data] == ["python-disk"], query
    assert alerts.count_alerts(query=query).data.count == 1, query
try:
    alerts.list_alerts(query="status:")
    raise AssertionError("a query without a value is refused")
except opsgenie_sdk.exceptions.ConfigurationException as error:
    assert "a value is missing" in str(error), error
until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=30)
done(alerts.snooze_alert(identifier=alert.id, snooze_alert_payload=opsgenie_sdk.SnoozeAlertPayload(end_time=until)).request_id)
assert alerts.get_alert(identifier=alert.id).data.snoozed
assert "I look" in [entry.log for entry in alerts.list_logs(identifier=alert.id).data]
assert alerts.list_recipients(identifier=alert.id).data == []
assert alerts.list_attachments(identifier=alert.id).data == []
assert alerts.list_saved_searches().data == []
assert opsgenie_sdk.AccountApi(api_client=client).get_info().data.user_count > 0
done(alerts.close_alert(identifier="python-disk", identifier_type="alias", close_alert_payload={"user": "ann"}).request_id)
assert alerts.get_alert(identifier=alert.id).data.status == "closed"
beats = opsgenie_sdk.HeartbeatApi(api_client=client)
plan = opsgenie_sdk.CreateHeartbeatPayload(
    name="python backup", interval=10, interval_unit="minutes", enabled=True, alert_priority="P1", alert_tags=["db"]
)
beats.create_heartbeat(create_heartbeat_payload=plan)
pong = beats.ping("python backup")
assert pong.result.startswith("PONG"), pong
beat = beats.get_heartbeat("python backup").data
assert (beat.enabled, beat.expired, beat.interval_unit) == (True, False, "minutes") and beat.last_ping_time, beat
assert [one.name for one in beats.list_heart_beats().data.heartbeats] == ["python backup"]
change = opsgenie_sdk.UpdateHeartbeatPayload(interval=2, interval_unit="hours")
assert beats.update_heartbeat("python backup", update_heartbeat_payload=change).data.enabled
assert not beats.disable_heartbeat("python backup").data.enabled
assert beats.enable_heartbeat("python backup").data.enabled
beats.delete_heartbeat("python backup")
print("all as Opsgenie does it")
