//! The loop of an export: reads lists, writes rows, keeps checkpoints, and proves at the end that nothing is missing.

mod report;

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Duration;

use futures::TryStreamExt as _;
use thought_industries::{Client, Date, Error as ClientError, ErrorKind as ClientErrorKind, PagePosition};

use crate::checkpoint::{Checkpoint, FORMAT_VERSION, ListState, OutputState};
use crate::digest::{hex, short};
use crate::error::{Error, ErrorKind};
use crate::selection::Selection;
use crate::sink::{Reject, Sink};
use crate::source::{Entry, Pass, SourcePage, passes};
use crate::usage::{Usage, UsageCounts};
use crate::walk::{Phase, Shown, Walk};

/// The pauses before a list that failed is read on: 135 seconds together. The client has retried each request before.
const PAUSES: [u64; 5] = [5, 10, 20, 40, 60];

/// How far an export is, for those who watch it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// The list that is read: the name of its first stream.
    pub stream: &'static str,
    /// Whether the list is compared with what was read.
    pub is_comparing: bool,
    /// Entries that were read of it.
    pub entries: u64,
    /// How many it has, as the tenant reports.
    pub total: Option<i64>,
    /// Rows of all streams so far.
    pub rows: u64,
    /// What the export cost so far.
    pub usage: UsageCounts,
}

/// A hash as it is: the keys are hashes already.
#[derive(Debug, Default)]
pub(crate) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

pub(crate) type SeenSet = HashSet<u64, BuildHasherDefault<AsIs>>;

/// A new export that has read nothing.
pub(crate) fn fresh_checkpoint(client: &Client, selection: &Selection) -> Result<Checkpoint, Error> {
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(|error| Error::new(ErrorKind::Io, format!("no randomness: {error}")))?;
    let lists = passes(selection).into_iter();
    Ok(Checkpoint {
        format_version: FORMAT_VERSION,
        run_id: hex(&id),
        tenant: client.url().to_owned(),
        selection: selection.record(),
        started_at: client.now(),
        elapsed_ms: 0,
        usage: UsageCounts::default(),
        walks: lists.map(|pass| ListState { source: pass.source.name.to_owned(), walk: Walk::default() }).collect(),
        outputs: vec![OutputState::default(); selection.outputs().len()],
        seen: 0,
        rejects: 0,
        lengths: Vec::new(),
        report: None,
    })
}

/// An export that runs.
pub(crate) struct Run<'r> {
    pub(crate) client: &'r Client,
    pub(crate) selection: &'r Selection,
    pub(crate) sink: &'r mut dyn Sink,
    pub(crate) usage: Usage,
    pub(crate) on_progress: &'r mut (dyn FnMut(&Progress) + Send),
    pub(crate) checkpoint: Checkpoint,
    pub(crate) seen: SeenSet,
    /// The list that is read: its place among all, and what it has shown.
    pub(crate) place: usize,
    pub(crate) walk: Walk,
    /// The hashes since the last commit.
    pub(crate) fresh: Vec<u64>,
    pub(crate) requests: u64,
    /// Whether the ids of an earlier session are not known, because the sink keeps none.
    pub(crate) is_blind: bool,
    pub(crate) begun: Date,
    pub(crate) before: (UsageCounts, i64),
}

impl Run<'_> {
    /// Reads everything that is left, and returns the last checkpoint, which has the report.
    pub(crate) async fn run(mut self) -> Result<Checkpoint, Error> {
        self.sink.begin(&self.selection.outputs())?;
        if self.checkpoint.report.is_some() {
            return Ok(self.checkpoint);
        }
        self.walk = self.checkpoint.walks.first().map(|state| state.walk.clone()).unwrap_or_default();
        self.commit()?;
        for (place, pass) in passes(self.selection).iter().enumerate() {
            let Some(state) = self.checkpoint.walks.get(place).filter(|state| state.source == pass.source.name) else {
                let message = "the export that was begun reads other lists".to_owned();
                return Err(Error::new(ErrorKind::Checkpoint, message).with_help(crate::checkpoint::AGAIN));
            };
            (self.place, self.walk) = (place, state.walk.clone());
            while self.walk.phase != Phase::Done {
                let done = match self.walk.phase {
                    Phase::Reading => self.read(pass).await,
                    // Nothing can be compared with ids that are not known.
                    _ if self.is_blind => {
                        self.walk.end_unproven("it was continued without the ids of what was read before");
                        Ok(())
                    }
                    _ => self.compare(pass).await,
                };
                if let Err(error) = done {
                    // What was read so far is kept. A sink that fails cannot keep it, and keeps what it had.
                    if error.kind() == ErrorKind::Tenant {
                        self.commit()?;
                    }
                    return Err(error);
                }
                self.commit()?;
            }
        }
        self.checkpoint.report = Some(report::of(&self.checkpoint, self.selection, self.client.now()));
        self.commit()?;
        Ok(self.checkpoint)
    }

    /// Reads the pages of a list to its end.
    async fn read(&mut self, pass: &Pass) -> Result<(), Error> {
        let mut failures = 0;
        loop {
            let pages_before = self.walk.pages;
            match self.read_on(pass).await {
                Ok(doubt) => {
                    self.walk.ended(doubt);
                    return Ok(());
                }
                Err(Stop::Sink(error)) => return Err(error),
                Err(Stop::Tenant(error)) => {
                    failures = if self.walk.pages > pages_before { 0 } else { failures };
                    let Some(pause) = PAUSES.get(failures).filter(|_| may_pass(&error)) else {
                        let walk = &self.walk;
                        let total = walk.total_last.map(|total| format!(" of {total}")).unwrap_or_default();
                        let message = format!(
                            "the list of {} failed after {}{total} entries: {error}",
                            pass.source.name, walk.entries
                        );
                        return Err(Error::of_client(message, error).with_help(RESUME));
                    };
                    failures += 1;
                    self.client.pause(Duration::from_secs(*pause)).await;
                }
            }
        }
    }

    /// Reads from where the list is. Returns why its end is in doubt, if it is.
    async fn read_on(&mut self, pass: &Pass) -> Result<Option<String>, Stop> {
        let mut joint = self.join(pass).await?;
        let mut pages = (pass.source.open)(self.client, &pass.reading, joint.as_ref());
        let mut is_first = true;
        loop {
            let page = match pages.try_next().await {
                Ok(Some(page)) => page,
                Ok(None) => return Ok(None),
                // The pages contradict each other. What they have is kept, and not taken for everything.
                Err(error) if error.kind() == ClientErrorKind::Paging && !is_first => {
                    return Ok(Some(error.to_string()));
                }
                Err(error) => return Err(Stop::Tenant(error)),
            };
            is_first = false;
            let is_joint = joint.take().is_some_and(|joint| joint.page() == page.position.page());
            self.absorb(pass, page, is_joint)?;
            if self.requests >= self.sink.requests_per_commit() {
                self.commit()?;
            }
            self.report_progress(pass);
        }
    }

    /// Finds the page where an interrupted list goes on: the last one whose first entry was read before. What left or
    /// joined meanwhile has moved others over the edges of pages.
    async fn join(&mut self, pass: &Pass) -> Result<Option<PagePosition>, Stop> {
        if !self.walk.is_begun() {
            return Ok(None);
        }
        let reading = crate::source::Reading { is_check: true, ..pass.reading.clone() };
        for back in 0.. {
            let Some(position) = self.walk.overlap(back).cloned() else { break };
            let mut pages = (pass.source.open)(self.client, &reading, Some(&position));
            let page = match pages.try_next().await {
                Ok(Some(page)) => page,
                Err(error) if error.is_retryable() || error.is_unauthorized() || error.is_forbidden() => {
                    return Err(Stop::Tenant(error));
                }
                // The tenant does not take the position any more, as a cursor that has expired.
                Ok(None) | Err(_) => continue,
            };
            let first = page.entries.first();
            if self.is_blind || first.is_some_and(|first| self.seen.contains(&short(pass.source.name, &first.id))) {
                if back > 0 {
                    self.walk.rejoin(Some(&position));
                }
                return Ok(Some(position));
            }
        }
        self.walk.rejoin(None);
        Ok(None)
    }

    /// Writes the entries of a page that are new.
    fn absorb(&mut self, pass: &Pass, page: SourcePage, is_joint: bool) -> Result<(), Error> {
        let SourcePage { entries, total, position, next, surface, gaps, requests, doubt } = page;
        let (mut ids, mut repeated) = (Vec::with_capacity(entries.len()), 0);
        for entry in entries {
            ids.push(entry.id.clone());
            if entry.id.is_empty() {
                self.reject(pass, entry, &position)?;
            } else if self.is_new(short(pass.source.name, &entry.id)) {
                self.write(pass, entry)?;
            } else {
                repeated += 1;
            }
        }
        // Its entries were counted before the interruption.
        let repeated = if is_joint && self.is_blind { ids.len() } else { repeated };
        let walk = &mut self.walk;
        walk.gaps.extend(gaps);
        walk.doubts.extend(doubt.map(str::to_owned));
        let ids = ids.iter().map(String::as_str).collect();
        let shown = Shown { ids, position: &position, next: next.as_ref(), total, surface };
        if is_joint {
            walk.joined(&shown, repeated);
        } else {
            walk.read(&shown, repeated);
            // A page that is read twice would move the commits, and so the frames of a compressed file.
            self.requests += requests;
        }
        Ok(())
    }

    fn is_new(&mut self, hash: u64) -> bool {
        let is_new = self.seen.insert(hash);
        if is_new {
            self.fresh.push(hash);
            self.checkpoint.seen += 1;
        }
        is_new
    }

    fn write(&mut self, pass: &Pass, entry: Entry) -> Result<(), Error> {
        for record in entry.rows {
            let output = pass.outputs.iter().find(|(_, output)| output.stream.name == record.stream);
            let Some((place, output)) = output else { continue };
            let row = output.project(record.fields);
            let key = output.key_of(&row);
            // A license that two clients list is one row. Rows with several keys are those of their entry.
            let is_listed = output.stream.key.len() == 1 && key != entry.id && !output.has_pseudonyms();
            if is_listed && !self.is_new(short(output.stream.summary, &key)) {
                self.walk.duplicates += 1;
                continue;
            }
            self.sink.write(*place, output, &row)?;
            if let Some(state) = self.checkpoint.outputs.get_mut(*place) {
                state.rows += 1;
                state.ids.add(&key);
            }
        }
        Ok(())
    }

    fn reject(&mut self, pass: &Pass, entry: Entry, position: &PagePosition) -> Result<(), Error> {
        let record = entry.rows.into_iter().next().map(|record| record.fields.into()).unwrap_or_default();
        let reason = "it has no id".to_owned();
        self.sink.reject(&Reject { source: pass.source.name, page: position.page(), reason, record })?;
        self.checkpoint.rejects += 1;
        Ok(())
    }

    /// Reads some pages again, and compares them with what they were.
    async fn compare(&mut self, pass: &Pass) -> Result<(), Error> {
        let reading = crate::source::Reading { is_check: true, ..pass.reading.clone() };
        for sample in self.walk.samples() {
            let mut pages = (pass.source.open)(self.client, &reading, Some(&sample.position));
            let page = match pages.try_next().await {
                Ok(Some(page)) => page,
                Ok(None) => continue,
                Err(error) if may_pass(&error) || error.kind() == ClientErrorKind::Paging => {
                    let doubt = format!("a page could not be read again: {error}");
                    self.walk.doubts.insert(doubt);
                    break;
                }
                Err(error) => {
                    let message = format!("the list of {} could not be compared: {error}", pass.source.name);
                    return Err(Error::of_client(message, error).with_help(RESUME));
                }
            };
            let is_unknown = |entry: &&Entry| !self.seen.contains(&short(pass.source.name, &entry.id));
            let unknown = page.entries.iter().filter(is_unknown).count();
            let ids = page.entries.iter().map(|entry| entry.id.as_str()).collect();
            let (position, next) = (&page.position, page.next.as_ref());
            let shown = Shown { ids, position, next, total: page.total, surface: page.surface };
            self.walk.compared(&sample, &shown, unknown);
            self.report_progress(pass);
        }
        self.walk.end_round();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), Error> {
        let (usage, elapsed) = self.before;
        self.checkpoint.usage = usage.plus(self.usage.so_far());
        let session = self.client.now().as_millisecond() - self.begun.as_millisecond();
        self.checkpoint.elapsed_ms = elapsed + session.max(0);
        if let Some(state) = self.checkpoint.walks.get_mut(self.place) {
            state.walk.clone_from(&self.walk);
        }
        self.sink.commit(&mut self.checkpoint, &self.fresh)?;
        self.fresh.clear();
        self.requests = 0;
        Ok(())
    }

    fn report_progress(&mut self, pass: &Pass) {
        let walk = &self.walk;
        let (is_comparing, entries, total) = (walk.phase == Phase::Comparing, walk.entries, walk.total_last);
        let rows = self.checkpoint.outputs.iter().map(|output| output.rows).sum();
        let usage = self.before.0.plus(self.usage.so_far());
        let stream = pass.reading.streams.first().copied().unwrap_or_default();
        (self.on_progress)(&Progress { stream, is_comparing, entries, total, rows, usage });
    }
}

/// Why the reading of a list stopped.
enum Stop {
    Tenant(ClientError),
    Sink(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Sink(error)
    }
}

const RESUME: &str = "what was read is kept: continue with --resume";

/// Whether the failure of a page may pass.
fn may_pass(error: &ClientError) -> bool {
    let is_settled = error.is_unauthorized()
        || error.is_forbidden()
        || error.is_settings()
        || error.is_invalid_argument()
        || error.is_no_route()
        || error.is_not_found()
        || error.kind() == ClientErrorKind::Paging;
    !is_settled
}
