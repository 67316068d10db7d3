//! Where a page of a list is.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{Error, Input, Surface};

/// Where a page of a list is: its number, or its cursor if the tenant pages by cursor, and the surface that split the list
/// into pages. Every page of a list reports its own and the next one
/// ([`Response::next_position`](crate::Response::next_position)). It can be serialized and stored, so that a later run
/// starts there ([`ListUsers::start_at`](crate::ListUsers::start_at)). It contains no key and no user.
///
/// ```
/// use thought_industries::{PagePosition, Surface};
///
/// let position: PagePosition = serde_json::from_str(r#"{"page":3,"surface":"graphql"}"#)?;
/// assert_eq!((position.page(), position.cursor()), (3, None));
/// assert_eq!(position.surface(), Some(Surface::GraphQl));
/// assert_eq!(PagePosition::from("Mg").cursor(), Some("Mg"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PagePosition {
    /// Starts at 1. With a cursor, the client's own count.
    #[serde(rename = "page")]
    pub(crate) number: i64,
    /// The cursor of the page, if the tenant pages by cursor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<String>,
    /// The surface of the earlier pages: another surface would split the list differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) surface: Option<Surface>,
    /// The entries per page that were asked for: with another number, the list is split differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) page_size: Option<u32>,
}

impl PagePosition {
    /// The page with this number; the first is 1.
    pub fn of_page(page: i64) -> Self {
        Self { number: page, cursor: None, surface: None, page_size: None }
    }

    /// The page with this cursor. Only REST v2 pages by cursor.
    pub fn of_cursor(cursor: impl Into<String>) -> Self {
        Self { cursor: Some(cursor.into()), surface: Some(Surface::RestV2), ..Self::of_page(1) }
    }

    pub(crate) fn first() -> Self {
        Self::of_page(1)
    }

    /// The number of the page, from 1. If there is a cursor, this is how many pages the run has read, which the tenant does
    /// not know.
    pub fn page(&self) -> i64 {
        self.number
    }

    /// The cursor of the page, if the tenant pages by cursor.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// The surface that the page is on; `None` if any surface may be used.
    pub fn surface(&self) -> Option<Surface> {
        self.surface
    }

    /// The numbers of this page and those after it.
    pub(crate) fn numbers(&self, pages: usize) -> RangeInclusive<i64> {
        let more = i64::try_from(pages).unwrap_or(i64::MAX).saturating_sub(1);
        self.number..=self.number.saturating_add(more)
    }

    /// The page number, as a variable; absent if there is a cursor.
    pub(crate) fn variable(&self) -> Input<i64> {
        if self.cursor.is_some() { Input::Absent } else { Input::Value(self.number) }
    }

    /// The cursor, as an argument of a REST route.
    pub(crate) fn arguments(&self) -> Vec<(&'static str, String)> {
        self.cursor.iter().map(|cursor| ("cursor", cursor.clone())).collect()
    }

    /// Refuses a position that no page has, or that is on another surface than the only one of the call.
    pub(crate) fn check(&self, only: Option<Surface>) -> Result<(), Error> {
        if let (Some(own), Some(only)) = (self.surface, only)
            && own != only
        {
            let message = format!("the position is one of {own}, and the call is restricted to {only}");
            return Err(Error::invalid_argument(message));
        }
        if self.page_size == Some(0) {
            return Err(Error::invalid_argument("a page of no entries was asked for"));
        }
        match &self.cursor {
            Some(cursor) if cursor.is_empty() => Err(Error::invalid_argument("the cursor to start at is empty")),
            None if self.number < 1 => {
                Err(Error::invalid_argument(format!("there is no page {}: the first is 1", self.number)))
            }
            _ => Ok(()),
        }
    }
}

/// The page with this cursor.
impl From<&str> for PagePosition {
    fn from(cursor: &str) -> Self {
        Self::of_cursor(cursor)
    }
}

/// The page with this cursor.
impl From<String> for PagePosition {
    fn from(cursor: String) -> Self {
        Self::of_cursor(cursor)
    }
}

impl From<&PagePosition> for PagePosition {
    fn from(position: &PagePosition) -> Self {
        position.clone()
    }
}

/// The position of a page, and where the list continues after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) own: PagePosition,
    pub(crate) next: Option<PagePosition>,
}
