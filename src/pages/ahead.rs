//! Pages of a list that are read before their turn.
//!
//! The page after the next one can be asked for only where pages have numbers and a total. Requests overtake each other, so
//! a page may show the list before an entry joined, and the page before it the list after that: an entry that moved down in
//! between is on neither. A page that was asked for early is therefore used only if its total is that of the page before
//! it. All others are read again at their turn, and then the list is what it would be without reading ahead.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::Poll;

use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use futures::{FutureExt as _, StreamExt as _, TryFutureExt as _};

use super::Page;
use crate::position::PagePosition;
use crate::{Error, Response, Surface};

/// How the pages of a list are read.
pub(crate) struct Reader<P> {
    one: Box<dyn Fn(PagePosition) -> OnePage<P> + Send>,
    several: Option<Several<P>>,
}

/// How several pages are read with one request.
pub(crate) struct Several<P> {
    /// The number of pages that a request has room for, as far as is known by now.
    pub(crate) room: Box<dyn Fn() -> usize + Send>,
    /// Reads that many pages from a position on; `None` if they have to be read one by one.
    pub(crate) read: Box<dyn Fn(PagePosition, usize) -> Pages<P> + Send>,
}

/// A page on its way.
type OnePage<P> = BoxFuture<'static, Result<Response<P>, Error>>;

/// Pages on their way.
pub(crate) type Pages<P> = BoxFuture<'static, Result<Option<Vec<Response<P>>>, Error>>;

impl<P: Page> Reader<P> {
    pub(crate) fn new(one: impl Fn(PagePosition) -> OnePage<P> + Send + 'static, several: Option<Several<P>>) -> Self {
        Self { one: Box::new(one), several }
    }

    /// The number of pages that a request has room for.
    fn room(&self) -> usize {
        self.several.as_ref().map_or(1, |several| (several.room)().max(1))
    }

    fn read(&self, position: PagePosition, pages: usize) -> Pages<P> {
        match self.several.as_ref().filter(|_| pages > 1) {
            Some(several) => (several.read)(position, pages),
            None => (self.one)(position).map_ok(|page| Some(vec![page])).boxed(),
        }
    }
}

/// Reads pages, some of them before their turn.
pub(super) struct Ahead<P> {
    reader: Reader<P>,
    /// How many pages may be read before their turn.
    most: usize,
    /// How many are now: fewer after the list has changed, since a changed list costs all of them.
    window: usize,
    /// The pages that were asked for, in their order.
    asked: VecDeque<Asked>,
    requests: FuturesOrdered<Pages<P>>,
    /// The first of them, as far as they are there already. `Err(None)` is a page that has to be read alone.
    arrived: VecDeque<Result<Response<P>, Option<Error>>>,
    /// The total of the last page.
    total: Option<i64>,
}

/// A page that was asked for.
struct Asked {
    position: PagePosition,
    /// Whether the page before it had not arrived yet.
    is_early: bool,
}

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

impl<P: Page> Ahead<P> {
    pub(super) fn new(reader: Reader<P>, most: usize) -> Self {
        let (asked, arrived) = (VecDeque::new(), VecDeque::new());
        Self { reader, most, window: most, asked, requests: FuturesOrdered::new(), arrived, total: None }
    }

    /// The page at a position, which was perhaps asked for before.
    ///
    /// # Errors
    /// Those of the page.
    pub(super) async fn read(&mut self, position: PagePosition) -> Result<Response<P>, Error> {
        let Some(asked) = self.asked.pop_front().filter(|asked| asked.position == position) else {
            return self.read_now(position).await;
        };
        if self.arrived.is_empty()
            && let Some(pages) = self.requests.next().await
        {
            self.take_in(pages);
        }
        match self.arrived.pop_front() {
            Some(Ok(page)) if !asked.is_early || total(&page) == self.total => {
                self.window = self.window.saturating_mul(2).min(self.most);
                Ok(page)
            }
            // It was retried as often as it would be at its turn.
            Some(Err(Some(error))) if !asked.is_early || error.is_retryable() => Err(error),
            // A list that became shorter may not have the page any more.
            _ => {
                self.window = 1;
                self.read_now(position).await
            }
        }
    }

    /// Reads a page at its turn, and gives up what was asked for.
    ///
    /// # Errors
    /// Those of the page.
    pub(super) async fn read_now(&mut self, position: PagePosition) -> Result<Response<P>, Error> {
        self.asked.clear();
        self.requests = FuturesOrdered::new();
        self.arrived.clear();
        (self.reader.one)(position).await
    }

    /// Asks for pages after `page`, of which `next` follows it, and sends these requests off.
    pub(super) async fn look(&mut self, next: Option<&PagePosition>, page: &Response<P>) {
        self.total = total(page);
        let Some(next) = next.filter(|_| self.most > 0) else { return };
        let last = if next.cursor.is_some() { next.number } else { last(page).unwrap_or(next.number) };
        // With half of the window in a request, the next one is on its way while its pages are used.
        let room = if next.surface == Some(Surface::GraphQl) { self.reader.room() } else { 1 };
        let most = room.min(self.window / 2).max(1);
        while self.requests.len() < AT_ONCE {
            let first = self.asked.back().map_or(next.number, |asked| asked.position.number + 1);
            let left = usize::try_from(last.max(next.number) - first + 1).unwrap_or(0);
            let (count, free) = (most.min(left), self.window.max(1).saturating_sub(self.asked.len()));
            if count == 0 || free < count {
                break;
            }
            let position = PagePosition { number: first, ..next.clone() };
            self.requests.push_back(self.reader.read(position, count));
            self.asked.extend((first..).take(count).map(|number| Asked {
                position: PagePosition { number, ..next.clone() },
                is_early: number > next.number,
            }));
        }
        // Requests are sent when they are first polled, and the caller may work on this page for a while.
        let polled = poll_fn(|context| match self.requests.poll_next_unpin(context) {
            Poll::Ready(pages) => Poll::Ready(pages),
            Poll::Pending => Poll::Ready(None),
        });
        if let Some(pages) = polled.await {
            self.take_in(pages);
        }
    }

    fn take_in(&mut self, pages: Result<Option<Vec<Response<P>>>, Error>) {
        match pages {
            Ok(Some(pages)) => self.arrived.extend(pages.into_iter().map(Ok)),
            Ok(None) => {
                self.reader.several = None;
                self.arrived.push_back(Err(None));
            }
            Err(error) => self.arrived.push_back(Err(Some(error))),
        }
    }
}

fn total<P: Page>(page: &Response<P>) -> Option<i64> {
    page.info().and_then(|info| info.total)
}

/// The number of the last page, if the pages of the list are numbered and all but the last have as many entries as this one.
fn last<P: Page>(page: &Response<P>) -> Option<i64> {
    let info = page.info()?;
    let size = info.per_page.filter(|size| usize::try_from(*size) == Ok(page.len()) && *size > 0)?;
    let total = info.total.filter(|_| info.current_page.is_some())?;
    Some(total.div_euclid(size) + i64::from(total.rem_euclid(size) > 0))
}

#[cfg(test)]
mod tests;
