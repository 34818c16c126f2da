"""Reads what Grafana would read: the admin's password, the data source, the dashboards; and asks Prometheus for every panel.

`/api/health` answers 200 once the files are in order. `/panels`, with the admin's password, answers how many expressions of all
panels Prometheus takes, how many have values now, and which it refuses.
"""

import base64
import glob
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml

with open(os.environ["GF_SECURITY_ADMIN_PASSWORD__FILE"], encoding="utf-8") as file:
    PASSWORD = file.read().strip()
assert PASSWORD, "the admin has no password"


def provisioned(kind: str) -> list:
    """What the files of one kind of provisioning name."""
    found = []
    for path in sorted(glob.glob(f"/etc/grafana/provisioning/{kind}/*.yml")):
        with open(path, encoding="utf-8") as file:
            content = yaml.safe_load(file)
        found += content.get("datasources" if kind == "datasources" else "providers", [])
    return found


SOURCE = next(source for source in provisioned("datasources") if source["isDefault"])
EXPRESSIONS = []
for provider in provisioned("dashboards"):
    for path in sorted(glob.glob(provider["options"]["path"] + "/*.json")):
        with open(path, encoding="utf-8") as file:
            for panel in json.load(file)["panels"]:
                EXPRESSIONS += [target["expr"] for target in panel.get("targets", [])]
assert EXPRESSIONS, "no dashboard was found"


def ask(expression: str) -> dict:
    """Prometheus' answer, with Grafana's own variables filled in as Grafana does."""
    filled = re.sub(r"\$__rate_interval|\$__interval", "1m", expression)
    url = f"{SOURCE['url']}/api/v1/query?" + urllib.parse.urlencode({"query": filled})
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def panels() -> dict:
    answers = {expression: ask(expression) for expression in EXPRESSIONS}
    return {
        "expressions": len(EXPRESSIONS),
        "with_values": sum(bool(answer.get("data", {}).get("result")) for answer in answers.values()),
        "refused": {expression: answer.get("error") for expression, answer in answers.items() if answer["status"] != "success"},
    }


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        admin = "Basic " + base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        if self.path == "/api/health":
            self.tell(200, {"database": "ok"})
        elif self.path == "/panels" and self.headers.get("Authorization") == admin:
            self.tell(200, panels())
        else:
            self.tell(401, {"message": "Unauthorized"})

    def tell(self, status: int, body: dict):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format, *arguments):
        pass


ThreadingHTTPServer(("0.0.0.0", 3000), Handler).serve_forever()
