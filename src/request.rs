//! What all requests have in common: how they are sent, and the options of a call.

use std::fmt;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;

use crate::error::Kind;
use crate::execution::Execution;
use crate::runtime::{OperationKind, OperationSpec};
use crate::send::Progress;
use crate::tenant::Tenant;
use crate::{Error, Response};

/// Sends what a request describes.
type Run<T> = dyn FnOnce(Tenant) -> BoxFuture<'static, Result<T, Error>> + Send + Sync;

/// A request for an operation that has no settings of its own, only the options of a call. Nothing is sent before it is
/// awaited, or [`send`](Self::send) is.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use std::time::Duration;
///
/// let request = client.users().enrollments("ada@example.com").with_timeout(Duration::from_secs(20));
/// println!("{} enrollments", request.await?.len());
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent only when it is awaited"]
pub struct Request<T> {
    tenant: Tenant,
    operation: CalledOperation,
    run: Box<Run<T>>,
}

impl<T> Request<T> {
    pub(crate) fn new<F>(
        tenant: &Tenant,
        operation: impl Into<CalledOperation>,
        run: impl FnOnce(Tenant) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        Self { tenant: tenant.clone(), operation: operation.into(), run: Box::new(move |tenant| run(tenant).boxed()) }
    }

    fn operation(&self) -> CalledOperation {
        self.operation
    }

    async fn run(self) -> Result<T, Error> {
        (self.run)(self.tenant).await
    }
}

/// Shows the operation; its arguments may be personal.
impl<T> fmt::Debug for Request<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("operation", &self.operation.name).finish_non_exhaustive()
    }
}

/// The operation of a request, as errors and events name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CalledOperation {
    pub(crate) name: &'static str,
    pub(crate) kind: OperationKind,
}

impl CalledOperation {
    /// An operation of the table.
    pub(crate) fn of(spec: &OperationSpec) -> Self {
        Self { name: spec.name, kind: spec.kind }
    }

    /// Several reads.
    pub(crate) fn query(name: &'static str) -> Self {
        Self { name, kind: OperationKind::Query }
    }

    /// Several operations, of which some write.
    pub(crate) fn mutation(name: &'static str) -> Self {
        Self { name, kind: OperationKind::Mutation }
    }

    /// Returns an error if errors accompany the data. A mutation has run, but perhaps not all of it.
    pub(crate) fn reject_partial<T>(self, response: Response<T>) -> Result<Response<T>, Error> {
        let is_mutation = self.kind == OperationKind::Mutation;
        let execution = if is_mutation { Execution::Unknown } else { Execution::DidNotRun };
        response.reject_partial(self.name).map_err(|error| error.with_execution(execution))
    }
}

impl From<&OperationSpec> for CalledOperation {
    fn from(spec: &OperationSpec) -> Self {
        Self::of(spec)
    }
}

/// One call: its span and events, and its bound.
pub(crate) struct WholeCall {
    timeout: Option<(Duration, Progress)>,
    tenant: Tenant,
}

impl WholeCall {
    /// Begins a call, with the timeout that the tenant's handle carries.
    pub(crate) fn begin(tenant: &mut Tenant) -> Self {
        Self { timeout: tenant.begin(), tenant: tenant.clone() }
    }

    /// Runs the call to its end, or until its time is over.
    pub(crate) fn run<T>(
        self,
        operation: CalledOperation,
        call: impl Future<Output = Result<T, Error>> + Send,
    ) -> impl Future<Output = Result<T, Error>> + Send {
        // On the heap, so that futures of callers stay small.
        let mut call = Box::pin(call).fuse();
        async move {
            let Self { timeout, tenant } = self;
            let sender = tenant.sender();
            let bounded = async {
                let Some((timeout, progress)) = timeout else { return call.await };
                futures::select_biased! {
                    done = call => done,
                    () = sender.clock.sleep(timeout).fuse() => {
                        Err(Error::new(Kind::Elapsed(timeout)).with_execution(progress.execution()))
                    }
                }
            };
            // The events are outside of the bound, so that they report a timeout and not a dropped future.
            sender.run_call(operation.name, operation.kind, bounded).await
        }
    }
}

/// The options of a call, and awaiting a request without naming `send`. The request has a field `tenant` and a method
/// `send`.
macro_rules! call_options {
    ($request:ty => $output:ty $(where $($generics:tt)*)?) => {
        impl $(<$($generics)*>)? $request {
            /// How long the call may take in total: requests, retries, and waits for the tenant's limit. Unbounded by
            /// default, apart from the bounds of each request
            /// ([`ClientBuilder::with_timeout`](crate::ClientBuilder::with_timeout), [`RetryPolicy`](crate::RetryPolicy),
            /// [`with_max_wait`](crate::ClientBuilder::with_max_wait)). A list has this much time for each page.
            ///
            /// A call that exceeds it fails with [`is_timeout`](crate::Error::is_timeout), and
            /// [`execution`](crate::Error::execution) is `Unknown` if it had begun to write.
            pub fn with_timeout(mut self, timeout: std::time::Duration) -> Self {
                self.tenant.set_timeout(timeout);
                self
            }

            /// How often and how long each request of the call is tried, instead of the client's
            /// [policy](crate::ClientBuilder::with_retry_policy).
            pub fn with_retry_policy(mut self, policy: crate::RetryPolicy) -> Self {
                self.tenant.set_policy(policy);
                self
            }

            /// Uses only this surface, also to look up users and to read back. If it lacks the operation, the call fails
            /// with [`is_no_route`](crate::Error::is_no_route). By default, the surfaces are tried in the order of
            /// [`Capabilities::routes`](crate::Capabilities::routes).
            pub fn with_surface(mut self, surface: crate::Surface) -> Self {
                self.tenant.set_surface(surface);
                self
            }
        }

        impl $(<$($generics)*>)? IntoFuture for $request {
            type Output = Result<$output, crate::Error>;
            type IntoFuture = futures::future::BoxFuture<'static, Self::Output>;

            /// The same as `send`.
            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

/// A request that ends in `send`. It has a field `tenant` and the methods `operation` and `run`. The comment becomes that
/// of `send`. With `partial`, the response may have errors beside its data.
macro_rules! request {
    ($(#[$doc:meta])* $request:ty => $output:ty $(where $($generics:tt)*)?) => {
        impl $(<$($generics)*>)? $request {
            $(#[$doc])*
            pub async fn send(mut self) -> Result<$output, crate::Error> {
                let (call, operation) = (crate::request::WholeCall::begin(&mut self.tenant), self.operation());
                call.run(operation, self.run()).await
            }
        }

        crate::request::call_options!($request => $output $(where $($generics)*)?);
    };
    ($(#[$doc:meta])* $request:ty => partial $output:ty $(where $($generics:tt)*)?) => {
        impl $(<$($generics)*>)? $request {
            $(#[$doc])*
            pub async fn send(self) -> Result<$output, crate::Error> {
                let operation = self.operation();
                operation.reject_partial(self.send_partial().await?)
            }

            /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
            ///
            /// # Errors
            /// As [`send`](Self::send), except for errors that accompany data.
            pub async fn send_partial(mut self) -> Result<$output, crate::Error> {
                let (call, operation) = (crate::request::WholeCall::begin(&mut self.tenant), self.operation());
                call.run(operation, self.run()).await
            }
        }

        crate::request::call_options!($request => $output $(where $($generics)*)?);
    };
}

/// A request for a list. It has the fields `tenant` and `start`, and the methods `operation` and `read`, which reads the
/// page at a position. With `several`, it has the methods `room` and `read_several` as well, for pages that one request
/// reads. The comment becomes that of `send`.
macro_rules! list_request {
    ($(#[$doc:meta])* $request:ty => several $page:ty, $item:ty) => {
        crate::request::list_request! { @with Self::several_pages, $(#[$doc])* $request => $page, $item }

        impl $request {
            /// Reads several pages with one request, if the tenant has room for that.
            fn several_pages(list: &Self) -> Option<crate::pages::Several<$page>> {
                let (for_room, for_pages) = (list.clone(), list.clone());
                Some(crate::pages::Several {
                    room: Box::new(move || for_room.room()),
                    read: Box::new(move |position, pages| {
                        let (mut list, operation) = (for_pages.clone(), for_pages.operation());
                        let call = crate::request::WholeCall::begin(&mut list.tenant);
                        list.tenant.continue_list();
                        Box::pin(call.run(operation, list.read_several(position, pages)))
                    }),
                })
            }
        }
    };
    ($(#[$doc:meta])* $request:ty => $page:ty, $item:ty) => {
        crate::request::list_request! { @with |_: &Self| None, $(#[$doc])* $request => $page, $item }
    };
    (@with $several:expr, $(#[$doc:meta])* $request:ty => $page:ty, $item:ty) => {
        impl $request {
            /// Starts at this page instead of the first: a stored [position](crate::Response::next_position), or a cursor
            /// of REST v2. A position of another run stays on the surface of that run. If the tenant pages by number and
            /// not by cursor, or the reverse, the first page is an error. Entries that have left since have moved others
            /// up, past the position; only within one run are those read again.
            ///
            /// ```no_run
            /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
            /// use futures::TryStreamExt as _;
            /// use thought_industries::PagePosition;
            ///
            /// let mut list = client.users().list();
            /// if let Ok(stored) = std::fs::read_to_string("position.json") {
            ///     list = list.start_at(serde_json::from_str::<PagePosition>(&stored)?);
            /// }
            /// let mut pages = list.pages();
            /// while let Some(page) = pages.try_next().await? {
            ///     println!("{} users", page.users.iter().flatten().count());
            ///     if let Some(next) = page.next_position() {
            ///         std::fs::write("position.json", serde_json::to_string(next)?)?;
            ///     }
            /// }
            /// # Ok(())
            /// # }
            /// ```
            pub fn start_at(mut self, position: impl Into<crate::PagePosition>) -> Self {
                let page_size = self.start.page_size;
                self.start = position.into();
                self.start.page_size = self.start.page_size.or(page_size);
                self
            }

            /// Starts at the page with this number instead of the first, which is 1. If the tenant pages by cursor, that
            /// page is an error.
            pub fn start_at_page(self, page: i64) -> Self {
                self.start_at(crate::PagePosition::of_page(page))
            }

            /// Reads up to this many pages before their turn, within the tenant's limits and with at most 8 requests at a time:
            /// 0 by default, at most 64. Users over GraphQL are read with several pages to a request, as many as the tenant's
            /// limit for a query allows for, if it states what queries cost. The pages come in their order, and each is in memory until
            /// its turn. Where pages have cursors, or no total, it is one page. If the list changes while it is read, pages that were
            /// read early are read again. Requests that are under way when the stream is dropped are given up.
            ///
            /// ```no_run
            /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
            /// use futures::TryStreamExt as _;
            ///
            /// let all: Vec<_> = client.users().list().with_pages_ahead(8).items().try_collect().await?;
            /// println!("{} users", all.len());
            /// # Ok(())
            /// # }
            /// ```
            pub fn with_pages_ahead(mut self, pages: usize) -> Self {
                self.tenant.set_pages_ahead(pages.min(64));
                self
            }

            $(#[$doc])*
            pub async fn send(self) -> Result<crate::Response<$page>, crate::Error> {
                let operation = self.operation();
                operation.reject_partial(self.send_partial().await?)
            }

            /// Like [`send`](Self::send), but returns both data and errors if a GraphQL response has both.
            ///
            /// # Errors
            /// As [`send`](Self::send), except for errors that accompany data.
            pub async fn send_partial(self) -> Result<crate::Response<$page>, crate::Error> {
                let (operation, start) = (self.operation(), self.start.clone());
                let page = self.page(start.clone()).await?;
                crate::pages::placed(operation.name, start, page)
            }

            /// All pages, fetched on demand from the surface of the first page. The stream ends after the last page, or
            /// after an error. A list that is read from its beginning and without a filter is an error at its end if a page
            /// or more is missing from the total that all its pages reported.
            pub fn pages(self) -> futures::stream::BoxStream<'static, Result<crate::Response<$page>, crate::Error>> {
                let (operation, start) = (self.operation(), self.start.clone());
                let (is_unfiltered, ahead) = (self.is_unfiltered(), self.tenant.pages_ahead());
                let several = ($several)(&self);
                let reader = crate::pages::Reader::new(move |position| Box::pin(self.clone().page(position)), several);
                crate::pages::pages(operation.name, start, is_unfiltered, ahead, reader)
            }

            /// The entries of all pages, each once.
            pub fn items(self) -> futures::stream::BoxStream<'static, Result<$item, crate::Error>> {
                crate::pages::items(self.pages())
            }

            async fn page(mut self, position: crate::PagePosition) -> Result<crate::Response<$page>, crate::Error> {
                let operation = self.operation();
                let fail = move |error: crate::Error| error.with_operation(operation.name);
                position.check(self.tenant.surface()).map_err(fail)?;
                let call = crate::request::WholeCall::begin(&mut self.tenant);
                self.tenant = self.tenant.with_page_size(position.page_size);
                if position != self.start {
                    self.tenant.continue_list();
                }
                let (tenant, start) = (self.tenant.clone(), self.start.clone());
                let page = call.run(operation, self.read(position.clone())).await;
                let page = page.map_err(|error| crate::pages::without_cursor(&position, error))?;
                if position == start {
                    let checked = crate::pages::check_start(&tenant, &start, &page);
                    checked.map_err(|error| fail(error).with_surface(page.surface()))?;
                }
                Ok(page)
            }
        }

        crate::request::call_options!($request => crate::Response<$page>);
    };
}

pub(crate) use {call_options, list_request, request};

request! {
    /// Sends the request.
    ///
    /// # Errors
    /// Those of the operation, which the method that made the request lists.
    Request<T> => T where T: Send + 'static
}
