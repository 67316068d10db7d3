//! What a list has shown so far, and what that proves. No input or output happens here.

mod samples;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use thought_industries::{PagePosition, Surface};

pub(crate) use samples::Sample;
use samples::Samples;

/// The pages that a checkpoint keeps. Where more have to be read again, the list is read from its beginning.
const TRAIL: usize = 32;

/// How often a list is read at most, if entries have moved while it was.
const ROUNDS: u32 = 3;

/// What a list has shown so far. A checkpoint has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Walk {
    /// The pages that were read last.
    trail: Vec<PagePosition>,
    /// Where the list continues.
    next: Option<PagePosition>,
    pub(crate) phase: Phase,
    /// How often the list was begun.
    rounds: u32,
    pub(crate) pages: u64,
    /// Entries, each counted once.
    pub(crate) entries: u64,
    pub(crate) total_first: Option<i64>,
    pub(crate) total_last: Option<i64>,
    /// Entries that came again although no page was read again.
    pub(crate) duplicates: u64,
    /// Whether the library has read pages again because entries left.
    has_shrunk: bool,
    /// Whether a page that was read again had other entries, so that some may have been missed.
    has_moved: bool,
    /// What the last comparison found.
    compared: Compared,
    /// The last page of this round.
    furthest: i64,
    samples: Samples,
    pub(crate) doubts: BTreeSet<String>,
    pub(crate) gaps: BTreeSet<String>,
    pub(crate) surfaces: BTreeMap<Surface, u64>,
}

/// How far a list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Phase {
    /// Its pages are read.
    #[default]
    Reading,
    /// Some pages are read again and compared.
    Comparing,
    /// It is done.
    Done,
}

/// What a comparison of pages with what they were has found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Compared {
    #[default]
    Same,
    /// A page had other entries.
    Moved,
    /// A page had an entry that was never read.
    Short,
}

/// A page, as far as the proof is about it.
#[derive(Debug, Clone)]
pub(crate) struct Shown<'p> {
    pub(crate) ids: Vec<&'p str>,
    pub(crate) position: &'p PagePosition,
    pub(crate) next: Option<&'p PagePosition>,
    pub(crate) total: Option<i64>,
    pub(crate) surface: Surface,
}

/// Whether an export is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Completeness {
    /// Every page reported the same total, as many entries were read, none came twice, and pages that were read again had
    /// the same entries.
    Proven,
    /// The list changed while it was read. All entries were read that its pages reported, also after it changed.
    ChangedWhileRead,
    /// Entries may be missing: fewer were read than the tenant reports, or it reports no total.
    Unproven,
}

impl Completeness {
    /// Its name: `proven`, `changed-while-read` or `unproven`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::ChangedWhileRead => "changed-while-read",
            Self::Unproven => "unproven",
        }
    }
}

impl Walk {
    /// Where an interrupted list is joined, `back` pages further back: 0 is the last page that was read. `None` if that is
    /// before its beginning, or no longer known.
    pub(crate) fn overlap(&self, back: usize) -> Option<&PagePosition> {
        // The library continues at an earlier page if entries have left.
        let last = self.next.as_ref().map_or(i64::MAX, PagePosition::page);
        self.trail.iter().rev().filter(|read| read.page() <= last).nth(back)
    }

    /// Whether pages of this round were read.
    pub(crate) fn is_begun(&self) -> bool {
        !self.trail.is_empty()
    }

    /// Whether the next page was read before: the library reads pages again after entries have left.
    pub(crate) fn is_again(&self, position: &PagePosition) -> bool {
        position.page() <= self.furthest
    }

    /// Records a page that continues the list. `repeated` is how many of its entries were read before.
    pub(crate) fn read(&mut self, shown: &Shown<'_>, repeated: usize) {
        if self.is_again(shown.position) {
            self.has_shrunk = true;
        } else {
            // In a later round, all entries are expected to be known.
            self.duplicates += if self.rounds == 0 { repeated as u64 } else { 0 };
            self.furthest = shown.position.page();
            self.trail.push(shown.position.clone());
            if self.trail.len() > TRAIL {
                self.trail.remove(0);
            }
            self.samples.add(shown.position, &shown.ids);
        }
        self.joined(shown, repeated);
        self.pages += 1;
        self.next = shown.next.cloned();
    }

    /// Records a page that was read again to join an interrupted list.
    pub(crate) fn joined(&mut self, shown: &Shown<'_>, repeated: usize) {
        self.entries += (shown.ids.len() - repeated.min(shown.ids.len())) as u64;
        self.total_first = self.total_first.or(shown.total);
        self.total_last = shown.total.or(self.total_last);
        *self.surfaces.entry(shown.surface).or_default() += 1;
    }

    /// Continues at an earlier page, because what was read last is no longer where it was.
    pub(crate) fn rejoin(&mut self, position: Option<&PagePosition>) {
        self.next = position.cloned();
        self.has_shrunk = true;
    }

    /// Ends the reading of pages. What follows is the comparison.
    pub(crate) fn ended(&mut self, doubt: Option<String>) {
        self.doubts.extend(doubt);
        self.phase = Phase::Comparing;
        self.compared = Compared::Same;
    }

    /// Ends the list without a comparison.
    pub(crate) fn end_unproven(&mut self, doubt: &str) {
        self.doubts.insert(doubt.to_owned());
        self.phase = Phase::Done;
    }

    /// The pages to compare.
    pub(crate) fn samples(&self) -> Vec<Sample> {
        self.samples.of_round()
    }

    /// Records a page that was read again for comparison. `unknown` is how many of its entries were never read.
    pub(crate) fn compared(&mut self, sample: &Sample, shown: &Shown<'_>, unknown: usize) {
        let has_moved = sample.has_moved(&shown.ids);
        let found = if unknown > 0 { Compared::Short } else { Compared::Moved };
        let found = if has_moved { found } else { Compared::Same };
        self.has_moved |= has_moved;
        self.compared = self.compared.max(found);
        self.total_last = shown.total.or(self.total_last);
    }

    /// Ends the comparison. If entries have moved, or some are missing from a list that has changed, it is read once more.
    pub(crate) fn end_round(&mut self) {
        // Entries that joined after the list was read are not missing.
        let least = self.total_first.zip(self.total_last).map(|(first, last)| first.min(last));
        let is_known_short = least.is_some_and(|least| self.entries_as_total() < least) && self.doubts.is_empty();
        let has_changed = self.has_moved || self.total_first != self.total_last || self.has_shrunk;
        self.rounds += 1;
        if (self.compared > Compared::Same || (is_known_short && has_changed)) && self.rounds < ROUNDS {
            self.phase = Phase::Reading;
            self.trail.clear();
            (self.next, self.furthest) = (None, 0);
            self.samples = Samples::default();
            return;
        }
        self.phase = Phase::Done;
    }

    fn entries_as_total(&self) -> i64 {
        i64::try_from(self.entries).unwrap_or(i64::MAX)
    }

    /// Whether the list is complete, and why not.
    pub(crate) fn verdict(&self) -> (Completeness, Vec<String>) {
        let mut reasons: Vec<String> = self.doubts.iter().cloned().collect();
        let (Some(first), Some(last)) = (self.total_first, self.total_last) else {
            reasons.push("the tenant reports no total".to_owned());
            return (Completeness::Unproven, reasons);
        };
        let entries = self.entries_as_total();
        if entries < first.min(last) {
            reasons.push(format!("{entries} entries were read of {}", first.min(last)));
        }
        if self.compared == Compared::Short {
            reasons.push("a page that was read again had entries that were never read".to_owned());
        }
        if !reasons.is_empty() {
            return (Completeness::Unproven, reasons);
        }
        if first != last {
            reasons.push(format!("the total was {first} at first and {last} at last"));
        }
        if self.duplicates > 0 {
            reasons.push(format!("{} entries came more than once", self.duplicates));
        }
        if self.has_moved {
            reasons.push("a page that was read again had other entries".to_owned());
        }
        if self.has_shrunk && first == last {
            reasons.push("pages were read again because entries left".to_owned());
        }
        if entries != last && first == last {
            reasons.push(format!("{entries} entries were read of {last}"));
        }
        let complete = if reasons.is_empty() { Completeness::Proven } else { Completeness::ChangedWhileRead };
        (complete, reasons)
    }
}

#[cfg(test)]
mod tests;
