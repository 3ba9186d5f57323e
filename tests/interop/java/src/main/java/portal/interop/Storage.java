package portal.interop;

import static portal.interop.Steps.check;
import static portal.interop.Steps.refused;
import static portal.interop.Steps.same;

import java.time.Duration;
import java.util.Arrays;
import no.digipost.signature.client.archive.ArchiveClient;
import no.digipost.signature.client.archive.ArchiveOwner;
import no.digipost.signature.client.core.PollingQueue;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.core.exceptions.BrokerNotAuthorizedException;
import no.digipost.signature.client.core.exceptions.UnexpectedResponseException;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;

/** How long documents are kept, when they can be deleted, and what is archived. */
final class Storage {

    private static final Duration DAY = Duration.ofDays(1);

    private final Portal portal;
    private final ArchiveClient archive;

    Storage(Portal portal) {
        this.portal = portal;
        this.archive = new ArchiveClient(portal.configuration(portal.time).build());
    }

    /** Against a sandbox as it is by default. */
    void run(Steps steps) {
        steps.run("deletable 24 hours after the last signature, not a second before", () ->
                deletable(signed(queue("deletable"), true), DAY));
        steps.run("without a mailbox, deletable after 7 days", () ->
                deletable(signed(queue("no mailbox"), false), Duration.ofDays(7)));
        steps.run("documents are gone on day 41, confirmed or not", this::purged);
    }

    /** Against a sandbox whose senders have bought long-term storage. */
    void runArchive(Steps steps) {
        steps.run("the archive has what the status change offers, confirmed or not", () ->
                archived(queue("archive"), portal.settings.sender()));
        steps.run("a broker finds the documents of the organisation it sends for", () ->
                archived(new Sender(portal.settings.brokerFor()), portal.settings.brokerFor()));
        steps.run("the archive of another organisation is closed", this::strangers);
    }

    private Sender queue(String name) {
        return new Sender(portal.settings.sender(), PollingQueue.of(name));
    }

    /** A completed job's change, not confirmed. */
    private PortalJobStatusChanged signed(Sender queue, boolean hasMailbox) {
        PortalSigner signer = PortalSigner.identifiedByEmail("first@example.com").build();
        PortalJobResponse job = portal.client.create(
                Portal.job("Kept", signer).withSender(queue).build());
        if (!hasMailbox) {
            portal.management.act(job.getSignatureJobId(), 0, "lack-mailbox");
        }
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        PortalJobStatusChanged change = portal.client.getStatusChange(queue);
        same(job.getSignatureJobId(), change.getSignatureJobId(), "job");
        return change;
    }

    private void deletable(PortalJobStatusChanged change, Duration after) {
        // The real clock runs on meanwhile.
        portal.management.advance(after.minusSeconds(60));
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(409),
                () -> portal.client.deleteDocuments(change.getDeleteDocumentsUrl()));
        portal.management.advance(Duration.ofSeconds(60));
        portal.client.deleteDocuments(change.getDeleteDocumentsUrl());
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(404),
                () -> Portal.whole(portal.client.getPAdES(change.getpAdESUrl())));
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(404),
                () -> portal.client.deleteDocuments(change.getDeleteDocumentsUrl()));
        portal.client.confirm(change);
    }

    private void purged() throws Exception {
        PortalJobStatusChanged change = signed(queue("purged"), true);
        portal.management.advance(Duration.ofDays(39));
        Portal.whole(portal.client.getPAdES(change.getpAdESUrl()));
        portal.management.advance(Duration.ofDays(2));
        refused(UnexpectedResponseException.class, e -> e.isHttpStatusCode(404),
                () -> Portal.whole(portal.client.getPAdES(change.getpAdESUrl())));
    }

    private void archived(Sender queue, String owner) throws Exception {
        PortalJobStatusChanged change = signed(queue, true);
        String id = portal.management.job(change.getSignatureJobId())
                .get("archive_id").getAsString();
        byte[] offered = Portal.whole(portal.client.getPAdES(change.getpAdESUrl()));
        check(Arrays.equals(offered, archived(owner, id)), "the archive has another document");
        portal.client.confirm(change);
        portal.management.advance(Duration.ofDays(41));
        check(Arrays.equals(offered, archived(owner, id)), "the archive's document changed");
        check(Arrays.equals(offered, Portal.whole(portal.client.getPAdES(change.getpAdESUrl()))),
                "the document's own URL has another document");
        portal.client.deleteDocuments(change.getDeleteDocumentsUrl());
        refused(UnexpectedResponseException.class,
                e -> e.isErrorCode("ARCHIVED_DOCUMENT_NOT_FOUND"), () -> archived(owner, id));
    }

    private void strangers() {
        PortalJobStatusChanged change = signed(queue("strangers"), true);
        String id = portal.management.job(change.getSignatureJobId())
                .get("archive_id").getAsString();
        refused(BrokerNotAuthorizedException.class, () -> archived("988015814", id));
        // Another organisation of this sender's has an archive of its own.
        refused(UnexpectedResponseException.class,
                e -> e.isErrorCode("ARCHIVED_DOCUMENT_NOT_FOUND"),
                () -> archived(portal.settings.brokerFor(), id));
    }

    private byte[] archived(String owner, String id) throws Exception {
        return Portal.whole(archive.getPAdES(ArchiveOwner.ofOrganizationNumber(owner), id));
    }
}
