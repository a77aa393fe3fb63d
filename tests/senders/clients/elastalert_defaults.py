"""ElastAlert 2 with its default settings: only the address is hotroom's: ADDRESS KEY."""

import sys

from elastalert.alerters.alertmanager import AlertmanagerAlerter
from elastalert.ruletypes import AnyRule

address, _ = sys.argv[1:]
rule = {
    "name": "Error rate",
    "alert": ["alertmanager"],
    "alertmanager_hosts": [address],
    "alertmanager_labels": {"service": "checkout", "severity": "critical"},
}
rule["type"] = AnyRule(rule)
AlertmanagerAlerter(rule).alert([{"@timestamp": "2026-01-01T00:00:00Z", "message": "Nobody can pay", "num_hits": 7}])
