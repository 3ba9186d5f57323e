package portal.interop;

import com.google.gson.JsonObject;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import no.digipost.signature.api.xml.XMLPortalSignatureJobManifest;
import no.digipost.signature.api.xml.XMLPortalSignatureJobStatusChangeResponse;
import no.digipost.signature.jaxb.JaxbMarshaller;
import no.digipost.signature.jaxb.SignatureMarshalling;

/** Reading a status change and writing a manifest, by the JAXB classes that the client has. */
final class BenchDocuments {

    private final int warmUp;
    private final byte[] statusChange;
    private final byte[] manifest;

    BenchDocuments(Settings settings) throws Exception {
        warmUp = settings.number("warm-up");
        statusChange = Files.readAllBytes(Path.of(settings.needed("status-change")));
        manifest = Files.readAllBytes(Path.of(settings.needed("manifest")));
    }

    JsonObject run() {
        JaxbMarshaller responses = JaxbMarshaller.ForResponsesOfAllApis.singleton();
        JaxbMarshaller requests = new JaxbMarshaller(
                SignatureMarshalling.portalApiJaxbClassesForRequests());
        XMLPortalSignatureJobManifest read = requests.unmarshal(
                new ByteArrayInputStream(manifest), XMLPortalSignatureJobManifest.class);
        JsonObject measured = new JsonObject();
        measured.addProperty("read_us", median(() -> responses.unmarshal(
                new ByteArrayInputStream(statusChange),
                XMLPortalSignatureJobStatusChangeResponse.class)));
        measured.addProperty("write_us", median(() -> requests.marshalToBytes(read)));
        return measured;
    }

    private double median(Runnable run) {
        for (int i = 0; i < warmUp; i++) {
            run.run();
        }
        long[] times = new long[5001];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            run.run();
            times[i] = System.nanoTime() - start;
        }
        return Bench.milliseconds(times, 500) * 1000;
    }
}
