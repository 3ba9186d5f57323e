package portal.interop;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Level;
import java.util.logging.Logger;
import portal.example.PortalSandboxTest;

/**
 * Runs the official Java client of Posten signering through the portal flow, against a sandbox.
 *
 * <p>{@code cargo xtask interop} starts the sandbox and this program; {@link Settings} tells what
 * it needs to know. The exit code is 0 when every step holds, 1 when one does not, 2 when the
 * command line is not understood.
 */
public final class Interop {

    private Interop() {
    }

    /** Runs every step in order, and stops at the first that fails. */
    public static void main(String[] arguments) {
        System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        // The client tells of every confirmation, and warns of its own documented setting.
        Logger quiet = Logger.getLogger("no.digipost");
        quiet.setLevel(Level.SEVERE);
        Steps steps = new Steps();
        try {
            Portal portal = new Portal(new Settings(arguments));
            if (portal.settings.isArchiving()) {
                new Faults(portal).run(steps);
                new Storage(portal).runArchive(steps);
                steps.finish();
                return;
            }
            Access access = new Access(portal);
            access.trust(steps);
            new SigningFlow(portal).run(steps);
            new Endings(portal).run(steps);
            access.run(steps);
            new Names(portal).run(steps);
            new Limits(portal).run(steps);
            new Storage(portal).run(steps);
            new ParallelPollers(portal).run(steps);
            steps.run("the test class that teams copy", () -> new PortalSandboxTest(
                    portal.settings.environment()).aJobIsCreatedSignedFetchedAndConfirmed());
        } catch (Settings.NotUnderstood problem) {
            System.err.println(problem.getMessage());
            System.exit(2);
        } catch (Steps.Stopped stopped) {
            System.exit(1);
        }
        steps.finish();
        System.exit(0);
    }
}
