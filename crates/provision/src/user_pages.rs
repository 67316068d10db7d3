//! All users of a tenant, page by page, however often a page fails on the way.
//!
//! The client retries each request. A page that fails after that is read again here, with longer pauses: a list of a
//! thousand pages is not started over for one of them, and a part of it is never taken for the whole.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::stream::BoxStream;
use thought_industries::model::{User, UsersList};
use thought_industries::{Client, Error as ClientError, ListUsers, PagePosition, Response};

use crate::error::{Error, ErrorKind};

/// The pauses before a page is read again: 135 seconds together.
const PAUSES: [u64; 5] = [5, 10, 20, 40, 60];

/// How often a list is resumed. A list that leads in circles and fails on the way would never end otherwise.
const MOST_RESUMED: usize = 100;

/// How many pages are read before their turn: a few megabytes.
const AHEAD: usize = 16;

/// The users of a tenant with their profiles, each once: 100 a request. A page that fails after the client's own retries is
/// read again up to five times, and a list that ends before the total that the tenant reported is an error.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
/// use thought_industries_provision::UserPages;
///
/// let mut pages = UserPages::new(&client);
/// let mut users = 0;
/// while let Some(page) = pages.next().await? {
///     users += page.users.iter().flatten().filter(|user| pages.is_new(user)).count();
/// }
/// println!("{users} users");
/// # Ok(())
/// # }
/// ```
pub struct UserPages<'c> {
    client: &'c Client,
    pages: BoxStream<'static, Result<Response<UsersList>, ClientError>>,
    /// Where the pages are that were read.
    read: Vec<PagePosition>,
    /// The users that were read, as hashes: ids take more memory.
    seen: HashSet<u64>,
    hash_keys: RandomState,
    /// The last total that the tenant reported, and the least one.
    total: Option<i64>,
    least_total: Option<i64>,
    /// How often the page failed that is to be read.
    failures: usize,
    resumed: usize,
    /// Whether the next page was read before the list was resumed.
    is_again: bool,
}

impl std::fmt::Debug for UserPages<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserPages").field("pages", &self.read.len()).finish_non_exhaustive()
    }
}

impl<'c> UserPages<'c> {
    /// The list, from its first page.
    pub fn new(client: &'c Client) -> Self {
        Self {
            client,
            pages: list(client).pages(),
            read: Vec::new(),
            seen: HashSet::new(),
            hash_keys: RandomState::new(),
            total: None,
            least_total: None,
            failures: 0,
            resumed: 0,
            is_again: false,
        }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// If a page cannot be read, or the list ends before the total that the tenant reported.
    pub async fn next(&mut self) -> Result<Option<Response<UsersList>>, Error> {
        loop {
            match self.pages.try_next().await {
                Ok(None) => return self.end().map(|()| None),
                Ok(Some(page)) => {
                    if !self.has_shrunk(&page) {
                        return Ok(Some(page));
                    }
                }
                Err(error) => self.resume(error).await?,
            }
        }
    }

    /// Whether this is the first sight of a user. A page that is read again has users who were there before.
    pub fn is_new(&mut self, user: &User) -> bool {
        self.seen.insert(self.hash_keys.hash_one(&user.id))
    }

    /// Records a page. If users left while the list was interrupted, others have moved up onto pages that were read, and the
    /// list continues at the first of these.
    fn has_shrunk(&mut self, page: &Response<UsersList>) -> bool {
        let info = page.page_info.as_deref();
        let total = info.and_then(|info| info.total);
        let is_again = std::mem::take(&mut self.is_again);
        let gone = match (self.total, total) {
            (Some(before), Some(now)) if is_again => usize::try_from(before - now).unwrap_or_default(),
            _ => 0,
        };
        self.total = total.or(self.total);
        self.least_total = [self.least_total, total].into_iter().flatten().min();
        if gone > 0 && self.read.len() > 1 {
            let size = info.and_then(|info| info.per_page).and_then(|size| usize::try_from(size).ok());
            let size = size.or(page.users.as_ref().map(Vec::len)).unwrap_or(1).max(1);
            self.read.truncate(self.read.len().saturating_sub(gone.div_ceil(size)).max(1));
            self.restart();
            return true;
        }
        if !is_again {
            self.failures = 0;
            self.read.extend(page.position().cloned());
        }
        false
    }

    /// Waits, and continues at the last page that was read: what has changed meanwhile shows there.
    async fn resume(&mut self, error: ClientError) -> Result<(), Error> {
        let pause = PAUSES.get(self.failures).filter(|_| self.resumed < MOST_RESUMED && may_pass(&error));
        let Some(pause) = pause else { return Err(self.failed(error)) };
        self.failures += 1;
        self.resumed += 1;
        self.client.pause(Duration::from_secs(*pause)).await;
        self.restart();
        Ok(())
    }

    fn restart(&mut self) {
        let list = list(self.client);
        self.is_again = !self.read.is_empty();
        self.pages = match self.read.last() {
            Some(position) => list.start_at(position).pages(),
            None => list.pages(),
        };
    }

    fn failed(&self, error: ClientError) -> Error {
        // Of a list that never began there is nothing to report but the failure.
        if self.read.is_empty() && self.failures == 0 {
            return error.into();
        }
        let tries = if self.failures > 0 { format!(", {} more tries", self.failures) } else { String::new() };
        let message = format!("{}{tries}: {error}", self.progress("the list of users failed after"));
        Error::of_client(ErrorKind::List, message, error).with_help(HELP)
    }

    fn progress(&self, what: &str) -> String {
        let total = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
        format!("{what} {} pages with {}{total} users", self.read.len(), self.seen.len())
    }

    /// Refuses a list that ends too early. Users who left or joined while it was read are no reason.
    fn end(&self) -> Result<(), Error> {
        let seen = i64::try_from(self.seen.len()).unwrap_or(i64::MAX);
        if self.least_total.is_none_or(|least| seen >= least) {
            return Ok(());
        }
        Err(Error::new(ErrorKind::List, self.progress("the list of users ended after")).with_help(HELP))
    }
}

fn list(client: &Client) -> ListUsers {
    client.users().list().with_profiles(true).with_pages_ahead(AHEAD)
}

const HELP: &str = "nothing was written, and a part of the users is not taken for all of them; try again later, and if it ends \
                    there again, `ti doctor` shows what the tenant responds";

/// Whether the failure of a page may pass.
fn may_pass(error: &ClientError) -> bool {
    let is_settled = error.is_unauthorized()
        || error.is_forbidden()
        || error.is_settings()
        || error.is_invalid_argument()
        || error.is_no_route()
        || error.is_not_found();
    !is_settled
}
