//! What was mended, as a diff, JSON, Markdown or annotations.

use serde_json::{Value, json};
use similar::{DiffTag, TextDiff};

use super::{MendedDocument, Repair, Unmended};
use crate::format::{Format, FormatError};
use crate::report::github::{Annotation, annotate, notice};
use crate::report::{LONGEST, Page, add_list, counted};

impl MendedDocument {
    /// The changes as a unified diff, which `git apply` and `patch -p1` take.
    pub fn diff(&self) -> String {
        let path = self.path.replace('\\', "/");
        let path = path.trim_start_matches("./").trim_start_matches('/');
        let diff = TextDiff::from_lines(&self.before, &self.after);
        diff.unified_diff().header(&format!("a/{path}"), &format!("b/{path}")).to_string()
    }

    /// Each replaced run of lines, in the form in which code hosts take a suggestion: the first and the last line before,
    /// and what to write instead.
    fn suggestions(&self) -> Vec<Value> {
        let diff = TextDiff::from_lines(&self.before, &self.after);
        let new: Vec<&str> = self.after.split_inclusive('\n').collect();
        let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
        let suggestion = |op: &similar::DiffOp| {
            let (old, lines) = (op.old_range(), new.get(op.new_range()).unwrap_or_default().concat());
            // Lines that are only added are a suggestion for the line before them, which stays.
            let (first, last, lines) = if old.is_empty() {
                let kept = self.before.split_inclusive('\n').nth(old.start.saturating_sub(1)).unwrap_or_default();
                (old.start.max(1), old.start.max(1), format!("{kept}{lines}"))
            } else {
                (old.start + 1, old.end, lines)
            };
            // A fence that is longer than any in the text.
            let fence = "`".repeat(4);
            let body = format!(
                "{fence}suggestion\n{lines}{}{fence}\n",
                if lines.ends_with('\n') || lines.is_empty() { "" } else { "\n" }
            );
            json!({ "path": self.path, "start_line": first, "line": last, "body": body })
        };
        changed.map(suggestion).collect()
    }
}

impl Unmended {
    /// What cannot be mended, and why, in one line.
    pub fn message(&self) -> String {
        let first = self.findings.first().map(ToString::to_string).unwrap_or_default();
        let more = match self.findings.len() {
            0 | 1 => String::new(),
            some => format!(" (and {})", counted(some - 1, "more error")),
        };
        format!("{} cannot be mended: {first}{more}: {}", self.names.join(", "), self.why)
    }
}

impl Repair {
    /// A one-sentence summary.
    pub fn headline(&self) -> String {
        if self.documents.is_empty() && self.unmended.is_empty() {
            return "all operations fit".to_owned();
        }
        let left = match self.unmended.len() {
            0 => String::new(),
            some => format!("; {some} cannot be mended"),
        };
        format!("{} mended{left}", counted(self.documents.len(), "document"))
    }
}

impl Format {
    /// Writes what was mended: as a diff (`text`), with suggestions for code review (`json`), as Markdown or as annotations.
    ///
    /// # Errors
    /// For the other formats, which are about changes of schemas.
    pub fn repair(self, repair: &Repair) -> Result<String, FormatError> {
        match self {
            Self::Text => Ok(repair.documents.iter().map(MendedDocument::diff).collect()),
            Self::Json => {
                let documents = repair.documents.iter().map(|document| {
                    json!({ "path": document.path, "changes": document.changes, "suggestions": document.suggestions() })
                });
                let documents: Vec<Value> = documents.collect();
                Ok(format!("{:#}\n", json!({ "documents": documents, "unmended": repair.unmended })))
            }
            Self::Markdown => Ok(markdown(repair)),
            Self::Github => Ok(github(repair)),
            Self::Sarif | Self::Junit | Self::Html => {
                Err(FormatError::new(self, &"mended documents are written as text, json, markdown or github"))
            }
        }
    }
}

fn markdown(repair: &Repair) -> String {
    let mut page = Page::new(LONGEST);
    page.add(&format!("## {}\n", repair.headline()));
    for document in &repair.documents {
        add_list(&mut page, &document.path, &document.changes);
        page.add(&format!("\n````diff\n{}````\n", document.diff()));
    }
    let unmended: Vec<String> = repair.unmended.iter().map(Unmended::message).collect();
    add_list(&mut page, "Cannot be mended", &unmended);
    page.text
}

fn github(repair: &Repair) -> String {
    let mut out = String::new();
    let unmended = repair.unmended.iter().filter_map(|unmended| {
        let first = unmended.findings.first()?;
        let (file, line, text) = (first.path.as_str(), Some(first.line), unmended.message());
        Some(Annotation { file, line, title: "operation".to_owned(), text })
    });
    annotate(&mut out, "error", unmended.collect());
    let mended = repair.documents.iter().flat_map(|document| {
        document.changes.iter().map(move |text| Annotation {
            file: &document.path,
            line: text.split([' ', ':']).nth(1).and_then(|line| line.parse().ok()),
            title: "can be mended".to_owned(),
            text: text.clone(),
        })
    });
    annotate(&mut out, "warning", mended.collect());
    notice(&mut out, &repair.headline());
    out
}
