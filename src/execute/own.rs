//! Operations that the caller provides.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::document::call_of;
use super::graphql;
use crate::execution::Execution;
use crate::request::{Bound, call_options};
use crate::runtime::Surface;
use crate::tenant::Tenant;
use crate::{Error, Response};

/// The name of the operation in errors and events.
const NAME: &str = "execute";

/// A request that runs the caller's own operation; ends in [`send`](Self::send) or
/// [`send_partial`](Self::send_partial).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use thought_industries::operations::{UsersBasic, users_basic};
///
/// let response = client.execute::<UsersBasic>(users_basic::Variables::default()).send_partial().await?;
/// println!("{} users, {} errors", response.users.len(), response.errors().len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent only when it is awaited"]
pub struct Execute<T> {
    tenant: Tenant,
    request: Result<String, Error>,
    data: PhantomData<fn() -> T>,
}

impl<T> Execute<T> {
    /// A request that runs when sent. Serializing it may have failed.
    pub(crate) fn new(tenant: &Tenant, request: Result<String, Error>) -> Self {
        Self { tenant: tenant.clone(), request, data: PhantomData }
    }

    async fn body(self) -> Result<(graphql::Body, Execution), Error> {
        let request = self.request.map_err(fail)?;
        graphql::only_graphql(&self.tenant).map_err(fail)?;
        let call = call_of(NAME, &request);
        let body = graphql::post(&self.tenant, &request, &call).await.map_err(fail)?;
        // A mutation whose response has data has run, whatever errors came with it.
        let unclear = if call.is_mutation() { Execution::Unknown } else { Execution::DidNotRun };
        Ok((body, unclear))
    }
}

impl<T: DeserializeOwned + Send + 'static> Execute<T> {
    /// Runs the operation. A response with errors is an error, even if it has data. For a mutation,
    /// [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If the endpoint is absent, refuses the operation or responds with errors, or the data does not decode.
    pub async fn send(self) -> Result<Response<T>, Error> {
        let (response, unclear) = self.bounded().await?;
        response.reject_partial(NAME).map_err(|error| error.with_execution(unclear))
    }

    /// Runs the operation, and returns both data and errors if the response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<T>, Error> {
        self.bounded().await.map(|(response, _)| response)
    }

    async fn bounded(mut self) -> Result<(Response<T>, Execution), Error> {
        let bound = Bound::begin(&mut self.tenant);
        bound.run(NAME, self.partial()).await
    }

    async fn partial(self) -> Result<(Response<T>, Execution), Error> {
        let (body, unclear) = self.body().await?;
        let value = body.decode().map_err(|error| fail(error).with_execution(unclear))?;
        Ok((Response { errors: body.into_errors(), ..Response::new(value, Surface::GraphQl) }, unclear))
    }
}

call_options!(Execute<T> => Response<T> where T: DeserializeOwned + Send + 'static);

fn fail(error: Error) -> Error {
    error.with_operation(NAME).with_surface(Surface::GraphQl)
}
