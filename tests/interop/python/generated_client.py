"""Drives a job by a client that openapi-python-client has generated from the sandbox's description.

    openapi-python-client generate --path openapi.json --meta none --output-path generated
    python3 generated_client.py portal-sandbox/sandbox.json
"""

import http.client
import json
import ssl
import sys
import urllib.request
from urllib.parse import urlsplit

sys.path.insert(0, ".")
from generated import Client
from generated.api.default import advance_clock, health, list_jobs, show_job, sign_group
from generated.models import Advance

with open(sys.argv[1], encoding="utf-8") as file:
    settings = json.load(file)
client = Client(base_url=settings["management_url"].removesuffix("/management"))
assert health.sync(client=client).status == "ok"

# The job itself comes over the API, as from any sender.
context = ssl.create_default_context(cafile=settings["trust_anchor"])
context.check_hostname = False
context.load_cert_chain(settings["certificate"], settings["private_key"])
root = urlsplit(settings["root_url"])
connection = http.client.HTTPSConnection(root.hostname, root.port, context=context)
with urllib.request.urlopen(settings["management_url"] + "/sample") as sample:
    headers = {"Content-Type": sample.headers["Content-Type"]}
    path = f"{root.path}/{settings['sender']}/portal/signature-jobs"
    connection.request("POST", path, sample.read(), headers)
assert connection.getresponse().status == 200

[job] = list_jobs.sync(client=client)
assert job.state == "IN_PROGRESS"
assert sign_group.sync(str(job.id), client=client).signed == [0]
assert show_job.sync("last", client=client).state == "COMPLETED_SUCCESSFULLY"
before = job.activation
assert advance_clock.sync(client=client, body=Advance(seconds=60)).now > before
print("driven")
