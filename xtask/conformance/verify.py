"""Verifies packages with signxml, and unpacks them for xmlsec1.

usage: verify.py FOLDER

FOLDER holds root.pem and *.asice; each is unpacked to a folder of its name. Prints one line for
each package that is refused, and a count. Run by `cargo xtask conformance packages`.
"""

import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote

from cryptography.x509.verification import ExtensionPolicy
from lxml import etree
from signxml.xades import XAdESSignatureConfiguration, XAdESVerifier

DSIG = "{http://www.w3.org/2000/09/xmldsig#}"


def verify(path: Path, root: Path) -> None:
    """Raises if signxml refuses the package."""
    with zipfile.ZipFile(path) as package:
        package.extractall(path.with_suffix(""))
        signatures = package.read("META-INF/signatures.xml")
        references = etree.fromstring(signatures).findall(f".//{DSIG}SignedInfo/{DSIG}Reference")
        files = {name for name in package.namelist() if not name.startswith("META-INF/")}
        named = {unquote(reference.get("URI")) for reference in references[:-1]}
        if files != named:
            raise ValueError("files and references are not the same")
        verifier = XAdESVerifier()
        verifier.excise_empty_xmlns_declarations = True
        verifier.verify(
            signatures,
            ca_pem_file=str(root),
            uri_resolver=lambda uri: package.read(unquote(uri)),
            ee_policy=ExtensionPolicy.permit_all(),
            expect_config=XAdESSignatureConfiguration(expect_references=len(references)),
        )


def main() -> int:
    folder = Path(sys.argv[1])
    packages = sorted(folder.glob("*.asice"))
    refused = 0
    for path in packages:
        try:
            verify(path, folder / "root.pem")
        except Exception as error:  # whatever the library says, the package is refused
            refused += 1
            print(f"signxml refuses {path.name}: {type(error).__name__}: {error}")
    print(f"signxml: {len(packages) - refused} of {len(packages)} accepted")
    return 1 if refused or not packages else 0


sys.exit(main())
