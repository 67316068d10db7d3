//! Generated operations that the caller provides.

use futures::FutureExt as _;
use serde_json::{Map, Value, json};

use super::found::{Found, from_value};
use super::{RestRoot, along_routes, ask, over_rest, rest, to_arguments};
use crate::request::{CalledOperation, request};
use crate::runtime::{GeneratedOperation, OperationKind, Selection, Surface};
use crate::tenant::Tenant;
use crate::{Error, Response};

/// A request that runs a generated operation; ends in [`send`](Self::send) or [`send_partial`](Self::send_partial).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// use std::time::Duration;
/// use thought_industries::operations::user_by_id;
///
/// let read = client.run(user_by_id::Variables::new("<user id>")).with_timeout(Duration::from_secs(10));
/// let response = read.send_partial().await?;
/// println!("{} errors, without {:?}", response.errors().len(), response.gaps());
/// # Ok(())
/// # }
/// ```
#[must_use = "a request is sent only when it is awaited"]
pub struct Run<O: GeneratedOperation> {
    tenant: Tenant,
    variables: O::Variables,
}

/// Shows neither the variables, which may be personal, nor the tenant.
impl<O: GeneratedOperation> std::fmt::Debug for Run<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run").field("operation", &O::SPEC.name).finish_non_exhaustive()
    }
}

impl<O: GeneratedOperation> Run<O> {
    pub(crate) fn new(tenant: &Tenant, variables: O::Variables) -> Self {
        Self { tenant: tenant.clone(), variables }
    }
}

impl<O> Run<O>
where
    O: GeneratedOperation<Variables: Send + Sync, ResponseData: Send>,
{
    fn operation(&self) -> CalledOperation {
        CalledOperation::of(O::SPEC)
    }

    async fn run(self) -> Result<Response<O::ResponseData>, Error> {
        let variables = to_arguments(&self.variables).map_err(|error| error.with_operation(O::SPEC.name))?;
        let (tenant, arguments) = (&self.tenant, &variables);
        let declared = if O::SPEC.kind == OperationKind::Mutation { O::VARIABLES } else { &[] };
        let response = along_routes(tenant, O::SPEC, arguments, declared, None, |surface| {
            async move {
                match surface {
                    Surface::GraphQl => ask::data_over_graphql::<O>(tenant, O::SPEC, arguments).await.map(wrap::<O>),
                    _ => over_rest::<Data<O>>(tenant, O::SPEC, surface, arguments, O::parsed().selection()).await,
                }
            }
            .boxed()
        });
        Ok(response.await?.map(|data| data.0))
    }
}

request! {
    /// Runs the operation. A response with errors is an error, even if it has data. For a mutation,
    /// [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If no surface of the tenant has the operation, the tenant refuses it or responds with errors, or the data does not
    /// decode.
    Run<O> => partial Response<O::ResponseData>
        where O: GeneratedOperation<Variables: Send + Sync, ResponseData: Send> + 'static
}

/// The data of an operation, whichever surface returned it.
struct Data<O: GeneratedOperation>(O::ResponseData);

fn wrap<O: GeneratedOperation>(outcome: super::Outcome<O::ResponseData>) -> super::Outcome<Data<O>> {
    match outcome {
        super::Outcome::Response(response) => super::Outcome::Response(response.map(Data)),
        super::Outcome::Absent(reason) => super::Outcome::Absent(reason),
        super::Outcome::Closed(error) => super::Outcome::Closed(error),
    }
}

impl<O: GeneratedOperation<ResponseData: Send>> RestRoot for Data<O> {
    /// A REST body is the value of the root field. The generator refuses a REST route of an operation with several.
    async fn read(_: &Tenant, body: &rest::Body, selection: &'static Selection) -> Result<Found<Self>, Error> {
        let value: Value = super::json::decode(&body.json)?;
        let root = selection.fields.first().map(|root| root.key.as_str()).unwrap_or_default();
        let data =
            Value::Object(Map::from_iter([(root.to_owned(), if value.is_null() { json!(null) } else { value })]));
        let Found { value, gaps, dropped } = from_value::<O::ResponseData>(&data, selection)?;
        Ok(Found { value: Self(value), gaps, dropped })
    }
}
