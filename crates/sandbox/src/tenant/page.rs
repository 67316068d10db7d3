//! One page of a list.

use std::rc::Rc;

/// How many users a page has, over GraphQL and v2.
pub(crate) const USERS_PER_PAGE: u32 = 100;

/// How many licenses a page has.
pub(crate) const LICENSES_PER_PAGE: u32 = 50;

/// How many clients a page has: the default, and the maximum for `count`.
pub(crate) const CLIENTS_PER_PAGE: u32 = 25;
pub(crate) const MOST_CLIENTS_PER_PAGE: u32 = 100;

/// How many entries a page of a list of content has, unless the request gives a number: the default of `GET /courseGroups`
/// for those, and the number of production's pages for the others.
pub(crate) const GROUPS_PER_PAGE: u32 = 25;
pub(crate) const CODES_PER_PAGE: u32 = 50;
pub(crate) const ENTRIES_PER_PAGE: u32 = 100;

/// The most entries that a request may ask for, which `GET /courseGroups` has.
pub(crate) const MOST_ENTRIES_PER_PAGE: u32 = 1000;

/// One page of a list: its entries, and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Page {
    /// Indices of the entries.
    pub(crate) entries: Vec<u32>,
    /// Counted from 1.
    pub(crate) number: u32,
    pub(crate) size: u32,
    pub(crate) total: u32,
    /// The client that the licenses belong to.
    pub(crate) of_client: Option<u32>,
}

impl Page {
    /// Cuts a page out of a list of `total` entries, where `entry` returns the entry at a place. Pages count from 1.
    pub(crate) fn cut(number: u32, size: u32, total: u32, entry: impl Fn(u32) -> Option<u32>) -> Rc<Self> {
        let number = number.max(1);
        let start = (number - 1).saturating_mul(size).min(total);
        let end = start.saturating_add(size).min(total);
        Rc::new(Self { entries: (start..end).filter_map(entry).collect(), number, size, total, of_client: None })
    }

    pub(crate) fn has_more(&self) -> bool {
        self.number.saturating_mul(self.size) < self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn pages_together_are_the_list(size in 1u32..40, total in 0u32..200) {
            let mut read: Vec<u32> = Vec::new();
            for number in 1.. {
                let page = Page::cut(number, size, total, Some);
                read.extend(&page.entries);
                if !page.has_more() {
                    break;
                }
                prop_assert!(!page.entries.is_empty());
            }
            prop_assert_eq!(read, (0..total).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_page_beyond_the_end_is_empty() {
        let page = Page::cut(u32::MAX, 100, 250, Some);
        assert!(page.entries.is_empty() && !page.has_more());
    }
}
