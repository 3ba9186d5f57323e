//! Lines that fit the width of a terminal.

use terminal_size::{Width, terminal_size_of};

/// No terminal is taken for narrower: the words themselves need some room.
const NARROWEST: usize = 20;

/// The width of the terminal that a stream writes to; none if it writes to none.
#[cfg(unix)]
pub(crate) fn width_of(stream: impl std::os::fd::AsFd) -> Option<usize> {
    terminal_size_of(stream).map(in_columns)
}

#[cfg(windows)]
pub(crate) fn width_of(stream: impl std::os::windows::io::AsHandle) -> Option<usize> {
    terminal_size_of(stream).map(in_columns)
}

fn in_columns((Width(columns), _): (Width, terminal_size::Height)) -> usize {
    usize::from(columns).max(NARROWEST)
}

/// Breaks lines that are too long between words. What goes on is indented to the second column of a table, or a
/// little more than the line. Words stay whole.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| of_line(line, width)).collect();
    lines.join("\n")
}

fn of_line(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let indent = " ".repeat(indent(line, width));
    let start = line.len() - line.trim_start_matches(' ').len();
    let (mut wrapped, rest) = (line[..start].to_owned(), &line[start..]);
    // How much of the line is full, whether by words, and the blanks before the next one.
    let (mut full, mut has_words, mut gap) = (start, false, 0);
    for part in rest.split_inclusive(' ') {
        let word = part.trim_end_matches(' ');
        let length = columns(word);
        if !word.is_empty() {
            if has_words && full + gap + length > width {
                wrapped.push('\n');
                wrapped.push_str(&indent);
                full = indent.len();
            } else {
                wrapped.push_str(&" ".repeat(gap));
                full += gap;
            }
            wrapped.push_str(word);
            full += length;
            (has_words, gap) = (true, 0);
        }
        gap += part.len() - word.len();
    }
    wrapped
}

fn indent(line: &str, width: usize) -> usize {
    let start = line.len() - line.trim_start_matches(' ').len();
    let rest = &line[start..];
    let second = rest.find("  ").map(|end| {
        let blanks = rest[end..].len() - rest[end..].trim_start_matches(' ').len();
        start + columns(&rest[..end]) + blanks
    });
    second
        .filter(|second| *second <= width / 2)
        .unwrap_or((start + 2).min(width / 2))
}

/// How many columns a text takes: colors take none.
fn columns(text: &str) -> usize {
    let mut count = 0;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == '\x1b' {
            // To the end of `ESC [ 31 m`.
            letters.by_ref().find(|letter| *letter == 'm');
        } else {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_go_on_below_their_text() {
        let text = "documents.pdf  The document is a PDF of a version that is taken\nshort";
        let expected = "documents.pdf  The document is\n               a PDF of a\n               version that is\n               taken\nshort";
        assert_eq!(wrapped(text, 30), expected);
        let text = "portal: the job is not known to anybody\n  because: nobody has sent it so far";
        let expected =
            "portal: the job is not known\n  to anybody\n  because: nobody has sent it\n    so far";
        assert_eq!(wrapped(text, 29), expected);
    }

    #[test]
    fn words_stay_whole_and_colors_take_no_room() {
        let url = format!("  at {}", "x".repeat(40));
        assert_eq!(wrapped(&url, 20), format!("  at\n    {}", "x".repeat(40)));
        let painted = "\x1b[32mgood\x1b[0m thing";
        assert_eq!(wrapped(painted, 10), painted);
        assert_eq!(wrapped("", 20), "");
        assert_eq!(wrapped("a  b", 20), "a  b");
    }

    #[test]
    fn nothing_is_lost() {
        let text = "job 5000000001: created  til  kvelden, på Ås — og så videre";
        for width in NARROWEST..70 {
            let wrapped = wrapped(text, width);
            let words: Vec<&str> = wrapped.split_whitespace().collect();
            assert_eq!(words, text.split_whitespace().collect::<Vec<_>>());
            assert!(
                wrapped.lines().all(|line| columns(line) <= width),
                "{wrapped}"
            );
        }
    }
}
