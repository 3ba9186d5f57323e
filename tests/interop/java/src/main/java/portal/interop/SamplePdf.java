package portal.interop;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** A PDF of one page with one line of text, small and correct. */
final class SamplePdf {

    private SamplePdf() {
    }

    /** {@code line} in letters of ASCII, without parentheses. */
    static byte[] saying(String line) {
        String drawn = "BT /F1 18 Tf 72 720 Td (" + line + ") Tj ET";
        List<String> objects = List.of(
                "<< /Type /Catalog /Pages 2 0 R >>",
                "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
                        + " /Resources << /Font << /F1 5 0 R >> >> >>",
                "<< /Length " + drawn.length() + " >>\nstream\n" + drawn + "\nendstream",
                "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        StringBuilder file = new StringBuilder("%PDF-1.7\n");
        StringBuilder table = new StringBuilder("0000000000 65535 f \n");
        for (int i = 0; i < objects.size(); i++) {
            table.append(String.format("%010d 00000 n %n", file.length()).replace(
                    System.lineSeparator(), "\n"));
            file.append(i + 1).append(" 0 obj\n").append(objects.get(i)).append("\nendobj\n");
        }
        int start = file.length();
        int count = objects.size() + 1;
        file.append("xref\n0 ").append(count).append('\n').append(table)
                .append("trailer\n<< /Size ").append(count).append(" /Root 1 0 R >>\nstartxref\n")
                .append(start).append("\n%%EOF\n");
        return file.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
