"""Reads a calendar feed with icalendar and recurring-ical-events: python3 calendars.py ADDRESS. Prints its events."""

import datetime
import sys
import urllib.request

import icalendar
import recurring_ical_events

with urllib.request.urlopen(sys.argv[1]) as answer:
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8", answer.headers
    calendar = icalendar.Calendar.from_ical(answer.read())
assert calendar["VERSION"] == "2.0" and calendar["PRODID"], calendar
events = list(calendar.walk("VEVENT"))
assert len({str(event["UID"]) for event in events}) == len(events), "an id occurs twice"
for event in events:
    assert not event.errors, event.errors
    assert event["SEQUENCE"] >= 1 and event["DTSTAMP"].dt.tzinfo, event
    assert event["DTSTART"].dt.utcoffset() == datetime.timedelta(0), event["DTSTART"]
found = recurring_ical_events.of(calendar).between(events[0]["DTSTART"].dt, events[-1]["DTEND"].dt)
for event in sorted(found, key=lambda event: (event["DTSTART"].dt, str(event["UID"]))):
    print(event["DTSTART"].dt.strftime("%Y%m%dT%H%M%SZ"), event["DTEND"].dt.strftime("%Y%m%dT%H%M%SZ"), event["SUMMARY"])
