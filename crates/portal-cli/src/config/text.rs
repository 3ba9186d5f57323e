//! What is wrong with a file of configuration, without the values that it holds.

/// Line and problem. The reader's own message may show a value, such as a password in the wrong place.
pub(super) fn problem(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map_or(0, |span| span.start);
    let line = text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let said = error.message();
    let problem = if let Some(rest) = said.strip_prefix("unknown field `") {
        let (key, rest) = rest.split_once('`').unwrap_or((rest, ""));
        let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
        match nearest(key, known.iter().copied()) {
            Some(nearest) => format!("the key `{key}` is unknown; did you mean `{nearest}`?"),
            None => format!(
                "the key `{key}` is unknown; known are `{}`",
                known.join("`, `")
            ),
        }
    } else if said.starts_with("missing field") || said.starts_with("duplicate") {
        said.to_owned()
    } else if said.starts_with("invalid type") || said.starts_with("unknown variant") {
        let expected = said
            .split_once("expected ")
            .map_or("another value", |(_, rest)| rest);
        format!("this value does not fit; expected {expected}")
    } else if said.starts_with("password:") {
        said.to_owned()
    } else {
        "this is not TOML".to_owned()
    };
    format!("line {line}: {problem}")
}

/// The name that was probably meant.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let normal = name.to_lowercase().replace('_', "-");
    let distance = |known: &str| strsim::damerau_levenshtein(&normal, known);
    known
        .map(|known| (distance(known), known))
        .min()
        .filter(|(distance, known)| *distance <= 2.max(known.len() / 3))
        .map(|(_, known)| known)
}
