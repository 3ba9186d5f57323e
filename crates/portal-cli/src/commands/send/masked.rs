//! A manifest to show: a line for each element, and stars for whoever signs.

/// Elements whose text is personal.
const TEXTS: [&str; 1] = ["<personal-identification-number>"];

/// Attributes whose value is personal.
const ATTRIBUTES: [&str; 2] = ["address=\"", "number=\""];

/// The manifest with a line break before each element. It was written by this program, so that its form is known:
/// no comments, no sections, attributes in double quotes.
pub(super) fn manifest(xml: &str) -> String {
    let mut masked = String::new();
    let mut depth = 0_usize;
    let mut rest = xml;
    let mut was_opened = false;
    while let Some(start) = rest.find('<') {
        let text = &rest[..start];
        masked.push_str(text);
        let end = rest[start..]
            .find('>')
            .map_or(rest.len(), |end| start + end + 1);
        let tag = &rest[start..end];
        let closes = tag.starts_with("</");
        if closes {
            depth = depth.saturating_sub(1);
        }
        // A closing tag right after its text stays on the line.
        if !(masked.is_empty() || closes && was_opened) {
            masked.push('\n');
            masked.push_str(&"  ".repeat(depth));
        }
        masked.push_str(&without_values(tag));
        was_opened = !closes && !tag.ends_with("/>") && !tag.starts_with("<?");
        if was_opened {
            depth += 1;
        }
        rest = &rest[end..];
        if TEXTS.contains(&tag) {
            masked.push_str("***");
            rest = &rest[rest.find('<').unwrap_or(rest.len())..];
        }
    }
    masked.push_str(rest);
    masked
}

fn without_values(tag: &str) -> String {
    let mut tag = tag.to_owned();
    for attribute in ATTRIBUTES {
        if let Some(at) = tag.find(attribute) {
            let begin = at + attribute.len();
            let end = tag[begin..].find('"').map_or(tag.len(), |end| begin + end);
            tag.replace_range(begin..end, "***");
        }
    }
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_signs_is_not_shown() {
        let xml = r#"<?xml version="1.0"?><manifest xmlns="x"><signer order="1"><personal-identification-number>01013300001</personal-identification-number><notifications><email address="signer@example.com"/><sms number="99999999"/></notifications></signer><title>A &lt;title&gt;</title></manifest>"#;
        insta::assert_snapshot!(manifest(xml), @r#"
        <?xml version="1.0"?>
        <manifest xmlns="x">
          <signer order="1">
            <personal-identification-number>***</personal-identification-number>
            <notifications>
              <email address="***"/>
              <sms number="***"/>
            </notifications>
          </signer>
          <title>A &lt;title&gt;</title>
        </manifest>
        "#);
    }
}
