package portal.interop;

import static portal.interop.Steps.same;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import no.digipost.signature.client.archive.ArchiveClient;
import no.digipost.signature.client.archive.ArchiveOwner;
import no.digipost.signature.client.core.PollingQueue;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.core.exceptions.TooEagerPollingException;
import no.digipost.signature.client.core.exceptions.UnexpectedResponseException;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobResponse;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;
import portal.interop.FaultTable.Outcome;

/** Every fault of the sandbox on every operation: what the client makes of it, and what happened. */
final class Faults {

    /** The operations, by the sandbox's names of them. */
    private enum Operation {
        CREATE, POLL, CONFIRM, CANCEL, PADES, XADES, DELETE, ARCHIVE;

        String endpoint() {
            return name().toLowerCase();
        }
    }

    /** A job in the state that an operation needs. */
    private final class Case {
        final Operation operation;
        final String name;
        final Sender queue;
        private PortalJobResponse job;
        private PortalJobStatusChanged change;
        private String archived;

        Case(Operation operation, String fault) {
            this.operation = operation;
            this.name = operation.endpoint() + ", " + fault;
            this.queue = new Sender(portal.settings.sender(), PollingQueue.of(name));
            if (operation == Operation.CREATE) {
                return;
            }
            create();
            if (operation == Operation.CANCEL) {
                return;
            }
            portal.management.act(job.getSignatureJobId(), 0, "sign");
            if (operation == Operation.POLL) {
                return;
            }
            if (operation == Operation.ARCHIVE) {
                archived = portal.management.job(job.getSignatureJobId())
                        .get("archive_id").getAsString();
                return;
            }
            poll();
            if (operation == Operation.DELETE) {
                portal.client.confirm(change);
            }
        }

        private void create() {
            PortalSigner signer = PortalSigner.identifiedByEmail("first@example.com").build();
            PortalJob request = Portal.job("Fault", signer)
                    .withSender(queue).withReference(reference()).build();
            job = portal.client.create(request);
        }

        private String reference() {
            return name.length() > 50 ? name.substring(0, 50) : name;
        }

        private void poll() {
            change = portal.client.getStatusChange(queue);
        }

        void call() throws IOException {
            switch (operation) {
                case CREATE: create(); break;
                case POLL: poll(); break;
                case CONFIRM: portal.client.confirm(change); break;
                case CANCEL: portal.client.cancel(job); break;
                case PADES: Portal.whole(portal.client.getPAdES(change.getpAdESUrl())); break;
                case XADES: Portal.whole(portal.client.getXAdES(
                        change.getSignatures().get(0).getxAdESUrl())); break;
                case DELETE: portal.client.deleteDocuments(change.getDeleteDocumentsUrl()); break;
                case ARCHIVE: Portal.whole(archive.getPAdES(
                        ArchiveOwner.of(portal.sender), archived)); break;
                default: throw new IllegalStateException(name);
            }
        }

        boolean isEmptyPoll() {
            return operation == Operation.POLL && change.is(PortalJobStatus.NO_CHANGES);
        }

        /** Whether the sandbox has done what the call asked for. */
        boolean isDone() throws IOException {
            switch (operation) {
                case CREATE: return portal.management.jobsOf(reference()) == 1;
                case POLL:
                    try {
                        return portal.client.getStatusChange(queue).is(PortalJobStatus.NO_CHANGES);
                    } catch (TooEagerPollingException empty) {
                        // The client found the queue empty just now.
                        return true;
                    }
                case CONFIRM: return portal.management.job(job.getSignatureJobId())
                        .get("closed").getAsBoolean();
                case CANCEL: return portal.management.job(job.getSignatureJobId())
                        .get("state").getAsString().equals("FAILED");
                case DELETE:
                    try {
                        call();
                        return false;
                    } catch (UnexpectedResponseException gone) {
                        same(404, gone.httpStatusCode(), "a second deletion");
                        return true;
                    }
                default:
                    // A download changes nothing, and works the next time.
                    call();
                    return true;
            }
        }
    }

    private final Portal portal;
    private final ArchiveClient archive;

    Faults(Portal portal) {
        this.portal = portal;
        this.archive = new ArchiveClient(portal.configuration(portal.time).build());
    }

    void run(Steps steps) {
        for (Operation operation : Operation.values()) {
            steps.run("every fault on " + operation.endpoint(), () -> all(operation));
        }
    }

    private void all(Operation operation) throws IOException {
        Map<JsonElement, Case> cases = new LinkedHashMap<>();
        for (String fault : FaultTable.FAULTS) {
            cases.put(JsonParser.parseString(fault), new Case(operation, fault));
        }
        if (operation == Operation.DELETE) {
            portal.management.advance(Duration.ofHours(24));
        }
        List<Case> lost = new ArrayList<>();
        List<String> wrong = new ArrayList<>();
        for (Map.Entry<JsonElement, Case> entry : cases.entrySet()) {
            Case one = entry.getValue();
            portal.management.plan(operation.endpoint(), entry.getKey());
            String outcome;
            try {
                one.call();
                outcome = one.isEmptyPoll() ? "no change" : "works";
            } catch (UnexpectedResponseException refusal) {
                outcome = "UnexpectedResponseException " + refusal.httpStatusCode();
            } catch (Exception failure) {
                outcome = failure.getClass().getSimpleName();
            }
            portal.management.clearFaults();
            boolean isDone = one.isDone();
            if (operation == Operation.POLL && isDone && !outcome.equals("works")) {
                lost.add(one);
            }
            Outcome found = new Outcome(outcome, isDone);
            Outcome expected = FaultTable.expected(operation.endpoint(), FaultTable.name(entry.getKey()));
            System.out.printf("      %-55s %s%n", one.name, found);
            if (!found.equals(expected)) {
                wrong.add(one.name + ": expected " + expected + ", got " + found);
            }
        }
        if (!lost.isEmpty()) {
            // What was handed out and lost comes again.
            portal.management.advance(Duration.ofMinutes(10));
        }
        for (Case one : lost) {
            one.poll();
            if (one.change.is(PortalJobStatus.NO_CHANGES)) {
                wrong.add(one.name + ": the change never came again");
            }
        }
        same(List.of(), wrong, "outcomes");
    }
}
