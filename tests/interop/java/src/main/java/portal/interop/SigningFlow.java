package portal.interop;

import static no.digipost.signature.client.portal.SignerIdentifier.identifiedByEmailAddress;
import static no.digipost.signature.client.portal.SignerIdentifier.identifiedByEmailAddressAndMobileNumber;
import static no.digipost.signature.client.portal.SignerIdentifier.identifiedByMobileNumber;
import static no.digipost.signature.client.portal.SignerIdentifier.identifiedByPersonalIdentificationNumber;
import static portal.interop.Steps.check;
import static portal.interop.Steps.refused;
import static portal.interop.Steps.same;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import no.digipost.signature.client.core.AuthenticationLevel;
import no.digipost.signature.client.core.DocumentType;
import no.digipost.signature.client.core.IdentifierInSignedDocuments;
import no.digipost.signature.client.core.OnBehalfOf;
import no.digipost.signature.client.core.ResponseInputStream;
import no.digipost.signature.client.core.SignatureType;
import no.digipost.signature.client.core.exceptions.DocumentsNotDeletableException;
import no.digipost.signature.client.core.exceptions.TooEagerPollingException;
import no.digipost.signature.client.core.exceptions.UnexpectedResponseException;
import no.digipost.signature.client.portal.Notifications;
import no.digipost.signature.client.portal.NotificationsUsingLookup;
import no.digipost.signature.client.portal.PortalDocument;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;
import no.digipost.signature.client.portal.Signature;
import no.digipost.signature.client.portal.SignatureStatus;
import no.digipost.signature.client.portal.SignerIdentifier;

/** One job with every kind of signer, from its creation until its documents are deleted. */
final class SigningFlow {

    private static final String REFERENCE = "interop-1";
    /** How the responses name the signers, in the manifest's order. */
    private static final List<SignerIdentifier> SIGNERS = List.of(
            identifiedByPersonalIdentificationNumber("12345678910"),
            identifiedByPersonalIdentificationNumber("10987654321"),
            identifiedByPersonalIdentificationNumber("01013300001"),
            identifiedByEmailAddress("first@example.com"),
            identifiedByMobileNumber("+4740000001"),
            identifiedByEmailAddressAndMobileNumber("second@example.com", "+4740000002"),
            identifiedByPersonalIdentificationNumber("02038412546"));
    /** How many of them sign together, group after group. */
    private static final List<Integer> GROUPS = List.of(2, 2, 2, 1);

    private final Portal portal;
    private PortalJobResponse created;
    private PortalJobStatusChanged change;

    SigningFlow(Portal portal) {
        this.portal = portal;
    }

    void run(Steps steps) {
        steps.run("an empty queue: no changes, and a time for the next poll", this::emptyQueue);
        steps.run("an early poll is refused, also when the client repeats it", this::earlyPoll);
        steps.run("create: three documents, seven signers of every kind", this::create);
        steps.run("the sandbox holds the job as it was meant", this::held);
        steps.run("nobody has acted: no changes", this::nothingYet);
        steps.run("two have signed: in progress, each signer by what addresses them", this::first);
        steps.run("PAdES while in progress", this::pades);
        steps.run("XAdES of each who has signed, its signature value verified", this::xades);
        steps.run("confirm: the change does not come again", this::confirmed);
        steps.run("an unconfirmed change comes again after ten minutes", this::comesAgain);
        steps.run("all have signed: completed", this::completed);
        steps.run("PAdES and XAdES of the completed job", this::downloads);
        steps.run("confirm: the job is closed", this::closed);
        steps.run("documents can't be deleted within a day", this::deletedTooSoon);
        steps.run("documents are deleted, once", this::deleted);
    }

    private void emptyQueue() {
        PortalJobStatusChanged none = portal.poll();
        check(none.is(PortalJobStatus.NO_CHANGES), "a change from an empty queue");
        Duration wait = Duration.between(portal.management.now(), none.getNextPermittedPollTime());
        check(!wait.isNegative() && wait.compareTo(Duration.ofSeconds(30)) <= 0,
                "the test environment asks for 5 to 30 s, not for " + wait);
    }

    private void earlyPoll() {
        refused(TooEagerPollingException.class, () -> portal.client.getStatusChange());
        same(2L, portal.management.respondedWith(429), "responses 429");
        // The client does not have the time that came with the refusal.
        portal.management.advance(Duration.ofSeconds(30));
    }

    private void create() {
        created = portal.client.create(job());
        same(REFERENCE, created.getReference(), "reference");
        check(created.getCancellationUrl() != null, "no cancellation URL");
    }

    private PortalJob job() {
        List<PortalDocument> documents = List.of(
                Portal.document("Leiekontrakt for bolig på Ærfuglstranda 3, 2. etasje"),
                Portal.document("Vedlegg (A): \"Ordensregler\""),
                PortalDocument.builder("Vedlegg B", text()).type(DocumentType.TXT).build());
        Notifications byEmail = Notifications.builder().withEmailTo("third@example.com").build();
        Notifications byBoth = Notifications.builder()
                .withEmailTo("fourth@example.com").withSmsTo("+4740000003").build();
        List<PortalSigner> signers = List.of(
                PortalSigner.identifiedByPersonalIdentificationNumber("12345678910", byEmail)
                        .withSignatureType(SignatureType.AUTHENTICATED_SIGNATURE)
                        .onBehalfOf(OnBehalfOf.SELF).build(),
                PortalSigner.identifiedByPersonalIdentificationNumber(
                        "10987654321", NotificationsUsingLookup.EMAIL_ONLY).build(),
                PortalSigner.identifiedByPersonalIdentificationNumber(
                        "01013300001", NotificationsUsingLookup.EMAIL_AND_SMS)
                        .withOrder(1).build(),
                PortalSigner.identifiedByEmail("first@example.com").withOrder(1).build(),
                PortalSigner.identifiedByMobileNumber("+4740000001").withOrder(2).build(),
                PortalSigner.identifiedByEmailAndMobileNumber("second@example.com", "+4740000002")
                        .withOrder(2).build(),
                PortalSigner.identifiedByPersonalIdentificationNumber("02038412546", byBoth)
                        .onBehalfOf(OnBehalfOf.OTHER).withOrder(3).build());
        return PortalJob.builder("Leiekontrakt", documents, signers)
                .withNonsensitiveTitle("Kontrakt")
                .withDescription("Kontrakten med vedlegg, til signering av alle <parter> & utleier")
                .withReference(REFERENCE)
                .requireAuthentication(AuthenticationLevel.FOUR)
                .withIdentifierInSignedDocuments(IdentifierInSignedDocuments.DATE_OF_BIRTH_AND_NAME)
                .withActivationTime(portal.time.instant().minusSeconds(60))
                .availableFor(Duration.ofDays(7))
                .build();
    }

    private static byte[] text() {
        return "Vedlegg B: nøkkelen ligger i skapet.\n".getBytes(StandardCharsets.UTF_8);
    }

    private void held() {
        var job = portal.management.job(created.getSignatureJobId());
        same("IN_PROGRESS", job.get("state").getAsString(), "state");
        same(REFERENCE, job.get("reference").getAsString(), "reference");
        same(3, job.get("documents").getAsInt(), "documents");
        same(SIGNERS.size(), job.getAsJsonArray("signers").size(), "signers");
    }

    private void nothingYet() {
        check(portal.poll().is(PortalJobStatus.NO_CHANGES), "a change before anybody acted");
    }

    private void first() {
        same(List.of(0, 1), portal.management.signCurrentGroup(created.getSignatureJobId()),
                "who signed");
        changes(1, 2);
        same(REFERENCE, change.getReference(), "reference");
        check(change.is(PortalJobStatus.IN_PROGRESS), "status " + change.getStatus());
        check(change.getCancellationUrl() != null, "an unfinished job can't be cancelled");
        check(change.getDeleteDocumentsUrl() == null, "an unfinished job can be deleted");
        refused(DocumentsNotDeletableException.class,
                () -> portal.client.deleteDocuments(change.getDeleteDocumentsUrl()));
    }

    /**
     * Polls once for each signature, from {@code first} to {@code last}, both counted from 1, and
     * confirms all but the last.
     */
    private void changes(int first, int last) {
        for (int signed = first; signed <= last; signed++) {
            change = portal.poll();
            same(created.getSignatureJobId(), change.getSignatureJobId(), "job");
            statuses(signed);
            if (signed < last) {
                // The next one is held back until this one is confirmed.
                portal.client.confirm(change);
            }
        }
    }

    /** Checks that the first {@code signed} have signed, and that the others are waiting. */
    private void statuses(int signed) {
        same(SIGNERS.size(), change.getSignatures().size(), "signatures");
        for (int i = 0; i < SIGNERS.size(); i++) {
            Signature signature = change.getSignatureFrom(SIGNERS.get(i));
            check(signature == change.getSignatures().get(i), "signer " + i + " out of order");
            boolean has = i < signed;
            same(has ? SignatureStatus.SIGNED : SignatureStatus.WAITING, signature.getStatus(),
                    "status of signer " + i);
            check(signature.getStatusDateTime() != null, "no time of signer " + i);
            same(has, signature.getxAdESUrl() != null, "whether signer " + i + " has XAdES");
        }
    }

    private void pades() throws Exception {
        check(change.isPAdESAvailable(), "no PAdES after two signatures");
        ResponseInputStream download = portal.client.getPAdES(change.getpAdESUrl());
        long announced = download.getContentLength();
        byte[] pdf = Portal.whole(download);
        same(announced, (long) pdf.length, "length of the PDF");
        String text = new String(pdf, StandardCharsets.ISO_8859_1);
        check(text.startsWith("%PDF-") && text.stripTrailing().endsWith("%%EOF"), "not a PDF");
    }

    private void xades() throws Exception {
        for (Signature signature : change.getSignatures()) {
            // Not Signature.is(), which compares objects that are not the same one.
            if (signature.getStatus().equals(SignatureStatus.SIGNED)) {
                XadesCheck.signatureVerifies(
                        Portal.whole(portal.client.getXAdES(signature.getxAdESUrl())));
            }
        }
    }

    private void confirmed() {
        portal.client.confirm(change);
        PortalJobStatusChanged next = portal.poll();
        check(next.is(PortalJobStatus.NO_CHANGES), "a confirmed change came again");
        portal.client.confirm(next);
    }

    private void comesAgain() {
        long job = created.getSignatureJobId();
        portal.management.signCurrentGroup(job);
        changes(3, 4);
        check(portal.poll().is(PortalJobStatus.NO_CHANGES), "one change was handed out twice");
        portal.management.advance(Duration.ofMinutes(10));
        changes(4, 4);
        portal.client.confirm(change);
    }

    private void completed() {
        long job = created.getSignatureJobId();
        same(List.of(4, 5), portal.management.signCurrentGroup(job), "who signed");
        same(List.of(6), portal.management.signCurrentGroup(job), "who signed");
        changes(5, SIGNERS.size());
        check(change.is(PortalJobStatus.COMPLETED_SUCCESSFULLY), "status " + change.getStatus());
        check(change.getCancellationUrl() == null, "a finished job can be cancelled");
        check(change.getDeleteDocumentsUrl() != null, "documents can't be deleted");
    }

    private void downloads() throws Exception {
        pades();
        xades();
    }

    private void closed() {
        portal.client.confirm(change);
        check(portal.poll().is(PortalJobStatus.NO_CHANGES), "a closed job came again");
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(404),
                () -> Portal.whole(portal.client.getPAdES(change.getpAdESUrl())));
    }

    private void deletedTooSoon() {
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(409),
                () -> portal.client.deleteDocuments(change.getDeleteDocumentsUrl()));
    }

    private void deleted() {
        portal.management.advance(Duration.ofHours(24));
        portal.client.deleteDocuments(change.getDeleteDocumentsUrl());
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(404),
                () -> portal.client.deleteDocuments(change.getDeleteDocumentsUrl()));
    }
}
