//! Trees for a terminal.

use std::fmt::Write as _;

use graphql_drift::printable;

/// A line with child lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tree {
    label: String,
    below: Vec<Tree>,
}

impl Tree {
    pub(crate) fn new(label: impl Into<String>) -> Self {
        Self { label: label.into(), below: Vec::new() }
    }

    /// Adds a line.
    pub(crate) fn add(&mut self, tree: Self) {
        self.below.push(tree);
    }

    /// Adds a line `name  value`, if there is a value.
    pub(crate) fn fact(&mut self, name: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            self.add(Self::new(format!("{name:<12} {}", value.to_string())));
        }
    }

    /// Adds a heading with lines below it, if there are any.
    pub(crate) fn group(&mut self, heading: &str, lines: impl IntoIterator<Item = Self>) {
        let below: Vec<Self> = lines.into_iter().collect();
        if !below.is_empty() {
            self.add(Self { label: format!("{heading} ({})", below.len()), below });
        }
    }

    pub(crate) fn with(mut self, lines: impl IntoIterator<Item = Self>) -> Self {
        self.below.extend(lines);
        self
    }

    /// The tree as text, one line for each node.
    pub(crate) fn print(&self) -> String {
        let mut out = format!("{}\n", printable(&self.label));
        self.print_below(&mut out, "");
        out
    }

    fn print_below(&self, out: &mut String, indent: &str) {
        for (place, tree) in self.below.iter().enumerate() {
            let is_last = place + 1 == self.below.len();
            let (branch, further) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            // Writing to a string cannot fail.
            _ = writeln!(out, "{indent}{branch}{}", printable(&tree.label));
            tree.print_below(out, &format!("{indent}{further}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_line_up() {
        let mut tree = Tree::new("root");
        tree.group("things", [Tree::new("a").with([Tree::new("b")]), Tree::new("c")]);
        tree.group("nothing", []);
        tree.fact("id", Some("x"));
        tree.fact("absent", None::<String>);
        assert_eq!(tree.print(), "root\n├─ things (2)\n│  ├─ a\n│  │  └─ b\n│  └─ c\n└─ id           x\n");
    }
}
