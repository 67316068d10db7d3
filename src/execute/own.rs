//! Operations that the caller provides.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;

use super::document::call_of;
use super::graphql;
use crate::execution::Execution;
use crate::runtime::Surface;
use crate::tenant::Tenant;
use crate::{Error, Response};

/// A request that runs the caller's own operation; ends in [`send`](Self::send) or
/// [`send_partial`](Self::send_partial).
#[derive(Debug)]
#[must_use]
pub struct Execute<T> {
    tenant: Tenant,
    operation: &'static str,
    request: Result<String, Error>,
    data: PhantomData<fn() -> T>,
}

impl<T> Execute<T> {
    /// A request that runs when sent. Serializing it may have failed.
    pub(crate) fn new(tenant: &Tenant, operation: &'static str, request: Result<String, Error>) -> Self {
        let operation = if operation.is_empty() { "execute" } else { operation };
        Self { tenant: tenant.clone(), operation, request, data: PhantomData }
    }

    async fn body(self) -> Result<(graphql::Body, Execution), Error> {
        let fail = |error: Error| error.with_operation(self.operation).with_surface(Surface::GraphQl);
        let request = self.request.map_err(fail)?;
        let call = call_of(self.operation, &request);
        let body = graphql::post(&self.tenant, &request, &call).await.map_err(fail)?;
        // A mutation whose response has data has run, whatever errors came with it.
        let unclear = if call.is_mutation() { Execution::Unknown } else { Execution::DidNotRun };
        Ok((body, unclear))
    }
}

impl<T: DeserializeOwned> Execute<T> {
    /// Runs the operation. A response with errors is an error, even if it has data.
    ///
    /// # Errors
    /// If the endpoint is absent, refuses the operation or responds with errors, or the data does not decode.
    pub async fn send(self) -> Result<Response<T>, Error> {
        let operation = self.operation;
        let (response, unclear) = self.partial().await?;
        response.reject_partial(operation).map_err(|error| error.with_execution(unclear))
    }

    /// Runs the operation, and returns both data and errors if the response has both.
    ///
    /// # Errors
    /// As [`send`](Self::send), except for errors that accompany data.
    pub async fn send_partial(self) -> Result<Response<T>, Error> {
        self.partial().await.map(|(response, _)| response)
    }

    async fn partial(self) -> Result<(Response<T>, Execution), Error> {
        let (operation, tenant) = (self.operation, self.tenant.clone());
        let kind = call_of(operation, self.request.as_deref().unwrap_or_default()).kind;
        let fail = |error: Error| error.with_operation(operation).with_surface(Surface::GraphQl);
        let call = Box::pin(async {
            let (body, unclear) = self.body().await?;
            let value = body.decode().map_err(|error| fail(error).with_execution(unclear))?;
            Ok((Response { errors: body.into_errors(), ..Response::new(value, Surface::GraphQl) }, unclear))
        });
        tenant.sender().run_call(operation, kind, call).await
    }
}
