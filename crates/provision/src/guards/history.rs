//! The past runs of a tenant, in a local file: what is usual there.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use super::{Census, GuardKind, share};
use crate::error::{Error, ErrorKind};
use crate::files::{Hasher, read_small, write_atomically};

/// The past runs of a tenant: how many users each of them changed, in which way. Values and names are not kept.
///
/// ```
/// use thought_industries_provision::History;
///
/// let folder = tempfile::tempdir()?;
/// let history = History::read(folder.path(), "https://acme.thoughtindustries.com/")?;
/// assert!(history.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct History {
    runs: Vec<PastRun>,
    /// The lines of the file, those of other versions among them.
    lines: Vec<String>,
    path: PathBuf,
}

/// A run that has ended, or stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PastRun {
    version: u32,
    at: Date,
    /// The digest of its plan. The last line of a plan counts.
    plan: String,
    /// How many users were active when the plan was made.
    population: usize,
    /// How many users were changed, by kind.
    users: BTreeMap<GuardKind, usize>,
}

const VERSION: u32 = 1;

/// How many lines are kept.
const MOST_RUNS: usize = 200;

/// The largest file that is read, in bytes: far more than the lines that are kept.
const MOST_BYTES: u64 = 4 << 20;

/// From how many runs it is known what is usual.
const FEWEST_RUNS: usize = 5;

/// Up to how many users, and which share in percent, a change is no surprise.
const UNSURPRISING: (usize, f64) = (10, 10.0);

/// How many times larger than ever before a surprise is.
const TIMES: f64 = 5.0;

/// A week in milliseconds.
const WEEK: i64 = 7 * 86_400_000;

impl History {
    /// Reads the past runs of a tenant. `tenant` is its [address](thought_industries::Client::url); the folder, and the
    /// file in it, need not exist. Lines of other versions are kept and not read, and an incomplete last line is dropped.
    ///
    /// # Errors
    /// If the file cannot be read, or a line of it is damaged.
    pub fn read(folder: &Path, tenant: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let mut hasher = Hasher::default();
        hasher.update(tenant.as_bytes());
        let name: String = hasher.finish().chars().take(32).collect();
        let path = folder.join(format!("{name}.history.jsonl"));
        let wrong = |reason: String| {
            let help = "no user was changed; move the file away: without it, past runs are not judged";
            Error::of_file(ErrorKind::Io, &path, reason).with_help(help)
        };
        let bytes = match read_small(&path, MOST_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|error| wrong(format!("the past runs cannot be read: {error}")))?,
        };
        let (mut runs, mut lines) = (Vec::<PastRun>::new(), Vec::new());
        for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            // Only the last line can lack its end.
            let Some(line) = line.strip_suffix(b"\n") else { break };
            let head = serde_json::from_slice::<Head>(line);
            let Head { version } = head.map_err(|error| wrong(format!("line {}: {error}", number + 1)))?;
            if version == VERSION {
                let run = serde_json::from_slice::<PastRun>(line);
                let run = run.map_err(|error| wrong(format!("line {}: {error}", number + 1)))?;
                // A run that was continued replaces its first part.
                runs.retain(|earlier| earlier.plan != run.plan);
                runs.push(run);
            }
            lines.push(String::from_utf8_lossy(line).into_owned());
        }
        Ok(Self { runs, lines, path })
    }

    /// Whether no run is known.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Adds a run that has ended or stopped: what it and its earlier parts carried out of the plan with this digest. 200
    /// runs are kept. The file is written as a whole or not at all, and is readable by its owner only; hold the
    /// [lock](crate::TenantLock) of the tenant meanwhile.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn record(&mut self, plan: &str, done: &Census, at: Date) -> Result<(), Error> {
        let users = done.kinds.iter().map(|(kind, counted)| (kind.clone(), counted.users)).collect();
        let run = PastRun { version: VERSION, at, plan: plan.to_owned(), population: done.population, users };
        self.lines.push(serde_json::to_string(&run)?);
        self.runs.retain(|earlier| earlier.plan != run.plan);
        self.runs.push(run);
        let surplus = self.lines.len().saturating_sub(MOST_RUNS);
        self.lines.drain(..surplus);
        let folder = self.path.parent().unwrap_or(Path::new("."));
        if !folder.is_dir() {
            let mut builder = DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(folder)?;
        }
        write_atomically(&self.path, (self.lines.join("\n") + "\n").as_bytes())
    }

    /// The runs of other plans.
    fn others<'h>(&'h self, plan: &'h str) -> impl Iterator<Item = &'h PastRun> {
        self.runs.iter().filter(move |run| run.plan != plan)
    }

    /// Why a number of users is a surprise here, if it is one.
    pub(super) fn surprise(
        &self,
        kind: &GuardKind,
        users: usize,
        population: usize,
        minimum_population: usize,
        plan: &str,
    ) -> Option<String> {
        let judged = self.others(plan).filter(|run| run.population >= minimum_population);
        let shares: Vec<f64> =
            judged.map(|run| share(run.users.get(kind).copied().unwrap_or_default(), run.population)).collect();
        let most = shares.iter().copied().fold(0.0, f64::max);
        let own = share(users, population);
        let (few, little) = UNSURPRISING;
        let is_surprise = shares.len() >= FEWEST_RUNS && users > few && own > little && own > most * TIMES;
        is_surprise.then(|| format!("it was at most {most:.1} % in {} runs", shares.len()))
    }

    /// How many users the other runs of the last seven days deactivated, and the most users who were active then. A run
    /// that is dated after now counts as well: a clock was wrong.
    pub(super) fn deactivated_since_a_week(&self, now: Date, plan: &str) -> (usize, usize) {
        let start = now.as_millisecond() - WEEK;
        let recent: Vec<&PastRun> = self.others(plan).filter(|run| run.at.as_millisecond() > start).collect();
        let users = recent.iter().filter_map(|run| run.users.get(&GuardKind::Deactivate)).sum();
        (users, recent.iter().map(|run| run.population).max().unwrap_or_default())
    }
}
