//! The licenses of many clients, with several clients to a request where that is possible.

use futures::stream::{self, StreamExt as _, TryStreamExt as _};

use super::ListLicenses;
use crate::execute::several;
use crate::model::{APILicenseList, License, PageInfo};
use crate::operations::{LicensesByClientId, licenses_by_client_id};
use crate::position::PagePosition;
use crate::runtime::Surface;
use crate::tenant::Tenant;
use crate::{Error, Input, Response, routes};

/// How many requests are under way at once.
const AT_ONCE: usize = 8;

/// How many clients are read with one request.
const MOST_CLIENTS: usize = 20;

/// The licenses of each client, in the order of the ids.
pub(super) async fn of_clients(tenant: &Tenant, ids: Vec<String>) -> Result<Vec<Vec<License>>, Error> {
    let [first, more @ ..] = ids.as_slice() else { return Ok(Vec::new()) };
    // The first client shows which surface has the list, and what it costs.
    let pages: Vec<Response<APILicenseList>> = list(tenant, first).pages().try_collect().await?;
    let is_graphql = pages.first().is_some_and(|page| page.surface() == Surface::GraphQl);
    let room = if is_graphql { several::room::<LicensesByClientId>(tenant, &routes::LICENSES_OF_CLIENT) } else { 1 };
    let mut all = vec![pages.into_iter().flat_map(|page| page.into_inner().licenses.unwrap_or_default()).collect()];
    let groups: Vec<Vec<String>> = more.chunks(room.min(MOST_CLIENTS)).map(<[String]>::to_vec).collect();
    let groups = stream::iter(groups).map(|ids| group(tenant.clone(), ids));
    let groups: Vec<Vec<Vec<License>>> = groups.buffered(AT_ONCE).try_collect().await?;
    all.extend(groups.into_iter().flatten());
    Ok(all)
}

/// The licenses of clients that one request has room for.
async fn group(tenant: Tenant, ids: Vec<String>) -> Result<Vec<Vec<License>>, Error> {
    let together = if ids.len() > 1 { together(&tenant, &ids).await? } else { None };
    let mut together = together.unwrap_or_default().into_iter();
    let mut all = Vec::with_capacity(ids.len());
    for id in &ids {
        let page = together.next().map(Response::into_inner);
        all.push(match page.filter(|page| is_last(page.page_info.as_deref())) {
            Some(page) => page.licenses.unwrap_or_default(),
            None => list(&tenant, id).items().try_collect().await?,
        });
    }
    Ok(all)
}

/// The first page of each client.
async fn together(tenant: &Tenant, ids: &[String]) -> Result<Option<Vec<Response<APILicenseList>>>, Error> {
    // In every other value of the document, the id is replaced by that of the client.
    let variables = licenses_by_client_id::Variables { client_id: String::new(), page: Input::Absent };
    let values =
        ids.iter().enumerate().map(|(place, id)| (format!("client{place}"), serde_json::json!(id).to_string()));
    let (spec, values) = (&routes::LICENSES_OF_CLIENT, values.collect());
    several::roots::<LicensesByClientId>(tenant, spec, &variables, "clientId", values).await
}

/// Whether no page follows, as far as the page says so.
fn is_last(info: Option<&PageInfo>) -> bool {
    info.is_some_and(|info| info.has_more == Some(false))
}

fn list(tenant: &Tenant, client_id: &str) -> ListLicenses {
    ListLicenses { tenant: tenant.clone(), start: PagePosition::first(), client_id: client_id.to_owned() }
}
