//! Rows of cells below a heading, from whatever kind of file.

use std::ops::ControlFlow;

use super::EachRow;
use super::attributes::{Attributes, kept};
use super::cells::Cells;
use super::columns::Columns;
use super::heading::{self, Heading, MOST_TITLES};
use crate::config::SyncConfig;
use crate::desired::DesiredUser;

/// What is done with the heading and the rows of a table.
pub(super) trait Consumer {
    /// Takes the heading, or says what is wrong with it.
    fn heading(&mut self, headings: &[String]) -> Result<(), String>;

    /// Takes a row below it.
    fn row(&mut self, number: u64, row: &[String]) -> ControlFlow<()>;
}

/// A row of a file, and where it is.
type Row = (u64, Vec<String>);

/// Finds the heading of a table, and hands over the rows below it.
pub(super) struct Table<'t> {
    config: &'t SyncConfig,
    consumer: &'t mut dyn Consumer,
    around: Around,
    /// The first rows, until the heading among them is known.
    first: Vec<Row>,
    has_begun: bool,
    /// Rows that may be the end of the report, if no others follow.
    footers: Vec<Row>,
}

/// What a table has besides its rows.
#[derive(Debug, Default)]
pub(super) struct Around {
    /// What a row is called: `line`, `row` or `item`.
    pub(super) unit: &'static str,
    /// Where the heading is.
    pub(super) heading: u64,
    /// Where rows are that only count others.
    pub(super) footers: Vec<u64>,
    /// Whether it was no table, but JSON.
    pub(super) is_json: bool,
}

impl<'t> Table<'t> {
    pub(super) fn new(unit: &'static str, config: &'t SyncConfig, consumer: &'t mut dyn Consumer) -> Self {
        let around = Around { unit, ..Around::default() };
        Self { config, consumer, around, first: Vec::new(), has_begun: false, footers: Vec::new() }
    }

    pub(super) fn config(&self) -> &SyncConfig {
        self.config
    }

    /// Takes in the next row.
    pub(super) fn push(&mut self, number: u64, row: Vec<String>) -> Result<ControlFlow<()>, String> {
        if self.has_begun {
            return Ok(self.add(number, row));
        }
        self.first.push((number, row));
        // One row more than may come before the heading, since it may be a double one.
        if self.first.len() > MOST_TITLES { self.begin() } else { Ok(ControlFlow::Continue(())) }
    }

    /// Finds the heading, and hands over what is below it.
    fn begin(&mut self) -> Result<ControlFlow<()>, String> {
        self.has_begun = true;
        let (numbers, rows): (Vec<u64>, Vec<Vec<String>>) = std::mem::take(&mut self.first).into_iter().unzip();
        let Heading { at, is_double, .. } = heading::find(&rows, self.config);
        let (Some(headings), Some(number)) = (rows.get(at), numbers.get(at)) else {
            return Ok(ControlFlow::Continue(()));
        };
        self.around.heading = *number;
        let headings: Vec<String> = headings.iter().map(|heading| heading.trim().to_owned()).collect();
        self.consumer.heading(&headings).map_err(|reason| format!("{} {number}: {reason}", self.around.unit))?;
        for (number, row) in numbers.into_iter().zip(rows).skip(at + 1 + usize::from(is_double)) {
            if self.add(number, row).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Takes in a row below the heading.
    fn add(&mut self, number: u64, row: Vec<String>) -> ControlFlow<()> {
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return ControlFlow::Continue(());
        }
        if heading::is_footer(&row) {
            self.footers.push((number, row));
            return ControlFlow::Continue(());
        }
        // What others follow is a row like them.
        for (number, row) in std::mem::take(&mut self.footers) {
            self.consumer.row(number, &row)?;
        }
        self.consumer.row(number, &row)
    }

    /// What the table had besides its rows.
    pub(super) fn finish(mut self) -> Result<Around, String> {
        if !self.has_begun {
            _ = self.begin()?;
        }
        self.around.footers = self.footers.iter().map(|(number, _)| *number).collect();
        Ok(self.around)
    }
}

/// Makes users of rows.
pub(super) struct Users<'r, 'k> {
    cells: Cells<'r>,
    keep: &'r mut EachRow<'k>,
    columns: Option<Columns>,
    attributes: Attributes<'r>,
}

impl<'r, 'k> Users<'r, 'k> {
    pub(super) fn new(cells: Cells<'r>, keep: &'r mut EachRow<'k>) -> Self {
        Self { cells, keep, columns: None, attributes: Attributes::of(cells.config()) }
    }

    /// A column that looks like a status and is not read.
    pub(super) fn unread_status(self) -> Option<String> {
        self.columns.and_then(|columns| columns.unread_status)
    }

    fn user(&self, columns: &Columns, number: u64, row: &[String]) -> Result<DesiredUser, String> {
        // A row may end before the heading does; what goes on behind it must be empty.
        let (own, behind) = row.split_at(row.len().min(columns.fields.len()));
        if behind.iter().any(|cell| !cell.trim().is_empty()) {
            return Err(format!("the row has {} cells and the heading {} columns", row.len(), columns.fields.len()));
        }
        let mut named = columns.headings.iter().zip(own);
        if let Some(place) = named.position(|(heading, cell)| heading.is_empty() && !cell.trim().is_empty()) {
            return Err(format!("cell {} is in a column without a heading", place + 1));
        }
        let cells = columns.fields.iter().zip(own);
        let cells = cells.filter_map(|(field, text)| Some((field.as_deref()?, text.as_str())));
        let mut user = self.cells.row(number, cells)?;
        let raw = columns.headings.iter().zip(own).map(|(heading, cell)| (heading.as_str(), vec![cell.clone()]));
        let raw: Vec<(&str, Vec<String>)> = raw.collect();
        self.attributes.apply(&self.cells, &mut user, &raw)?;
        user.kept = kept(&self.cells, &raw)?;
        Ok(user)
    }
}

impl Consumer for Users<'_, '_> {
    fn heading(&mut self, headings: &[String]) -> Result<(), String> {
        let columns = Columns::of(headings, self.cells.config())?;
        for name in columns.headings.iter().chain(columns.fields.iter().flatten()) {
            self.attributes.note(name);
        }
        self.columns = Some(columns);
        self.attributes.check()
    }

    fn row(&mut self, number: u64, row: &[String]) -> ControlFlow<()> {
        let Some(columns) = &self.columns else { return ControlFlow::Continue(()) };
        match self.user(columns, number, row) {
            // Cells that say nothing are no user.
            Ok(user) if user.fields.is_empty() && user.disabled.is_none() => ControlFlow::Continue(()),
            user => (self.keep)(number, user),
        }
    }
}
