package portal.interop;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Measures the official Java client, for {@code cargo xtask bench-peers}. Prints one line of JSON.
 *
 * <p>The first argument says what is measured: {@code flow}, {@code packages} or {@code documents};
 * the others are pairs of {@code --name value}.
 */
public final class Bench {

    private Bench() {
    }

    /** Runs one measurement. */
    public static void main(String[] arguments) throws Exception {
        Logger quiet = Logger.getLogger("no.digipost");
        quiet.setLevel(Level.SEVERE);
        try {
            String what = arguments.length == 0 ? "" : arguments[0];
            String[] rest = Arrays.copyOfRange(arguments, Math.min(1, arguments.length),
                    arguments.length);
            Settings settings = new Settings(rest);
            System.out.println(measure(what, settings));
        } catch (Settings.NotUnderstood problem) {
            System.err.println(problem.getMessage());
            System.exit(2);
        }
        System.exit(0);
    }

    private static JsonObject measure(String what, Settings settings) throws Exception {
        switch (what) {
            case "flow":
                return new BenchFlow(settings).run();
            case "packages":
                return new BenchPackages(settings).run();
            case "documents":
                return new BenchDocuments(settings).run();
            default:
                throw new Settings.NotUnderstood("flow, packages or documents is to be measured");
        }
    }

    /** Time on a processor of the whole process so far, compilation and garbage collection included. */
    static Duration processorTime() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The most memory that the process had resident at once, in KiB. */
    static long peakMemory() throws IOException {
        return status("VmHWM:");
    }

    /** The memory that is the process's own, in KiB: what is resident and no part of a file. */
    static long ownMemory() throws IOException {
        return status("RssAnon:");
    }

    private static long status(String name) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        return 0;
    }

    /** The value that so many per mille of the times are not above, in milliseconds. */
    static double milliseconds(long[] nanoseconds, int perMille) {
        long[] sorted = nanoseconds.clone();
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) * perMille / 1000] / 1e6;
    }
}
