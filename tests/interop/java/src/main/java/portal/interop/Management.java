package portal.interop;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The sandbox's management API: makes signers act, moves the clock, reads the journal. */
final class Management {

    private final URI root;
    private final SandboxTime time;
    private final HttpClient http = HttpClient.newHttpClient();

    Management(URI root, SandboxTime time) {
        this.root = root;
        this.time = time;
    }

    /** What the sandbox's clock shows. */
    Instant now() {
        return shown(call("GET", "clock", null));
    }

    void advance(Duration by) {
        JsonObject body = new JsonObject();
        body.addProperty("seconds", by.getSeconds());
        shown(call("POST", "clock/advance", body));
    }

    /** Moves the clock to {@code to}, unless that is past. */
    void waitUntil(Instant to) {
        Duration wait = Duration.between(now(), to);
        if (!wait.isNegative()) {
            advance(wait.plusSeconds(1));
        }
    }

    /** Lets a signer do something, such as {@code sign}; signers are counted from 0. */
    void act(long job, int signer, String act) {
        call("POST", "jobs/" + job + "/signers/" + signer + "/" + act, null);
    }

    /** Lets everybody sign whose turn it is, and gives who did. */
    List<Integer> signCurrentGroup(long job) {
        JsonArray signed = call("POST", "jobs/" + job + "/sign", null)
                .getAsJsonObject().getAsJsonArray("signed");
        List<Integer> signers = new ArrayList<>();
        for (JsonElement signer : signed) {
            signers.add(signer.getAsInt());
        }
        return signers;
    }

    /** One open job. */
    JsonObject job(long job) {
        return call("GET", "jobs/" + job, null).getAsJsonObject();
    }

    /** How many calls got {@code status} so far. */
    long respondedWith(int status) {
        long count = 0;
        for (JsonElement call : call("GET", "journal", null).getAsJsonArray()) {
            if (call.getAsJsonObject().get("status").getAsInt() == status) {
                count++;
            }
        }
        return count;
    }

    /** How many jobs have this reference, ended ones too. */
    int jobsOf(String reference) {
        String query = URLEncoder.encode(reference, StandardCharsets.UTF_8);
        return call("GET", "jobs?reference=" + query, null).getAsJsonArray().size();
    }

    /** Lets the next call of an operation meet a fault. */
    void plan(String endpoint, JsonElement fault) {
        JsonObject body = new JsonObject();
        body.addProperty("endpoint", endpoint);
        body.add("fault", fault);
        call("POST", "faults", body);
    }

    void clearFaults() {
        call("DELETE", "faults", null);
    }

    private Instant shown(JsonElement clock) {
        Instant now = Instant.parse(clock.getAsJsonObject().get("now").getAsString());
        time.follow(now);
        return now;
    }

    private JsonElement call(String method, String path, JsonObject body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(root.resolve("/management/" + path))
                .timeout(Duration.ofSeconds(30));
        if (body == null) {
            request.method(method, BodyPublishers.noBody());
        } else {
            request.header("Content-Type", "application/json");
            request.method(method, BodyPublishers.ofString(body.toString()));
        }
        HttpResponse<String> response;
        try {
            response = http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException failure) {
            throw new IllegalStateException("no response to " + method + " " + path, failure);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupt);
        }
        if (response.statusCode() / 100 != 2) {
            throw new IllegalStateException(method + " " + path + ": status "
                    + response.statusCode() + " " + response.body());
        }
        return JsonParser.parseString(response.body());
    }
}
