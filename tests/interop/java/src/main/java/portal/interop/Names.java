package portal.interop;

import static portal.interop.Steps.check;
import static portal.interop.Steps.same;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import no.digipost.signature.client.core.DocumentType;
import no.digipost.signature.client.core.PollingQueue;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;

/** Queue names, references, titles and texts with every kind of character. */
final class Names {

    private static final List<String> KINDS = List.of(
            "plain", "0", "with space", " space before", "space behind ", "two  spaces",
            "æøåÆØÅ", "a+b", "a&b=c", "50% off", "%2F", "a/b", "a?b#c", "a;b,c", "a\\b",
            "\"double\" 'single'", "<tag/> & ]]>", "~!@$^*()[]{}|`:_-.", "tab\tin it",
            "日本語", "båt 🚤", "e\u0301 e\u0301", "עברית", "İstanbul ß", "no\u00a0break", "null");
    private static final Map<String, String> TEXTS = Map.of(
            "of one letter", "a",
            "with Norwegian letters", "Blåbærsyltetøy på Ærøy.\n",
            "with a byte order mark", "\ufeffText\n",
            "with lines of Windows", "One\r\nTwo\r\n",
            "with letters of all kinds", String.join("\n", KINDS),
            "with a tab and a form feed", "a\tb\fc\n",
            "of many lines", "A line of text.\n".repeat(2000));

    private final Portal portal;

    Names(Portal portal) {
        this.portal = portal;
    }

    void run(Steps steps) {
        for (String kind : KINDS) {
            steps.run("queue name and reference '" + kind + "'", () -> queue(kind));
        }
        for (String kind : KINDS) {
            steps.run("titles '" + kind + "'", () -> titles(kind));
        }
        TEXTS.forEach((what, text) -> steps.run("a text document " + what, () -> text(text)));
    }

    /** A job whose change comes over the queue of this name, with this reference. */
    private void queue(String name) {
        Sender queue = new Sender(portal.settings.sender(), PollingQueue.of(name));
        PortalJobResponse job = portal.client.create(
                Portal.job("A queue", signer()).withSender(queue).withReference(name).build());
        same(name, job.getReference(), "reference in the response");
        same(1, portal.management.jobsOf(name), "jobs that the sandbox finds by the reference");
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        PortalJobStatusChanged change = portal.client.getStatusChange(queue);
        check(change.is(PortalJobStatus.COMPLETED_SUCCESSFULLY), "status " + change.getStatus());
        same(job.getSignatureJobId(), change.getSignatureJobId(), "job");
        same(name, change.getReference(), "reference in the change");
        portal.client.confirm(change);
    }

    private void titles(String title) throws Exception {
        fetched(PortalJob.builder(title, List.of(Portal.document(title)), List.of(signer()))
                .withNonsensitiveTitle(title).withDescription(title));
    }

    private void text(String text) throws Exception {
        PortalDocument document = PortalDocument.builder("Text",
                text.getBytes(StandardCharsets.UTF_8)).type(DocumentType.TXT).build();
        fetched(PortalJob.builder("A text", List.of(document), List.of(signer())));
    }

    /** Creates the job, lets it be signed, and fetches and confirms it. */
    private void fetched(PortalJob.Builder builder) throws Exception {
        Sender queue = new Sender(portal.settings.sender(), PollingQueue.of("names"));
        PortalJobResponse job = portal.client.create(builder.withSender(queue).build());
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        PortalJobStatusChanged change = portal.client.getStatusChange(queue);
        same(job.getSignatureJobId(), change.getSignatureJobId(), "job");
        byte[] pdf = Portal.whole(portal.client.getPAdES(change.getpAdESUrl()));
        check(new String(pdf, StandardCharsets.ISO_8859_1).startsWith("%PDF-"), "not a PDF");
        XadesCheck.signatureVerifies(Portal.whole(
                portal.client.getXAdES(change.getSignatures().get(0).getxAdESUrl())));
        portal.client.confirm(change);
    }

    private static PortalSigner signer() {
        return PortalSigner.identifiedByEmail("first@example.com").build();
    }
}
