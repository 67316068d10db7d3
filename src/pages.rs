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
    read: impl Fn(Position) -> BoxFuture<'static, Result<Answer<P>, Error>> + Send + 'static,
) -> BoxStream<'static, Result<Answer<P>, Error>> {
    let start = Some((Position::first(), BTreeSet::new()));
    stream::try_unfold((start, read), |(position, read)| async move {
        let Some((position, mut cursors)) = position else { return Ok(None) };
        let page = read(position.clone()).await?;
        let next = follow(&position, &page, &mut cursors)?;
        Ok(Some((page, (next.map(|next| (next, cursors)), read))))
    })
    .boxed()
}

/// The entries of all pages.
pub(crate) fn items<P: Page>(
    pages: BoxStream<'static, Result<Answer<P>, Error>>,
) -> BoxStream<'static, Result<P::Item, Error>> {
    pages.map_ok(|page| stream::iter(page.into_inner().into_items().into_iter().map(Ok))).try_flatten().boxed()
}

/// Which page follows, if one does. A list that leads back to where it was is an error, since it would never end.
fn follow<P: Page>(
    position: &Position,
    page: &Answer<P>,
    cursors: &mut BTreeSet<String>,
) -> Result<Option<Position>, Error> {
    let Some(info) = page.info() else { return Ok(None) };
    let wrong = |message: String| Err(Error::new(Kind::Paging(message)).with_surface(page.surface()));
    if let Some(shown) = info.current_page.filter(|shown| *shown != position.number && position.cursor.is_none()) {
        return wrong(format!("page {} was asked for, and page {shown} came", position.number));
    }
    let cursor = info.cursor.clone().filter(|cursor| !cursor.is_empty());
    if !info.has_more.unwrap_or(cursor.is_some()) {
        return Ok(None);
    }
    if page.len() == 0 {
        return wrong(format!("page {} is empty, and yet more are to follow", position.number));
    }
    if let Some(cursor) = &cursor
        && !cursors.insert(cursor.clone())
    {
        return wrong(format!("the cursor of page {} has led to a page before", position.number + 1));
    }
    Ok(Some(Position { number: position.number + 1, cursor, surface: Some(page.surface()) }))
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
        let asked = Arc::new(Mutex::new(Asked::new()));
        let log = Arc::clone(&asked);
        let pages = pages(move |position: Position| {
            let mut log = log.lock().expect("no panic");
            let (entries, info) = script[log.len()].clone();
            log.push((position.number, position.cursor));
            let value = UsersList {
                users: Some(vec![User::default(); entries]),
                page_info: Some(Box::new(info)),
                ..UsersList::default()
            };
            let answer = Answer { value, surface: Surface::RestV2, gaps: Vec::new(), errors: Vec::new() };
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
    }
}
