package portal.interop;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import no.digipost.signature.client.ClientConfiguration;
import no.digipost.signature.client.portal.NotificationsUsingLookup;
import no.digipost.signature.client.portal.PortalClient;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;

/** Whole jobs, several at once: created, signed, polled, stored and confirmed. */
final class BenchFlow {

    private final Portal portal;
    private final PortalClient client;
    private final byte[] pdf;
    private final int atOnce;
    private final int warmUp;
    private final int jobs;
    private final Path folder;

    BenchFlow(Settings settings) throws Exception {
        portal = new Portal(settings);
        ClientConfiguration.Builder configuration = portal.configuration(portal.time);
        if (settings.is("without-connection-state")) {
            // Else no connection that was opened with a client certificate is used again.
            configuration.apacheHttpClient(http -> http.configure(
                    HttpClientBuilder::disableConnectionState));
            configuration.apacheHttpClientForDocumentDownloads(http -> http.configure(
                    HttpClientBuilder::disableConnectionState));
        }
        client = new PortalClient(configuration.build());
        pdf = Files.readAllBytes(Path.of(settings.needed("pdf")));
        atOnce = settings.number("at-once");
        warmUp = settings.number("warm-up");
        jobs = settings.number("jobs");
        folder = Files.createTempDirectory("portal-bench");
    }

    JsonObject run() throws Exception {
        flow(warmUp);
        Duration before = Bench.processorTime();
        long start = System.nanoTime();
        long[] creates = flow(jobs);
        double seconds = (System.nanoTime() - start) / 1e9;
        double processor = Bench.processorTime().minus(before).toNanos() / 1e6;
        JsonObject measured = new JsonObject();
        measured.addProperty("jobs_per_second", jobs / seconds);
        measured.addProperty("processor_ms_per_job", processor / jobs);
        measured.addProperty("peak_memory_kib", Bench.peakMemory());
        measured.addProperty("own_memory_kib", Bench.ownMemory());
        measured.addProperty("create_p50_ms", Bench.milliseconds(creates, 500));
        measured.addProperty("create_p99_ms", Bench.milliseconds(creates, 990));
        return measured;
    }

    /** Runs so many jobs, and gives how long each took to be created, in nanoseconds. */
    private long[] flow(int count) throws Exception {
        long[] creates = new long[count];
        AtomicInteger next = new AtomicInteger();
        ExecutorService workers = Executors.newFixedThreadPool(atOnce);
        List<Future<?>> running = new ArrayList<>();
        for (int worker = 0; worker < atOnce; worker++) {
            running.add(workers.submit(() -> {
                for (int job = next.getAndIncrement(); job < count; job = next.getAndIncrement()) {
                    creates[job] = one();
                }
                return null;
            }));
        }
        for (Future<?> worker : running) {
            worker.get();
        }
        workers.shutdown();
        return creates;
    }

    private long one() throws Exception {
        PortalDocument document = PortalDocument.builder("Document title", pdf).build();
        PortalSigner signer = PortalSigner.identifiedByPersonalIdentificationNumber(
                "12345678910", NotificationsUsingLookup.EMAIL_ONLY).build();
        PortalJob job = PortalJob.builder("Job title", document, signer)
                .withReference("bench").build();
        long start = System.nanoTime();
        PortalJobResponse created = client.create(job);
        long took = System.nanoTime() - start;
        portal.management.signCurrentGroup(created.getSignatureJobId());
        PortalJobStatusChanged change = client.getStatusChange();
        if (!change.is(PortalJobStatus.COMPLETED_SUCCESSFULLY)) {
            throw new IllegalStateException("no completed job is on the queue");
        }
        byte[] pades = Portal.whole(client.getPAdES(change.getpAdESUrl()));
        Path file = folder.resolve(change.getSignatureJobId() + ".pdf");
        Files.write(file, pades);
        client.confirm(change);
        Files.delete(file);
        return took;
    }
}
