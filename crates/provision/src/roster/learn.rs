//! What the columns of an export are, found out from their headings and cells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read;
use std::ops::ControlFlow;

use futures::TryStreamExt as _;
use jiff::fmt::strtime;
use thought_industries::Client;
use thought_industries::model::User;

use super::columns::{END, START};
use super::names::normal;
use super::systems::{self, SYSTEMS, System};
use super::table::Consumer;
use super::{Roster, clean, is_email, notes, source, text, wrong};
use crate::config::SyncConfig;
use crate::desired::MatchBy;
use crate::error::Error;
use crate::plan::STATUS;

/// How many different words of a column are kept.
const MOST_WORDS: usize = 40;

/// The ways to write a date that are recognized, in the notation of strftime.
const DATES: [&str; 12] = [
    "%Y-%m-%d",
    "%d.%m.%Y",
    "%m/%d/%Y",
    "%d/%m/%Y",
    "%Y/%m/%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%b %d, %Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y%m%d",
    "%d.%m.%y",
];

/// Words for a status in any system. A leave of absence is for the company to decide.
const ACTIVE: &[&str] =
    &["active", "aktiv", "actif", "activo", "attivo", "actief", "enabled", "true", "yes", "1", "employed", "current"];
const DISABLED: &[&str] = &[
    "inactive",
    "inaktiv",
    "inactif",
    "inactivo",
    "inattivo",
    "inactief",
    "terminated",
    "disabled",
    "false",
    "no",
    "0",
    "deprovisioned",
    "suspended",
    "deactivated",
    "archived",
    "ausgeschieden",
    "left",
    "leaver",
    "former",
    "deceased",
];

/// What the columns of an export are.
///
/// ```
/// use thought_industries_provision::Learned;
///
/// let export = "Employee ID,Legal First Name,Primary Work Email,Worker Status\n7,Ada,ada@example.com,Active\n";
/// let learned = Learned::of(export.as_bytes(), "workers.csv")?;
/// assert_eq!(learned.system, Some("Workday"));
/// assert!(learned.to_config().contains("\"Primary Work Email\" = \"email\""));
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Learned {
    /// The name of the export.
    pub name: String,
    /// The system that most headings are of.
    pub system: Option<&'static str>,
    /// How many rows there are.
    pub rows: usize,
    /// The columns, in the order of the export.
    pub columns: Vec<LearnedColumn>,
    /// What was detected of the file, in sentences.
    pub notes: Vec<String>,
    /// Whether it is JSON, whose columns are the names of values, such as `profile.login`.
    pub is_json: bool,
}

/// What a column is.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct LearnedColumn {
    /// Its heading.
    pub heading: String,
    /// The field that it is; `None` if it is not to be read.
    pub field: Option<&'static str>,
    /// Its first cell that says anything.
    pub example: Option<String>,
    /// Words for a status, each with its meaning, `None` if that has to be decided, and how many rows have it.
    pub words: Vec<(String, Option<&'static str>, usize)>,
    /// How its dates are written, if it has dates: more than one way if the cells do not decide it.
    pub dates: Vec<&'static str>,
    /// Words that stand for an empty cell.
    pub placeholders: Vec<String>,
}

impl Learned {
    /// Reads an export: a table in CSV, a workbook of Excel (with the feature `xlsx`), or JSON.
    ///
    /// # Errors
    /// If it cannot be read, or no column has e-mail addresses.
    pub fn of(source: impl Read, name: &str) -> Result<Self, Error> {
        let wrong = |reason: String| wrong(&name, &reason);
        let (content, _) = text::open(source, None).map_err(wrong)?;
        let encoding = content.encoding();
        let mut learner = Learner::default();
        let around = source::rows(content, &SyncConfig::new(), &mut learner).map_err(wrong)?;
        let system = learner.system();
        let mut columns: Vec<LearnedColumn> = Vec::new();
        for column in &learner.columns {
            let field = column.field(system, &learner.columns);
            // Of two columns of one field, the first one counts.
            let field = field.filter(|field| columns.iter().all(|known| known.field != Some(field)));
            columns.push(column.learned(field, system));
        }
        if columns.iter().all(|column| column.field != Some("email")) {
            return Err(wrong("no column has e-mail addresses".to_owned()));
        }
        let notes = notes(encoding, &around);
        let system = system.map(|system| system.name);
        Ok(Self { name: name.to_owned(), system, rows: learner.rows, columns, notes, is_json: around.is_json })
    }

    /// Whether words or dates are left for a person to decide.
    pub fn is_undecided(&self) -> bool {
        self.columns
            .iter()
            .any(|column| column.dates.len() > 1 || column.words.iter().any(|(_, meaning, _)| meaning.is_none()))
    }

    /// The configuration to propose, as the text of a file.
    pub fn to_config(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let list = |items: &mut dyn Iterator<Item = &str>| items.map(quoted).collect::<Vec<_>>().join(", ");
        let mut file = format!("# Proposed by `ti roster learn` for {}: review it.\n", quoted(&self.name));
        if let Some(system) = self.system {
            _ = writeln!(file, "# The headings are those of {system}.");
        }
        // An id outlives an address, and is given to the users of the tenant who have none.
        let has_id = self.columns.iter().any(|column| column.field == Some(MatchBy::ExternalCustomerId.field()));
        let keys = if has_id { "[\"externalCustomerId\", \"email\"]" } else { "\"email\"" };
        _ = writeln!(file, "\nmatch = {keys}");
        let ignored = list(&mut self.ignored().into_iter());
        if !ignored.is_empty() {
            _ = writeln!(file, "ignore = [{ignored}]");
        }
        let mut placeholders: Vec<&str> =
            self.columns.iter().flat_map(|column| &column.placeholders).map(String::as_str).collect();
        placeholders.sort_unstable();
        placeholders.dedup();
        if !placeholders.is_empty() {
            _ = writeln!(file, "placeholders = [{}]", list(&mut placeholders.into_iter()));
        }
        if self.is_json {
            file.push_str("# A directory has `null` for what it does not know.\nignore-nulls = true\n");
        }
        file.push_str("\n[columns]\n");
        for column in &self.columns {
            if let Some(field) = column.field {
                _ = writeln!(file, "{} = {}", quoted(&column.heading), quoted(field));
            }
        }
        for column in self.columns.iter().filter(|column| column.field == Some(STATUS)) {
            file.push_str("\n[values.status]\n");
            for meaning in ["active", "disabled"] {
                let words = column.words.iter().filter(|(_, own, _)| *own == Some(meaning));
                _ = writeln!(file, "{meaning} = [{}]", list(&mut words.map(|(word, ..)| word.as_str())));
            }
            for (word, _, rows) in column.words.iter().filter(|(_, meaning, _)| meaning.is_none()) {
                _ = writeln!(file, "# Decide: {} ({rows} rows) belongs to one of them.", quoted(word));
            }
        }
        let dates: Vec<(&str, &LearnedColumn)> = self
            .columns
            .iter()
            .filter_map(|column| Some((column.field?, column)))
            .filter(|(field, _)| matches!(*field, START | END))
            .collect();
        if dates.iter().any(|(_, column)| column.dates.first() != Some(&"%Y-%m-%d")) {
            file.push_str("\n[dates]\n");
        }
        for (field, column) in dates {
            match column.dates.as_slice() {
                ["%Y-%m-%d", ..] => {}
                [one] => _ = writeln!(file, "{field} = {}", quoted(one)),
                [] => _ = writeln!(file, "# Decide: how are the dates of {} written?", quoted(&column.heading)),
                several => {
                    for way in several {
                        _ = writeln!(file, "# Decide: {field} = {}", quoted(way));
                    }
                }
            }
        }
        file
    }

    /// The columns to ignore. An object of JSON of which nothing is read is ignored as a whole: other users may have more in it.
    fn ignored(&self) -> Vec<&str> {
        let object = |column: &LearnedColumn| match column.heading.split_once('.') {
            Some((object, _)) if self.is_json => Some(object.to_owned()),
            _ => None,
        };
        let mut ignored: Vec<&str> = Vec::new();
        for column in self.columns.iter().filter(|column| column.field.is_none() && !column.heading.is_empty()) {
            let own = object(column);
            let is_read = self.columns.iter().any(|other| other.field.is_some() && object(other) == own);
            let whole = own.filter(|_| !is_read).and_then(|own| column.heading.get(..own.len()));
            let name = whole.unwrap_or(&column.heading);
            if !ignored.contains(&name) {
                ignored.push(name);
            }
        }
        ignored
    }

    /// The configuration to propose.
    ///
    /// # Errors
    /// If headings of the export cannot be distinguished.
    pub fn config(&self) -> Result<SyncConfig, Error> {
        SyncConfig::parse(&self.to_config()).map_err(|reason| wrong(&self.name, &reason))
    }
}

/// What the rows of a roster are in a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Proof {
    /// All rows.
    pub rows: usize,
    /// Those whose address a user has.
    pub by_email: usize,
    /// Those whose address no user has, but whose external id.
    pub by_external_id: usize,
    /// Those of neither kind.
    pub new: usize,
    /// Those of a user with another first or last name.
    pub renamed: usize,
    /// Those whose address a user has who has another external id.
    pub other_id: usize,
}

impl Proof {
    /// Compares a roster with the users of a tenant; the e-mail address has to be among what users are matched by. Reads all
    /// users, and writes nothing.
    ///
    /// # Errors
    /// If the tenant fails.
    pub async fn of(client: &Client, roster: &Roster) -> Result<Self, Error> {
        let mut proof = Self { rows: roster.len(), ..Self::default() };
        let (mut by_email, mut by_id) = (BTreeSet::new(), BTreeSet::new());
        let mut users = client.users().list().with_pages_ahead(64).items();
        while let Some(user) = users.try_next().await? {
            // The second record of a dual role has the address of the first.
            if user.learner_user_id.is_none() {
                proof.add(roster, &user, &mut by_email, &mut by_id)?;
            }
        }
        proof.by_email = by_email.len();
        proof.by_external_id = by_id.difference(&by_email).count();
        proof.new = proof.rows.saturating_sub(proof.by_email + proof.by_external_id);
        Ok(proof)
    }

    /// Takes in a user, with the rows that were found so far. Several users may have the address of a row.
    fn add(
        &mut self,
        roster: &Roster,
        user: &User,
        by_email: &mut BTreeSet<u32>,
        by_id: &mut BTreeSet<u32>,
    ) -> Result<(), Error> {
        let row = match &user.email {
            Some(email) => roster.find(MatchBy::Email, email)?.into_iter().next(),
            None => None,
        };
        let Some((position, row)) = row else {
            if let Some(id) = MatchBy::ExternalCustomerId.of(user) {
                let rows = roster.find(MatchBy::ExternalCustomerId, id)?;
                by_id.extend(rows.into_iter().map(|(position, _)| position));
            }
            return Ok(());
        };
        if !by_email.insert(position) {
            return Ok(());
        }
        let (own, given) = (MatchBy::ExternalCustomerId.of(user), row.text(MatchBy::ExternalCustomerId.field()));
        self.other_id += usize::from(own.zip(given).is_some_and(|(own, given)| own.trim() != given.trim()));
        let differs =
            |field: &str, own: &Option<String>| row.text(field).is_some_and(|name| own.as_deref() != Some(name));
        self.renamed += usize::from(differs("firstName", &user.first_name) || differs("lastName", &user.last_name));
        Ok(())
    }
}

/// What is counted of the columns while the rows are read.
#[derive(Debug, Default)]
struct Learner {
    columns: Vec<Column>,
    rows: usize,
}

#[derive(Debug)]
struct Column {
    heading: String,
    example: Option<String>,
    /// How many cells say anything, and how many of them are addresses.
    filled: usize,
    addresses: usize,
    words: BTreeMap<String, usize>,
    /// The ways in which every cell so far can be a date.
    dates: Vec<&'static str>,
    placeholders: Vec<String>,
}

impl Consumer for Learner {
    fn heading(&mut self, headings: &[String]) -> Result<(), String> {
        let column = |heading: &String| Column {
            heading: heading.clone(),
            example: None,
            filled: 0,
            addresses: 0,
            words: BTreeMap::new(),
            dates: DATES.to_vec(),
            placeholders: Vec::new(),
        };
        self.columns = headings.iter().map(column).collect();
        Ok(())
    }

    fn row(&mut self, _: u64, row: &[String]) -> ControlFlow<()> {
        self.rows += 1;
        for (column, cell) in self.columns.iter_mut().zip(row) {
            column.add(cell);
        }
        ControlFlow::Continue(())
    }
}

impl Learner {
    /// The system that most headings are of, if three or more are.
    fn system(&self) -> Option<&'static System> {
        // Columns are counted, since a system may write one heading in two ways.
        let has = |system: &System, own: &str| system.headings.iter().any(|(heading, _)| normal(heading) == own);
        let known =
            |system: &System| self.columns.iter().filter(|column| has(system, &normal(&column.heading))).count();
        // `max_by_key` returns the last of equal elements, and the order of the alphabet says nothing.
        let best = SYSTEMS.iter().max_by_key(|system| known(system)).filter(|system| known(system) >= 3)?;
        let is_alone = SYSTEMS.iter().filter(|system| known(system) == known(best)).count() == 1;
        is_alone.then_some(best)
    }
}

impl Column {
    fn add(&mut self, cell: &str) {
        let Ok(text) = clean::text(cell) else { return };
        if text.is_empty() {
            return;
        }
        if clean::is_placeholder(&text) {
            if !self.placeholders.contains(&text) && self.placeholders.len() < MOST_WORDS {
                self.placeholders.push(text);
            }
            return;
        }
        self.filled += 1;
        self.addresses += usize::from(clean::address(&text).is_ok_and(|address| is_email(&address)));
        self.dates.retain(|way| is_date(way, &text));
        if self.words.len() < MOST_WORDS || self.words.contains_key(&text) {
            *self.words.entry(text.clone()).or_default() += 1;
        }
        self.example.get_or_insert(text);
    }

    /// The field that the column is.
    fn field(&self, system: Option<&System>, all: &[Self]) -> Option<&'static str> {
        let own = normal(&self.heading);
        let by_system = system.and_then(|system| system.headings.iter().find(|(heading, _)| normal(heading) == own));
        let named = match by_system {
            Some((_, field)) => Some(*field),
            None => super::columns::own_field(&self.heading).or_else(|| systems::field_of(&self.heading)),
        };
        // The addresses may be in another column than the one that is named so, such as that of the login.
        let has_addresses = |column: &Self| column.filled > 0 && column.addresses * 10 >= column.filled * 9;
        let most =
            all.iter().filter(|column| has_addresses(column)).map(|column| column.addresses).max().unwrap_or_default();
        match named.filter(|field| !field.is_empty()) {
            Some("email") if self.addresses * 2 < most => None,
            None if has_addresses(self) && self.addresses == most => {
                let is_named = |column: &Self| {
                    super::columns::own_field(&column.heading).or_else(|| systems::field_of(&column.heading))
                        == Some("email")
                        && column.addresses * 2 >= most
                };
                (!all.iter().any(is_named)).then_some("email")
            }
            // A column whose cells are no dates is none, whatever it is called.
            Some(START | END) if self.filled == 0 => None,
            field => field,
        }
    }

    fn learned(&self, field: Option<&'static str>, system: Option<&System>) -> LearnedColumn {
        let is_status = field == Some(STATUS);
        let words = self.words.iter().filter(|_| is_status);
        LearnedColumn {
            heading: self.heading.clone(),
            field,
            example: self.example.as_deref().map(clean::shown),
            words: words.map(|(word, rows)| (word.clone(), meaning(word, system), *rows)).collect(),
            dates: if matches!(field, Some(START | END)) { self.dates.clone() } else { Vec::new() },
            placeholders: if field.is_some() { self.placeholders.clone() } else { Vec::new() },
        }
    }
}

/// What a word says about a status.
fn meaning(word: &str, system: Option<&System>) -> Option<&'static str> {
    let has = |words: &[&str]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    if system.is_some_and(|system| has(system.active)) || has(ACTIVE) {
        return Some("active");
    }
    (system.is_some_and(|system| has(system.disabled)) || has(DISABLED)).then_some("disabled")
}

fn is_date(way: &str, text: &str) -> bool {
    // A time after an ISO date says nothing more.
    let day = if way == "%Y-%m-%d" { text.split(['T', ' ']).next().unwrap_or_default() } else { text };
    strtime::parse(way, day).and_then(|parsed| parsed.to_date()).is_ok()
}
