//! Texts of documents, and changes of them.

use std::ops::Range;

/// A document that is being mended.
#[derive(Debug, Clone)]
pub(super) struct Document {
    pub(super) path: String,
    pub(super) text: String,
    /// Where each definition is. One that was removed is empty.
    pub(super) definitions: Vec<Range<usize>>,
    /// What was done to it.
    pub(super) changes: Vec<String>,
}

/// A change of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) path: String,
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Document {
    pub(super) fn new(path: String, text: String) -> Self {
        Self { path, text, definitions: Vec::new(), changes: Vec::new() }
    }

    /// Applies changes that were found together. One that is within another has no effect.
    pub(super) fn apply(&mut self, edits: &[&Edit]) {
        let mut edits: Vec<&Edit> = edits.to_vec();
        // From the end, so that the ranges of the others stay right; of two that begin together, the longer one first.
        edits.sort_by_key(|edit| std::cmp::Reverse((edit.range.start, edit.range.end)));
        let is_inner = |edit: &Edit, all: &[&Edit]| {
            all.iter().any(|other| {
                let holds = other.range.start <= edit.range.start && edit.range.end <= other.range.end;
                holds && other.range != edit.range
            })
        };
        let mut last = usize::MAX;
        for edit in &edits {
            // The same change may be asked for twice.
            if edit.range.end > last || is_inner(edit, &edits) || self.text.get(edit.range.clone()).is_none() {
                continue;
            }
            last = edit.range.start;
            self.text.replace_range(edit.range.clone(), &edit.text);
            for definition in &mut self.definitions {
                definition.start = moved(definition.start, edit, false);
                definition.end = moved(definition.end, edit, true);
            }
        }
    }

    /// The text with only these parts; all other letters are blank, so that every place stays the same.
    pub(super) fn only(&self, kept: &[Range<usize>]) -> String {
        let letters = self.text.char_indices().map(|(at, letter)| {
            let is_kept = letter == '\n' || kept.iter().any(|range| range.contains(&at));
            (if is_kept { letter } else { ' ' }, letter.len_utf8() * usize::from(!is_kept))
        });
        let mut out = String::with_capacity(self.text.len());
        for (letter, blank) in letters {
            // As many bytes as before.
            if blank == 0 { out.push(letter) } else { out.extend(std::iter::repeat_n(' ', blank)) }
        }
        out
    }
}

/// An offset after a change.
fn moved(offset: usize, edit: &Edit, is_end: bool) -> usize {
    let Range { start, end } = edit.range;
    if offset <= start {
        return offset;
    }
    if offset >= end {
        return offset - (end - start) + edit.text.len();
    }
    if is_end { start + edit.text.len() } else { start }
}

/// What to remove with an item of a list, a selection or a definition: its lines if it is alone on them, otherwise the
/// separator on one side.
pub(super) fn item(text: &str, range: Range<usize>) -> Range<usize> {
    let is_separator = |letter: char| letter == ',' || letter == ' ' || letter == '\t';
    let Range { start, end } = trimmed(text, range);
    let before = text.get(..start).unwrap_or_default();
    let after = text.get(end..).unwrap_or_default();
    let left = start - before.trim_end_matches(is_separator).len();
    let right = after.len() - after.trim_start_matches(is_separator).len();
    let begins_line = left == start || before.get(..start - left).is_none_or(|rest| rest.ends_with('\n'));
    let rest = after.get(right..).unwrap_or_default();
    let line_end = if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
    if begins_line && (line_end > 0 || rest.is_empty()) {
        return start - left..end + right + line_end;
    }
    // Before a closing bracket or a line end, the separator is the one on the left.
    if line_end > 0 || rest.starts_with([')', '}', ']']) {
        let keeps = usize::from(rest.starts_with('}') && right > 0);
        return start - left..end + right - keeps;
    }
    start..end + right
}

/// A range without separators at its end, which a node may contain.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = text.get(range.clone()).unwrap_or_default();
    let end = range.start + inner.trim_end_matches(|letter: char| letter == ',' || letter.is_whitespace()).len();
    range.start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(text: &str, part: &str) -> String {
        let start = text.find(part).expect("a part");
        let mut document = Document::new("a".to_owned(), text.to_owned());
        let range = item(text, start..start + part.len());
        document.apply(&[&Edit { path: "a".to_owned(), range, text: String::new() }]);
        document.text
    }

    #[test]
    fn an_item_goes_with_its_separator_or_its_lines() {
        for (text, part, left) in [
            ("{ a b c }", "b", "{ a c }"),
            ("{ a b c }", "c", "{ a b }"),
            ("{ a b c }", "a", "{ b c }"),
            ("(x: 1, y: 2, z: 3)", "y: 2", "(x: 1, z: 3)"),
            ("(x: 1, y: 2)", "y: 2", "(x: 1)"),
            ("{\n  a\n  b,\n  c\n}", "b", "{\n  a\n  c\n}"),
            ("{\r\n  a\r\n  b\r\n}", "a", "{\r\n  b\r\n}"),
            ("{\n  a b\n}", "b", "{\n  a\n}"),
            ("fragment A on B { a }", "fragment A on B { a }", ""),
        ] {
            assert_eq!(without(text, part), left, "{text} without {part}");
        }
    }

    #[test]
    fn blanks_keep_every_place() {
        let document = Document::new("a".to_owned(), "é {\n a }\nb".to_owned());
        let only = document.only(&[10..11, 0..0]);
        assert_eq!((only.len(), only.as_str()), (document.text.len(), "    \n    \nb"));
    }

    #[test]
    fn definitions_move_with_the_text() {
        let mut document = Document::new("a".to_owned(), "aaa bbb ccc".to_owned());
        document.definitions = vec![0..3, 4..7, 8..11];
        let edit = |range: Range<usize>, text: &str| Edit { path: "a".to_owned(), range, text: text.to_owned() };
        document.apply(&[&edit(4..8, ""), &edit(5..6, "inner"), &edit(0..1, "xyz")]);
        assert_eq!(document.text, "xyzaa ccc");
        assert_eq!(document.definitions, [0..5, 6..6, 6..9]);
    }
}
