//! The file of an import: checked locally, and without the rows that a tenant would refuse.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use csv::StringRecord;
use graphql_drift::printable;
use serde_json::Value;
use thought_industries::UserFields;
use thought_industries_provision::{DesiredUser, SyncConfig, is_email, read_small, sheet, write_atomically};

use crate::commands::plan;
use crate::failure::Failure;

/// The maximum number of rows of an import (help center).
const MOST_ROWS: usize = 1_000;

/// The most bytes of a file: a thousand rows have far fewer.
const LARGEST: u64 = 64 << 20;

/// The columns that are required in every row (help center).
const REQUIRED: [&str; 3] = ["email", "firstName", "lastName"];

/// The column with the reason in a file of bad rows. In a file to import, it is ignored.
const REASON: &str = "reason";

/// A file, checked.
pub(super) struct Checked {
    headings: StringRecord,
    pub(super) good: Vec<StringRecord>,
    /// Rows that a tenant would refuse, or has refused, with the reason.
    pub(super) bad: Vec<(StringRecord, String)>,
}

impl Checked {
    /// Reads a CSV file with the headings of an import, or with a configuration any roster.
    pub(super) fn read(path: &Path, config: Option<&SyncConfig>) -> Result<Self, Failure> {
        let wrong = |reason: String| Failure::CouldNotRun {
            reason: format!("{}: {reason}", path.display()),
            help: Some("nothing was written; the file needs the columns email, firstName and lastName"),
        };
        let (headings, records) = match config {
            Some(config) => of_roster(path, config)?,
            None => of_table(path).map_err(wrong)?,
        };
        for required in REQUIRED {
            match headings.iter().filter(|heading| *heading == required).count() {
                1 => {}
                0 => return Err(wrong(format!("line 1: the column {required} is missing"))),
                _ => return Err(wrong(format!("line 1: the column {required} is a duplicate"))),
            }
        }
        let known = |heading: &str| {
            UserFields::spec(heading).is_some() || matches!(heading, "sendInvite" | "status" | "completionDate")
        };
        if let Some(unknown) = headings.iter().find(|heading| !known(heading)) {
            return Err(wrong(format!("line 1: `{unknown}` is not a column of an import")));
        }
        let mut checked = Self { headings, good: Vec::new(), bad: Vec::new() };
        let mut addresses = HashSet::new();
        for record in records {
            match checked.problem(&record, &mut addresses) {
                Some(reason) => checked.bad.push((record, reason)),
                None => checked.good.push(record),
            }
        }
        // Bad rows are not sent, so that they do not count.
        if checked.good.len() > MOST_ROWS {
            return Err(wrong(format!(
                "the file has {} users, and an import takes at most {MOST_ROWS}: split the file, or use `ti plan`",
                checked.good.len()
            )));
        }
        Ok(checked)
    }

    /// Why a tenant would refuse a row, or attribute it to another user.
    fn problem(&self, record: &StringRecord, addresses: &mut HashSet<String>) -> Option<String> {
        if record.len() != self.headings.len() {
            return Some(format!("the row has {} cells and the heading {} columns", record.len(), self.headings.len()));
        }
        let cell = |name: &str| {
            let place = self.headings.iter().position(|heading| heading == name)?;
            record.get(place).map(str::trim).filter(|text| !text.is_empty())
        };
        if let Some(missing) = REQUIRED.into_iter().find(|required| cell(required).is_none()) {
            return Some(format!("{missing} is missing"));
        }
        let email = cell("email").unwrap_or_default();
        if !is_email(email) {
            return Some(format!("`{email}` is not an e-mail address"));
        }
        // Addresses are not case-sensitive, so that both rows would be about one user.
        (!addresses.insert(email.to_lowercase())).then(|| "an earlier row has the same address".to_owned())
    }

    /// The file without its bad rows.
    pub(super) fn text(&self) -> Result<Vec<u8>, Failure> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.headings)?;
        for record in &self.good {
            writer.write_record(record)?;
        }
        writer.into_inner().map_err(|error| Failure::could_not_run(&error))
    }

    /// Moves the rows that a message of the tenant names to the bad rows, and returns their number. The message has
    /// the form `row 3: why; row 7: why`, with the heading as row 1; no document describes another form.
    pub(super) fn refuse(&mut self, message: &str) -> usize {
        let named = message.match_indices("row ").filter_map(|(at, row)| {
            let (number, reason) = message.get(at + row.len()..)?.split_once(": ")?;
            // A reason may contain a semicolon itself.
            let reason = reason.split("; row ").next().unwrap_or(reason);
            Some((number.parse::<usize>().ok()?.checked_sub(2)?, reason.to_owned()))
        });
        let before = self.bad.len();
        let named = named.filter_map(|(place, reason)| Some((self.good.get(place)?.clone(), reason)));
        self.bad.extend(named);
        self.bad.len() - before
    }

    pub(super) fn write_bad(&self, path: &Path) -> Result<(), Failure> {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        // The reason comes first, since a bad row may have any number of cells.
        writer.write_record([REASON].into_iter().chain(&self.headings))?;
        for (record, reason) in &self.bad {
            // The file is opened in a spreadsheet to correct it.
            let cells = [reason.as_str()].into_iter().chain(record);
            writer.write_record(cells.map(|cell| sheet::escape(cell).into_owned()))?;
        }
        let bytes = writer.into_inner().map_err(|error| Failure::could_not_run(&error))?;
        Ok(write_atomically(path, &bytes)?)
    }
}

/// The heading and the rows of a CSV file, without the reasons of an earlier import.
fn of_table(path: &Path) -> Result<(StringRecord, Vec<StringRecord>), String> {
    let bytes = read_small(path, LARGEST).map_err(|error| error.to_string())?;
    // Some programs write a byte order mark, which would become part of the first heading.
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    // A row with a wrong number of cells is set aside, and the others are imported.
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let all = reader.headers().map_err(|error| error.to_string())?.clone();
    let without_reason = |record: &StringRecord| -> StringRecord {
        let cells = record.iter().enumerate();
        cells.filter(|(place, _)| all.get(*place) != Some(REASON)).map(|(_, cell)| sheet::unescape(cell)).collect()
    };
    let records = reader.records().map(|record| record.map(|record| without_reason(&record)));
    let records = records.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    Ok((without_reason(&all), records))
}

/// The same of a roster. Users who are disabled, or start later, are left out: an import would create them active.
fn of_roster(path: &Path, config: &SyncConfig) -> Result<(StringRecord, Vec<StringRecord>), Failure> {
    let roster = plan::read(path, config)?;
    for note in roster.notes() {
        eprintln!("{}: {}", path.display(), printable(note));
    }
    let users = roster.users().collect::<Result<Vec<DesiredUser>, _>>()?;
    let (users, others): (Vec<_>, Vec<_>) =
        users.into_iter().partition(|user| user.disabled != Some(true) && user.starts.is_none());
    if !others.is_empty() {
        eprintln!("{} rows are left out: their users are disabled, or start later", others.len());
    }
    let own: BTreeSet<&str> = users.iter().flat_map(|user| user.fields.keys()).map(String::as_str).collect();
    let headings: Vec<&str> =
        REQUIRED.into_iter().chain(own.into_iter().filter(|name| !REQUIRED.contains(name))).collect();
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(";"),
        Some(other) => other.to_string(),
    };
    let records = users.iter().map(|user| headings.iter().map(|name| cell(user.fields.get(*name))).collect());
    Ok((headings.iter().copied().collect(), records.collect()))
}
