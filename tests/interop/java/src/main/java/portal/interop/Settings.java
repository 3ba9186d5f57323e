package portal.interop;

import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What the program is told on its command line, as pairs of {@code --name value}. */
final class Settings {

    /** The command line lacks something, or has something that it should not. */
    static final class NotUnderstood extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotUnderstood(String problem) {
            super(problem);
        }
    }

    private final Map<String, String> values = new HashMap<>();

    Settings(String[] arguments) {
        if (arguments.length % 2 != 0) {
            throw new NotUnderstood("every --name needs a value");
        }
        for (int i = 0; i < arguments.length; i += 2) {
            if (!arguments[i].startsWith("--")) {
                throw new NotUnderstood(arguments[i] + " is no --name");
            }
            values.put(arguments[i].substring(2), arguments[i + 1]);
        }
    }

    /** The root of the sandbox's API; an organisation number follows in each call's path. */
    URI api() {
        return URI.create(needed("api"));
    }

    /** Where the sandbox's management API listens. */
    URI management() {
        return URI.create(needed("management"));
    }

    /** The enterprise certificate that the sandbox issued, PKCS#12. */
    Path pkcs12() {
        return Path.of(needed("pkcs12"));
    }

    /** The password of the PKCS#12 file. */
    String password() {
        return needed("password");
    }

    /** A folder that holds the sandbox's root certificate and nothing else. */
    Path trust() {
        return Path.of(needed("trust"));
    }

    /** The organisation number in the sandbox's server certificate. */
    String serverOrganization() {
        return needed("server-organization");
    }

    /** The organisation that the PKCS#12 file was issued to. */
    String sender() {
        return needed("sender");
    }

    /** An organisation that the sender may send on behalf of. */
    String brokerFor() {
        return needed("broker-for");
    }

    /** Whether the sandbox archives what is completed: the program then checks that part alone. */
    boolean isArchiving() {
        return is("archiving");
    }

    /** The same as {@code portal sandbox env} prints it. */
    Map<String, String> environment() {
        return Map.of(
                "PORTAL_SANDBOX_ROOT_URL", api().toString(),
                "PORTAL_SANDBOX_MANAGEMENT_URL", management().toString(),
                "PORTAL_SANDBOX_PKCS12", pkcs12().toString(),
                "PORTAL_SANDBOX_PKCS12_PASSWORD", password(),
                "PORTAL_SANDBOX_TRUST_FOLDER", trust().toString(),
                "PORTAL_SANDBOX_SERVER_ORGANIZATION", serverOrganization(),
                "PORTAL_SANDBOX_SENDER", sender());
    }

    /** Whether {@code name} was given as {@code yes}. */
    boolean is(String name) {
        return "yes".equals(values.get(name));
    }

    int number(String name) {
        return Integer.parseInt(needed(name));
    }

    String needed(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new NotUnderstood("--" + name + " is missing");
        }
        return value;
    }
}
