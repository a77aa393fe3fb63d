"""Twilio's own client, unmodified but for the host, drives the fake Twilio: ADDRESS ACCOUNT TOKEN NUMBER."""

import sys

from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

address, account, token, number = sys.argv[1:]
ANN = "+15550100123"


class Local(TwilioHttpClient):
    """Sends everything to the fake."""

    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", address), *args, **kwargs)


client = Client(account, token, http_client=Local())
assert client.api.accounts(account).fetch().status == "active"
message = client.messages.create(
    to=ANN, from_=number, body="Größe & <Form>", status_callback="https://hot.example.com/s", validity_period=300
)
assert (message.sid[:2], message.status, message.to, message.body) == ("SM", "queued", ANN, "Größe & <Form>"), message
assert message.error_code is None
call = client.calls.create(
    to=ANN,
    from_=number,
    url="https://hot.example.com/v",
    status_callback="https://hot.example.com/s",
    status_callback_event=["initiated", "completed"],
    timeout=40,
)
assert (call.sid[:2], call.status) == ("CA", "queued"), call
[own] = client.incoming_phone_numbers.list(phone_number=number)
assert own.capabilities["sms"] and own.phone_number == number
assert client.incoming_phone_numbers.list(phone_number=ANN) == []


def refused(make):
    try:
        make()
    except TwilioRestException as error:
        return error.status, error.code
    raise AssertionError("it was accepted")


to_nobody = lambda: client.messages.create(to="+15550100404", from_=number, body="x")
assert refused(to_nobody) == (400, 21211)
stranger = Client(account, "another token", http_client=Local())
assert refused(lambda: stranger.messages.create(to=ANN, from_=number, body="x")) == (401, 20003)
print("all as Twilio does it")
