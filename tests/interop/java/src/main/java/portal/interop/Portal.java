package portal.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import no.digipost.signature.client.ClientConfiguration;
import no.digipost.signature.client.ServiceEnvironment;
import no.digipost.signature.client.core.ResponseInputStream;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.portal.PortalClient;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;
import no.digipost.signature.client.security.KeyStoreConfig;

/** The client under test, set up for the sandbox by its documented settings, and the sandbox. */
final class Portal {

    final Settings settings;
    final SandboxTime time = new SandboxTime(ZoneId.of("Europe/Oslo"));
    final Management management;
    final Sender sender;
    final PortalClient client;

    private final Map<Sender, Instant> permitted = new HashMap<>();

    Portal(Settings settings) {
        this.settings = settings;
        this.management = new Management(settings.management(), time);
        this.sender = new Sender(settings.sender());
        management.now();
        this.client = new PortalClient(configuration(time).build());
    }

    /** The settings that make the client talk to the sandbox. */
    ClientConfiguration.Builder configuration(Clock clock) {
        ServiceEnvironment sandbox = new ServiceEnvironment(
                "sandbox", settings.api(), List.of(settings.trust().toString()));
        return ClientConfiguration.builder(keyStore())
                .serviceEnvironment(sandbox)
                .serverOrganizationNumber(settings.serverOrganization())
                .defaultSender(sender)
                .timeouts(timeouts -> timeouts.allTimeouts(Duration.ofSeconds(60)))
                .timeoutsForDocumentDownloads(
                        timeouts -> timeouts.allTimeouts(Duration.ofSeconds(60)))
                .clock(clock);
    }

    private KeyStoreConfig keyStore() {
        try (InputStream file = Files.newInputStream(settings.pkcs12())) {
            return KeyStoreConfig.fromOrganizationCertificate(file, settings.password());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /** Polls the default queue as soon as that is permitted. */
    PortalJobStatusChanged poll() {
        return poll(sender);
    }

    /** Polls the sender's queue, after moving the sandbox's clock to where that is permitted. */
    PortalJobStatusChanged poll(Sender queue) {
        Instant earliest = permitted.get(queue);
        if (earliest != null) {
            management.waitUntil(earliest);
        }
        PortalJobStatusChanged change = client.getStatusChange(queue);
        permitted.put(queue, change.getNextPermittedPollTime());
        return change;
    }

    static PortalDocument document(String title) {
        return PortalDocument.builder(title, SamplePdf.saying("A sample document")).build();
    }

    /** The smallest job: one document, one signer. */
    static PortalJob.Builder job(String title, PortalSigner signer) {
        return PortalJob.builder(title, document(title), signer);
    }

    /** Reads a download to its end and closes it. */
    static byte[] whole(ResponseInputStream download) throws IOException {
        try (download) {
            return download.readAllBytes();
        }
    }
}
