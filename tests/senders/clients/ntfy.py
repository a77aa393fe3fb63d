"""Drives an ntfy server with aiontfy, unmodified, and reads with its types what hotroom published: URL, token, topic."""

import asyncio
import json
import sys

from aiohttp import ClientSession
from aiontfy import Message, Notification, Ntfy
from aiontfy.exceptions import (
    NtfyBadRequestActionsInvalidError,
    NtfyBadRequestTopicInvalidError,
    NtfyForbiddenAccessError,
    NtfyUnauthorizedAuthenticationError,
)
from aiontfy.types import Event, HttpAction, Priority
from yarl import URL

url, token, topic = sys.argv[1:]


async def refused(error, done):
    try:
        await done
    except error:
        return
    raise AssertionError(f"taken, but expected: {error.__name__}")


async def messages(session):
    """The events of the topic, each read by the library's own type, and as they were sent."""
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get(f"{url}/{topic}/json?poll=1&since=10m", headers=headers) as answer:
        lines = (await answer.text()).splitlines()
    return [Notification.from_json(line) for line in lines], [json.loads(line) for line in lines]


async def hotroom_published(session):
    (page, update), (sent, _) = await messages(session)
    assert (page.event, page.topic, page.priority) == (Event.MESSAGE, topic, Priority.MAX), page
    assert page.title == "sev1: Checkout is down" and page.message == "Größer als ☃", page
    (acknowledge,) = page.actions
    # The library reads every action as one that opens a page.
    (action,) = sent["actions"]
    assert (action["action"], action["method"], acknowledge.clear) == ("http", "POST", True), sent
    assert acknowledge.url == URL("https://hotroom.example.com/a/t0k3n"), acknowledge
    assert page.click == URL("https://hotroom.example.com/a/1"), page
    assert page.attachment.url == URL("https://hotroom.example.com/graph/1"), page
    assert update.sequence_id == page.sequence_id and update.priority == Priority.LOW and not update.actions, update


async def library_publishes(session):
    ntfy = Ntfy(url, session, token=token)
    assert (await ntfy.version()).version == "2.16.0"
    assert (await ntfy.account()).username == "hotroom"
    await ntfy.stats()
    assert await ntfy.can_subscribe([topic])
    action = HttpAction(label="Acknowledge", url=URL("https://hotroom.example.com/a/1"), clear=True)
    message = Message(topic=topic, title="T", message="one", priority=5, actions=[action], sequence_id="page-1")
    made = await ntfy.publish(message)
    assert (made.sequence_id, made.message, made.actions[0].url) == ("page-1", "one", action.url), made
    assert (await ntfy.clear(topic, "page-1")).event == Event.MESSAGE_CLEAR
    assert (await ntfy.delete(topic, "page-1")).event == Event.MESSAGE_DELETE
    await refused(NtfyBadRequestTopicInvalidError, ntfy.publish(Message(topic="no topic")))
    many = Message(topic=topic, message="x", actions=[action] * 4)
    await refused(NtfyBadRequestActionsInvalidError, ntfy.publish(many))
    await refused(NtfyForbiddenAccessError, Ntfy(url, session).publish(Message(topic=topic)))
    stranger = Ntfy(url, session, token="tk_other")
    await refused(NtfyUnauthorizedAuthenticationError, stranger.publish(Message(topic=topic)))


async def main():
    async with ClientSession() as session:
        await hotroom_published(session)
        await library_publishes(session)
    print("agreed")


asyncio.run(main())
