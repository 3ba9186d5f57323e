"""A job against a sandbox by Python's standard library alone: copy it, and put your own client in.

    portal sandbox &
    python3 test_portal.py portal-sandbox/sandbox.json
"""

import http.client
import json
import ssl
import sys
import unittest
import urllib.request
from urllib.parse import urlsplit
from xml.etree import ElementTree

SETTINGS = {}
NAMESPACE = "{http://signering.posten.no/schema/v1}"


def connect():
    """Opens a connection to the API with the sender's certificate.

    The server's certificate names no host: it is known by the organisation number, under the trust
    anchor. That check replaces the one of the host name; never leave both out.
    """
    context = ssl.create_default_context(cafile=SETTINGS["trust_anchor"])
    context.check_hostname = False
    context.load_cert_chain(SETTINGS["certificate"], SETTINGS["private_key"])
    root = urlsplit(SETTINGS["root_url"])
    connection = http.client.HTTPSConnection(root.hostname, root.port, context=context)
    connection.connect()
    subject = dict(pair for name in connection.sock.getpeercert()["subject"] for pair in name)
    number = subject.get("organizationIdentifier", "").removeprefix("NTRNO-")
    if number != SETTINGS["server_organization"]:
        connection.close()
        raise ssl.SSLError("the server's certificate is not the service's: " + repr(subject))
    return connection


def call(method, url, body=None, headers=None):
    connection = connect()
    parts = urlsplit(url)
    path = parts.path + ("?" + parts.query if parts.query else "")
    connection.request(method, path, body, headers or {"Accept": "application/xml"})
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response, content


def manage(method, path):
    request = urllib.request.Request(SETTINGS["management_url"] + path, method=method)
    with urllib.request.urlopen(request) as response:
        return response.read()


class PortalTest(unittest.TestCase):
    def setUp(self):
        manage("POST", "/reset")
        self.jobs = f"{SETTINGS['root_url']}/{SETTINGS['sender']}/portal/signature-jobs"

    def test_a_job_is_created_signed_fetched_and_confirmed(self):
        # In place of a package of your own.
        package = manage("GET", "/sample")
        headers = {"Content-Type": "multipart/mixed; boundary=sandbox", "Accept": "application/xml"}
        response, content = call("POST", self.jobs, package, headers)
        self.assertEqual(response.status, 200, content)
        job = ElementTree.fromstring(content).findtext(NAMESPACE + "signature-job-id")

        manage("POST", f"/jobs/{job}/sign")
        response, content = call("GET", self.jobs)
        self.assertEqual(response.status, 200, content)
        change = ElementTree.fromstring(content)
        self.assertEqual(change.findtext(NAMESPACE + "status"), "COMPLETED_SUCCESSFULLY")
        pades = change.findtext(f"{NAMESPACE}signatures/{NAMESPACE}pades-url")
        _, content = call("GET", pades)
        self.assertTrue(content.startswith(b"%PDF"))
        response, _ = call("POST", change.findtext(NAMESPACE + "confirmation-url"))
        self.assertEqual(response.status, 200)
        closed = json.loads(manage("GET", f"/jobs/{job}"))
        self.assertEqual((closed["state"], closed["closed"]), ("COMPLETED_SUCCESSFULLY", True))

    def test_another_server_is_refused(self):
        number = SETTINGS["server_organization"]
        SETTINGS["server_organization"] = "988015814"
        try:
            self.assertRaises(ssl.SSLError, connect)
        finally:
            SETTINGS["server_organization"] = number


if __name__ == "__main__":
    with open(sys.argv.pop(1), encoding="utf-8") as file:
        SETTINGS.update(json.load(file))
    unittest.main()
