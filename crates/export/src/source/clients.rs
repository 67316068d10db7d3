//! Clients.

use thought_industries::model::ClientsList;
use thought_industries::{Client, ListClients, PagePosition, Response};

use super::{Entry, Pages, Reading, Record, Source, SourcePage, fields_of, pages_of};

pub(super) static CLIENTS: Source = Source { name: "clients", operations: &["clients.list"], open };

fn open(client: &Client, reading: &Reading, start: Option<&PagePosition>) -> Pages {
    let list = client.clients().list().with_pages_ahead(reading.ahead());
    let list = start.into_iter().fold(list, ListClients::start_at);
    let is_check = reading.is_check;
    pages_of(list.pages(), move |page| page_of(&page, is_check))
}

fn page_of(page: &Response<ClientsList>, is_check: bool) -> Option<SourcePage> {
    let entry = |client: &thought_industries::model::Client| {
        let row = || Record { stream: "clients", fields: fields_of(client) };
        Entry { id: client.id.clone(), rows: (!is_check).then(row).into_iter().collect() }
    };
    let entries = page.clients.iter().flatten().map(entry).collect();
    let total = page.page_info.as_ref().and_then(|info| info.total);
    SourcePage::of(page, "clients", total, entries)
}
