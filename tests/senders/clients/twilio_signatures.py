"""Signs callbacks with Twilio's library, unmodified: reads a list of {token, url, fields} as JSON, prints the signatures."""

import json
import sys

from twilio.request_validator import RequestValidator


class Form(dict):
    """Fields of which one may occur several times, as web frameworks hand them over."""

    def getlist(self, name):
        return self[name]


signatures = []
for case in json.load(sys.stdin):
    form = Form()
    for name, value in case["fields"]:
        form.setdefault(name, []).append(value)
    validator = RequestValidator(case["token"])
    signature = validator.compute_signature(case["url"], form)
    assert validator.validate(case["url"], form, signature)
    signatures.append(signature)
json.dump(signatures, sys.stdout)
