"""Makes signed PDFs with pyHanko and openssl, and compares what readers say of signed PDFs.

pdf_fixtures.py make DOCUMENTS OUT [REFERENCE]   documents of the sandbox -> fixtures and more
pdf_fixtures.py compare FOLDER OURS              a table of pyHanko, pdfsig and `OURS verify --json`
"""

import asyncio
import hashlib
import io
import json
import logging
import re
import subprocess
import sys
import warnings
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

from asn1crypto import cms, keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers, timestamps
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
NAME = x509.NameOID


def name(text):
    return x509.Name([
        x509.NameAttribute(NAME.COUNTRY_NAME, "NO"),
        x509.NameAttribute(NAME.COMMON_NAME, text),
    ])


def issue(text, key, issuer=None, issuer_key=None, stamping=False):
    now = datetime.now(timezone.utc).replace(microsecond=0)
    issuer_name = issuer.subject if issuer else name(text)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(text))
        .issuer_name(issuer_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), True)
        .add_extension(
            x509.KeyUsage(issuer is not None, issuer is not None, False, False, False,
                          issuer is None, issuer is None, False, False), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    if stamping:
        usage = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, True)
    return builder.sign(issuer_key or key, hashes.SHA256())


def to_asn1(certificate):
    der = certificate.public_bytes(serialization.Encoding.DER)
    return asn1_x509.Certificate.load(der)


def private(key):
    der = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return keys.PrivateKeyInfo.load(der)


class Party:
    """Everybody's keys, all of one test issuer."""

    def __init__(self):
        new = lambda: rsa.generate_private_key(65537, 2048)
        self.root_key = new()
        self.root = issue("Example Test Root", self.root_key)
        self.key, self.ec_key, stamp_key, other_key = new(), ec.generate_private_key(ec.SECP256R1()), new(), new()
        certify = lambda text, key, **more: issue(text, key, self.root, self.root_key, **more)
        self.certificate = certify("Example Test Seal", self.key)
        self.other = certify("Example Other Seal", other_key)
        store = SimpleCertificateStore()
        store.register(to_asn1(self.root))
        signer = lambda certificate, key, **more: signers.SimpleSigner(
            to_asn1(certificate), private(key), store, **more)
        self.signer = signer(self.certificate, self.key)
        self.other_signer = signer(self.other, other_key)
        self.ec_signer = signer(certify("Example EC Seal", self.ec_key), self.ec_key)
        self.pss_signer = signer(self.certificate, self.key, prefer_pss=True)
        self.stamper = timestamps.DummyTimeStamper(
            to_asn1(certify("Example Test Time Stamps", stamp_key, stamping=True)),
            private(stamp_key), certs_to_embed=store)


def plain_pdf():
    """A page with a line of text."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</Font<</F1 <</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>",
    ]
    text = b"BT /F1 20 Tf 60 700 Td (An agreement) Tj ET"
    objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(text), text))
    pdf = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        pdf += b"%010d 00000 n \n" % offset
    pdf += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(pdf)


def writer(pdf):
    return IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)


def sign(pdf, signer, field="Seal", certify=True, **more):
    more.setdefault("subfilter", fields.SigSeedSubFilter.PADES)
    stamper = more.pop("timestamper", None)
    more.setdefault("docmdp_permissions", fields.MDPPerm.NO_CHANGES)
    metadata = signers.PdfSignatureMetadata(field_name=field, certify=certify, **more)
    pdf_signer = signers.PdfSigner(metadata, signer, timestamper=stamper)
    return pdf_signer.sign_pdf(writer(pdf)).getvalue()


def stamp(pdf, party, field="Stamp"):
    stamping = signers.PdfTimeStamper(party.stamper, field_name=field)
    return stamping.timestamp_pdf(writer(pdf), "sha256").getvalue()


def add_store(pdf, party):
    out = io.BytesIO(pdf)
    contents = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_signatures[0].pkcs7_content
    DocumentSecurityStore.add_dss(
        out, contents.hex().encode(), certs=[to_asn1(party.certificate), to_asn1(party.root)],
        force_write=True, strict=False)
    return out.getvalue()


CONTENTS = re.compile(rb"/Contents\s*<([0-9a-fA-F]+)>")
RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


def reseal(pdf, make, widen=0, sub_filter=None):
    """Signs a signed PDF once more, with a changed dictionary."""
    if sub_filter:
        assert len(sub_filter) == len(b"/ETSI.CAdES.detached")
        pdf = pdf.replace(b"/ETSI.CAdES.detached", sub_filter)
    contents, ranges = CONTENTS.search(pdf), RANGE.search(pdf)
    before, after = contents.start(1) - 1 - widen, contents.end(1) + 1
    text = b"/ByteRange [0 %d %d %d" % (before, after, len(pdf) - after)
    room = ranges.end() - ranges.start()
    text = text + b" " * (room - len(text) - 1) + b"]"
    pdf = pdf[:ranges.start()] + text + pdf[ranges.end():]
    value = make(pdf[:before] + pdf[after:]).hex().encode()
    length = contents.end(1) - contents.start(1)
    assert len(value) <= length
    return pdf[:contents.start(1)] + value.ljust(length, b"0") + pdf[contents.end(1):]


def cms_by(signer, names=None):
    """A signature, perhaps with the signing-certificate attribute of another certificate."""
    def make(data):
        digest = hashlib.sha256(data).digest()
        async def run():
            attributes = await signer.signed_attrs(digest, "sha256", use_pades=True)
            if names is not None:
                other = as_signing_certificate_v2(to_asn1(names))
                changed = [it for it in attributes if it["type"].native != "signing_certificate_v2"]
                attribute = simple_cms_attribute("signing_certificate_v2", other)
                attributes = cms.CMSAttributes(changed + [attribute])
            return await signer.async_sign_prescribed_attributes("sha256", attributes)
        return asyncio.run(run()).dump()
    return make


def by_openssl(party, folder):
    """A signature by the openssl command."""
    key, certificate = folder / "openssl.key", folder / "openssl.pem"
    key.write_bytes(party.key.private_bytes(serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    certificate.write_bytes(party.certificate.public_bytes(serialization.Encoding.PEM))
    def make(data):
        content = folder / "openssl.bin"
        content.write_bytes(data)
        return subprocess.run(
            ["openssl", "cms", "-sign", "-binary", "-cades", "-md", "sha256", "-in", content,
             "-signer", certificate, "-inkey", key, "-outform", "DER"],
            check=True, capture_output=True).stdout
    return make


def add_field(pdf):
    """A text field on the first page."""
    out = writer(pdf)
    page = out.root["/Pages"]["/Kids"].raw_get(0)
    field = generic.DictionaryObject({
        generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
        generic.pdf_name("/Subtype"): generic.pdf_name("/Widget"),
        generic.pdf_name("/FT"): generic.pdf_name("/Tx"),
        generic.pdf_name("/T"): generic.pdf_string("Amount"),
        generic.pdf_name("/V"): generic.pdf_string("1000"),
        generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (60, 600, 200, 620))),
        generic.pdf_name("/P"): page,
    })
    reference = out.add_object(field)
    form = out.root["/AcroForm"]
    form["/Fields"].append(reference)
    out.update_container(form["/Fields"])
    out.register_annotation(page, reference)
    result = io.BytesIO()
    out.write(result)
    return result.getvalue()


def break_stamp(pdf):
    """A bit of what the time stamp is over, in the last revision and outside its signature."""
    contents = list(CONTENTS.finditer(pdf))[-1]
    value = bytes.fromhex(contents.group(1).decode())
    info = cms.ContentInfo.load(value, strict=False)
    content = info["content"]["encap_content_info"]["content"].parsed
    imprint = content["message_imprint"]["hashed_message"].native
    at = contents.start(1) + 2 * value.index(imprint)
    digit = b"0" if pdf[at:at + 1] != b"0" else b"1"
    return pdf[:at] + digit + pdf[at + 1:]


def break_store(pdf):
    """The reference to the first certificate leads nowhere."""
    match = list(re.finditer(rb"/Certs\s*\[\s*(\d+) 0 R", pdf))[-1]
    number = b"9" * (match.end(1) - match.start(1))
    return pdf[:match.start(1)] + number + pdf[match.end(1):]


def make(documents, out, reference=None):
    party = Party()
    out.mkdir(parents=True, exist_ok=True)
    fixtures = out / "fixtures"
    fixtures.mkdir(exist_ok=True)
    write = lambda name, pdf: (fixtures / name).write_bytes(pdf)
    plain = plain_pdf()
    sealed = sign(plain, party.signer)
    write("sound-plain.pdf", sealed)
    write("sound-signature-time-stamp.pdf", sign(plain, party.signer, timestamper=party.stamper))
    write("sound-sha512.pdf", sign(plain, party.signer, md_algorithm="sha512"))
    write("sound-pss.pdf", sign(plain, party.pss_signer))
    write("sound-ecdsa.pdf", sign(plain, party.ec_signer, md_algorithm="sha256"))
    write("sound-pkcs7.pdf", sign(plain, party.signer, subfilter=fields.SigSeedSubFilter.ADOBE_PKCS7_DETACHED))
    write("sound-openssl.pdf", reseal(sealed, by_openssl(party, out)))
    stamped = stamp(sealed, party)
    write("sound-document-time-stamp.pdf", stamped)
    stored = add_store(sealed, party)
    write("sound-dss.pdf", stored)
    both = stamp(stored, party)
    write("sound-dss-document-time-stamp.pdf", both)
    write("sound-two-time-stamps.pdf", stamp(add_store(both, party), party, "Stamp2"))
    write("broken-time-stamp.pdf", break_stamp(stamped))
    write("broken-dss.pdf", break_store(stored))
    write("broken-field-added.pdf", add_field(sealed))
    # pyHanko adds no signature where none is permitted.
    open_for_more = sign(plain, party.signer, docmdp_permissions=fields.MDPPerm.FILL_FORMS)
    write("broken-second-signature.pdf", sign(open_for_more, party.other_signer, "Other", certify=False))
    write("broken-signing-certificate.pdf", reseal(sealed, cms_by(party.signer, party.other)))
    write("broken-sub-filter.pdf", reseal(sealed, cms_by(party.signer), sub_filter=b"/ETSI.XAdES.detached"))
    write("broken-byte-range-gap.pdf", reseal(sealed, cms_by(party.signer), widen=10))
    # The sandbox's documents, three of four with what may be added later.
    sound = out / "sound"
    sound.mkdir(exist_ok=True)
    for index, path in enumerate(sorted(documents.glob("sound-*.pdf"))):
        pdf = path.read_bytes()
        if index % 4 in (2, 3):
            pdf = add_store(pdf, party)
        if index % 4 in (1, 3):
            pdf = stamp(pdf, party)
        (sound / path.name).write_bytes(pdf)
    kinds = out / "kinds"
    kinds.mkdir(exist_ok=True)
    for path in documents.glob("kind-*.pdf"):
        (kinds / path.name).write_bytes(path.read_bytes())
    if reference:
        folder = out / "reference"
        folder.mkdir(exist_ok=True)
        for path in sorted(reference.glob("*.pdf")):
            try:
                signed = sign(path.read_bytes(), party.signer)
            except Exception as error:
                print(f"{path.name}: pyHanko does not sign it: {error}")
                continue
            (folder / f"pyhanko-{path.name}").write_bytes(signed)
            (folder / f"openssl-{path.name}").write_bytes(reseal(signed, by_openssl(party, out)))


def by_pyhanko(pdf):
    """Intact, coverage and kind of later changes of the first signature; time stamps must be intact."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf), strict=False)
        first = reader.embedded_regular_signatures
        if not first:
            return "no signature"
        status = validate_pdf_signature(first[0], ValidationContext(allow_fetching=False))
        words = ["intact" if status.intact and status.valid else "not intact"]
        words.append(status.coverage.name.lower())
        level = status.modification_level
        words.append(level.name.lower() if level is not None else "-")
        if len(first) > 1:
            words.append(f"{len(first)} signatures")
        for stamp in reader.embedded_timestamp_signatures:
            stamp.compute_integrity_info()
            imprint = stamp.compute_digest()
            coroutine = validate_tst_signed_data(
                stamp.signed_data, ValidationContext(allow_fetching=False), lambda name: imprint)
            held = asyncio.run(coroutine)
            words.append("stamp " + ("intact" if held["intact"] and held["valid"] else "not intact"))
        store = DocumentSecurityStore.read_dss(reader) if "/DSS" in reader.root else None
        if store is not None:
            list(store.load_certs())
            words.append("dss")
        return ", ".join(words)
    except Exception as error:
        return f"error: {type(error).__name__}: {str(error)[:60]}"


def by_pdfsig(path):
    run = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True)
    words = re.findall(r"Signature Validation: (.*?)\.?$", run.stdout, re.M)
    covered = re.findall(r"(Total document signed|Not total document signed)", run.stdout)
    if not words:
        return (run.stdout + run.stderr).strip().splitlines()[-1][:60]
    return "; ".join(f"{word.lower()}, {'total' if total == 'Total document signed' else 'not total'}"
                     for word, total in zip(words, covered + ["-"] * len(words)))


def compare(folder, ours):
    table = Counter()
    examples = {}
    for path in sorted(folder.rglob("*.pdf")):
        run = subprocess.run([ours, "verify", "--json", path], capture_output=True, text=True)
        report = json.loads(run.stdout.splitlines()[0])
        codes = sorted(it["code"] for it in report["findings"] if it["severity"] == "broken")
        notices = sorted(it["code"] for it in report["findings"] if it["severity"] == "notice")
        covers = [it["code"] for it in report["findings"] if it["code"].startswith("covers")]
        verdict = " ".join(codes) or "no broken finding"
        if notices:
            verdict += " (notice: " + " ".join(notices) + ")"
        if covers:
            verdict += ", " + covers[0]
        kind = path.name if path.parent.name in ("fixtures", "kinds") else path.parent.name
        row = (kind, verdict, by_pyhanko(path.read_bytes()), by_pdfsig(path))
        table[row] += 1
        examples.setdefault(row, path.name)
    print("| document | number | portal-verify | pyHanko | pdfsig |\n|---|---|---|---|---|")
    for row, count in sorted(table.items()):
        print(f"| {row[0]} | {count} | {row[1]} | {row[2]} | {row[3]} |")


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments[0] == "make":
        make(Path(arguments[1]), Path(arguments[2]), Path(arguments[3]) if arguments[3:] else None)
    else:
        compare(Path(arguments[1]), arguments[2])
