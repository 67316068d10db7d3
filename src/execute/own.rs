//! Operations that the caller provides.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::document::call_of;
use super::graphql;
use crate::execution::Execution;
use crate::request::{CalledOperation, request};
use crate::runtime::Surface;
use crate::send::Call;
use crate::tenant::Tenant;
use crate::{Error, Response};

/// A request that runs the caller's own operation; ends in [`send`](Self::send) or
/// [`send_partial`](Self::send_partial). Errors and events have the name of the operation, or `execute` if it has none.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use thought_industries::operations::{UsersBasic, users_basic};
///
/// let response = client.execute::<UsersBasic>(users_basic::Variables::new()).send_partial().await?;
/// println!("{} users, {} errors", response.users.len(), response.errors().len());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a request is sent only when it is awaited"]
pub struct Execute<T> {
    tenant: Tenant,
    call: Call,
    request: Result<String, Error>,
    data: PhantomData<fn() -> T>,
}

impl<T> Execute<T> {
    /// A request that runs when sent. Serializing it may have failed.
    pub(crate) fn new(tenant: &Tenant, operation: &'static str, request: Result<String, Error>) -> Self {
        let operation = if operation.is_empty() { "execute" } else { operation };
        let call = call_of(operation, request.as_deref().unwrap_or_default());
        Self { tenant: tenant.clone(), call, request, data: PhantomData }
    }
}

impl<T: DeserializeOwned + Send> Execute<T> {
    fn operation(&self) -> CalledOperation {
        CalledOperation { name: self.call.operation, kind: self.call.kind }
    }

    async fn run(self) -> Result<Response<T>, Error> {
        let Self { tenant, call, request, .. } = self;
        let fail = |error: Error| error.with_operation(call.operation).with_surface(Surface::GraphQl);
        let request = request.map_err(fail)?;
        graphql::only_graphql(&tenant).map_err(fail)?;
        let reply = graphql::post::<T>(&tenant, &request, &call).await.map_err(fail)?;
        // A mutation whose response has data has run, even if the data does not decode.
        let unclear = if call.is_mutation() { Execution::Unknown } else { Execution::DidNotRun };
        let (value, errors) = reply.decode().map_err(|error| fail(error).with_execution(unclear))?;
        Ok(Response { errors, ..Response::new(value, Surface::GraphQl) })
    }
}

request! {
    /// Runs the operation. A response with errors is an error, even if it has data. For a mutation,
    /// [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If the endpoint is absent, refuses the operation or responds with errors, or the data does not decode.
    Execute<T> => partial Response<T> where T: DeserializeOwned + Send + 'static
}
