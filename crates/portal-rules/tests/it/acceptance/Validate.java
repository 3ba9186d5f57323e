import java.io.File;
import javax.xml.XMLConstants;
import javax.xml.transform.stream.StreamSource;
import javax.xml.validation.Schema;
import javax.xml.validation.SchemaFactory;

/** Prints for each file whether the JDK's validator takes it: the schema first, then the files. */
public class Validate {
    public static void main(String[] arguments) throws Exception {
        Schema schema = SchemaFactory.newInstance(XMLConstants.W3C_XML_SCHEMA_NS_URI)
            .newSchema(new File(arguments[0]));
        for (int index = 1; index < arguments.length; index++) {
            try {
                schema.newValidator().validate(new StreamSource(new File(arguments[index])));
                System.out.println("valid");
            } catch (org.xml.sax.SAXException refused) {
                System.out.println("refused");
            }
        }
    }
}
