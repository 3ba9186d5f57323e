package portal.interop;

import static portal.interop.Steps.check;
import static portal.interop.Steps.same;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import no.digipost.signature.client.core.PollingQueue;
import no.digipost.signature.client.core.Sender;
import no.digipost.signature.client.core.exceptions.TooEagerPollingException;
import no.digipost.signature.client.portal.Notifications;
import no.digipost.signature.client.portal.PortalJob;
import no.digipost.signature.client.portal.PortalJobStatus;
import no.digipost.signature.client.portal.PortalJobStatusChanged;
import no.digipost.signature.client.portal.PortalSigner;

/** Eight pollers of one queue: each change comes once, and every document can be fetched. */
final class ParallelPollers {

    private static final int POLLERS = 8;
    private static final int JOBS = 200;

    private final Portal portal;
    private final Sender queue;
    /** How often a job was handed out with so many signatures. */
    private final Map<String, Integer> seen = new ConcurrentHashMap<>();

    ParallelPollers(Portal portal) {
        this.portal = portal;
        this.queue = new Sender(portal.sender.getOrganizationNumber(), PollingQueue.of("parallel"));
    }

    void run(Steps steps) {
        steps.run("eight parallel pollers: each change once, every document fetched", this::poll);
    }

    private void poll() throws Exception {
        for (int number = 0; number < JOBS; number++) {
            long job = portal.client.create(job(number)).getSignatureJobId();
            portal.management.act(job, 0, "sign");
            portal.management.act(job, 1, "sign");
        }
        ExecutorService pollers = Executors.newFixedThreadPool(POLLERS);
        try {
            // A poller ends when nothing is free for it, while others may still hold changes.
            for (int round = 0; round < 100 && seen.size() < 2 * JOBS; round++) {
                List<Callable<Void>> all = new ArrayList<>();
                for (int poller = 0; poller < POLLERS; poller++) {
                    all.add(this::drain);
                }
                for (Future<Void> done : pollers.invokeAll(all)) {
                    done.get();
                }
                portal.management.advance(Duration.ofSeconds(6));
            }
        } finally {
            pollers.shutdown();
        }
        same(2 * JOBS, seen.size(), "changes");
        check(seen.values().stream().allMatch(times -> times == 1), "a change came twice");
    }

    private Void drain() throws Exception {
        while (true) {
            PortalJobStatusChanged change;
            try {
                change = portal.client.getStatusChange(queue);
            } catch (TooEagerPollingException early) {
                return null;
            }
            if (change.is(PortalJobStatus.NO_CHANGES)) {
                return null;
            }
            seen.merge(change.getSignatureJobId() + " " + change.getStatus(), 1, Integer::sum);
            byte[] pdf = Portal.whole(portal.client.getPAdES(change.getpAdESUrl()));
            String start = new String(pdf, 0, 5, StandardCharsets.ISO_8859_1);
            same("%PDF-", start, "the document of job " + change.getSignatureJobId());
            portal.client.confirm(change);
        }
    }

    private PortalJob job(int number) {
        String title = "Parallel " + number;
        return PortalJob.builder(title, List.of(Portal.document(title)),
                List.of(signer("01013300001"), signer("12345678910"))).withSender(queue).build();
    }

    private static PortalSigner signer(String number) {
        return PortalSigner.identifiedByPersonalIdentificationNumber(number,
                Notifications.builder().withEmailTo("signer@example.com").build()).build();
    }
}
