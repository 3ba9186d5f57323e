//! Documentation comments out of the schema's documentation.

/// The schema's paragraphs as one text: words separated by single spaces, paragraphs by blank lines.
pub(super) fn paragraphs(documentation: &[String]) -> String {
    let text = documentation.join("\n\n");
    let paragraphs = text
        .split("\n\n")
        .map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs
        .filter(|paragraph| !paragraph.is_empty())
        .collect::<Vec<_>>()
        .join("\n\n")
}

/// The text as documentation comments, wrapped to fit behind the given indentation.
pub(super) fn comment(text: &str, indentation: usize) -> String {
    const WIDTH: usize = 100;
    let margin = format!("{:indentation$}/// ", "");
    let mut lines = String::new();
    for (number, paragraph) in text.split("\n\n").enumerate() {
        if number > 0 {
            lines.push_str(margin.trim_end());
            lines.push('\n');
        }
        let mut line = margin.clone();
        for word in paragraph.split(' ') {
            if line.len() > margin.len() {
                if line.chars().count() + 1 + word.chars().count() > WIDTH {
                    lines.push_str(&line);
                    lines.push('\n');
                    line.clone_from(&margin);
                } else {
                    line.push(' ');
                }
            }
            line.push_str(word);
        }
        lines.push_str(&line);
        lines.push('\n');
    }
    lines
}
