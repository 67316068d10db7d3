//! How far an export is: everything that is needed to continue it, and to prove that nothing is missing.

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::digest::IdDigest;
use crate::error::{Error, ErrorKind};
use crate::manifest::Report;
use crate::selection::SelectionRecord;
use crate::usage::UsageCounts;
use crate::walk::Walk;

/// The version of checkpoints and manifests.
pub(crate) const FORMAT_VERSION: u32 = 1;

/// How far an export is. A sink keeps it together with the rows that it covers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    pub(crate) format_version: u32,
    pub(crate) run_id: String,
    /// The address of the tenant.
    pub(crate) tenant: String,
    pub(crate) selection: SelectionRecord,
    pub(crate) started_at: Date,
    /// The time of earlier sessions.
    pub(crate) elapsed_ms: i64,
    pub(crate) usage: UsageCounts,
    /// The lists, in the order in which they are read.
    pub(crate) walks: Vec<ListState>,
    /// What was written to each output.
    pub(crate) outputs: Vec<OutputState>,
    /// The entries whose hashes the sink keeps.
    pub(crate) seen: u64,
    pub(crate) rejects: u64,
    /// Lengths of files, as the sink needs them.
    pub(crate) lengths: Vec<u64>,
    /// The result, once everything was read.
    pub(crate) report: Option<Report>,
}

/// A list, by the name of its source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListState {
    pub(crate) source: String,
    pub(crate) walk: Walk,
}

/// What was written to an output.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputState {
    pub(crate) rows: u64,
    pub(crate) ids: IdDigest,
}

impl Checkpoint {
    /// Reads a checkpoint as a sink has kept it.
    ///
    /// # Errors
    /// If it is none, or another version has written it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Version {
            format_version: u32,
        }
        let unusable = |message: String| Error::new(ErrorKind::Checkpoint, message).with_help(AGAIN);
        let version: Version =
            serde_json::from_str(text).map_err(|error| unusable(format!("the checkpoint is not readable: {error}")))?;
        if version.format_version != FORMAT_VERSION {
            let message = format!(
                "the checkpoint has version {}, and this program writes version {FORMAT_VERSION}",
                version.format_version
            );
            return Err(unusable(message));
        }
        serde_json::from_str(text).map_err(|error| unusable(format!("the checkpoint is not readable: {error}")))
    }

    /// The report, once everything was read.
    pub fn report(&self) -> Option<&Report> {
        self.report.as_ref()
    }

    /// Refuses a checkpoint of another export.
    pub(crate) fn check(&self, tenant: &str, selection: &SelectionRecord) -> Result<(), Error> {
        let differs = |what: String, help| Err(Error::new(ErrorKind::Checkpoint, what).with_help(help));
        if self.tenant != tenant {
            let message = format!("the export that was begun is of {}, and not of {tenant}", self.tenant);
            return differs(message, "name that tenant to continue it, or give another file");
        }
        if self.selection == *selection {
            return Ok(());
        }
        let (begun, asked) = (&self.selection, selection);
        let message = if begun.what != asked.what || begun.deep != asked.deep {
            let name = |own: &SelectionRecord| format!("{}{}", own.what, if own.deep { ", deep" } else { "" });
            format!("the export that was begun is of {}, and not of {}", name(begun), name(asked))
        } else if begun.role != asked.role {
            let name = |own: &Option<String>| own.clone().unwrap_or_else(|| "all roles".to_owned());
            format!("the export that was begun is of {}, and not of {}", name(&begun.role), name(&asked.role))
        } else if begun.pseudonym_key != asked.pseudonym_key || begun.pseudonyms != asked.pseudonyms {
            "the export that was begun has other pseudonyms, or another key of them".to_owned()
        } else {
            "the export that was begun has other columns".to_owned()
        };
        differs(message, "continue it with the arguments that it was begun with, or give another file")
    }
}

pub(crate) const AGAIN: &str = "remove the unfinished export and begin again, or give another file";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection::Selection;

    fn checkpoint(selection: &Selection) -> Checkpoint {
        Checkpoint {
            format_version: FORMAT_VERSION,
            run_id: "run".into(),
            tenant: "https://acme.example/".into(),
            selection: selection.record(),
            started_at: Date::now(),
            elapsed_ms: 0,
            usage: UsageCounts::default(),
            walks: Vec::new(),
            outputs: Vec::new(),
            seen: 0,
            rejects: 0,
            lengths: Vec::new(),
            report: None,
        }
    }

    #[test]
    fn a_checkpoint_of_another_export_is_refused() {
        let users = || Selection::of("users").expect("a stream");
        let own = checkpoint(&users());
        let check = |tenant: &str, selection: Selection| {
            own.check(tenant, &selection.record()).err().map(|error| error.to_string())
        };
        let acme = "https://acme.example/";
        assert_eq!(check(acme, users()), None);
        let other = "the export that was begun is of";
        assert_eq!(
            check("https://b.example/", users()),
            Some(format!("{other} {acme}, and not of https://b.example/"))
        );
        let deep = users().deep(true).expect("deep");
        assert_eq!(check(acme, deep), Some(format!("{other} users, and not of users, deep")));
        assert_eq!(
            check(acme, Selection::of("all").expect("all")),
            Some(format!("{other} users, and not of all, deep"))
        );
        let role = users().role("learner").expect("a role");
        assert_eq!(check(acme, role), Some(format!("{other} all roles, and not of learner")));
        let columns = users().columns(["email"]).expect("a column");
        assert_eq!(check(acme, columns).as_deref(), Some("the export that was begun has other columns"));
        let pseudonyms = crate::Pseudonyms::new("0123456789abcdef", ["email"]).expect("a key");
        let pseudonyms = users().pseudonyms(pseudonyms).expect("a column");
        let expected = "the export that was begun has other pseudonyms, or another key of them";
        assert_eq!(check(acme, pseudonyms).as_deref(), Some(expected));
    }

    #[test]
    fn a_checkpoint_of_another_version_is_refused() {
        let text = serde_json::to_string(&checkpoint(&Selection::of("clients").expect("a stream"))).expect("JSON");
        assert!(Checkpoint::parse(&text).is_ok());
        let newer = text.replace("\"format_version\":1", "\"format_version\":2");
        let error = Checkpoint::parse(&newer).expect_err("newer");
        assert_eq!(error.to_string(), "the checkpoint has version 2, and this program writes version 1");
        for wrong in ["", "{}", "[1]", &text[..text.len() / 2]] {
            let error = Checkpoint::parse(wrong).expect_err(wrong).to_string();
            assert!(error.starts_with("the checkpoint is not readable"), "{error}");
        }
    }
}
