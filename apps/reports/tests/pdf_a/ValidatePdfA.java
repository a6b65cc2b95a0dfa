import java.io.FileInputStream;
import java.io.InputStream;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Says of each file whether veraPDF finds it valid as PDF/A-3b, and which rules it breaks.
 *
 * <p>The rules are veraPDF's own, read here by hand: it would read them with JAXB, which Java no longer has.
 */
class ValidatePdfA {
    private static final PDFAFlavour FLAVOUR = PDFAFlavour.PDFA_3_B;
    private static final String RULES = "/org/verapdf/pdfa/validation/PDFA-3B.xml";

    public static void main(String[] paths) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        ValidationProfile profile = profile();
        boolean areValid = true;
        for (String path : paths) {
            try (InputStream file = new FileInputStream(path);
                    PDFAParser parser = Foundries.defaultInstance().createParser(file, FLAVOUR);
                    PDFAValidator validator = ValidatorFactory.createValidator(profile, false)) {
                ValidationResult result = validator.validate(parser);
                String verdict = result.isCompliant() ? "valid" : "NOT VALID";
                System.out.printf("%s: %s, %d rules, %d checks%n", path, verdict, profile.getRules().size(), result.getTotalAssertions());
                for (TestAssertion broken : result.getTestAssertions()) {
                    System.out.printf("  %s %s%n", broken.getRuleId().getClause(), broken.getMessage());
                }
                areValid &= result.isCompliant();
            }
        }
        System.exit(areValid ? 0 : 1);
    }

    private static ValidationProfile profile() throws Exception {
        Element root;
        try (InputStream rules = Profiles.class.getResourceAsStream(RULES)) {
            root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(rules).getDocumentElement();
        }
        Set<Rule> rules = new HashSet<>();
        NodeList found = root.getElementsByTagName("rule");
        for (int index = 0; index < found.getLength(); index++) {
            rules.add(rule((Element) found.item(index)));
        }
        Set<Variable> variables = new HashSet<>();
        found = root.getElementsByTagName("variable");
        for (int index = 0; index < found.getLength(); index++) {
            Element variable = (Element) found.item(index);
            variables.add(Profiles.variableFromValues(
                    variable.getAttribute("name"), variable.getAttribute("object"), text(variable, "defaultValue"), text(variable, "value")));
        }
        return Profiles.profileFromValues(
                FLAVOUR, Profiles.profileDetailsFromValues("PDF/A-3b", "", "", new Date(0)), "", rules, variables);
    }

    private static Rule rule(Element rule) {
        Element id = (Element) rule.getElementsByTagName("id").item(0);
        String deferred = rule.getAttribute("deferred");
        return Profiles.ruleFromValues(
                Profiles.ruleIdFromValues(
                        PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                        id.getAttribute("clause"),
                        Integer.parseInt(id.getAttribute("testNumber"))),
                rule.getAttribute("object"),
                deferred.isEmpty() ? null : Boolean.valueOf(deferred),
                rule.getAttribute("tags"),
                text(rule, "description"),
                text(rule, "test"),
                Profiles.errorFromValues(text(rule, "message"), Collections.emptyList()),
                Collections.emptyList());
    }

    private static String text(Element parent, String name) {
        return parent.getElementsByTagName(name).item(0).getTextContent();
    }
}
