"""Runs the Jira Data Center of the package jira820, unmodified, on a port: PORT PROJECT.

It knows issues by their key only; here they are found by their id as well, as in a real Jira. It ends with its input.
"""

import os
import sys
import threading

import uvicorn
from jira820.config import load_config
from jira820.serialize import iid
from jira820.server import build_store, make_app


class Issues(dict):
    """Issues by key, or by id."""

    def key_of(self, name):
        if dict.__contains__(self, name):
            return name
        return next((key for key in self.keys() if iid(key) == name), name)

    def get(self, name, default=None):
        return dict.get(self, self.key_of(name), default)

    def __getitem__(self, name):
        return dict.__getitem__(self, self.key_of(name))

    def __contains__(self, name):
        return dict.__contains__(self, self.key_of(name))


port, project = sys.argv[1:]
os.environ["JIRA820_PROJECT_KEY"] = project
store = build_store(load_config())
store.issues = Issues(store.issues)
server = uvicorn.Server(uvicorn.Config(make_app(store), host="127.0.0.1", port=int(port), log_level="error"))


def announce():
    while not server.started:
        pass
    print("ready", flush=True)
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=announce, daemon=True).start()
server.run()
