"""Reads a feed of the status page with feedparser: python3 feeds.py ADDRESS. Prints its titles."""

import sys

import feedparser

feed = feedparser.parse(sys.argv[1])
if feed.bozo:
    sys.exit(f"not well-formed: {feed.bozo_exception}")
for entry in feed.entries:
    assert entry.id and entry.link and entry.published_parsed, entry
    print(entry.title, "|", entry.summary)
