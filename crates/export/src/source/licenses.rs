//! Licenses: the tenant lists them for each client.

use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use thought_industries::model::ClientsList;
use thought_industries::{Client, Error as ClientError, ListClients, PagePosition, Response};

use super::{Entry, Pages, Reading, Record, Source, SourcePage, fields_of};

pub(super) static LICENSES: Source =
    Source { name: "licenses", operations: &["clients.list", "licenses.of-client"], open };

fn open(client: &Client, reading: &Reading, start: Option<&PagePosition>) -> Pages {
    let list = client.clients().list();
    let list = start.into_iter().fold(list, ListClients::start_at);
    let (client, is_check) = (client.clone(), reading.is_check);
    let pages = list.pages().and_then(move |page| licenses_of(client.clone(), page, is_check).boxed());
    pages.filter_map(|page| std::future::ready(page.transpose())).boxed()
}

/// The licenses of the clients on a page.
async fn licenses_of(
    tenant: Client,
    page: Response<ClientsList>,
    is_check: bool,
) -> Result<Option<SourcePage>, ClientError> {
    let (mut entries, mut requests) = (Vec::new(), 1);
    let mut gaps = Vec::new();
    for client in page.clients.iter().flatten() {
        let mut rows = Vec::new();
        if !is_check {
            let mut licenses = tenant.licenses().of_client(client.id.as_str()).pages();
            while let Some(licenses) = licenses.try_next().await? {
                requests += 1;
                gaps =
                    licenses.gaps().iter().filter_map(|gap| gap.strip_prefix("licenses.")).map(str::to_owned).collect();
                rows.extend(licenses.licenses.iter().flatten().map(|license| {
                    let mut fields = fields_of(license);
                    fields.insert("clientId".to_owned(), client.id.as_str().into());
                    Record { stream: "licenses", fields }
                }));
            }
        }
        entries.push(Entry { id: client.id.clone(), rows });
    }
    let total = page.page_info.as_ref().and_then(|info| info.total);
    // The gaps of clients are not those of licenses.
    let page = SourcePage::of(&page, "clients", total, entries);
    Ok(page.map(|page| SourcePage { gaps, requests, ..page }))
}
