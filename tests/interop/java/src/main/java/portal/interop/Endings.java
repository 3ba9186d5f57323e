package portal.interop;

import static portal.interop.Steps.check;
import static portal.interop.Steps.refused;
import static portal.interop.Steps.same;

import java.time.Duration;
import java.util.List;
import no.digipost.signature.client.core.IdentifierInSignedDocuments;
import no.digipost.signature.client.core.SignatureType;
import no.digipost.signature.client.core.exceptions.JobCannotBeCancelledException;
import no.digipost.signature.client.core.exceptions.NotCancellableException;
import no.digipost.signature.client.portal.Notifications;
import no.digipost.signature.client.portal.NotificationsUsingLookup;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;
import no.digipost.signature.client.portal.Signature;
import no.digipost.signature.client.portal.SignatureStatus;

/** Every other way in which a job can end. */
final class Endings {

    private final Portal portal;

    Endings(Portal portal) {
        this.portal = portal;
    }

    void run(Steps steps) {
        steps.run("cancel from the response to create", this::cancel);
        steps.run("cancel from a status change", this::cancelFromChange);
        steps.run("cancel too late", this::cancelTooLate);
        steps.run("rejected: the others do not matter any more", this::rejected);
        steps.run("an advanced signature completes", this::advanced);
        steps.run("expired", this::expired);
        steps.run("blocked after three wrong codes", this::blocked);
        steps.run("reserved", () -> endsBy("reserve", byLookup(), SignatureStatus.RESERVED));
        steps.run("contact information missing", () -> endsBy("miss-contact-information",
                byLookup(), SignatureStatus.CONTACT_INFORMATION_MISSING));
        steps.run("signer's name not available", () -> endsBy("lack-name",
                byLookup(), SignatureStatus.SIGNERS_NAME_NOT_AVAILABLE));
    }

    private void cancel() {
        PortalJobResponse job = portal.client.create(two("To be cancelled").build());
        portal.client.cancel(job);
        PortalJobStatusChanged change = ended(job,
                SignatureStatus.CANCELLED, SignatureStatus.NOT_APPLICABLE);
        refused(NotCancellableException.class, () -> portal.client.cancel(change));
        portal.client.confirm(change);
    }

    private void cancelFromChange() {
        PortalJobResponse job = portal.client.create(two("To be cancelled later").build());
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        PortalJobStatusChanged change = portal.poll();
        check(change.is(PortalJobStatus.IN_PROGRESS), "status " + change.getStatus());
        portal.client.confirm(change);
        portal.client.cancel(change);
        portal.client.confirm(ended(job, SignatureStatus.SIGNED, SignatureStatus.CANCELLED));
    }

    private void cancelTooLate() {
        PortalJobResponse job = portal.client.create(
                Portal.job("Signed at once", byLookup()).build());
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        refused(JobCannotBeCancelledException.class, () -> portal.client.cancel(job));
        completed(job);
    }

    private void rejected() {
        PortalJobResponse job = portal.client.create(two("To be rejected").build());
        portal.management.act(job.getSignatureJobId(), 0, "reject");
        portal.client.confirm(
                ended(job, SignatureStatus.REJECTED, SignatureStatus.NOT_APPLICABLE));
    }

    private void advanced() {
        PortalSigner signer = PortalSigner.identifiedByPersonalIdentificationNumber(
                        "12345678910", NotificationsUsingLookup.EMAIL_AND_SMS)
                .withSignatureType(SignatureType.ADVANCED_SIGNATURE).build();
        PortalJobResponse job = portal.client.create(Portal.job("Advanced", signer).build());
        portal.management.act(job.getSignatureJobId(), 0, "sign");
        completed(job);
    }

    private void expired() {
        PortalJobResponse job = portal.client.create(
                two("To expire").availableFor(Duration.ofHours(1)).build());
        portal.management.advance(Duration.ofHours(1).plusSeconds(1));
        portal.client.confirm(
                ended(job, SignatureStatus.EXPIRED, SignatureStatus.NOT_APPLICABLE));
    }

    private void blocked() {
        PortalSigner signer = PortalSigner.identifiedByEmail("first@example.com").build();
        PortalJobResponse job = portal.client.create(Portal.job("To be blocked", signer).build());
        for (int i = 0; i < 3; i++) {
            portal.management.act(job.getSignatureJobId(), 0, "enter-wrong-code");
        }
        portal.client.confirm(ended(job, SignatureStatus.BLOCKED));
    }

    private void endsBy(String act, PortalSigner signer, SignatureStatus status) {
        PortalJobResponse job = portal.client.create(Portal.job("To end", signer)
                .withIdentifierInSignedDocuments(IdentifierInSignedDocuments.NAME).build());
        portal.management.act(job.getSignatureJobId(), 0, act);
        portal.client.confirm(ended(job, status));
    }

    /** Polls, and checks that the job has failed with each signer in the given status. */
    private PortalJobStatusChanged ended(PortalJobResponse job, SignatureStatus... statuses) {
        PortalJobStatusChanged change = portal.poll();
        same(job.getSignatureJobId(), change.getSignatureJobId(), "job");
        check(change.is(PortalJobStatus.FAILED), "status " + change.getStatus());
        same(statuses.length, change.getSignatures().size(), "signatures");
        for (int i = 0; i < statuses.length; i++) {
            Signature signature = change.getSignatures().get(i);
            same(statuses[i], signature.getStatus(), "status of signer " + i);
        }
        return change;
    }

    private void completed(PortalJobResponse job) {
        PortalJobStatusChanged change = portal.poll();
        same(job.getSignatureJobId(), change.getSignatureJobId(), "job");
        check(change.is(PortalJobStatus.COMPLETED_SUCCESSFULLY), "status " + change.getStatus());
        portal.client.confirm(change);
    }

    private static PortalSigner byLookup() {
        return PortalSigner.identifiedByPersonalIdentificationNumber(
                "12345678910", NotificationsUsingLookup.EMAIL_ONLY).build();
    }

    /** Two signers, one after the other. */
    private static PortalJob.Builder two(String title) {
        Notifications byEmail = Notifications.builder().withEmailTo("first@example.com").build();
        return PortalJob.builder(title, List.of(Portal.document(title)), List.of(
                byLookup(),
                PortalSigner.identifiedByPersonalIdentificationNumber("10987654321", byEmail)
                        .withOrder(1).build()));
    }
}
