package portal.interop;

import static portal.interop.Steps.check;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import no.digipost.signature.client.core.PollingQueue;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.core.exceptions.UnexpectedResponseException;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalSigner;
import no.digipost.signature.jaxb.SignatureMarshalException;

/** Each limit of a job, met and overstepped by one. */
final class Limits {

    private static final int TOTAL_BYTES = 10 * 1024 * 1024;
    private static final int NINETY_DAYS = 90 * 24 * 60 * 60;

    private final Portal portal;
    private final Sender queue;

    Limits(Portal portal) {
        this.portal = portal;
        this.queue = new Sender(portal.settings.sender(), PollingQueue.of("limits"));
    }

    void run(Steps steps) {
        // The client checks what the schema says, the service the rest.
        byClient(steps, "characters of a title", 80,
                length -> PortalJob.builder("m".repeat(length), documents(1), signers(1)));
        byClient(steps, "characters of a document's title", 80, length -> PortalJob.builder(
                "Title", List.of(Portal.document("m".repeat(length))), signers(1)));
        byClient(steps, "characters of a nonsensitive title", 80,
                length -> job().withNonsensitiveTitle("m".repeat(length)));
        byClient(steps, "characters of a description", 220,
                length -> job().withDescription("m".repeat(length)));
        // Java's schema check counts each of these as two.
        byClient(steps, "characters of a title beyond the basic plane", 40,
                length -> PortalJob.builder("🚤".repeat(length), documents(1), signers(1)));
        byClient(steps, "characters of a reference", 50,
                length -> job().withReference("m".repeat(length)));
        byClient(steps, "documents", 20,
                count -> PortalJob.builder("Title", documents(count), signers(1)));
        byClient(steps, "signers", 10,
                count -> PortalJob.builder("Title", documents(1), signers(count)));
        byClient(steps, "as a signer's order", 9, order -> PortalJob.builder("Title",
                documents(1), List.of(PortalSigner.identifiedByEmail("first@example.com")
                        .withOrder(order).build(), signers(1).get(0))));
        byService(steps, "seconds of availability", NINETY_DAYS,
                seconds -> job().availableFor(Duration.ofSeconds(seconds)));
        byService(steps, "bytes of all documents", TOTAL_BYTES,
                bytes -> PortalJob.builder("Title", List.of(
                        PortalDocument.builder("First", padded(TOTAL_BYTES / 2)).build(),
                        PortalDocument.builder("Second", padded(bytes - TOTAL_BYTES / 2)).build()),
                        signers(1)));
    }

    private void byClient(Steps steps, String what, int limit, IntFunction<PortalJob.Builder> job) {
        steps.run("at most " + limit + " " + what, () -> {
            create(job.apply(limit));
            Steps.refused(SignatureMarshalException.class, () -> create(job.apply(limit + 1)));
        });
    }

    private void byService(Steps steps, String what, int limit, IntFunction<PortalJob.Builder> job) {
        steps.run("at most " + limit + " " + what, () -> {
            create(job.apply(limit));
            Steps.refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(400),
                    () -> create(job.apply(limit + 1)));
        });
    }

    private void create(PortalJob.Builder job) {
        check(portal.client.create(job.withSender(queue).build()).getSignatureJobId() > 0,
                "no job");
    }

    private static PortalJob.Builder job() {
        return PortalJob.builder("Title", documents(1), signers(1));
    }

    private static List<PortalDocument> documents(int count) {
        return IntStream.range(0, count)
                .mapToObj(number -> Portal.document("Document " + number))
                .collect(Collectors.toList());
    }

    private static List<PortalSigner> signers(int count) {
        return Collections.unmodifiableList(IntStream.range(0, count)
                .mapToObj(number -> PortalSigner
                        .identifiedByEmail("signer" + number + "@example.com").build())
                .collect(Collectors.toList()));
    }

    /** A PDF of so many bytes, most of them in a comment. */
    private static byte[] padded(int length) {
        byte[] pdf = SamplePdf.saying("Large");
        byte[] end = "startxref\n".getBytes(StandardCharsets.US_ASCII);
        String text = new String(pdf, StandardCharsets.US_ASCII);
        int at = text.lastIndexOf(new String(end, StandardCharsets.US_ASCII));
        byte[] padded = new byte[length];
        Arrays.fill(padded, (byte) 'm');
        System.arraycopy(pdf, 0, padded, 0, at);
        padded[at] = '%';
        int tail = pdf.length - at;
        System.arraycopy(pdf, at, padded, length - tail, tail);
        padded[length - tail - 1] = '\n';
        return padded;
    }
}
