//! An HTML page: one file, without external resources. Its one script searches the changes.

use std::collections::BTreeMap;
use std::fmt;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::{Report, groups};
use crate::change::Change;
use crate::effect::{Impact, Status};
use crate::kind::Kind;
use crate::level::Level;

/// The version in the footer.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The script that searches.
const SCRIPT: &str = include_str!("../../templates/report.js");

/// The most causes shown for each operation; all changes are listed below.
const MOST_CAUSES: usize = 5;

/// Formats a report as an HTML page.
///
/// # Errors
/// If the template cannot be rendered, which no report should cause.
pub fn html(report: &Report) -> Result<String, fmt::Error> {
    let operations: Vec<Operation<'_>> = report
        .operations
        .iter()
        .filter(|operation| operation.status != Status::Unaffected)
        .map(|impact| Operation::new(report, impact))
        .collect();
    let groups: Vec<Group<'_>> = groups(report)
        .into_iter()
        .map(|group| Group {
            name: group.name,
            open: group.count(Level::Breaking) > 0,
            breaking: group.count(Level::Breaking),
            dangerous: group.count(Level::Dangerous),
            safe: group.count(Level::Safe),
            of_new: group.of_new.len(),
            changes: group.changes,
        })
        .collect();
    let unaffected = report.operations.len() - operations.len();
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    // Those within something new are only counted, and cannot be hidden one by one.
    for change in groups.iter().flat_map(|group| &group.changes) {
        *kinds.entry(change.kind).or_default() += 1;
    }
    let script_hash = STANDARD.encode(Sha256::digest(SCRIPT));
    Page { report, operations, unaffected, groups, kinds, script: SCRIPT, script_hash }.render().map_err(|_| fmt::Error)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'r> {
    report: &'r Report,
    operations: Vec<Operation<'r>>,
    unaffected: usize,
    groups: Vec<Group<'r>>,
    /// The kinds of the changes that are listed, with their number.
    kinds: BTreeMap<Kind, usize>,
    script: &'static str,
    /// The hash by which the page allows the script, and no other one.
    script_hash: String,
}

struct Operation<'r> {
    impact: &'r Impact,
    class: &'static str,
    causes: Vec<&'r Change>,
    more: usize,
}

impl<'r> Operation<'r> {
    fn new(report: &'r Report, impact: &'r Impact) -> Self {
        let of = |other: &Impact| other.declared_in == impact.declared_in && other.status == impact.status;
        let mut causes: Vec<&Change> =
            report.changes.iter().filter(|change| change.operations.iter().any(of)).collect();
        let more = causes.len().saturating_sub(MOST_CAUSES);
        causes.truncate(MOST_CAUSES);
        Self { impact, class: status_class(impact.status), causes, more }
    }
}

struct Group<'r> {
    name: &'r str,
    open: bool,
    breaking: usize,
    dangerous: usize,
    safe: usize,
    of_new: usize,
    changes: Vec<&'r Change>,
}

/// The CSS class of a status: that of the corresponding level.
fn status_class(status: Status) -> &'static str {
    match status {
        Status::Broken => "breaking",
        Status::PotentiallyAffected => "dangerous",
        Status::Unaffected => "safe",
    }
}

/// Filters for the templates.
#[allow(
    unreachable_pub,
    clippy::inline_always,
    clippy::trivially_copy_pass_by_ref,
    clippy::unnecessary_wraps,
    reason = "so askama writes and calls filters"
)]
pub(crate) mod filters {
    use std::fmt::{self, Write as _};

    use askama::filters::Safe;

    use crate::change::{Change, Side};
    use crate::effect::Status;
    use crate::renames::Rename;

    /// Text with backticks rendered as code.
    #[askama::filter_fn]
    pub(crate) fn code(text: impl fmt::Display, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
        let mut out = String::new();
        for (index, piece) in text.to_string().split('`').enumerate() {
            // askama does not escape a `Safe` result, so each piece is escaped here.
            let piece = askama::filters::escape(piece, askama::filters::Html)?;
            if index % 2 == 0 { write!(out, "{piece}")? } else { write!(out, "<code>{piece}</code>")? }
        }
        Ok(Safe(out))
    }

    #[askama::filter_fn]
    pub(crate) fn rename(rename: &Rename, _: &dyn askama::Values) -> askama::Result<String> {
        Ok(match rename {
            Rename::To(name) => format!("likely renamed to {name}"),
            Rename::From(name) => format!("likely rename of {name}"),
        })
    }

    #[askama::filter_fn]
    pub(crate) fn status_class(status: &Status, _: &dyn askama::Values) -> askama::Result<&'static str> {
        Ok(super::status_class(*status))
    }

    /// The lines of a change, if they are known.
    #[askama::filter_fn]
    pub(crate) fn lines(change: &Change, _: &dyn askama::Values) -> askama::Result<String> {
        let line = |side: &Option<Side>| side.as_ref().and_then(|side| side.line);
        Ok(match (line(&change.old), line(&change.new)) {
            (Some(old), Some(new)) => format!("line {old} → {new} · "),
            (Some(old), None) => format!("line {old} in the old version · "),
            (None, Some(new)) => format!("line {new} in the new version · "),
            (None, None) => String::new(),
        })
    }
}
