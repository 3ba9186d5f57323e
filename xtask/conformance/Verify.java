import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPath;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.xml.crypto.KeySelector;
import javax.xml.crypto.OctetStreamData;
import javax.xml.crypto.URIDereferencer;
import javax.xml.crypto.dsig.Reference;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

/**
 * Verifies packages with nothing but the JDK: reads them as a stream (ZipInputStream), checks the
 * signature (javax.xml.crypto.dsig), the certificates' path (PKIX), and that every file is signed.
 * Run by `cargo xtask conformance packages` as `java Verify.java FOLDER`.
 */
public class Verify {
    private static final String DSIG = "http://www.w3.org/2000/09/xmldsig#";
    private static final String XADES = "http://uri.etsi.org/01903/v1.3.2#";

    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        CertificateFactory certificates = CertificateFactory.getInstance("X.509");
        X509Certificate root;
        try (InputStream pem = Files.newInputStream(folder.resolve("root.pem"))) {
            root = (X509Certificate) certificates.generateCertificate(pem);
        }
        List<Path> packages;
        try (var files = Files.list(folder)) {
            packages = files.filter(file -> file.toString().endsWith(".asice")).sorted().toList();
        }
        int refused = 0;
        for (Path file : packages) {
            try {
                verify(read(file), root, certificates);
            } catch (Exception error) {
                refused++;
                System.out.println("the JDK refuses " + file.getFileName() + ": " + error);
            }
        }
        System.out.printf("JDK: %d of %d accepted%n", packages.size() - refused, packages.size());
        System.exit(refused > 0 || packages.isEmpty() ? 1 : 0);
    }

    private static Map<String, byte[]> read(Path file) throws IOException {
        Map<String, byte[]> files = new HashMap<>();
        try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
            for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
                if (files.put(entry.getName(), zip.readAllBytes()) != null) {
                    throw new IOException("a name is there twice");
                }
            }
        }
        return files;
    }

    private static void verify(
            Map<String, byte[]> files, X509Certificate root, CertificateFactory certificates)
            throws Exception {
        DocumentBuilderFactory builders = DocumentBuilderFactory.newInstance();
        builders.setNamespaceAware(true);
        Document document = builders.newDocumentBuilder()
                .parse(new ByteArrayInputStream(files.get("META-INF/signatures.xml")));
        Element element = only(document, DSIG, "Signature");
        Element properties = only(document, XADES, "SignedProperties");
        XMLSignatureFactory factory = XMLSignatureFactory.getInstance("DOM");
        X509Certificate leaf = certificates(document, certificates).get(0);
        DOMValidateContext context = new DOMValidateContext(
                KeySelector.singletonKeySelector(leaf.getPublicKey()), element);
        context.setIdAttributeNS(properties, null, "Id");
        // Secure validation refuses more than 30 references, not what these packages hold.
        URIDereferencer standard = factory.getURIDereferencer();
        Set<String> named = new TreeSet<>();
        context.setURIDereferencer((reference, inner) -> {
            String uri = reference.getURI();
            if (uri.startsWith("#")) {
                return standard.dereference(reference, inner);
            }
            String name = URLDecoder.decode(uri, StandardCharsets.UTF_8);
            named.add(name);
            return new OctetStreamData(new ByteArrayInputStream(files.get(name)));
        });
        XMLSignature signature = factory.unmarshalXMLSignature(context);
        if (!signature.validate(context)) {
            StringBuilder why = new StringBuilder("signature value ")
                    .append(signature.getSignatureValue().validate(context));
            for (Object reference : signature.getSignedInfo().getReferences()) {
                why.append(", reference ").append(((Reference) reference).validate(context));
            }
            throw new IOException(why.toString());
        }
        Set<String> unsigned = new TreeSet<>(files.keySet());
        unsigned.removeAll(named);
        if (!unsigned.equals(Set.of("META-INF/signatures.xml"))) {
            throw new IOException("files that are not signed: " + unsigned);
        }
        checkPath(certificates(document, certificates), root, certificates);
    }

    private static List<X509Certificate> certificates(
            Document document, CertificateFactory certificates) throws Exception {
        List<X509Certificate> found = new ArrayList<>();
        var elements = document.getElementsByTagNameNS(DSIG, "X509Certificate");
        for (int index = 0; index < elements.getLength(); index++) {
            byte[] der = java.util.Base64.getMimeDecoder()
                    .decode(elements.item(index).getTextContent());
            found.add((X509Certificate) certificates
                    .generateCertificate(new ByteArrayInputStream(der)));
        }
        return found;
    }

    /** The chain must be complete and in order: the root comes last. */
    private static void checkPath(
            List<X509Certificate> chain, X509Certificate root, CertificateFactory certificates)
            throws Exception {
        if (!chain.get(chain.size() - 1).equals(root)) {
            throw new IOException("the chain does not end in the root");
        }
        CertPath path = certificates.generateCertPath(chain.subList(0, chain.size() - 1));
        PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setRevocationEnabled(false);
        CertPathValidator.getInstance("PKIX").validate(path, parameters);
    }

    private static Element only(Document document, String namespace, String name)
            throws IOException {
        var elements = document.getElementsByTagNameNS(namespace, name);
        if (elements.getLength() != 1) {
            throw new IOException(elements.getLength() + " elements " + name);
        }
        return (Element) elements.item(0);
    }
}
