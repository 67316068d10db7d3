//! Operations that the caller brings.

use std::marker::PhantomData;

use graphql_client::GraphQLQuery;
use serde::de::DeserializeOwned;

use super::{graphql, strict};
use crate::runtime::{OperationKind, Surface};
use crate::{Answer, Client, Error};

/// A request that runs the caller's own operation; ends in [`send`](Self::send) or
/// [`send_partial`](Self::send_partial).
#[derive(Debug)]
#[must_use]
pub struct Execute<T> {
    client: Client,
    request: Result<String, Error>,
    data: PhantomData<fn() -> T>,
}

impl<T> Execute<T> {
    fn new(client: &Client, request: Result<String, Error>) -> Self {
        Self { client: client.clone(), request, data: PhantomData }
    }

    async fn body(self) -> Result<(graphql::Body, bool), Error> {
        let fail = |error: Error| error.with_operation("execute").with_surface(Surface::GraphQl);
        let request = self.request.map_err(fail)?;
        let call = graphql::call_of("execute", &request);
        let body = graphql::post(&self.client, &request, &call).await.map_err(fail)?;
        Ok((body, call.kind == OperationKind::Mutation))
    }
}

impl<T: DeserializeOwned> Execute<T> {
    /// Runs the operation. An answer with errors is an error, whatever data it has.
    ///
    /// # Errors
    /// If the endpoint is absent, refuses the operation or answers with errors, or the data do not decode.
    pub async fn send(self) -> Result<Answer<T>, Error> {
        let (answer, is_mutation) = self.partial().await?;
        // A mutation whose answer has data was carried out, whatever errors came with them.
        strict("execute", answer).map_err(|error| if is_mutation { error.with_outcome_unknown() } else { error })
    }

    /// Runs the operation, and hands over data and errors if both came.
    ///
    /// # Errors
    /// As [`send`](Self::send), but for errors beside data.
    pub async fn send_partial(self) -> Result<Answer<T>, Error> {
        self.partial().await.map(|(answer, _)| answer)
    }

    async fn partial(self) -> Result<(Answer<T>, bool), Error> {
        let (body, is_mutation) = self.body().await?;
        let value = body.decode().map_err(|error| {
            let error = error.with_operation("execute").with_surface(Surface::GraphQl);
            if is_mutation { error.with_outcome_unknown() } else { error }
        })?;
        let answer = Answer { errors: body.into_errors(), ..Answer::new(value, Surface::GraphQl) };
        Ok((answer, is_mutation))
    }
}

impl Client {
    /// Runs an operation of your own: anything that implements `graphql_client`'s trait, such as a struct that
    /// derives it. It goes to the tenant's GraphQL endpoint and to no other surface.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::operations::{UsersBasic, users_basic};
    ///
    /// let variables = users_basic::Variables { page: Some(2).into() };
    /// let answer = client.execute::<UsersBasic>(variables).send().await?;
    /// println!("{} people", answer.users.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn execute<Q: GraphQLQuery>(&self, variables: Q::Variables) -> Execute<Q::ResponseData> {
        Execute::new(self, graphql::request_text(&Q::build_query(variables)))
    }

    /// Runs an operation derived with cynic against [`schema`](crate::schema).
    #[cfg(feature = "cynic")]
    pub fn execute_cynic<T, V: serde::Serialize>(&self, operation: &cynic::Operation<T, V>) -> Execute<T> {
        let request = serde_json::to_string(operation);
        let request = request.map_err(|error| Error::settings(format!("the variables cannot be sent: {error}")));
        Execute::new(self, request)
    }
}
