//! What is kept between runs: findings with their age and what was decided of them, links by hand, and the trend.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::civil;
use serde::{Deserialize, Serialize};
use thought_industries::Date;
use thought_industries_provision::{read_small, write_json};

use crate::error::Error;
use crate::finding::{Finding, FindingKind, Key};
use crate::memory::{HandLink, Memory};
use crate::report::{Acceptance, FORMAT_VERSION, FindingState, Outcome, Report, Reported, RunRecord};

/// The version of the file.
const VERSION: u32 = 1;

/// The most bytes of the file.
const LARGEST: u64 = 1 << 30;

/// How many runs the trend has.
const MOST_RUNS: usize = 400;

/// For how many days a finding is kept that is fixed.
const KEPT_DAYS: i64 = 400;

/// A day in milliseconds.
const DAY: i64 = 86_400_000;

/// What is kept between runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    version: u32,
    /// The address of the tenant; empty before the first run.
    tenant: String,
    memory: Memory,
    findings: BTreeMap<Key, Kept>,
    runs: Vec<RunRecord>,
}

/// A finding, as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    finding: Finding,
    first_seen: Date,
    last_seen: Date,
    reopened: u32,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    fixed: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    accepted: Option<Acceptance>,
}

impl State {
    /// What earlier runs leave to a later one.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// Takes in a run, and makes its report.
    ///
    /// # Errors
    /// If the state is that of another tenant.
    pub fn settle(&mut self, outcome: Outcome) -> Result<Report, Error> {
        if !self.tenant.is_empty() && self.tenant != outcome.tenant {
            let reason = format!("the state is that of {}, and the users are those of {}", self.tenant, outcome.tenant);
            return Err(Error::new(reason).with_help("nothing was changed; give each tenant a --state of its own"));
        }
        let (now, is_whole) = (outcome.made, outcome.is_whole(&self.memory));
        let found: BTreeSet<Key> = outcome.findings.iter().map(|finding| finding.key.clone()).collect();
        for finding in outcome.findings {
            self.see(finding, now);
        }
        let mut fixed = BTreeSet::new();
        for (key, kept) in self.findings.iter_mut().filter(|(key, kept)| kept.fixed.is_none() && !found.contains(*key))
        {
            // What rests on a source that is missing now is not gone.
            if is_whole || kept.finding.kind == FindingKind::StaleSource {
                kept.fixed = Some(now);
                kept.accepted = None;
                fixed.insert(key.clone());
            }
        }
        let is_kept = |kept: &Kept| kept.fixed.is_none_or(|fixed| days(fixed, now) <= KEPT_DAYS);
        self.findings.retain(|_, kept| is_kept(kept));
        self.tenant.clone_from(&outcome.tenant);
        for link in &outcome.links {
            // A source that is missing now may know the person by a better key.
            if is_whole || !self.memory.persons.contains_key(&link.account) {
                self.memory.persons.insert(link.account.clone(), link.person.clone());
            }
        }
        let sound = outcome.sources.iter().filter(|source| source.is_sound);
        self.memory.rows.extend(sound.map(|source| (source.kind, source.rows)));

        let mut open: BTreeMap<FindingKind, usize> = BTreeMap::new();
        let mut findings = Vec::new();
        for (key, kept) in self.findings.iter().filter(|(key, kept)| kept.fixed.is_none() || fixed.contains(*key)) {
            let accepted = kept.accepted.clone().filter(|accepted| is_valid(accepted, now));
            let state = match (kept.fixed, &accepted) {
                (Some(_), _) => FindingState::Fixed,
                (None, Some(_)) => FindingState::Accepted,
                (None, None) => FindingState::Open,
            };
            if state == FindingState::Open {
                *open.entry(kept.finding.kind).or_default() += 1;
            }
            findings.push(Reported {
                finding: kept.finding.clone(),
                state,
                first_seen: kept.first_seen,
                age_days: days(kept.first_seen, now),
                reopened: kept.reopened,
                is_judged: found.contains(key) || kept.fixed.is_some(),
                accepted,
            });
        }
        findings.sort_by(|a, b| (a.finding.kind, &a.finding.key).cmp(&(b.finding.kind, &b.finding.key)));
        let run = RunRecord {
            made: now,
            users: outcome.counts.users,
            persons: outcome.counts.persons,
            open: open.clone(),
            accepted: findings.iter().filter(|own| own.state == FindingState::Accepted).count(),
            fixed: fixed.len(),
            seats: outcome.seats.seats,
        };
        self.runs.push(run);
        let excess = self.runs.len().saturating_sub(MOST_RUNS);
        self.runs.drain(..excess);
        Ok(Report {
            format_version: FORMAT_VERSION,
            made: now,
            tenant: outcome.tenant,
            sources: outcome.sources,
            counts: outcome.counts,
            open,
            findings,
            seats: outcome.seats,
            runs: self.runs.clone(),
            notes: outcome.notes,
            links: outcome.links,
        })
    }

    fn see(&mut self, finding: Finding, now: Date) {
        let Some(kept) = self.findings.get_mut(&finding.key) else {
            let key = finding.key.clone();
            let kept = Kept { finding, first_seen: now, last_seen: now, reopened: 0, fixed: None, accepted: None };
            self.findings.insert(key, kept);
            return;
        };
        if kept.fixed.take().is_some() {
            kept.first_seen = now;
            kept.reopened += 1;
        }
        kept.finding = finding;
        kept.last_seen = now;
    }

    /// Accepts a finding until the end of a day (`2026-12-31`). It stays in reports, and is not open.
    ///
    /// # Errors
    /// If no open finding has this key, the reason is empty, or the day has passed or is none.
    pub fn accept(&mut self, key: &str, reason: &str, until: &str, at: Date, by: &str) -> Result<(), Error> {
        let help = "nothing was changed; `ti reconcile` lists the keys of findings";
        let kept = self.findings.get_mut(&Key::from(key)).filter(|kept| kept.fixed.is_none());
        let Some(kept) = kept else {
            return Err(Error::new(format!("no open finding has the key `{key}`")).with_help(help));
        };
        if reason.trim().is_empty() {
            return Err(Error::new("the reason is empty").with_help("nothing was changed; say why it is accepted"));
        }
        let until = until.parse::<civil::Date>().map_err(|_| {
            Error::new(format!("`{until}` is not a day such as 2026-12-31")).with_help("nothing was changed")
        })?;
        let accepted = Acceptance { reason: reason.trim().to_owned(), until: until.to_string(), at, by: by.to_owned() };
        if !is_valid(&accepted, at) {
            let reason = format!("{until} has passed");
            return Err(Error::new(reason).with_help("nothing was changed; give the last day on which it is accepted"));
        }
        kept.accepted = Some(accepted);
        Ok(())
    }

    /// Links a user with a person by hand: this wins over all rules. An earlier link of the user by hand is replaced.
    pub fn link(&mut self, link: HandLink) {
        self.unlink(&link.account);
        self.memory.by_hand.push(link);
    }

    /// Removes the link of a user by hand. Returns whether there was one.
    pub fn unlink(&mut self, account: &str) -> bool {
        let before = self.memory.by_hand.len();
        self.memory.by_hand.retain(|own| own.account != account);
        self.memory.by_hand.len() < before
    }
}

/// Whether it is accepted at a time. The last day counts as a whole, in UTC.
fn is_valid(accepted: &Acceptance, now: Date) -> bool {
    let today: String = now.to_string().chars().take(10).collect();
    *accepted.until >= *today
}

/// The days between two times.
fn days(from: Date, to: Date) -> i64 {
    (to.as_millisecond() - from.as_millisecond()).max(0) / DAY
}

/// The file of a state. While it is open, no other process can open it.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// The state.
    pub state: State,
    /// Released when it is closed.
    _lock: File,
}

impl StateFile {
    /// Opens the file, or begins a new one. It has personal data, and only its owner can read it.
    ///
    /// ```
    /// use thought_industries_identity::StateFile;
    ///
    /// let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("reconcile.state.json");
    /// let file = StateFile::open(&path)?;
    /// assert!(StateFile::open(&path).is_err(), "another process has it");
    /// file.save()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If it cannot be read or is in use, or was written by another version.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        let lock_path = path.with_file_name(name);
        let cannot = |error: std::io::Error| {
            Error::of_file(path, format!("cannot be used: {error}")).with_help("name another file with --state")
        };
        let lock = File::create(&lock_path).map_err(cannot)?;
        if lock.try_lock().is_err() {
            let help = "nothing was changed; wait until the other command has ended";
            return Err(Error::of_file(path, "another command uses the state").with_help(help));
        }
        let state = if path.exists() {
            let bytes = read_small(path, LARGEST).map_err(cannot)?;
            Self::parse(path, &bytes)?
        } else {
            State { version: VERSION, ..State::default() }
        };
        Ok(Self { path: path.to_owned(), state, _lock: lock })
    }

    fn parse(path: &Path, bytes: &[u8]) -> Result<State, Error> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let help = "nothing was changed; name another file with --state, or move this one away to begin anew";
        if let Ok(Head { version }) = serde_json::from_slice(bytes)
            && version != VERSION
        {
            let reason = format!("this is a state of version {version}, and this program reads version {VERSION}");
            return Err(Error::of_file(path, reason).with_help(help));
        }
        serde_json::from_slice(bytes)
            .map_err(|error| Error::of_file(path, format!("this is not a state: {error}")).with_help(help))
    }

    /// Writes the file, as a whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self) -> Result<(), Error> {
        Ok(write_json(&self.path, &self.state)?)
    }
}
