//! Pages that are read again at the end, spread over a list whose length is not known when it begins.

use serde::{Deserialize, Serialize};
use thought_industries::PagePosition;

use crate::digest::short;

/// How many pages are compared at most.
const MOST: usize = 16;

/// Pages spread evenly over those that were read: each `stride`-th one, and the last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Samples {
    seen: u64,
    stride: u64,
    kept: Vec<Sample>,
    last: Option<Sample>,
}

/// A page and the entries that it had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    pub(crate) position: PagePosition,
    count: usize,
    digest: u64,
}

impl Sample {
    fn of(position: &PagePosition, ids: &[&str]) -> Self {
        Self { position: position.clone(), count: ids.len(), digest: digest_of(ids) }
    }

    /// Whether the page has other entries now. Others that follow its own have joined at the end of the list.
    pub(super) fn has_moved(&self, ids: &[&str]) -> bool {
        ids.get(..self.count).is_none_or(|same| digest_of(same) != self.digest)
    }
}

impl Default for Samples {
    fn default() -> Self {
        Self { seen: 0, stride: 1, kept: Vec::new(), last: None }
    }
}

impl Samples {
    pub(super) fn add(&mut self, position: &PagePosition, ids: &[&str]) {
        let sample = Sample::of(position, ids);
        if self.seen.is_multiple_of(self.stride) {
            self.kept.push(sample.clone());
        }
        self.seen += 1;
        self.last = Some(sample);
        if self.kept.len() == MOST {
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// The pages to compare. A list of one page is not read again: there is no edge between pages.
    pub(super) fn of_round(&self) -> Vec<Sample> {
        if self.seen < 2 {
            return Vec::new();
        }
        let last = self.last.iter().filter(|last| self.kept.last() != Some(last));
        self.kept.iter().chain(last).cloned().collect()
    }
}

/// A digest of the entries of a page, in their order.
fn digest_of(ids: &[&str]) -> u64 {
    short("page", &ids.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(count: i64) -> Vec<i64> {
        let mut samples = Samples::default();
        for page in 1..=count {
            samples.add(&PagePosition::of_page(page), &["a"]);
        }
        samples.of_round().iter().map(|sample| sample.position.page()).collect()
    }

    #[test]
    fn a_page_has_moved_unless_others_follow_only() {
        let sample = Sample::of(&PagePosition::of_page(2), &["d", "e", "f"]);
        let moved = |ids: &[&str]| sample.has_moved(ids);
        assert!(!moved(&["d", "e", "f"]) && !moved(&["d", "e", "f", "g"]));
        for now in [&["c", "d", "e"][..], &["e", "f", "g"], &["d", "e"], &["d", "f", "e"], &[]] {
            assert!(moved(now), "{now:?}");
        }
    }

    #[test]
    fn samples_are_spread_over_a_list_of_any_length() {
        assert_eq!(pages(0), [0; 0]);
        assert_eq!(pages(1), [0; 0]);
        assert_eq!(pages(3), [1, 2, 3]);
        assert_eq!(pages(20), [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 20]);
        for count in [100, 1_000, 10_000] {
            let all = pages(count);
            assert!(all.len() > MOST / 2 && all.len() <= MOST && all.last() == Some(&count), "{count}: {all:?}");
        }
    }
}
