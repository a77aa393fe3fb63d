"""A client of Pushover, unmodified but for the address, drives the fake Pushover: ADDRESS TOKEN USER NOBODY."""

import sys

from pushover_complete import BadAPIRequestError, PushoverAPI, pushover_api

address, token, user, nobody = sys.argv[1:]
pushover_api.PUSHOVER_API_URL = address + "/1/"
client = PushoverAPI(token)


def refused(make):
    try:
        make()
    except BadAPIRequestError as error:
        return str(error)
    raise AssertionError("it was accepted")


assert client.validate(user)["devices"] == ["iphone"]
assert "400: user key is invalid" in refused(lambda: client.validate(nobody))
sent = client.send_message(user, "Größe & <Form>", title="SEV1", priority=2, retry=30, expire=10800, url="https://x.example")
receipt = sent["receipt"]
state = client.check_receipt(receipt)
assert (state["acknowledged"], state["expired"]) == (0, 0), state
client.cancel_receipt(receipt)
assert client.check_receipt(receipt)["expired"] == 1
assert "receipt" not in client.send_message(user, "hello")
assert "retry must be supplied" in refused(lambda: client.send_message(user, "x", priority=2, expire=60))
assert "expire must be supplied" in refused(lambda: client.send_message(user, "x", priority=2, retry=30, expire=10801))
assert "message is too long" in refused(lambda: client.send_message(user, "x" * 1025))
assert "application token is invalid" in refused(lambda: PushoverAPI("x" * 30).validate(user))
print("all as Pushover does it")
