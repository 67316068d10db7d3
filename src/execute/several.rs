//! Several pages of a list, or several lists, in one GraphQL request, each under an alias of the root field.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;
use thought_industries_spec::Document;

use super::reduce::{self, Query};
use super::{RestRoot, contact, graphql};
use crate::runtime::{OperationSpec, SingleRoot, Surface};
use crate::send::Call;
use crate::tenant::Tenant;
use crate::{Error, Response};

/// The points that a query may cost (v2 guide).
const MOST_POINTS: u32 = 1_000;

/// The number of pages that one request has room for, as far as the tenant has stated the cost of one.
pub(crate) fn room<O: SingleRoot>(tenant: &Tenant, spec: &OperationSpec) -> usize {
    match Query::of::<O>(tenant, &[]) {
        Ok(query) if tenant.allows(Surface::GraphQl) => {
            tenant.sender().costs.times(spec.name, query.points, MOST_POINTS)
        }
        _ => 1,
    }
}

/// Reads the pages with these numbers; `None` as for [`roots`].
pub(crate) async fn pages<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    variables: &O::Variables,
    numbers: RangeInclusive<i64>,
) -> Result<Option<Vec<Response<O::Root>>>, Error>
where
    O: SingleRoot<Variables: Send + Sync, Root: RestRoot>,
{
    let values = numbers.map(|number| (format!("page{number}"), number.to_string())).collect();
    roots::<O>(tenant, spec, variables, "page", values).await
}

/// Reads the root field once for each value of a variable, which is beside the response key. `None` if they have to be read
/// one by one: alone, each is a response or an error of its own, may have values of other types than the schema's, and may
/// move to another surface.
pub(crate) async fn roots<O>(
    tenant: &Tenant,
    spec: &'static OperationSpec,
    variables: &O::Variables,
    variable: &str,
    values: Vec<(String, String)>,
) -> Result<Option<Vec<Response<O::Root>>>, Error>
where
    O: SingleRoot<Variables: Send + Sync, Root: RestRoot>,
{
    let lists = contact::LISTS.map(|list| format!("{}.{list}", O::ROOT_KEY));
    let Ok(query) = Query::of::<O>(tenant, &lists) else { return Ok(None) };
    let text = Document::parse(&query.text).and_then(|document| document.repeated(variable, &values));
    let Some(text) = text else { return Ok(None) };
    let mut variables: Value = super::to_arguments(variables).map_err(|error| error.with_operation(spec.name))?;
    if let Some(variables) = variables.as_object_mut() {
        variables.remove(variable);
    }
    let points = query.points.saturating_mul(u32::try_from(values.len()).unwrap_or(u32::MAX));
    let call = Call { points, ..Call::of(spec, Surface::GraphQl, &variables) };
    let request = graphql::request_text(&text, O::NAME, &variables)?;
    let reply = match graphql::post::<BTreeMap<String, Option<O::Root>>>(tenant, &request, &call).await {
        Ok(reply) if !reply.body.has_errors() => reply,
        Err(error) if error.is_retryable() => {
            return Err(error.with_operation(spec.name).with_surface(Surface::GraphQl));
        }
        Ok(_) | Err(_) => return Ok(None),
    };
    let Ok((mut data, _)) = reply.decode() else { return Ok(None) };
    let gaps = reduce::below(O::ROOT_KEY, query.gaps.into_iter());
    let pages: Option<Vec<_>> = values.iter().map(|(key, _)| data.remove(key).flatten()).collect();
    Ok(pages.map(|pages| {
        let respond = |value: O::Root| {
            value.teach(tenant, Surface::GraphQl);
            Response { gaps: gaps.clone(), ..Response::new(value, Surface::GraphQl) }
        };
        pages.into_iter().map(respond).collect()
    }))
}
