package portal.interop;

import com.google.gson.JsonElement;
import java.util.List;
import java.util.Objects;

/** What the documentation of faults says, and of what the client does about each. */
final class FaultTable {

    /** How a call ended for the client, and whether the sandbox did what it asked for. */
    static final class Outcome {
        private final String client;
        private final boolean isDone;

        Outcome(String client, boolean isDone) {
            this.client = client;
            this.isDone = isDone;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Outcome && ((Outcome) other).client.equals(client)
                    && ((Outcome) other).isDone == isDone;
        }

        @Override
        public int hashCode() {
            return Objects.hash(client, isDone);
        }

        @Override
        public String toString() {
            return client + (isDone ? ", done" : ", not done");
        }
    }

    /** One of each kind, as the management API takes them. */
    static final List<String> FAULTS = List.of(
            "{\"status\":500}",
            "{\"error-document\":{\"status\":400,\"code\":\"INTEROP\"}}",
            "{\"status-after\":502}",
            "{\"status-with\":{\"status\":503,\"headers\":{\"Retry-After\":\"1\"}}}",
            "{\"delay-before\":20}",
            "{\"delay-after\":20}",
            "\"drop-before\"",
            "\"drop-after\"",
            "{\"truncate\":7}",
            "{\"trickle\":0}",
            "\"no-poll-time\"",
            "\"malformed-poll-time\"",
            "\"garbage\"",
            "\"garbage-xml\"",
            "\"wrong-content-type\"",
            "\"unknown-elements\"",
            "\"unknown-signer-status\"",
            "{\"broken-signed-document\":\"byte-changed\"}",
            "\"duplicate\"");

    private FaultTable() {
    }

    /** The name of a fault, without its value. */
    static String name(JsonElement fault) {
        return fault.isJsonObject()
                ? fault.getAsJsonObject().keySet().iterator().next()
                : fault.getAsString();
    }

    /** What a call comes to that meets a fault. */
    static Outcome expected(String operation, String fault) {
        // A download changes nothing, and works the next time.
        boolean isDownload = List.of("pades", "xades", "archive").contains(operation);
        // The client repeats what can be repeated: no body, and after an I/O error no POST.
        boolean isPost = List.of("create", "confirm", "cancel").contains(operation);
        boolean isRead = List.of("create", "poll").contains(operation);
        switch (fault) {
            case "status":
                return refused(500, isDownload);
            case "error-document":
                return refused(400, isDownload);
            case "status-after":
                return refused(502, true);
            case "status-with":
                return operation.equals("create") ? refused(503, false) : works();
            case "drop-before":
                return isPost ? new Outcome("HttpIOException", false) : works();
            case "drop-after":
                if (isPost) {
                    return new Outcome("HttpIOException", true);
                }
                // The second try finds it done already.
                if (operation.equals("poll")) {
                    return new Outcome("no change", true);
                }
                return operation.equals("delete") ? refused(404, true) : works();
            case "truncate":
                if (isDownload) {
                    return new Outcome("ConnectionClosedException", true);
                }
                return isRead ? new Outcome("SignatureMarshalException", true) : works();
            case "garbage":
            case "garbage-xml":
                return isRead ? new Outcome("SignatureMarshalException", true) : works();
            case "no-poll-time":
                return operation.equals("poll")
                        ? new Outcome("NullPointerException", true) : works();
            case "malformed-poll-time":
                return operation.equals("poll")
                        ? new Outcome("DateTimeParseException", true) : works();
            case "duplicate":
                return new Outcome("works", !operation.equals("poll"));
            default:
                return works();
        }
    }

    private static Outcome works() {
        return new Outcome("works", true);
    }

    private static Outcome refused(int status, boolean isDone) {
        return new Outcome("UnexpectedResponseException " + status, isDone);
    }
}
