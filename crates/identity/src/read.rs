//! Reads the exports of HR systems and directories.

use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::UNIX_EPOCH;

use thought_industries::Date;
use thought_industries_provision::{DesiredUser, Learned, Roster, SyncConfig};

use crate::address::Address;
use crate::config::{GraphConfig, SourceConfig};
use crate::error::Error;
use crate::identity::{Identity, Status, text};
use crate::source::{Source, SourceKind};

/// How many users directories list at most on a page. An export with exactly so many may be the first page of a list.
const PAGE_SIZES: [usize; 5] = [100, 200, 500, 999, 1_000];

impl Source {
    /// Reads an export of any form that `ti plan` reads. Its columns are recognized, or described by a file that `ti roster
    /// learn` wrote. A row that cannot be read makes the source incomplete. `is_expecting` says whether the condition
    /// `hidden` of the configuration is about this source.
    ///
    /// ```no_run
    /// use thought_industries_identity::{GraphConfig, Source, SourceKind};
    ///
    /// let now = "2026-11-22T12:00:00Z".parse()?;
    /// let hr = Source::read(SourceKind::Hr, "hr.csv".as_ref(), &GraphConfig::default(), true, now)?;
    /// println!("{} identities", hr.identities.len());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If the file cannot be read, or what its columns, words or dates mean has to be decided.
    pub fn read(
        kind: SourceKind,
        path: &Path,
        config: &GraphConfig,
        is_expecting: bool,
        now: Date,
    ) -> Result<Self, Error> {
        let own = if kind == SourceKind::Hr { &config.hr } else { &config.idp };
        let condition = config.hidden.as_ref().filter(|_| is_expecting);
        let names = condition.into_iter().flat_map(|condition| condition.names());
        let mut rows = Rows { own, config, is_expecting, identities: Vec::new(), wrong: Vec::new(), seen: Vec::new() };
        let mut kept: Vec<&str> = own.key.iter().chain(&own.aliases).map(String::as_str).chain(names).collect();
        kept.sort_unstable();
        kept.dedup();
        let reading = reading(path, own)?.keep(kept);
        let read = Roster::each_row(path, &reading, now, &mut |number, row| {
            rows.push(number, row);
            ControlFlow::Continue(())
        })?;
        if let Some(column) = &read.unread_status {
            let reason = format!("the column `{column}` looks like a status and is not read");
            let help = "map it to `status` in the file that `config` in graph.toml names: `ti roster learn` writes one";
            return Err(Error::of_file(path, reason).with_help(help));
        }
        if let Some(name) = rows.unseen() {
            let reason = format!("`hidden` is about `{name}`, which no row has");
            return Err(Error::of_file(path, reason).with_help("correct `hidden` in graph.toml"));
        }
        let doubts = rows.doubts(read.unit);
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { kind, name, made: changed(path), identities: rows.identities, doubts, notes: read.notes })
    }
}

/// How the columns of a file are read.
fn reading(path: &Path, own: &SourceConfig) -> Result<SyncConfig, Error> {
    if let Some(config) = &own.config {
        return Ok(SyncConfig::read(config)?);
    }
    let file = File::open(path).map_err(|error| {
        Error::of_file(path, format!("cannot be read: {error}")).with_help("name an export of the system")
    })?;
    let learned = Learned::of(BufReader::new(file), &path.display().to_string())?;
    if learned.is_undecided() {
        let words: Vec<&str> = learned
            .columns
            .iter()
            .flat_map(|column| &column.words)
            .filter(|word| word.1.is_none())
            .map(|word| word.0.as_str())
            .collect();
        let what = if words.is_empty() {
            "how its dates are written".to_owned()
        } else {
            format!("what `{}` means", words.join("`, `"))
        };
        let help = "write what was recognized to a file with `ti roster learn FILE`, decide there, and name it as `config` \
                    below [hr] or [idp] in graph.toml";
        return Err(Error::of_file(path, format!("{what} has to be decided")).with_help(help));
    }
    Ok(learned.config()?)
}

/// When a file was last changed.
fn changed(path: &Path) -> Option<Date> {
    let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok()?;
    let since = changed.duration_since(UNIX_EPOCH).ok()?;
    Date::from_millisecond(i64::try_from(since.as_millis()).ok()?)
}

/// The rows of a file.
struct Rows<'c> {
    own: &'c SourceConfig,
    config: &'c GraphConfig,
    is_expecting: bool,
    identities: Vec<Identity>,
    /// What is wrong with rows, for the first ones, and how many there are.
    wrong: Vec<(u64, String)>,
    /// The attributes of the condition that any row has.
    seen: Vec<String>,
}

impl Rows<'_> {
    fn push(&mut self, number: u64, row: Result<DesiredUser, String>) {
        match row.and_then(|row| self.identity(&row)) {
            Ok(identity) => self.identities.push(identity),
            Err(reason) => self.wrong.push((number, reason)),
        }
    }

    fn identity(&mut self, row: &DesiredUser) -> Result<Identity, String> {
        let email = row.text("email").filter(|email| !email.trim().is_empty());
        let address = email.and_then(Address::parse);
        if let (Some(email), None) = (email, &address) {
            return Err(format!("`{email}` is not an e-mail address"));
        }
        let kept = |names: &[String]| {
            let own = row.kept.iter().filter(|(name, _)| names.contains(name));
            own.map(|(_, value)| value.clone()).collect::<Vec<String>>()
        };
        let split = |text: &String| text.split([';', ',', ' ']).map(str::to_owned).collect::<Vec<_>>();
        let aliases: Vec<String> = kept(&self.own.aliases).iter().flat_map(split).collect();
        let aliases = aliases.iter().filter_map(|alias| Address::parse(alias));
        let mut aliases: Vec<Address> = aliases.filter(|alias| Some(alias) != address.as_ref()).collect();
        aliases.sort();
        aliases.dedup();
        let key = kept(&self.own.key).first().and_then(|key| text(key));
        let number = row.text("externalCustomerId").and_then(text);
        if number.is_none() && key.is_none() && address.is_none() {
            return Err("it has neither a number nor an address".to_owned());
        }
        let status = match (row.disabled, &row.starts) {
            (Some(true), _) => Status::Left(row.ended.as_deref().map(Into::into)),
            (_, Some(day)) => Status::Future(day.as_str().into()),
            _ => Status::Active,
        };
        let fields = self.config.further_fields().into_iter();
        let fields = fields.filter_map(|field| {
            let value = match field.strip_prefix("customFields.") {
                Some(key) => row.fields.get("customFields")?.get(key)?,
                None => row.fields.get(field)?,
            };
            Some((field.into(), text(value.as_str()?)?))
        });
        Ok(Identity {
            number,
            key,
            address,
            aliases,
            first_name: row.text("firstName").and_then(text),
            last_name: row.text("lastName").and_then(text),
            status,
            is_expected: self.is_expected(row),
            fields: fields.collect(),
        })
    }

    fn is_expected(&mut self, row: &DesiredUser) -> bool {
        let Some(condition) = self.config.hidden.as_ref().filter(|_| self.is_expecting) else { return false };
        for (name, _) in &row.kept {
            if !self.seen.contains(name) {
                self.seen.push(name.clone());
            }
        }
        let values =
            |name: &str| row.kept.iter().filter(|(own, _)| own == name).map(|(_, value)| value.clone()).collect();
        condition.holds(values)
    }

    /// An attribute of the condition that no row has.
    fn unseen(&self) -> Option<&str> {
        let condition = self.config.hidden.as_ref().filter(|_| self.is_expecting && !self.identities.is_empty())?;
        condition.names().into_iter().find(|name| !self.seen.iter().any(|seen| seen == name))
    }

    /// Why the file does not have all identities.
    fn doubts(&self, unit: &str) -> Vec<String> {
        let mut doubts = Vec::new();
        if let Some((number, reason)) = self.wrong.first() {
            let others = match self.wrong.len() - 1 {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            doubts.push(format!("{unit} {number}{others} cannot be read: {reason}"));
        }
        let rows = self.identities.len() + self.wrong.len();
        match self.own.complete {
            Some(false) => doubts.push("graph.toml says that it is not complete".to_owned()),
            None if PAGE_SIZES.contains(&rows) => doubts.push(format!(
                "it has exactly {rows} rows, as a page of a list has: `complete = true` in graph.toml says that these are all"
            )),
            _ => {}
        }
        doubts
    }
}
