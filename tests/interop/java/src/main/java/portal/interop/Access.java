package portal.interop;

import static portal.interop.Steps.check;
import static portal.interop.Steps.refused;
import static portal.interop.Steps.same;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import no.digipost.signature.client.ServiceEnvironment;
import no.digipost.signature.client.archive.ArchiveClient;
import no.digipost.signature.client.archive.ArchiveOwner;
import no.digipost.signature.client.core.IdentifierInSignedDocuments;
import no.digipost.signature.client.core.PollingQueue;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.core.exceptions.BrokerNotAuthorizedException;
import no.digipost.signature.client.core.exceptions.HttpIOException;
import no.digipost.signature.client.core.exceptions.SignatureException;
import no.digipost.signature.client.core.exceptions.UnexpectedResponseException;
import no.digipost.signature.client.portal.PortalClient;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;

/** Who may call, for which organisation, over which queue; and what is refused. */
final class Access {

    /** An organisation that the sender has no rights for. */
    private static final String STRANGER = "988015814";

    private final Portal portal;

    Access(Portal portal) {
        this.portal = portal;
    }

    /** Whether the client finds the sandbox trustworthy only by the right settings. */
    void trust(Steps steps) {
        steps.run("a server of another organisation is not trusted", this::otherOrganization);
        steps.run("a server under other trust anchors is not trusted", this::otherAnchors);
    }

    void run(Steps steps) {
        steps.run("a broker without rights is refused, creating and polling", this::noRights);
        steps.run("a broker with rights creates, polls and confirms", this::rights);
        steps.run("a queue named 'lån & ærend +1' holds its own changes", this::namedQueue);
        steps.run("a package signed a minute ago is refused", this::oldSignature);
        steps.run("a job that breaks a rule is refused with every violation", this::brokenRules);
        steps.run("the archive has no document of an unknown id", this::archive);
    }

    private void otherOrganization() {
        PortalClient client = new PortalClient(
                portal.configuration(portal.time).serverOrganizationNumber(STRANGER).build());
        HttpIOException refusal = refused(HttpIOException.class, client::getStatusChange);
        check(refusal.getMessage().contains("OrganizationNumberValidation"),
                "refused for another reason: " + refusal.getMessage());
    }

    private void otherAnchors() {
        PortalClient client = new PortalClient(portal.configuration(portal.time)
                .serviceEnvironment(
                        ServiceEnvironment.DIFITEST.withServiceUrl(portal.settings.api()))
                .build());
        refused(SignatureException.class, client::getStatusChange);
    }

    private void noRights() {
        Sender stranger = new Sender(STRANGER);
        refused(BrokerNotAuthorizedException.class,
                () -> portal.client.create(job().withSender(stranger).build()));
        refused(BrokerNotAuthorizedException.class, () -> portal.client.getStatusChange(stranger));
    }

    private void rights() {
        flow(new Sender(portal.settings.brokerFor()));
    }

    private void namedQueue() {
        Sender named = new Sender(portal.settings.sender(), PollingQueue.of("lån & ærend +1"));
        flow(named);
    }

    /** A job whose change comes over the sender's queue and over no other. */
    private void flow(Sender sender) {
        PortalJobResponse job = portal.client.create(job().withSender(sender).build());
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        check(portal.poll().is(PortalJobStatus.NO_CHANGES), "the change came over another queue");
        PortalJobStatusChanged change = portal.poll(sender);
        same(job.getSignatureJobId(), change.getSignatureJobId(), "job");
        check(change.is(PortalJobStatus.COMPLETED_SUCCESSFULLY), "status " + change.getStatus());
        portal.client.confirm(change);
    }

    private void oldSignature() {
        Clock late = Clock.offset(portal.time, Duration.ofMinutes(-1));
        PortalClient client = new PortalClient(portal.configuration(late).build());
        refused(UnexpectedResponseException.class,
                e -> e.isHttpStatusCode(400) && e.isErrorCode("ASICE_VALIDATION_FAILED"),
                () -> client.create(job().build()));
    }

    private void brokenRules() {
        PortalSigner signer = PortalSigner.identifiedByEmail("first@example.com").build();
        PortalJob job = PortalJob.builder("Two rules broken",
                        List.of(Portal.document("Contract")), List.of(signer))
                .availableFor(Duration.ofDays(91))
                .withIdentifierInSignedDocuments(
                        IdentifierInSignedDocuments.PERSONAL_IDENTIFICATION_NUMBER_AND_NAME)
                .build();
        UnexpectedResponseException refusal = refused(UnexpectedResponseException.class,
                e -> e.isHttpStatusCode(400), () -> portal.client.create(job));
        same(2, refusal.getErrorMessage().split("\n").length,
                "violations in: " + refusal.getErrorMessage());
    }

    private void archive() {
        ArchiveClient archive = new ArchiveClient(portal.configuration(portal.time).build());
        refused(UnexpectedResponseException.class,
                e -> e.isErrorCode("ARCHIVED_DOCUMENT_NOT_FOUND"),
                () -> archive.getPAdES(ArchiveOwner.of(portal.sender), "1"));
    }

    private static PortalJob.Builder job() {
        return Portal.job("Contract", PortalSigner.identifiedByEmail("first@example.com").build());
    }
}
