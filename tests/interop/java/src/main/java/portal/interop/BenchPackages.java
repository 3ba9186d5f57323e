package portal.interop;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import no.digipost.signature.client.ClientConfiguration;
import no.digipost.signature.client.asice.CreateASiCE;
import no.digipost.signature.client.asice.manifest.CreatePortalManifest;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalSigner;

/** Making and signing packages of one document each, in a warm virtual machine. */
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

    /** The documents of {@code --pdfs}, one after another, each as often as {@code --rounds} says. */
    JsonObject run() throws Exception {
        String[] pdfs = settings.needed("pdfs").split(File.pathSeparator);
        String[] rounds = settings.needed("rounds").split(",");
        // A small package does for the compiler what a large one does, in less time.
        byte[] small = SamplePdf.saying("A sample document");
        for (int i = 0; i < settings.number("warm-up"); i++) {
            create.createASiCE(job(small));
        }
        JsonArray milliseconds = new JsonArray();
        for (int i = 0; i < pdfs.length; i++) {
            milliseconds.add(measure(pdfs[i], Integer.parseInt(rounds[i])));
        }
        JsonObject measured = new JsonObject();
        measured.add("ms", milliseconds);
        return measured;
    }

    private double measure(String pdf, int rounds) throws Exception {
        byte[] content = Files.readAllBytes(Path.of(pdf));
        long[] times = new long[rounds];
        for (int i = 0; i < times.length; i++) {
            PortalJob job = job(content);
            long start = System.nanoTime();
            create.createASiCE(job);
            times[i] = System.nanoTime() - start;
        }
        return Bench.milliseconds(times, 500);
    }

    private static PortalJob job(byte[] pdf) {
        PortalDocument document = PortalDocument.builder("Document title", pdf).build();
        PortalSigner signer = PortalSigner.identifiedByEmail("email@example.com").build();
        return PortalJob.builder("Job title", document, signer).build();
    }
}
