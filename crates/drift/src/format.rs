//! The formats of reports and histories: one row each.

use std::fmt;
use std::str::FromStr;

use crate::history::{self, History};
use crate::options::FormatOptions;
use crate::report::{self, Report};

/// A report that cannot be written in a format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot write the report as {format}: {reason}")]
pub struct FormatError {
    format: Format,
    reason: String,
}

impl FormatError {
    pub(crate) fn new(format: Format, reason: &dyn fmt::Display) -> Self {
        Self { format, reason: reason.to_string() }
    }
}

macro_rules! formats {
    ($($(#[$docs:meta])* $variant:ident $name:literal $report:expr, $history:expr;)*) => {
        /// A format of reports.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Format {
            $($(#[$docs])* $variant,)*
        }

        impl Format {
            /// All formats.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name, such as `markdown`.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Writes a report in this format.
            ///
            /// # Errors
            /// If the format cannot represent a message of the report, such as a control character in XML.
            ///
            /// ```
            /// use graphql_drift::{Format, FormatOptions, Levels, Version, compare};
            ///
            /// let version = Version::read("a.graphql", b"type Query { a: Int }")?;
            /// let report = compare(&version, &version, Levels::Own, None);
            /// let text = Format::Text.report(&report, FormatOptions::default())?;
            /// assert!(text.contains("no changes"));
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            pub fn report(self, report: &Report, options: FormatOptions) -> Result<String, FormatError> {
                let write: ReportWriter = match self {
                    $(Self::$variant => $report,)*
                };
                write(report, options).map_err(|reason| FormatError { format: self, reason })
            }

            /// Writes a history in this format. See [`report`](Self::report).
            ///
            /// # Errors
            /// As for a report.
            pub fn history(self, history: &History, options: FormatOptions) -> Result<String, FormatError> {
                let write: HistoryWriter = match self {
                    $(Self::$variant => $history,)*
                };
                write(history, options).map_err(|reason| FormatError { format: self, reason })
            }
        }
    };
}

type ReportWriter = fn(&Report, FormatOptions) -> Result<String, String>;
type HistoryWriter = fn(&History, FormatOptions) -> Result<String, String>;

formats! {
    /// For a terminal.
    Text "text"
        |report, options| Ok(report::listed_text(report, options.color, options.all)),
        |history, options| Ok(history::text(history, options.color));
    /// One JSON document.
    Json "json" |report, _| Ok(report::json(report)), |history, _| Ok(history::json(history));
    /// For a job summary or an issue.
    Markdown "markdown" |report, _| Ok(report::markdown(report)), |history, _| Ok(history::markdown(history));
    /// Annotations of a workflow of GitHub.
    Github "github"
        |report, options| Ok(report::github(&[report], options.fail_on)),
        |history, options| Ok(report::github(&history.reports(), options.fail_on));
    /// For code scanning.
    Sarif "sarif" |report, _| Ok(report::sarif(&[report])), |history, _| Ok(report::sarif(&history.reports()));
    /// For tools that show test results.
    Junit "junit"
        |report, options| Ok(report::junit(&[report], options.fail_on)),
        |history, options| Ok(report::junit(&history.reports(), options.fail_on));
    /// An HTML page, in one file.
    Html "html"
        |report, _| report::html(report).map_err(|error| error.to_string()),
        |history, _| history::html(history).map_err(|error| error.to_string());
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|format| format.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|format| format.name()).collect();
            format!("`{text}` is not a format of reports; use {}", names.join(", "))
        })
    }
}
