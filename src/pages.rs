//! Lists, page by page and item by item.

mod count;

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use self::count::Count;
use crate::error::Kind;
use crate::model::PageInfo;
use crate::position::{PagePosition, Place};
use crate::profile::Paging;
use crate::tenant::Tenant;
use crate::{Error, Response, Surface};

/// A page of a list.
pub(crate) trait Page: Send + 'static {
    type Item: Send + 'static;

    /// How the page describes its position.
    fn info(&self) -> Option<&PageInfo>;
    fn len(&self) -> usize;
    /// The id of the first entry.
    fn first(&self) -> Option<&str>;
    fn id(item: &Self::Item) -> &str;
    fn into_items(self) -> Vec<Self::Item>;
}

/// The pages of a list, each with its route and gaps. Ends after the last page, and after an error.
///
/// If the total shrinks, entries have moved up, some of them onto pages that were already read. Those pages are read
/// again so that no entry is missed; an entry may then appear twice. Entries that leave and join between two pages in
/// equal numbers cannot be detected. An unfiltered list that ends a page or more before its total ends with an error: its
/// last page may be that of an earlier read.
pub(crate) fn pages<P: Page>(
    operation: &'static str,
    start: PagePosition,
    is_unfiltered: bool,
    read: impl Fn(PagePosition) -> BoxFuture<'static, Result<Response<P>, Error>> + Send + 'static,
) -> BoxStream<'static, Result<Response<P>, Error>> {
    let walk = Walk::from(start, is_unfiltered);
    stream::try_unfold((walk, read), move |(mut walk, read)| async move {
        let Some((position, is_again)) = walk.next() else {
            return walk.count.check().map(|()| None).map_err(|error| error.with_operation(operation));
        };
        let mut page = read(position.clone()).await?.reject_partial(operation)?;
        page.place = Some(Box::new(walk.place(operation, position, is_again, &page)?));
        Ok(Some((page, (walk, read))))
    })
    .boxed()
}

/// Records where a single page is, and where the list continues after it.
pub(crate) fn placed<P: Page>(
    operation: &'static str,
    start: PagePosition,
    mut page: Response<P>,
) -> Result<Response<P>, Error> {
    page.place = Some(Box::new(Walk::from(start.clone(), false).place(operation, start, false, &page)?));
    Ok(page)
}

/// The error of a page with a cursor that no surface has: only REST v2 takes cursors.
pub(crate) fn without_cursor(position: &PagePosition, error: Error) -> Error {
    if position.cursor.is_none() || !error.is_no_route() {
        return error;
    }
    let message = format!("only REST v2 pages by cursor, and the call cannot use it: start at a page instead; {error}");
    Error::new(Kind::NoRoute(message))
}

/// Whether the page at the start of a list is the one that was asked for. A tenant that pages in the other way ignores the
/// position and returns its first page, whose entries were read before.
pub(crate) fn check_start<P: Page>(tenant: &Tenant, start: &PagePosition, page: &Response<P>) -> Result<(), Error> {
    let Some(info) = page.info() else { return Ok(()) };
    let paging = tenant.endpoint(page.surface()).and_then(|endpoint| endpoint.paging);
    let message = match (&start.cursor, paging) {
        (None, Some(Paging::Cursor)) if start.number > 1 && info.current_page != Some(start.number) => {
            format!("the tenant pages by cursor and has no page {}: start at a cursor instead", start.number)
        }
        (Some(_), None | Some(Paging::Page)) if info.current_page == Some(1) => {
            "the tenant pages by number and ignores cursors: start at the number of a page instead".to_owned()
        }
        _ => return Ok(()),
    };
    Err(Error::new(Kind::Paging(message)))
}

/// The entries of all pages, each once.
pub(crate) fn items<P: Page>(
    pages: BoxStream<'static, Result<Response<P>, Error>>,
) -> BoxStream<'static, Result<P::Item, Error>> {
    let mut seen = HashSet::new();
    // Hashes take less memory than ids in a long list, and 64 bits practically never collide.
    let hasher = RandomState::new();
    let mut is_new = move |item: &P::Item| seen.insert(hasher.hash_one(P::id(item)));
    let all = pages.map_ok(|page| stream::iter(page.into_inner().into_items().into_iter().map(Ok))).try_flatten();
    all.try_filter(move |item| std::future::ready(is_new(item))).boxed()
}

/// A traversal of a list.
struct Walk {
    /// The next page.
    next: Option<PagePosition>,
    /// Pages to read again.
    again: Vec<PagePosition>,
    /// The pages already read.
    read: Vec<PagePosition>,
    /// The total that the last page reported.
    total: Option<i64>,
    /// The same, for the pages that are read again.
    again_total: Option<i64>,
    trail: Trail,
    count: Count,
}

impl Walk {
    fn from(start: PagePosition, is_unfiltered: bool) -> Self {
        Self {
            count: Count::from(&start, is_unfiltered),
            next: Some(start),
            again: Vec::new(),
            read: Vec::new(),
            total: None,
            again_total: None,
            trail: Trail::default(),
        }
    }

    /// Records what a page showed, and returns where it is. A list continues at the first page that is still to be read,
    /// which may be one that was read before.
    fn place<P: Page>(
        &mut self,
        operation: &'static str,
        position: PagePosition,
        is_again: bool,
        page: &Response<P>,
    ) -> Result<Place, Error> {
        let shown = Shown { info: page.info(), entries: page.len(), first: page.first() };
        let own = PagePosition { surface: Some(page.surface()), ..position.clone() };
        if is_again {
            self.read_again(&position, &shown);
        } else {
            let walked = self.walked(position, &shown, page.surface());
            walked.map_err(|error| error.with_operation(operation).with_surface(page.surface()))?;
        }
        let next = self.again.iter().chain(&self.next).min_by_key(|position| position.number).cloned();
        let next = next.map(|next| PagePosition { surface: Some(page.surface()), ..next });
        Ok(Place { own, next })
    }

    /// The page to read, and whether it was read before.
    fn next(&mut self) -> Option<(PagePosition, bool)> {
        let again = self.again.pop().map(|position| (position, true));
        again.or_else(|| self.next.take().map(|position| (position, false)))
    }

    /// Records what a repeated page showed: if more entries have left since, some have moved up onto the pages before
    /// it.
    fn read_again(&mut self, position: &PagePosition, shown: &Shown<'_>) {
        let total = shown.info.and_then(|info| info.total);
        if let (Some(before), Some(now)) = (self.again_total, total)
            && now < before
        {
            let earlier = self.read.iter().rposition(|read| read.number < position.number);
            let pages = self.pages_of(before - now, shown);
            let first = earlier.map_or(0, |last| (last + 1).saturating_sub(pages));
            for place in first..earlier.map_or(0, |last| last + 1) {
                self.again.extend(self.read.get(place).cloned());
            }
        }
        self.again_total = total.or(self.again_total);
    }

    /// The number of pages across which that many entries move.
    fn pages_of(&self, moved: i64, shown: &Shown<'_>) -> usize {
        let size = shown.info.and_then(|info| info.per_page).and_then(|size| usize::try_from(size).ok());
        usize::try_from(moved).unwrap_or(usize::MAX).div_ceil(size.unwrap_or(shown.entries).max(1))
    }

    /// Records what a page showed.
    fn walked(&mut self, position: PagePosition, shown: &Shown<'_>, surface: Surface) -> Result<(), Error> {
        let total = shown.info.and_then(|info| info.total);
        if let (Some(before), Some(now)) = (self.total, total)
            && now < before
        {
            // That many entries have moved up, past the end of the pages before this one.
            let pages = self.pages_of(before - now, shown);
            self.again = self.read.iter().rev().take(pages).cloned().collect();
            self.again.reverse();
        }
        self.total = total.or(self.total);
        self.again_total = self.total;
        self.count.add(shown);
        self.next = self.trail.follow(&position, shown, surface)?;
        self.read.push(position);
        Ok(())
    }
}

/// How a page describes itself.
pub(crate) struct Shown<'p> {
    pub(crate) info: Option<&'p PageInfo>,
    pub(crate) entries: usize,
    pub(crate) first: Option<&'p str>,
}

/// The pages that a list has visited: a list that leads back to one would never end.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    cursors: BTreeSet<String>,
    /// The first id of each page.
    firsts: BTreeSet<String>,
}

impl Trail {
    /// The next page, if any.
    pub(crate) fn follow(
        &mut self,
        position: &PagePosition,
        shown: &Shown<'_>,
        surface: Surface,
    ) -> Result<Option<PagePosition>, Error> {
        let Some(info) = shown.info else { return Ok(self.follow_blindly(position, shown, surface)) };
        let wrong = |message: String| Err(Error::new(Kind::Paging(message)));
        // With a cursor, the number is the client's own count, which the tenant does not know.
        if let Some(current) = info.current_page.filter(|page| *page != position.number && position.cursor.is_none()) {
            return wrong(format!("requested page {} but got page {current}", position.number));
        }
        let cursor = info.cursor.clone().filter(|cursor| !cursor.is_empty());
        let has_more = match (info.has_more, &cursor) {
            (Some(has_more), _) => has_more,
            // Without a flag, the last page may have no cursor or its own.
            (None, Some(cursor)) => Some(cursor) != position.cursor.as_ref(),
            (None, None) if position.cursor.is_some() => false,
            (None, None) => match (info.current_page, info.per_page, info.total) {
                (Some(current), Some(size), Some(total)) => current.saturating_mul(size) < total,
                _ => return Ok(self.follow_blindly(position, shown, surface)),
            },
        };
        if !has_more {
            return Ok(None);
        }
        if shown.entries == 0 {
            return wrong(format!("page {} is empty although more pages should follow", position.number));
        }
        // A list may lead in a circle with a new cursor each time, so entries are compared as well.
        if let Some(first) = shown.first
            && !self.firsts.insert(first.to_owned())
        {
            return wrong(format!("page {} repeats an earlier page", position.number));
        }
        if let Some(cursor) = &cursor
            && !self.cursors.insert(cursor.clone())
        {
            return wrong(format!("the cursor of page {} leads back to an earlier page", position.number + 1));
        }
        Ok(Some(PagePosition { number: position.number + 1, cursor, surface: Some(surface), ..*position }))
    }

    /// The next page of a list that does not describe its pages, until one is empty or repeats an earlier one: a tenant
    /// may have only one page, or ignore the number.
    fn follow_blindly(&mut self, position: &PagePosition, shown: &Shown<'_>, surface: Surface) -> Option<PagePosition> {
        let is_new = shown.first.is_some_and(|first| self.firsts.insert(first.to_owned()));
        let next = || PagePosition { number: position.number + 1, cursor: None, surface: Some(surface), ..*position };
        (shown.entries > 0 && is_new).then(next)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use futures::FutureExt as _;
    use futures::executor::block_on;

    use super::*;
    use crate::model::{User, UsersList};

    /// The requested pages, by number and cursor.
    type Asked = Vec<(i64, Option<String>)>;

    /// Reads a list from scripted pages. Returns the number of entries, and the requested pages.
    fn read(script: Vec<(usize, PageInfo)>) -> (Result<usize, String>, Asked) {
        let ids = (0..script.len()).collect();
        read_with_ids(script, ids)
    }

    /// The same, with a number for each page that determines the ids of its entries.
    fn read_with_ids(script: Vec<(usize, PageInfo)>, ids: Vec<usize>) -> (Result<usize, String>, Asked) {
        let asked = Arc::new(Mutex::new(Asked::new()));
        let log = Arc::clone(&asked);
        let pages = pages("users.list", PagePosition::first(), true, move |position: PagePosition| {
            let mut log = log.lock().expect("no panic");
            let (entries, info) = script[log.len()].clone();
            log.push((position.number, position.cursor));
            let named = |place| User { id: format!("{}-{place}", ids[log.len() - 1]), ..User::default() };
            let value = UsersList {
                users: Some((0..entries).map(named).collect()),
                page_info: Some(Box::new(info)),
                ..UsersList::default()
            };
            let answer = Response::new(value, Surface::RestV2);
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
        assert_eq!(read(vec![(3, PageInfo::default()), (0, PageInfo::default())]).0, Ok(3));
        let counted =
            |page| PageInfo { current_page: Some(page), per_page: Some(2), total: Some(3), ..PageInfo::default() };
        assert_eq!(read(vec![(2, counted(1)), (1, counted(2))]).0, Ok(3), "the total shows that more follow");
        assert_eq!(read(vec![(0, numbered(1, false))]).0, Ok(0));
    }

    #[test]
    fn a_list_that_shrinks_is_read_again_where_it_did() {
        let page = |page: i64, total: i64, has_more: bool| PageInfo {
            total: Some(total),
            per_page: Some(2),
            ..numbered(page, has_more)
        };
        // A user left before page 3, another one while page 2 was read again.
        let pages = vec![
            (2, page(1, 8, true)),
            (2, page(2, 8, true)),
            (2, page(3, 7, true)),
            (2, page(2, 6, true)),
            (2, page(1, 6, true)),
            (1, page(4, 7, false)),
        ];
        let (read, asked) = read(pages);
        assert_eq!(read, Ok(11), "entries with new ids each time");
        let asked: Vec<i64> = asked.into_iter().map(|(number, _)| number).collect();
        assert_eq!(asked, [1, 2, 3, 2, 1, 4]);
    }

    #[test]
    fn a_list_that_ends_a_page_before_its_total_is_an_error() {
        let page = |total: Option<i64>, has_more: bool| PageInfo {
            total,
            cursor: has_more.then(|| has_more.to_string()),
            has_more: Some(has_more),
            ..PageInfo::default()
        };
        // The totals of two pages, the entries of the second one, and whether they are all.
        let cases = [
            ([Some(8), Some(8)], 1, false),
            ([Some(6), Some(6)], 2, false),
            ([Some(5), Some(5)], 2, true),
            ([Some(3), Some(3)], 1, true),
            ([Some(2), Some(2)], 2, true),
            ([Some(8), Some(9)], 1, true),
            ([Some(8), None], 1, true),
            ([None, Some(8)], 1, true),
        ];
        for (totals, last, is_whole) in cases {
            let (read, _) = read(vec![(2, page(totals[0], true)), (last, page(totals[1], false))]);
            assert_eq!(read.is_ok(), is_whole, "{totals:?}, {last}: {read:?}");
        }
        assert_eq!(read(vec![(2, page(Some(8), false))]).0, Ok(2), "one page");
    }

    #[test]
    fn a_list_continues_at_the_first_page_that_is_still_to_be_read() {
        let mut walk = Walk::from(PagePosition::first(), true);
        let mut continues = Vec::new();
        // A user left before page 3 was read.
        for total in [8, 8, 7, 7] {
            let (position, is_again) = walk.next().expect("a page");
            let info = PageInfo { total: Some(total), per_page: Some(2), ..numbered(position.number, true) };
            let users = [User { id: position.number.to_string(), ..User::default() }, User::default()];
            let value =
                UsersList { users: Some(users.into()), page_info: Some(Box::new(info)), ..UsersList::default() };
            let page = Response::new(value, Surface::GraphQl);
            let place = walk.place("users.list", position, is_again, &page).expect("a place");
            continues.push((place.own.number, place.next.map(|next| next.number)));
        }
        assert_eq!(continues, [(1, Some(2)), (2, Some(3)), (3, Some(2)), (2, Some(4))]);
    }

    #[test]
    fn a_list_that_does_not_describe_its_pages_is_read_until_nothing_is_new() {
        let follow = |firsts: &[&str]| {
            let (mut trail, mut position, mut read) = (Trail::default(), PagePosition::first(), 0);
            for first in firsts {
                read += 1;
                let entries = usize::from(!first.is_empty());
                let shown = Shown { info: None, entries, first: Some(*first).filter(|first| !first.is_empty()) };
                match trail.follow(&position, &shown, Surface::RestV2).expect("no error") {
                    Some(next) => position = next,
                    None => break,
                }
            }
            read
        };
        assert_eq!(follow(&["a", "b", "", "never"]), 3, "an empty page is the end");
        assert_eq!(follow(&["a", "a", "never"]), 2, "a tenant that ignores the number repeats itself");
        assert_eq!(follow(&["", "never"]), 1);
        // The last page of some tenants has its own cursor again, and no flag.
        let own = |cursor: Option<&str>| PageInfo { cursor: cursor.map(str::to_owned), ..PageInfo::default() };
        let pages = vec![(2, own(Some("Mg"))), (2, own(Some("Mg")))];
        assert_eq!(read(pages).0, Ok(4));
    }

    #[test]
    fn lists_that_would_never_end_are_errors() {
        let more = || PageInfo { has_more: Some(true), ..by_cursor(Some("Mg")) };
        let again = vec![(2, more()), (2, more())];
        assert!(read(again).0.expect_err("a cursor again").contains("cursor"));
        let stuck = vec![(2, numbered(1, true)), (2, numbered(1, true))];
        assert!(read(stuck).0.expect_err("a page again").contains("requested page 2 but got page 1"));
        assert!(read(vec![(0, numbered(1, true))]).0.expect_err("an empty page").contains("empty"));
        let unnumbered = PageInfo { has_more: Some(true), ..PageInfo::default() };
        let (again, _) = read_with_ids(vec![(2, unnumbered.clone()), (2, unnumbered)], vec![7, 7]);
        assert_eq!(again.expect_err("the page again"), "users.list over REST v2: page 2 repeats an earlier page");
    }
}
