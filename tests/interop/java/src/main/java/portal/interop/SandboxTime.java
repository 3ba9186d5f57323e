package portal.interop;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/**
 * The sandbox's time, for the client's {@code clock} setting: the service refuses a package whose
 * signing time is more than five seconds off, so a client has to follow a clock that was moved.
 */
final class SandboxTime extends Clock {

    private final ZoneId zone;
    private volatile Duration ahead = Duration.ZERO;

    SandboxTime(ZoneId zone) {
        this.zone = zone;
    }

    /** Takes over what the sandbox's clock shows just now. */
    void follow(Instant now) {
        ahead = Duration.between(Instant.now(), now);
    }

    @Override
    public Instant instant() {
        return Instant.now().plus(ahead);
    }

    @Override
    public ZoneId getZone() {
        return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
        return Clock.offset(Clock.system(other), ahead);
    }
}
