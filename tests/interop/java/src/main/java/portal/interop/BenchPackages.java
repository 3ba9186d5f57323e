package portal.interop;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import no.digipost.signature.client.ClientConfiguration;
import no.digipost.signature.client.asice.CreateASiCE;
import no.digipost.signature.client.asice.manifest.CreatePortalManifest;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalSigner;

/** Making and signing the package of one document, in a warm virtual machine. */
final class BenchPackages {

    private final Settings settings;
    private final CreateASiCE<PortalJob> create;

    BenchPackages(Settings settings) {
        this.settings = settings;
        Portal portal = new Portal(settings);
        ClientConfiguration configuration = portal.configuration(portal.time).build();
        create = new CreateASiCE<>(
                new CreatePortalManifest(configuration.getDefaultSender(), portal.time),
                configuration);
    }

    JsonObject run() throws Exception {
        byte[] pdf = Files.readAllBytes(Path.of(settings.needed("pdf")));
        // A small package does for the compiler what a large one does, in less time.
        byte[] small = SamplePdf.saying("A sample document");
        for (int i = 0; i < settings.number("warm-up"); i++) {
            create.createASiCE(job(small));
        }
        long[] times = new long[settings.number("rounds")];
        long before = Bench.processorTime().toNanos();
        for (int i = 0; i < times.length; i++) {
            PortalJob job = job(pdf);
            long start = System.nanoTime();
            create.createASiCE(job);
            times[i] = System.nanoTime() - start;
        }
        double processor = (Bench.processorTime().toNanos() - before) / 1e6;
        JsonObject measured = new JsonObject();
        measured.addProperty("ms", Bench.milliseconds(times, 500));
        measured.addProperty("processor_ms", processor / times.length);
        return measured;
    }

    private static PortalJob job(byte[] pdf) {
        PortalDocument document = PortalDocument.builder("Document title", pdf).build();
        PortalSigner signer = PortalSigner.identifiedByEmail("email@example.com").build();
        return PortalJob.builder("Job title", document, signer).build();
    }
}
