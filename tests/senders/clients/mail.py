"""Takes two messages with aiosmtpd, unmodified, and reads them with Python's email package: parts, headers, thread."""

import asyncio
import sys
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


class Handler:
    def __init__(self, done):
        self.taken = []
        self.done = done

    async def handle_DATA(self, server, session, envelope):
        self.taken.append(envelope)
        if len(self.taken) == 2:
            self.loop.call_soon_threadsafe(self.done.set)
        return "250 OK"


def check(envelope):
    assert envelope.rcpt_tos == ["ann@example.org"], envelope.rcpt_tos
    assert envelope.mail_from.startswith("bounces+") and envelope.mail_from.endswith("@hotroom.test"), envelope.mail_from
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert not message.defects, message.defects
    assert message["from"] == "hotroom <hotroom@hotroom.test>", message["from"]
    assert message["to"] == "ann@example.org", message["to"]
    assert message["subject"] == "SEV1 HOT-12 Größer als ☃", message["subject"]
    assert message["date"].datetime.timestamp() == 0, message["date"]
    assert message["auto-submitted"] == "auto-generated"
    assert not [name for name in message.keys() if name.lower().startswith("list-")]
    assert message.get_content_type() == "multipart/alternative"
    parts = [part.get_content_type() for part in message.iter_parts()]
    assert parts == ["text/plain", "text/html"], parts
    text = message.get_body(("plain",)).get_content()
    assert text.splitlines() == ["Checkout is down.", ".", "Acknowledge: https://hotroom.example.com/a/1"], text
    assert "größer als ☃" in message.get_body(("html",)).get_content()
    assert not message.defects and not any(part.defects for part in message.walk())
    return message


async def main(port):
    done = asyncio.Event()
    handler = Handler(done)
    handler.loop = asyncio.get_running_loop()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    await asyncio.wait_for(done.wait(), 60)
    controller.stop()
    first, second = (check(envelope) for envelope in handler.taken)
    assert first["message-id"] != second["message-id"]
    assert first["references"] == second["references"] and first["references"], first["references"]
    print("both messages are as they should be")


asyncio.run(main(int(sys.argv[1])))
