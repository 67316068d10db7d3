//! What is wrong with operations, in the formats of reports: the result of a validation, and what operations cover.

use askama::Template;
use serde::Serialize;
use serde_json::{Value, json};

use crate::coverage::Coverage;
use crate::finding::Finding;
use crate::format::{Format, FormatError};
use crate::printable::printable;
use crate::report::filters;
use crate::report::github::{Annotation, annotate, notice};
use crate::report::junit::{self, Case, Outcome, Suite};
use crate::report::{LONGEST, Page as Markdown, add_list, counted, sarif};

/// The result of a validation.
///
/// ```
/// use graphql_drift::validate::{Source, validate};
/// use graphql_drift::{Format, Validation};
///
/// let schema = Source { path: "a.graphql".to_owned(), text: "type Query { a: Int }".to_owned() };
/// let query = Source { path: "q.graphql".to_owned(), text: "query A { b }".to_owned() };
/// let findings = validate(&schema, &[query]);
/// let validation = Validation { schema: schema.path, documents: 1, findings };
/// assert!(Format::Github.validation(&validation)?.starts_with("::error file=q.graphql,line=1,"));
/// # Ok::<(), graphql_drift::FormatError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Validation {
    /// The name of the schema.
    pub schema: String,
    /// The number of documents that were checked.
    pub documents: usize,
    /// What is wrong with them.
    pub findings: Vec<Finding>,
}

/// Problems in documents, and what is said above them.
struct Problems<'p> {
    /// The schema, or what else they are problems with.
    name: &'p str,
    headline: String,
    findings: &'p [Finding],
    /// Lists with a title, without places.
    lists: Vec<(&'static str, Vec<String>)>,
}

impl Validation {
    fn problems(&self) -> Problems<'_> {
        let documents = counted(self.documents, "document");
        let headline = match self.findings.len() {
            0 if self.documents == 1 => format!("{documents} fits {}", self.schema),
            0 => format!("{documents} fit {}", self.schema),
            some => format!("{} in {documents} against {}", counted(some, "error"), self.schema),
        };
        Problems { name: &self.schema, headline, findings: &self.findings, lists: Vec::new() }
    }
}

impl Coverage {
    fn problems(&self) -> Problems<'_> {
        let types = self.types.iter().filter(|ty| !ty.used.is_empty());
        let types = types.map(|ty| format!("{} `{}`: {} of {}", ty.kind, ty.name, ty.used.len(), ty.members));
        let used = self
            .used_deprecated
            .iter()
            .map(|part| format!("`{}`: {} (used by {})", part.coordinate, part.reason, part.operations.join(", ")));
        let unused = self.unused_deprecated.iter().map(|part| format!("`{}`: {}", part.coordinate, part.reason));
        Problems {
            name: "coverage",
            headline: self.headline(),
            findings: &self.findings,
            lists: vec![
                ("Deprecated and used", used.collect()),
                ("Deprecated and unused", unused.collect()),
                ("Used members by type", types.collect()),
            ],
        }
    }
}

impl Format {
    /// Writes the result of a validation in this format.
    ///
    /// # Errors
    /// If the page cannot be rendered, which no validation should cause.
    pub fn validation(self, validation: &Validation) -> Result<String, FormatError> {
        let problems = validation.problems();
        match self {
            Self::Text => {
                let lines = validation.findings.iter().map(|finding| printable(&finding.to_string()) + "\n");
                let all: String = lines.collect();
                Ok(if all.is_empty() { problems.headline + "\n" } else { all })
            }
            Self::Json => Ok(format!("{:#}\n", json!(validation))),
            other => problems.write(other),
        }
    }

    /// Writes what operations cover in this format. Deprecated members that are used have no place, and are a list.
    ///
    /// # Errors
    /// As for a validation.
    pub fn coverage(self, coverage: &Coverage) -> Result<String, FormatError> {
        match self {
            Self::Text => Ok(coverage.to_string()),
            Self::Json => Ok(coverage.json()),
            other => coverage.problems().write(other),
        }
    }
}

/// The rule that findings break, in SARIF.
const RULE: &str = "INVALID_OPERATION";

impl Problems<'_> {
    fn write(&self, format: Format) -> Result<String, FormatError> {
        match format {
            Format::Text | Format::Json | Format::Markdown => Ok(self.markdown()),
            Format::Github => Ok(self.github()),
            Format::Sarif => Ok(self.sarif()),
            Format::Junit => Ok(self.junit()),
            Format::Html => Page { problems: self }.render().map_err(|error| FormatError::new(format, &error)),
        }
    }

    fn markdown(&self) -> String {
        let mut page = Markdown::new(LONGEST);
        page.add(&format!("**{}**\n", crate::report::escaped(&self.headline)));
        let findings: Vec<String> = self.findings.iter().map(ToString::to_string).collect();
        add_list(&mut page, "Errors", &findings);
        for (title, lines) in &self.lists {
            add_list(&mut page, title, lines);
        }
        page.text
    }

    fn github(&self) -> String {
        let mut out = String::new();
        let errors = self.findings.iter().map(|finding| Annotation {
            file: &finding.path,
            line: Some(finding.line),
            title: "operation".to_owned(),
            text: finding.to_string(),
        });
        annotate(&mut out, "error", errors.collect());
        notice(&mut out, &self.headline);
        out
    }

    fn sarif(&self) -> String {
        let rule = json!({ "id": RULE, "shortDescription": { "text": "operation does not fit the schema" } });
        let results = self.findings.iter().map(|finding| {
            json!({
                "ruleId": RULE,
                "ruleIndex": 0,
                "level": "error",
                "message": { "text": finding.to_string() },
                "locations": [{ "physicalLocation": sarif::place(&finding.path, Some(finding.line)) }],
            })
        });
        sarif::log(self.name, &[rule], &results.collect::<Vec<Value>>())
    }

    fn junit(&self) -> String {
        let mut cases: Vec<Case> = self
            .findings
            .iter()
            .map(|finding| Case {
                name: format!("{}:{}:{}", finding.path, finding.line, finding.column),
                class: finding.path.clone(),
                outcome: Outcome::Failed {
                    kind: "error".to_owned(),
                    message: finding.message.clone(),
                    text: finding.to_string(),
                },
            })
            .collect();
        if cases.is_empty() {
            cases.push(Case { name: self.headline.clone(), class: "operations".to_owned(), outcome: Outcome::Passed });
        }
        junit::write(&[Suite { name: self.name.to_owned(), cases }])
    }
}

#[derive(Template)]
#[template(path = "problems.html")]
struct Page<'p> {
    problems: &'p Problems<'p>,
}
