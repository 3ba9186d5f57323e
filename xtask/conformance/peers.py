"""Times what the fastest comparable tools take to digest a package's documents and sign.

Both are called in process with the key loaded. Neither writes a package: that is left out of
their times. `peers.py TOOL PDF ROUNDS` prints the median of so many rounds as JSON, for
`cargo xtask bench-peers`.
"""

import datetime
import hashlib
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import methods
from signxml.signer import XMLSigner

MANIFEST = b'<portal-signature-job-manifest xmlns="http://signering.posten.no/schema/v1"/>'


def sender():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key, private, certificate.public_bytes(pem)


def median(work, rounds):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def with_xmlsec(key, folder):
    """One reference for each file; xmlsec reads and digests the files itself."""
    root = etree.Element("signatures")
    node = xmlsec.template.create(root, xmlsec.Transform.C14N, xmlsec.Transform.RSA_SHA256)
    root.append(node)
    for file in ("one.pdf", "manifest.xml"):
        uri = (folder / file).as_uri()
        xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri=uri)
    xmlsec.template.ensure_key_info(node)
    context = xmlsec.SignatureContext()
    context.key = key
    context.sign(node)


def with_signxml(key, certificate, signer, document):
    """The digests come from hashlib; signxml signs a small document that holds them."""
    root = etree.Element("digests")
    for content in (document, MANIFEST):
        etree.SubElement(root, "digest").text = hashlib.sha256(content).hexdigest()
    signer.sign(root, key=key, cert=certificate)


def main():
    tool, path, rounds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    key, private, certificate = sender()
    document = path.read_bytes()
    if tool == "xmlsec":
        loaded = xmlsec.Key.from_memory(private, xmlsec.KeyFormat.PEM)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "one.pdf").write_bytes(document)
            (folder / "manifest.xml").write_bytes(MANIFEST)
            ms = median(lambda: with_xmlsec(loaded, folder), rounds)
    else:
        signer = XMLSigner(method=methods.enveloped)
        ms = median(lambda: with_signxml(key, certificate, signer, document), rounds)
    print(json.dumps({"ms": ms}))


main()
