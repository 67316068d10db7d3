//! The roster of another system: who is to be in the tenant, and how.
//!
//! Rows are checked as they are read and kept in a temporary file, so that a million of them take as much memory as
//! their places in it, and a few numbers that they are found by.

mod columns;
mod lines;

use std::fs::File;
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;

use serde::de::{DeserializeSeed, Deserializer as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

pub(crate) use columns::Mapping;

use crate::failure::Failure;
use crate::output::printable;
use crate::plan::{hex, put};
use crate::spool::Spool;

/// Which field names a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MatchBy {
    /// The e-mail address
    Email,
    /// The id in the system that the roster comes from
    #[value(name = "externalCustomerId")]
    ExternalCustomerId,
}

impl MatchBy {
    pub(crate) const ALL: [Self; 2] = [Self::Email, Self::ExternalCustomerId];

    pub(crate) fn field(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::ExternalCustomerId => "externalCustomerId",
        }
    }

    /// A key as it is compared: addresses are not case-sensitive.
    pub(crate) fn normal(self, key: &str) -> String {
        match self {
            Self::Email => key.trim().to_lowercase(),
            Self::ExternalCustomerId => key.trim().to_owned(),
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Where it stands: the line of a CSV file, or the place among objects, counted from 1.
    pub(crate) line: u64,
    /// What is to be written, by the API's names.
    pub(crate) fields: Map<String, Value>,
    /// Whether the person is to be disabled, if the row says so or the contrary.
    pub(crate) disabled: Option<bool>,
}

impl Row {
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.fields.get(field).and_then(Value::as_str)
    }
}

/// A roster, read and checked.
#[derive(Debug)]
pub(crate) struct Roster {
    /// SHA-256 of the file.
    pub(crate) digest: String,
    pub(crate) match_by: MatchBy,
    rows: Spool<Row>,
    names_licenses: bool,
    hasher: RandomState,
    /// Hashes of every address and external id, each as often as it stands in a row, in order once all are read.
    named: Vec<u64>,
    /// Rows by the hash of their key, in the order of hashes once all are read.
    index: Vec<(u64, u32)>,
}

impl Roster {
    /// Reads a roster: CSV, a JSON array, or a JSON object on each line.
    pub(crate) fn read(path: &Path, mapping: &Mapping, match_by: MatchBy) -> Result<Self, Failure> {
        let wrong = |reason: String| Failure::CouldNotRun {
            reason: format!("{}: {reason}", path.display()),
            help: Some("nothing was written; mend the roster and try again"),
        };
        let bytes = File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let mut source = BufReader::new(Hashing { inner: bytes, hash: Sha256::new() });
        skip_mark(&mut source).map_err(|error| wrong(error.to_string()))?;
        let mut roster = Self {
            digest: String::new(),
            match_by,
            rows: Spool::default(),
            names_licenses: false,
            hasher: RandomState::new(),
            named: Vec::new(),
            index: Vec::new(),
        };
        let mut problems = Vec::new();
        let (first, skipped) = first_byte(&mut source).map_err(|error| wrong(error.to_string()))?;
        // Objects of an array stand in no line that would be known.
        let unit = if first == Some(b'[') { "person" } else { "line" };
        let mut keep = |number: u64, row: Result<Row, String>| {
            let kept = row.and_then(|row| roster.keep(&row));
            problems.extend(kept.err().map(|reason| format!("{unit} {number}: {reason}")));
            if problems.len() < MOST_PROBLEMS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        match first {
            None => {}
            Some(b'[') => array(&mut source, mapping, &mut keep).map_err(wrong)?,
            Some(b'{') => objects(&mut source, skipped, mapping, &mut keep).map_err(wrong)?,
            Some(_) => csv_rows(&mut source, mapping, &mut keep).map_err(wrong)?,
        }
        if let Some(last) = problems.pop() {
            let told = problems.iter().map(|problem| format!("{}: {problem}", path.display()));
            told.for_each(|problem| eprintln!("error: {}", printable(&problem)));
            return Err(wrong(last));
        }
        roster.index.sort_unstable();
        roster.named.sort_unstable();
        // What is left unread belongs to the digest.
        std::io::copy(&mut source, &mut std::io::sink())?;
        roster.digest = hex(&source.into_inner().hash.finalize());
        Ok(roster)
    }

    /// Whether any row has licences, which have to be known then.
    pub(crate) fn names_licenses(&self) -> bool {
        self.names_licenses
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// In how many rows an address or an external id stands, whatever people are matched by.
    pub(crate) fn count(&self, kind: MatchBy, key: &str) -> usize {
        let hash = self.hash(kind, key);
        let first = self.named.partition_point(|own| *own < hash);
        self.named.iter().skip(first).take_while(|own| **own == hash).count()
    }

    /// All rows, each with its place.
    pub(crate) fn rows(&self) -> impl Iterator<Item = std::io::Result<(u32, Row)>> {
        (0..).zip(self.rows.iter()).map(|(place, row)| Ok((place, row?)))
    }

    /// The rows that have a key, each with its place.
    pub(crate) fn find(&self, key: &str) -> Result<Vec<(u32, Row)>, Failure> {
        let normal = self.match_by.normal(key);
        let hash = self.hash(self.match_by, key);
        let first = self.index.partition_point(|(own, _)| *own < hash);
        let mut found = Vec::new();
        for (_, place) in self.index.iter().skip(first).take_while(|(own, _)| *own == hash) {
            let Some(row) = self.rows.get(*place as usize)? else { continue };
            if row.text(self.match_by.field()).is_some_and(|own| self.match_by.normal(own) == normal) {
                found.push((*place, row));
            }
        }
        Ok(found)
    }

    /// A number that stands for an address or an external id: a million of them are no great matter.
    pub(crate) fn hash(&self, kind: MatchBy, key: &str) -> u64 {
        self.hasher.hash_one((kind, kind.normal(key)))
    }

    /// Checks a row, and keeps it.
    fn keep(&mut self, row: &Row) -> Result<(), String> {
        let field = self.match_by.field();
        let key = row.text(field).filter(|key| !key.trim().is_empty());
        let key = key.ok_or_else(|| format!("there is no `{field}`, which people are matched by"))?;
        if let Some(email) = row.text("email").filter(|email| !is_address(email)) {
            return Err(format!("`{email}` is no e-mail address"));
        }
        let place = u32::try_from(self.rows.len()).map_err(|_| "there are too many rows".to_owned())?;
        self.index.push((self.hash(self.match_by, key), place));
        for kind in MatchBy::ALL {
            self.named.extend(row.text(kind.field()).map(|key| self.hash(kind, key)));
        }
        self.names_licenses |= row.fields.keys().any(|name| name.contains("License"));
        self.rows.push(row).map_err(|error| error.to_string())
    }
}

/// How many rows are told to be wrong, before the rest is left unread.
const MOST_PROBLEMS: usize = 20;

/// What becomes of a row that was read, or of what is wrong with it.
type Keep<'k> = dyn FnMut(u64, Result<Row, String>) -> ControlFlow<()> + 'k;

/// Something, one `@`, and a domain with a dot.
pub(crate) fn is_address(text: &str) -> bool {
    let Some((name, domain)) = text.split_once('@') else { return false };
    let is_clean = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    is_clean
        && !name.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && !domain.split('.').any(str::is_empty)
}

fn row(line: u64, mut fields: Map<String, Value>) -> Row {
    let disabled = fields.remove(columns::STATUS).map(|status| status == "disabled");
    Row { line, fields, disabled }
}

fn csv_rows(mut source: impl BufRead, mapping: &Mapping, keep: &mut Keep<'_>) -> Result<(), String> {
    let delimiter = lines::delimiter(source.fill_buf().map_err(|error| error.to_string())?);
    let (source, numbers) = lines::numbered(source, delimiter);
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(source);
    let headings = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut fields: Vec<Option<&str>> = Vec::new();
    for heading in &headings {
        let field = mapping.field(heading.trim()).map_err(|reason| format!("line 1: {reason}"))?;
        if let Some(field) = field.filter(|field| fields.contains(&Some(field))) {
            return Err(format!("line 1: the column `{field}` stands there twice"));
        }
        fields.push(field);
    }
    let mut record = csv::StringRecord::new();
    let placed = |error: &csv::Error| match error.position().map(csv::Position::byte) {
        Some(place) if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) => {
            format!("line {}: it is not UTF-8", numbers.line(place))
        }
        _ => error.to_string(),
    };
    while reader.read_record(&mut record).map_err(|error| placed(&error))? {
        let line = numbers.line(record.position().map_or(0, csv::Position::byte));
        let values = csv_row(&fields, &record);
        if values.as_ref().is_ok_and(Map::is_empty) {
            continue;
        }
        if keep(line, values.map(|values| row(line, values))).is_break() {
            break;
        }
    }
    match numbers.open_quote() {
        Some(line) if reader.is_done() => Err(format!("line {line}: a quote opens here, and is never closed")),
        _ => Ok(()),
    }
}

fn csv_row(fields: &[Option<&str>], record: &csv::StringRecord) -> Result<Map<String, Value>, String> {
    if record.len() != fields.len() {
        return Err(format!("there are {} cells and {} columns", record.len(), fields.len()));
    }
    let mut values = Map::new();
    for (field, text) in fields.iter().zip(record) {
        let Some(field) = field else { continue };
        if let Some(value) = columns::cell(field, text).map_err(|reason| format!("{field}: {reason}"))? {
            put(&mut values, field, value);
        }
    }
    Ok(values)
}

fn objects(source: impl BufRead, skipped: u64, mapping: &Mapping, keep: &mut Keep<'_>) -> Result<(), String> {
    for (place, line) in source.lines().enumerate() {
        let number = skipped + place as u64 + 1;
        let line = line.map_err(|error| format!("line {number}: {error}"))?;
        if line.trim().is_empty() {
            continue;
        }
        let fields = serde_json::from_str(&line).map_err(|error| error.to_string());
        let fields = fields.and_then(|fields| columns::object(mapping, fields));
        if keep(number, fields.map(|fields| row(number, fields))).is_break() {
            break;
        }
    }
    Ok(())
}

fn array(source: impl std::io::Read, mapping: &Mapping, keep: &mut Keep<'_>) -> Result<(), String> {
    let mut json = serde_json::Deserializer::from_reader(source);
    let mut is_broken_off = false;
    let rows = Rows { mapping, keep, is_broken_off: &mut is_broken_off };
    let done = json.deserialize_seq(rows).and_then(|()| json.end());
    if is_broken_off { Ok(()) } else { done.map_err(|error| error.to_string()) }
}

/// The objects of an array, one after the other.
struct Rows<'a, 'k> {
    mapping: &'a Mapping,
    keep: &'a mut Keep<'k>,
    is_broken_off: &'a mut bool,
}

impl<'de> Visitor<'de> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let mut number = 0;
        while let Some(fields) = items.next_element_seed(Object)? {
            number += 1;
            let fields = columns::object(self.mapping, fields);
            if (self.keep)(number, fields.map(|fields| row(number, fields))).is_break() {
                *self.is_broken_off = true;
                return Err(serde::de::Error::custom("broken off"));
            }
        }
        Ok(())
    }
}

/// An object.
struct Object;

impl<'de> DeserializeSeed<'de> for Object {
    type Value = Map<String, Value>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        Map::deserialize(deserializer)
    }
}

/// A reader that computes the digest of what it reads.
struct Hashing {
    inner: File,
    hash: Sha256,
}

impl std::io::Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

/// Skips the mark that some programs put before UTF-8.
fn skip_mark(source: &mut BufReader<Hashing>) -> std::io::Result<()> {
    if source.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        source.consume(3);
    }
    Ok(())
}

/// The first byte that is no space, left where it is, and how many lines were skipped before it.
fn first_byte(source: &mut BufReader<Hashing>) -> std::io::Result<(Option<u8>, u64)> {
    let mut skipped = 0;
    loop {
        let buffer = source.fill_buf()?;
        let spaces = buffer.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        if buffer.is_empty() {
            return Ok((None, skipped));
        }
        let found = buffer.get(spaces).copied();
        if found.is_some_and(|byte| !matches!(byte, b'[' | b'{')) {
            // Lines of CSV count from the first.
            return Ok((found, skipped));
        }
        skipped += buffer.iter().take(spaces).map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        source.consume(spaces);
        if found.is_some() {
            return Ok((found, skipped));
        }
    }
}
