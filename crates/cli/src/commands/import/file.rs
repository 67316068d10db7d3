//! The file of an import: checked as far as that can be done here, and without the rows that a tenant would refuse.

use std::collections::HashSet;
use std::path::Path;

use csv::StringRecord;
use thought_industries::UserFields;

use crate::failure::Failure;
use crate::plan::write_whole;
use crate::roster::is_address;

/// The most rows that a tenant takes (help centre).
const MOST_ROWS: usize = 1_000;

/// What has to be there of everybody (help centre).
const REQUIRED: [&str; 3] = ["email", "firstName", "lastName"];

/// Says in a file of bad rows why each is bad. In a file to import, it says nothing.
const REASON: &str = "reason";

/// A file, checked.
pub(super) struct Checked {
    headings: StringRecord,
    pub(super) good: Vec<StringRecord>,
    /// Rows that a tenant would refuse, or has refused, with the reason.
    pub(super) bad: Vec<(StringRecord, String)>,
}

impl Checked {
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let wrong = |reason: String| Failure::CouldNotRun {
            reason: format!("{}: {reason}", path.display()),
            help: Some("nothing was written; a file has the columns email, firstName and lastName"),
        };
        let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let all = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
        let without_reason = |record: &StringRecord| -> StringRecord {
            let cells = record.iter().enumerate();
            cells.filter(|(place, _)| all.get(*place) != Some(REASON)).map(|(_, cell)| cell).collect()
        };
        let headings = without_reason(&all);
        for required in REQUIRED {
            match headings.iter().filter(|heading| *heading == required).count() {
                1 => {}
                0 => return Err(wrong(format!("line 1: the column {required} is missing"))),
                _ => return Err(wrong(format!("line 1: the column {required} stands there twice"))),
            }
        }
        let known = |heading: &str| {
            UserFields::NAMES.contains(&heading) || matches!(heading, "sendInvite" | "status" | "completionDate")
        };
        if let Some(unknown) = headings.iter().find(|heading| !known(heading)) {
            return Err(wrong(format!("line 1: `{unknown}` is no column of an import")));
        }
        let mut checked = Self { headings, good: Vec::new(), bad: Vec::new() };
        let mut addresses = HashSet::new();
        for record in reader.records() {
            let record = without_reason(&record.map_err(|error| wrong(error.to_string()))?);
            match checked.problem(&record, &mut addresses) {
                Some(reason) => checked.bad.push((record, reason)),
                None => checked.good.push(record),
            }
        }
        if checked.good.len() > MOST_ROWS {
            return Err(wrong(format!(
                "there are {} people, and an import takes {MOST_ROWS}: split the file, or use `ti plan`",
                checked.good.len()
            )));
        }
        Ok(checked)
    }

    /// Why a tenant would refuse a row, or take it for somebody else's.
    fn problem(&self, record: &StringRecord, addresses: &mut HashSet<String>) -> Option<String> {
        if record.len() != self.headings.len() {
            return Some(format!("there are {} cells and {} columns", record.len(), self.headings.len()));
        }
        let cell = |name: &str| {
            let place = self.headings.iter().position(|heading| heading == name)?;
            record.get(place).map(str::trim).filter(|text| !text.is_empty())
        };
        if let Some(missing) = REQUIRED.into_iter().find(|required| cell(required).is_none()) {
            return Some(format!("{missing} is missing"));
        }
        let email = cell("email").unwrap_or_default();
        if !is_address(email) {
            return Some(format!("`{email}` is no e-mail address"));
        }
        (!addresses.insert(email.to_lowercase())).then(|| "a row before this one has the address".to_owned())
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

    /// Takes out the rows that a tenant names in a message, as `row 3: why; row 7: why`, the heading being row 1; how many
    /// these are. What else it may say stands in no document.
    pub(super) fn refuse(&mut self, message: &str) -> usize {
        let named = message.match_indices("row ").filter_map(|(at, row)| {
            let (number, reason) = message.get(at + row.len()..)?.split_once(": ")?;
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
        // It stands first, since a bad row may have any number of cells.
        writer.write_record([REASON].into_iter().chain(&self.headings))?;
        for (record, reason) in &self.bad {
            writer.write_record([reason.as_str()].into_iter().chain(record))?;
        }
        let bytes = writer.into_inner().map_err(|error| Failure::could_not_run(&error))?;
        write_whole(path, &bytes)
    }
}
