//! How many entries a list has shown, compared with the total that its pages report.

use super::Shown;
use crate::Error;
use crate::error::Kind;
use crate::position::PagePosition;

/// The count of a list that is read from its beginning.
#[derive(Debug)]
pub(super) struct Count {
    /// Whether all entries are read that the total counts. A filter may leave out entries that it counts.
    is_comparable: bool,
    total: Option<i64>,
    pages: usize,
    entries: usize,
    /// The entries of the largest page.
    largest: usize,
}

impl Count {
    pub(super) fn from(start: &PagePosition, is_unfiltered: bool) -> Self {
        let is_comparable = is_unfiltered && start.number == 1 && start.cursor.is_none();
        Self { is_comparable, total: None, pages: 0, entries: 0, largest: 0 }
    }

    pub(super) fn add(&mut self, shown: &Shown<'_>) {
        let total = shown.info.and_then(|info| info.total);
        // Of a total that changes, or is missing on a page, nothing can be said.
        self.is_comparable &= total.is_some() && (self.pages == 0 || total == self.total);
        self.total = total;
        self.pages += 1;
        self.entries += shown.entries;
        self.largest = self.largest.max(shown.entries);
    }

    /// Refuses a list that ended although all its pages reported a total that is larger by a page or more. Fewer entries may
    /// be missing because some left and others joined while the list was read. A list of one page is believed: tenants differ
    /// in what they count, and no other page said that more follow.
    pub(super) fn check(&self) -> Result<(), Error> {
        let total = self.total.and_then(|total| usize::try_from(total).ok()).unwrap_or(0);
        let expected = self.entries.saturating_add(self.largest.max(1));
        if !self.is_comparable || self.pages < 2 || total < expected {
            return Ok(());
        }
        let message = format!(
            "the list ended after {} pages with {} entries, and each reported {total}",
            self.pages, self.entries
        );
        Err(Error::new(Kind::Paging(message)))
    }
}
