package portal.interop;

import static portal.interop.Steps.check;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Base64;
import javax.xml.XMLConstants;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Reads a signer's signature document with the JDK's own XML signature code. */
final class XadesCheck {

    private XadesCheck() {
    }

    /** Checks that the signature value is that of the certificate which the document carries. */
    static void signatureVerifies(byte[] xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
        factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_SCHEMA, "");
        Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml));

        Element signature = only(document, "Signature");
        Element certificate = first(document, "X509Certificate");
        X509Certificate signer = (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(
                        Base64.getMimeDecoder().decode(certificate.getTextContent())));
        DOMValidateContext context = new DOMValidateContext(signer.getPublicKey(), signature);
        XMLSignature read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
        check(read.getSignatureValue().validate(context), "the signature value does not verify");
    }

    private static Element only(Document document, String name) {
        check(named(document, name).getLength() == 1, "not exactly one " + name);
        return first(document, name);
    }

    private static Element first(Document document, String name) {
        check(named(document, name).getLength() > 0, "no " + name);
        return (Element) named(document, name).item(0);
    }

    private static NodeList named(Document document, String name) {
        return document.getElementsByTagNameNS(XMLSignature.XMLNS, name);
    }
}
