//! What matters of a page of built documentation: its links, its ids, and brackets that became no link.

use std::collections::HashSet;

/// A page, read once.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// Where its links and pictures lead, as written, each once.
    pub(super) links: Vec<String>,
    pub(super) ids: HashSet<String>,
    /// Where a page leads at once that is nothing but a way there.
    pub(super) redirect: Option<String>,
    /// Brackets of links that did not resolve, each once.
    pub(super) brackets: Vec<String>,
}

/// The text of a page outside code blocks and links: `<code>` is a backtick, any other tag nothing.
#[derive(Default)]
struct Prose {
    text: String,
    /// Elements whose text is not read, and that are open.
    hidden: Vec<String>,
}

/// Code blocks and links, whose brackets are their own, and what is no text.
const HIDDEN: &[&str] = &["a", "pre", "script", "style", "title", "template"];

/// Elements that end a run of text.
const BLOCKS: &[&str] = &[
    "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "td", "th", "dt", "dd", "br", "section",
];

/// Where the traits begin that a type implements, or that all types do.
const OTHERS: &[&str] = &[
    "<h2 id=\"trait-implementations\"",
    "<h2 id=\"synthetic-implementations\"",
    "<h2 id=\"blanket-implementations\"",
];

impl Page {
    pub(super) fn parse(html: &str) -> Self {
        let mut page = Self::default();
        // Below, methods of other crates' traits are described in those crates' words.
        let others = OTHERS.iter().filter_map(|heading| html.find(heading)).min();
        let (html, others) = html.split_at(others.unwrap_or(html.len()));
        page.take_ids(others);
        let mut prose = Prose::default();
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            prose.push(&rest[..at]);
            rest = &rest[at..];
            if rest.starts_with("<!--") {
                rest = rest.find("-->").map_or("", |end| &rest[end + 3..]);
                continue;
            }
            let length = tag_length(rest);
            let (tag, after) = rest.split_at(length);
            page.take_attributes(tag);
            prose.tag(tag);
            rest = after;
            // What a script holds is no tag, whatever it looks like.
            if tag.starts_with("<script") || tag.starts_with("<style") {
                let end = if tag.starts_with("<script") {
                    "</script"
                } else {
                    "</style"
                };
                rest = rest.find(end).map_or("", |at| &rest[at..]);
            }
        }
        prose.push(rest);
        page.brackets = brackets(&prose.text);
        page
    }

    fn take_ids(&mut self, html: &str) {
        for (at, _) in html.match_indices(" id=\"") {
            let value = html[at + " id=\"".len()..]
                .split('"')
                .next()
                .unwrap_or_default();
            self.ids.insert(unescape(value));
        }
    }

    fn take_attributes(&mut self, tag: &str) {
        if tag.starts_with("<meta ") {
            let next = tag
                .split_once("0;URL=")
                .and_then(|(_, next)| next.split('"').next());
            self.redirect = self.redirect.take().or(next.map(unescape));
        }
        let is_link = tag.starts_with("<a ") || tag.starts_with("<img ");
        for (name, value) in attributes(tag) {
            match name {
                "href" | "src" if is_link => {
                    let value = unescape(value);
                    if !self.links.contains(&value) {
                        self.links.push(value);
                    }
                }
                "id" | "name" => {
                    self.ids.insert(unescape(value));
                }
                _ => {}
            }
        }
    }
}

impl Prose {
    fn push(&mut self, text: &str) {
        if self.hidden.is_empty() {
            self.text.push_str(&unescape(text));
        }
    }

    fn tag(&mut self, tag: &str) {
        let is_end = tag.starts_with("</");
        let name: String = tag
            .trim_start_matches(['<', '/'])
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if HIDDEN.contains(&name.as_str()) {
            // A link in brackets is one in brackets, not brackets that became no link.
            self.text.push('\n');
            if !is_end {
                self.hidden.push(name);
            } else if let Some(at) = self.hidden.iter().rposition(|open| *open == name) {
                self.hidden.truncate(at);
            }
        } else if self.hidden.is_empty() {
            if name == "code" {
                self.text.push('`');
            } else if BLOCKS.contains(&name.as_str()) {
                self.text.push('\n');
            }
        }
    }
}

fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('>', None) => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

/// The attributes of a tag; a value may be without quotes.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = tag.trim_start_matches(|c: char| c == '<' || c.is_ascii_alphanumeric());
    while let Some(equals) = rest.find('=') {
        let name = rest[..equals]
            .split_whitespace()
            .next_back()
            .unwrap_or_default();
        let value = &rest[equals + 1..];
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find([' ', '>', '\n']).unwrap_or(value.len())),
        };
        found.push((name, value));
        rest = after;
    }
    found
}

fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (escape, sign) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ] {
        if text.contains(escape) {
            text = text.replace(escape, sign);
        }
    }
    text
}

/// Brackets around code, around a path, or after brackets, as a link that did not resolve leaves them.
fn brackets(prose: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut read = 0;
    for (at, _) in prose.match_indices('[') {
        if at < read {
            continue;
        }
        let rest = &prose[at + 1..];
        let Some(end) = rest.find([']', '[', '\n']) else {
            continue;
        };
        let inside = &rest[..end];
        if !rest[end..].starts_with(']') {
            continue;
        }
        let after = &rest[end + 1..];
        let is_code = inside.len() > 2 && inside.starts_with('`') && inside.ends_with('`');
        let is_path = inside.contains("::")
            && inside
                .chars()
                .all(|c| c.is_alphanumeric() || ":_()!<>".contains(c));
        if is_code || is_path || after.starts_with('[') {
            let mut text = format!("[{inside}]");
            if let Some(reference) = after
                .strip_prefix('[')
                .and_then(|rest| rest.split_once(']'))
            {
                text.push_str(&format!("[{}]", reference.0));
            }
            read = at + text.len();
            if !found.contains(&text) {
                found.push(text);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_ids_are_read_with_and_without_quotes() {
        let page = Page::parse(
            "<a class=x href=\"a.html#b&amp;c\">t</a><a href='d'><a href=e id=1 data-x>1</a>\
             <link href=\"f\"><img alt=i src=\"j.png\"><h2 id=\"g\" title=\"a > b\">h</h2><script>\"<a href=no>\"</script><!-- <a href=no> -->",
        );
        assert_eq!(page.links, ["a.html#b&c", "d", "e", "j.png"]);
        assert_eq!(page.ids, HashSet::from(["1".to_owned(), "g".to_owned()]));
    }

    #[test]
    fn of_what_others_implement_only_ids_are_read() {
        let page = Page::parse(
            "<h2>a</h2><h2 id=\"blanket-implementations\" class=\"b\">b</h2>\
             <section id=\"impl-c\">[<code>d</code>] <a href=\"e\">f</a></section>",
        );
        assert!(page.links.is_empty() && page.brackets.is_empty());
        assert!(page.ids.contains("impl-c") && page.ids.contains("blanket-implementations"));
    }

    #[test]
    fn brackets_of_links_that_did_not_resolve_are_found() {
        let page = Page::parse(
            "<p>See [<code>Foo</code>], [a::b()], [the text][crate::Foo] and [`Bar`].</p>\
             <p>A list [0, 1], a [<a href=x><code>Foo</code></a>], <a href=y>[<code>z</code>]</a>, [note]</p>\
             <pre>#[<code>derive</code>] a[`b`]</pre><p><code>x[0]</code> <code>&amp;[u8]</code>\
             <code>[u8][..]</code></p>",
        );
        assert_eq!(
            page.brackets,
            [
                "[`Foo`]",
                "[a::b()]",
                "[the text][crate::Foo]",
                "[`Bar`]",
                "[u8][..]"
            ]
        );
    }
}
