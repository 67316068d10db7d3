//! Mends operations that a schema breaks: the smallest changes of their documents with which they are valid again.
//!
//! Operations and fragments that spread each other are mended together; if that is not possible, those that can be mended
//! without the others. Each error has candidates, the
//! smallest first; one is taken if fewer errors are left, and the validator has the last word.

mod edit;
mod groups;
mod hints;
mod propose;
mod report;
mod selections;

use std::collections::HashMap;
use std::ops::Range;

use serde::Serialize;

use crate::Version;
use crate::finding::{Finding, Source};
use crate::operations::Operations;
use crate::rules;
use edit::{Document, Edit};
use groups::{Group, groups};
use hints::Hints;
use propose::{Candidate, Proposal};

/// What mending the documents of operations led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Repair {
    /// The documents that change.
    pub documents: Vec<MendedDocument>,
    /// Operations and fragments that cannot be mended. They stay as they were.
    pub unmended: Vec<Unmended>,
}

/// A document that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MendedDocument {
    /// Its path.
    pub path: String,
    /// What is done to it, in order.
    pub changes: Vec<String>,
    /// Its text before.
    #[serde(skip)]
    pub before: String,
    /// Its text after.
    #[serde(skip)]
    pub after: String,
}

/// Operations and fragments that belong together and cannot be mended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Unmended {
    /// The names of the operations; of the fragments, if no operation is among them.
    pub names: Vec<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Why the first of that cannot be mended.
    pub why: String,
}

/// The most changes that are tried for operations that belong together.
const MOST_TRIALS: usize = 2_000;

/// Mends documents so that their operations fit a schema. The schema that they were written for gives hints: what was
/// renamed, and the reasons of deprecations.
///
/// ```
/// use graphql_drift::repair::repair;
/// use graphql_drift::validate::Source;
/// use graphql_drift::Version;
///
/// let old = Version::read("old.graphql", b"type Query { name: Int @deprecated(reason: \"use `title`\") }")?;
/// let new = Version::read("new.graphql", b"type Query { title: Int }")?;
/// let query = Source { path: "q.graphql".to_owned(), text: "query Q { name }".to_owned() };
/// let repair = repair(Some(&old), &new, &[query]);
/// assert_eq!(repair.documents[0].after, "query Q { name: title }");
/// # Ok::<(), graphql_drift::LoadError>(())
/// ```
pub fn repair(old: Option<&Version>, new: &Version, sources: &[Source]) -> Repair {
    let operations = Operations::parse(sources);
    let hints = Hints::of(old, new);
    let mut workshop = Workshop {
        new,
        hints: &hints,
        documents: sources.iter().map(|source| Document::new(source.path.clone(), source.text.clone())).collect(),
    };
    let mut unmended = Vec::new();
    for group in groups(&operations, &mut workshop.documents) {
        unmended.extend(workshop.mend(&group));
    }
    unmended.extend(unparsed(&operations));
    let documents =
        workshop.documents.into_iter().zip(sources).filter(|(document, source)| document.text != source.text);
    let documents = documents.map(|(document, source)| MendedDocument {
        path: document.path,
        changes: document.changes,
        before: source.text.clone(),
        after: document.text,
    });
    Repair { documents: documents.collect(), unmended }
}

/// Documents that do not parse, one by one.
fn unparsed(operations: &Operations) -> Vec<Unmended> {
    let mut found: Vec<Unmended> = Vec::new();
    for finding in &operations.findings {
        let of_file = found.iter_mut().find(|other| other.names.first() == Some(&finding.path));
        match of_file {
            Some(other) => other.findings.push(finding.clone()),
            None => found.push(Unmended {
                names: vec![finding.path.clone()],
                findings: vec![finding.clone()],
                why: "the document does not parse".to_owned(),
            }),
        }
    }
    found
}

/// The documents in their current state.
struct Workshop<'n> {
    new: &'n Version,
    hints: &'n Hints,
    documents: Vec<Document>,
}

/// Whether a hint may lead to more errors for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Strategy {
    /// A rename may uncover errors below it, which are mended next.
    TrustHints,
    /// Every step leaves fewer errors.
    OnlyFewer,
}

impl Workshop<'_> {
    /// Mends a group. Of operations that cannot be mended together, those are that can be mended without the others.
    fn mend(&mut self, group: &Group) -> Vec<Unmended> {
        let Err(whole) = self.mend_whole(group) else { return Vec::new() };
        let (able, unable): (Vec<usize>, Vec<usize>) =
            group.operations().partition(|operation| self.without_change(&group.only(&[*operation])));
        if able.is_empty() || unable.is_empty() || self.mend_whole(&group.only(&able)).is_err() {
            return vec![whole];
        }
        let mut mended = able;
        let mut left = Vec::new();
        for operation in unable {
            let before = self.documents.clone();
            // With the fragments as they are now, it may be possible, unless it breaks one that was mended.
            let done = self.mend_whole(&group.only(&[operation]));
            let together = [&mended[..], &[operation]].concat();
            match done {
                Ok(()) if self.check(&group.only(&together), &self.documents).1.is_empty() => mended = together,
                Ok(()) => {
                    self.documents = before;
                    let findings = self.check(&group.only(&[operation]), &self.documents).1;
                    let names = group.only(&[operation]).names();
                    left.push(Unmended {
                        names,
                        findings,
                        why: "it would break an operation with the same fragment".to_owned(),
                    });
                }
                Err(error) => left.push(error),
            }
        }
        left
    }

    /// Whether a group can be mended. Nothing changes.
    fn without_change(&mut self, group: &Group) -> bool {
        let before = self.documents.clone();
        let is_mended = self.mend_whole(group).is_ok();
        self.documents = before;
        is_mended
    }

    /// Mends a group. If that is not possible, nothing changes.
    fn mend_whole(&mut self, group: &Group) -> Result<(), Unmended> {
        let before = self.documents.clone();
        let mut why = String::new();
        for strategy in [Strategy::TrustHints, Strategy::OnlyFewer] {
            match self.attempt(group, strategy) {
                Ok(()) => return Ok(()),
                Err(reason) => why = reason,
            }
            self.documents.clone_from(&before);
        }
        let findings = self.check(group, &self.documents).1;
        Err(Unmended { names: group.names(), findings, why })
    }

    /// Takes one candidate after the other until no error is left; returns why that is not possible.
    fn attempt(&mut self, group: &Group, strategy: Strategy) -> Result<(), String> {
        let mut trials = 0;
        loop {
            let (operations, findings) = self.check(group, &self.documents);
            if findings.is_empty() {
                return Ok(());
            }
            let proposals = propose::all(&self.new.schema, self.hints, &operations);
            let mut step = None;
            'findings: for finding in &findings {
                for proposal in proposals.iter().filter(|proposal| proposal.is_at(finding)) {
                    for candidate in &proposal.candidates {
                        trials += 1;
                        if trials > MOST_TRIALS {
                            return Err("too many changes would be needed".to_owned());
                        }
                        if let Some(documents) = self.tried(group, candidate, (finding, &findings), strategy) {
                            step = Some(documents);
                            break 'findings;
                        }
                    }
                }
            }
            drop(operations);
            match step {
                Some(documents) => self.documents = documents,
                None => return Err(reason(&findings, &proposals)),
            }
        }
    }

    /// The documents with a candidate, if it helps.
    fn tried(
        &self,
        group: &Group,
        candidate: &Candidate,
        (finding, findings): (&Finding, &[Finding]),
        strategy: Strategy,
    ) -> Option<Vec<Document>> {
        let mut documents = self.documents.clone();
        let mut by_path: HashMap<&str, Vec<&Edit>> = HashMap::new();
        for edit in &candidate.edits {
            by_path.entry(&edit.path).or_default().push(edit);
        }
        for document in &mut documents {
            if let Some(edits) = by_path.get(document.path.as_str()) {
                document.apply(edits);
            }
        }
        let document = documents.iter_mut().find(|document| document.path == finding.path)?;
        document.changes.push(format!("line {}: {}", finding.line, candidate.what));
        let (operations, left) = self.check(group, &documents);
        let is_trusted = strategy == Strategy::TrustHints && candidate.is_hinted;
        let is_gone = !left.iter().any(|other| other.message == finding.message && other.line == finding.line);
        let helps = weight(&left) < weight(findings) || (is_trusted && is_gone && operations.findings.is_empty());
        helps.then_some(documents)
    }

    /// The operations of a group, with everything around them blank, and what is wrong with them.
    fn check(&self, group: &Group, documents: &[Document]) -> (Operations, Vec<Finding>) {
        let mut of_documents: HashMap<usize, Vec<usize>> = HashMap::new();
        for (document, definition) in group.places() {
            of_documents.entry(document).or_default().push(definition);
        }
        let sources = documents.iter().enumerate().filter_map(|(at, document)| {
            let kept: Vec<Range<usize>> =
                of_documents.get(&at)?.iter().filter_map(|index| document.definitions.get(*index)).cloned().collect();
            Some(Source { path: document.path.clone(), text: document.only(&kept) })
        });
        let sources: Vec<Source> = sources.filter(|source| !source.text.trim().is_empty()).collect();
        let operations = Operations::parse(&sources);
        let mut findings = operations.findings.clone();
        findings.extend(rules::check(&self.new.schema, &operations).findings);
        (operations, findings)
    }
}

/// How bad findings are: a variable that is not used any more, since its argument is gone, is mended next.
fn weight(findings: &[Finding]) -> (usize, usize) {
    let faults = findings.iter().filter(|finding| !rules::is_unused(finding)).count();
    (faults, findings.len())
}

/// Why nothing helps against the first finding for which nothing helps.
fn reason(findings: &[Finding], proposals: &[Proposal]) -> String {
    let mut whys = findings.iter().flat_map(|finding| proposals.iter().filter(|proposal| proposal.is_at(finding)));
    let why = whys.find_map(|proposal| proposal.why);
    why.unwrap_or("no small change makes it valid").to_owned()
}
