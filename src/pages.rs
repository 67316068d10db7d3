//! Lists, page by page and item by item.

mod ahead;
mod count;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};

use self::ahead::Ahead;
pub(crate) use self::ahead::{Reader, Several};
use self::count::Count;
use crate::error::Kind;
use crate::model::PageInfo;
use crate::position::{PagePosition, Place};
use crate::profile::Paging;
use crate::tenant::Tenant;
use crate::{Error, Response, Surface};

/// A page of a list.
pub(crate) trait Page: Send + Sync + 'static {
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
/// again so that no entry is missed; an entry may then appear twice. If it grows, others may have left at the same time, and the
/// page before is read again. Entries that leave and join between two pages in equal numbers cannot be detected. An unfiltered list that ends a page or more before its total ends with an error: its
/// last page may be that of an earlier read. Up to `ahead` pages are read before their turn.
pub(crate) fn pages<P: Page>(
    operation: &'static str,
    start: PagePosition,
    is_unfiltered: bool,
    ahead: usize,
    reader: Reader<P>,
) -> BoxStream<'static, Result<Response<P>, Error>> {
    let walk = Walk::from(start, is_unfiltered);
    let ahead = Ahead::new(reader, ahead);
    stream::try_unfold((walk, ahead), move |(mut walk, mut ahead)| async move {
        let Some((position, is_again)) = walk.next() else {
            return walk.count.check().map(|()| None).map_err(|error| error.with_operation(operation));
        };
        let page = if is_again { ahead.read_now(position.clone()).await } else { ahead.read(position.clone()).await };
        let mut page = page?.reject_partial(operation)?;
        page.place = Some(Box::new(walk.place(operation, position, is_again, &page)?));
        if walk.again.is_empty() {
            ahead.look(walk.next.as_ref(), &page).await;
        }
        Ok(Some((page, (walk, ahead))))
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
    read: Visited,
    /// The total that the last page reported.
    total: Option<i64>,
    /// The same, for the pages that are read again.
    again_total: Option<i64>,
    /// Whether the total changed while pages were read again, after the last page.
    has_moved: bool,
    trail: Trail,
    count: Count,
}

impl Walk {
    fn from(start: PagePosition, is_unfiltered: bool) -> Self {
        Self {
            count: Count::from(&start, is_unfiltered),
            read: Visited::from(&start),
            next: Some(start),
            again: Vec::new(),
            total: None,
            again_total: None,
            has_moved: false,
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
        self.has_moved |= total != self.again_total;
        if let (Some(before), Some(now)) = (self.again_total, total)
            && now < before
        {
            // What was to be found on the pages that are still to be read again has moved up as well.
            let first = self.again.iter().map(|pending| pending.number).min().unwrap_or(position.number);
            let pending = usize::try_from(position.number.saturating_sub(first)).unwrap_or(0);
            let pages = self.pages_of(before - now, shown).saturating_add(pending);
            self.again = self.read.before(position.number, pages).collect();
        }
        self.again_total = total.or(self.again_total);
    }

    /// The number of pages across which entries move, if the total shrinks by that many. If it grows, more have joined than
    /// have left, and those who have left are not counted: they are taken to be fewer than a page.
    fn pages_of(&self, left: i64, shown: &Shown<'_>) -> usize {
        let moved = left.max(1);
        let size = shown.info.and_then(|info| info.per_page).and_then(|size| usize::try_from(size).ok());
        usize::try_from(moved).unwrap_or(usize::MAX).div_ceil(size.unwrap_or(shown.entries).max(1))
    }

    /// Records what a page showed.
    fn walked(&mut self, position: PagePosition, shown: &Shown<'_>, surface: Surface) -> Result<(), Error> {
        let total = shown.info.and_then(|info| info.total);
        let has_moved = std::mem::take(&mut self.has_moved);
        if let (Some(before), Some(now)) = (self.total, total)
            && (now != before || has_moved)
        {
            // That many entries have moved up, past the end of the pages before this one.
            let pages = self.pages_of(before - now, shown);
            self.again = self.read.before(position.number, pages).collect();
        }
        self.total = total.or(self.total);
        self.again_total = self.total;
        self.count.add(shown);
        self.next = self.trail.follow(&position, shown, surface)?;
        self.read.push(position, surface);
        Ok(())
    }
}

/// The pages that a list has visited, in their order. A long list visits thousands, so only what differs is kept.
struct Visited {
    start: PagePosition,
    cursors: Vec<Option<Box<str>>>,
}

impl Visited {
    fn from(start: &PagePosition) -> Self {
        Self { start: start.clone(), cursors: Vec::new() }
    }

    fn push(&mut self, position: PagePosition, surface: Surface) {
        self.start.surface = Some(surface);
        self.cursors.push(position.cursor.map(String::into_boxed_str));
    }

    /// Up to so many pages before the one with this number, in their order.
    fn before(&self, number: i64, pages: usize) -> impl Iterator<Item = PagePosition> {
        let end = usize::try_from(number.saturating_sub(self.start.number)).unwrap_or(0).min(self.cursors.len());
        let numbered = (self.start.number..).zip(&self.cursors).take(end).skip(end.saturating_sub(pages));
        numbered.map(|(number, cursor)| PagePosition {
            number,
            cursor: cursor.as_deref().map(str::to_owned),
            ..self.start.clone()
        })
    }
}

/// How a page describes itself.
pub(crate) struct Shown<'p> {
    pub(crate) info: Option<&'p PageInfo>,
    pub(crate) entries: usize,
    pub(crate) first: Option<&'p str>,
}

/// Where a list has been: one that leads back there would never end. Hashes take less memory than cursors and ids.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    hasher: RandomState,
    cursors: HashSet<u64>,
    /// The first entry of each page, and the total that the page reported.
    firsts: HashMap<u64, Option<i64>>,
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
        if !self.is_new(shown) {
            return wrong(format!("page {} repeats an earlier page", position.number));
        }
        if let Some(cursor) = &cursor
            && !self.cursors.insert(self.hasher.hash_one(cursor))
        {
            return wrong(format!("the cursor of page {} leads back to an earlier page", position.number + 1));
        }
        Ok(Some(PagePosition { number: position.number + 1, cursor, surface: Some(surface), ..*position }))
    }

    /// The next page of a list that does not describe its pages, until one is empty or repeats an earlier one: a tenant
    /// may have only one page, or ignore the number.
    fn follow_blindly(&mut self, position: &PagePosition, shown: &Shown<'_>, surface: Surface) -> Option<PagePosition> {
        let is_new = shown.first.is_some() && self.is_new(shown);
        let next = || PagePosition { number: position.number + 1, cursor: None, surface: Some(surface), ..*position };
        (shown.entries > 0 && is_new).then(next)
    }

    /// Whether no earlier page began with the first entry of this one. Entries that joined in front since then may have moved
    /// it here.
    fn is_new(&mut self, shown: &Shown<'_>) -> bool {
        let Some(first) = shown.first else { return true };
        let total = shown.info.and_then(|info| info.total);
        let earlier = self.firsts.insert(self.hasher.hash_one(first), total);
        earlier.is_none_or(|earlier| earlier.zip(total).is_some_and(|(before, now)| now > before))
    }
}

#[cfg(test)]
mod tests;
