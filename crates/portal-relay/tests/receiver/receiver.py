"""A receiver of webhooks that is not ours: PyPI's standardwebhooks verifies, jsonschema reads.

Prints a JSON object for each delivery. Usage: receiver.py PORT SECRET SCHEMA
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from jsonschema import Draft202012Validator
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

port, secret, schema_file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
with open(schema_file, encoding="utf-8") as file:
    schema = json.load(file)
Draft202012Validator.check_schema(schema)
validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
webhook = Webhook(secret)
lock = threading.Lock()


def report(said):
    """Prints a whole line, whichever threads do so at the same time."""
    with lock:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = webhook.verify(body, dict(self.headers.items()))
        except WebhookVerificationError as error:
            self.respond(400, {"refused": str(error)})
            return
        errors = [error.message for error in validator.iter_errors(event)]
        if self.headers["content-type"] != "application/cloudevents+json; charset=utf-8":
            errors.append("content type")
        if self.headers["webhook-id"] != event["id"]:
            errors.append("id")
        if errors:
            self.respond(422, {"invalid": errors})
            return
        data = event["data"]
        self.respond(204, {"job": data["job_id"], "sequence": data["sequence"]})

    def respond(self, status, said):
        report(said)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True


server = Server(("127.0.0.1", port), Receiver)
report({"port": server.server_port})
server.serve_forever()
