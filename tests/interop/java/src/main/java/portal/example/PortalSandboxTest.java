package portal.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import no.digipost.signature.client.ClientConfiguration;
import no.digipost.signature.client.ServiceEnvironment;
import no.digipost.signature.client.core.DocumentType;
import no.digipost.signature.client.core.ResponseInputStream;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.portal.Notifications;
import no.digipost.signature.client.portal.PortalClient;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;
import no.digipost.signature.client.security.KeyStoreConfig;
import org.junit.jupiter.api.Test;

/**
 * A job against a sandbox, by the official client and JUnit: copy it, and put your own code in.
 *
 * <pre>
 * portal sandbox &amp;
 * eval "$(portal sandbox env)"
 * mvn test
 * </pre>
 */
public class PortalSandboxTest {

    /** What {@code portal sandbox env} prints. */
    private final Map<String, String> settings;
    private final PortalClient client;

    public PortalSandboxTest() throws Exception {
        this(System.getenv());
    }

    /** With other settings than those of the environment. */
    public PortalSandboxTest(Map<String, String> settings) throws Exception {
        this.settings = settings;
        ServiceEnvironment sandbox = new ServiceEnvironment("sandbox",
                URI.create(setting("ROOT_URL")), List.of(setting("TRUST_FOLDER")));
        try (InputStream file = Files.newInputStream(Path.of(setting("PKCS12")))) {
            KeyStoreConfig sender = KeyStoreConfig.fromOrganizationCertificate(
                    file, setting("PKCS12_PASSWORD"));
            this.client = new PortalClient(ClientConfiguration.builder(sender)
                    .serviceEnvironment(sandbox)
                    .serverOrganizationNumber(setting("SERVER_ORGANIZATION"))
                    .defaultSender(new Sender(setting("SENDER")))
                    .build());
        }
    }

    @Test
    public void aJobIsCreatedSignedFetchedAndConfirmed() throws Exception {
        manage("POST", "/reset");
        PortalSigner signer = PortalSigner.identifiedByPersonalIdentificationNumber("01013300001",
                Notifications.builder().withEmailTo("signer@example.com").build()).build();
        PortalDocument document = PortalDocument.builder("Agreement",
                "Nobody agrees to anything.".getBytes(StandardCharsets.UTF_8))
                .type(DocumentType.TXT).build();
        PortalJobResponse job = client.create(
                PortalJob.builder("Agreement", document, signer).build());

        manage("POST", "/jobs/" + job.getSignatureJobId() + "/sign");

        PortalJobStatusChanged change = client.getStatusChange();
        assertEquals(job.getSignatureJobId(), change.getSignatureJobId());
        assertTrue(change.is(PortalJobStatus.COMPLETED_SUCCESSFULLY));
        try (ResponseInputStream pdf = client.getPAdES(change.getpAdESUrl())) {
            byte[] start = pdf.readNBytes(5);
            assertEquals("%PDF-", new String(start, StandardCharsets.US_ASCII));
        }
        client.confirm(change);
    }

    /** Calls the management API: signers act, the clock moves, faults are planned. */
    private void manage(String method, String path) throws Exception {
        URI uri = URI.create(setting("MANAGEMENT_URL") + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .method(method, BodyPublishers.noBody()).build();
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(request, BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response.body());
    }

    private String setting(String name) {
        String value = settings.get("PORTAL_SANDBOX_" + name);
        assertNotNull(value, "run: eval \"$(portal sandbox env)\"");
        return value;
    }
}
