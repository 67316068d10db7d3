//! Lists, page by page and item by item.

use std::collections::BTreeSet;

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use crate::error::Kind;
use crate::model::PageInfo;
use crate::{Answer, Error, Input, Surface};

/// A list's page.
pub(crate) trait Page: Send + 'static {
    type Item: Send + 'static;

    /// Where the page stands.
    fn info(&self) -> Option<&PageInfo>;
    fn len(&self) -> usize;
    /// The id of the first entry.
    fn first(&self) -> Option<&str>;
    fn into_items(self) -> Vec<Self::Item>;
}

/// Which page to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Position {
    /// Counted from 1.
    pub(crate) number: i64,
    /// What leads to the page, where the tenant pages by cursor.
    pub(crate) cursor: Option<String>,
    /// The surface of the pages before: pages of another would be cut differently.
    pub(crate) surface: Option<Surface>,
}

impl Position {
    pub(crate) fn first() -> Self {
        Self { number: 1, cursor: None, surface: None }
    }

    /// The number of the page, as a variable; a cursor takes its place.
    pub(crate) fn page(&self) -> Input<i64> {
        if self.cursor.is_some() { Input::Absent } else { Input::Value(self.number) }
    }

    /// The cursor, as an argument of a REST route.
    pub(crate) fn arguments(&self) -> Vec<(&'static str, String)> {
        self.cursor.iter().map(|cursor| ("cursor", cursor.clone())).collect()
    }
}

/// The pages of a list, each with its route and gaps. Stops by itself, and after an error.
pub(crate) fn pages<P: Page>(
    operation: &'static str,
    read: impl Fn(Position) -> BoxFuture<'static, Result<Answer<P>, Error>> + Send + 'static,
) -> BoxStream<'static, Result<Answer<P>, Error>> {
    let start = Some((Position::first(), Trail::default()));
    stream::try_unfold((start, read), move |(position, read)| async move {
        let Some((position, mut trail)) = position else { return Ok(None) };
        let page = read(position.clone()).await?;
        let shown = Shown { info: page.info(), entries: page.len(), first: page.first() };
        let next = trail.follow(&position, &shown, page.surface());
        let next = next.map_err(|error| error.with_operation(operation).with_surface(page.surface()))?;
        Ok(Some((page, (next.map(|next| (next, trail)), read))))
    })
    .boxed()
}

/// The entries of all pages.
pub(crate) fn items<P: Page>(
    pages: BoxStream<'static, Result<Answer<P>, Error>>,
) -> BoxStream<'static, Result<P::Item, Error>> {
    pages.map_ok(|page| stream::iter(page.into_inner().into_items().into_iter().map(Ok))).try_flatten().boxed()
}

/// What a page shows of itself.
pub(crate) struct Shown<'p> {
    pub(crate) info: Option<&'p PageInfo>,
    pub(crate) entries: usize,
    pub(crate) first: Option<&'p str>,
}

/// Where a list has been: one that leads back there would never end.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    cursors: BTreeSet<String>,
    first: Option<String>,
}

impl Trail {
    /// Which page follows, if one does.
    pub(crate) fn follow(
        &mut self,
        position: &Position,
        shown: &Shown<'_>,
        surface: Surface,
    ) -> Result<Option<Position>, Error> {
        let Some(info) = shown.info else { return Ok(None) };
        let wrong = |message: String| Err(Error::new(Kind::Paging(message)));
        if let Some(current) = info.current_page.filter(|page| *page != position.number && position.cursor.is_none()) {
            return wrong(format!("page {} was asked for, and page {current} came", position.number));
        }
        let cursor = info.cursor.clone().filter(|cursor| !cursor.is_empty());
        if !info.has_more.unwrap_or(cursor.is_some()) {
            return Ok(None);
        }
        if shown.entries == 0 {
            return wrong(format!("page {} is empty, and yet more are to follow", position.number));
        }
        if shown.first.is_some() && shown.first == self.first.as_deref() {
            return wrong(format!("page {} is the page before it again", position.number));
        }
        self.first = shown.first.map(str::to_owned);
        if let Some(cursor) = &cursor
            && !self.cursors.insert(cursor.clone())
        {
            return wrong(format!("the cursor of page {} has led to a page before", position.number + 1));
        }
        Ok(Some(Position { number: position.number + 1, cursor, surface: Some(surface) }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::FutureExt as _;
    use futures::executor::block_on;

    use super::*;
    use crate::model::{User, UsersList};

    /// Which pages were asked for, by number and cursor.
    type Asked = Vec<(i64, Option<String>)>;

    /// Reads a list from pages made up beforehand: how many entries came, and which pages were asked for.
    fn read(script: Vec<(usize, PageInfo)>) -> (Result<usize, String>, Asked) {
        let ids = (0..script.len()).collect();
        read_with_ids(script, ids)
    }

    /// The same, with a number for each page from which the ids of its entries are made.
    fn read_with_ids(script: Vec<(usize, PageInfo)>, ids: Vec<usize>) -> (Result<usize, String>, Asked) {
        let asked = Arc::new(Mutex::new(Asked::new()));
        let log = Arc::clone(&asked);
        let pages = pages("users.list", move |position: Position| {
            let mut log = log.lock().expect("no panic");
            let (entries, info) = script[log.len()].clone();
            log.push((position.number, position.cursor));
            let named = |place| User { id: format!("{}-{place}", ids[log.len() - 1]), ..User::default() };
            let value = UsersList {
                users: Some((0..entries).map(named).collect()),
                page_info: Some(Box::new(info)),
                ..UsersList::default()
            };
            let answer = Answer::new(value, Surface::RestV2);
            async move { Ok(answer) }.boxed()
        });
        let read = block_on(items(pages).try_collect::<Vec<_>>());
        let asked = Arc::into_inner(asked).expect("the stream is gone").into_inner().expect("no panic");
        (read.map(|items| items.len()).map_err(|error| error.to_string()), asked)
    }

    fn numbered(page: i64, has_more: bool) -> PageInfo {
        PageInfo { current_page: Some(page), has_more: Some(has_more), ..PageInfo::default() }
    }

    fn by_cursor(cursor: Option<&str>) -> PageInfo {
        PageInfo { cursor: cursor.map(str::to_owned), has_more: Some(cursor.is_some()), ..PageInfo::default() }
    }

    #[test]
    fn lists_end_by_themselves() {
        let (read_items, asked) = read(vec![(100, numbered(1, true)), (50, numbered(2, false))]);
        assert_eq!(read_items, Ok(150));
        assert_eq!(asked, [(1, None), (2, None)]);
        let (read_items, asked) =
            read(vec![(2, by_cursor(Some("Mg"))), (2, by_cursor(Some("Mw"))), (1, by_cursor(None))]);
        assert_eq!(read_items, Ok(5));
        assert_eq!(asked, [(1, None), (2, Some("Mg".into())), (3, Some("Mw".into()))]);
        assert_eq!(read(vec![(3, PageInfo::default())]).0, Ok(3));
        assert_eq!(read(vec![(0, numbered(1, false))]).0, Ok(0));
    }

    #[test]
    fn lists_that_would_never_end_are_errors() {
        let again = vec![(2, by_cursor(Some("Mg"))), (2, by_cursor(Some("Mg")))];
        assert!(read(again).0.expect_err("a cursor again").contains("cursor"));
        let stuck = vec![(2, numbered(1, true)), (2, numbered(1, true))];
        assert!(read(stuck).0.expect_err("a page again").contains("page 2 was asked for, and page 1 came"));
        assert!(read(vec![(0, numbered(1, true))]).0.expect_err("an empty page").contains("empty"));
        let unnumbered = PageInfo { has_more: Some(true), ..PageInfo::default() };
        let (again, _) = read_with_ids(vec![(2, unnumbered.clone()), (2, unnumbered)], vec![7, 7]);
        assert_eq!(again.expect_err("the page again"), "users.list over REST v2: page 2 is the page before it again");
    }
}
