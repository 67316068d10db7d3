//! `ti clients`.

use futures::TryStreamExt as _;
use serde::Serialize;
use thought_industries::Date;
use thought_industries::model::Client as Record;

use super::gaps;
use crate::arguments::{ClientsCommand, TenantArguments};
use crate::failure::Failure;
use crate::format::{cell, day, seats, status};
use crate::output::{Format, List, Row, one};
use crate::tenant::connect;
use crate::tree::Tree;

pub(crate) async fn run(tenant: &TenantArguments, format: Format, command: ClientsCommand) -> Result<(), Failure> {
    let tenant = connect(tenant).await?;
    match command {
        ClientsCommand::List => {
            let mut pages = tenant.client.clients().list().pages();
            let mut list = List::new::<ClientRow>(format)?;
            let mut is_first = true;
            while let Some(page) = pages.try_next().await? {
                if is_first {
                    gaps::report(format, &page);
                    is_first = false;
                }
                for client in page.clients.iter().flatten() {
                    list.push(&ClientRow::of(client))?;
                }
            }
            list.finish()
        }
        ClientsCommand::Get { id } => {
            let client = tenant.client.clients().get(id).send().await?;
            gaps::report(format, &client);
            one(format, &*client, || ClientRow::of(&client), || client_tree(&client).print())
        }
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClientRow {
    id: String,
    name: Option<String>,
    slug: Option<String>,
    sku: Option<String>,
    disabled: Option<bool>,
    seats_used_count: Option<i64>,
    seats_limit: Option<i64>,
    license_end_date: Option<Date>,
}

impl ClientRow {
    fn of(client: &Record) -> Self {
        Self {
            id: client.id.clone(),
            name: client.name.clone(),
            slug: client.slug.clone(),
            sku: client.sku.clone(),
            disabled: client.disabled,
            seats_used_count: client.seats_used_count,
            seats_limit: client.seats_limit,
            license_end_date: client.license_end_date,
        }
    }
}

impl Row for ClientRow {
    const HEADINGS: &'static [&'static str] = &["NAME", "SKU", "STATUS", "SEATS USED", "SEATS", "ENDS", "ID"];

    fn cells(&self) -> Vec<String> {
        vec![
            cell(self.name.as_ref()),
            cell(self.sku.as_ref()),
            status(self.disabled).to_owned(),
            cell(self.seats_used_count),
            seats(self.seats_limit),
            cell(self.license_end_date.map(day)),
            self.id.clone(),
        ]
    }
}

fn client_tree(client: &Record) -> Tree {
    let mut tree = Tree::new(client.name.clone().unwrap_or_else(|| client.id.clone()));
    tree.fact("id", Some(&client.id));
    tree.fact("slug", client.slug.as_ref());
    tree.fact("sku", client.sku.as_ref());
    tree.fact("status", Some(status(client.disabled)));
    let used = client.seats_used_count.map(|used| format!("{used} of {}", seats(client.seats_limit)));
    tree.fact("seats", used);
    tree.fact("main license", client.primary_license.as_ref().and_then(|license| license.name.as_ref()));
    tree.group(
        "licenses",
        client
            .license_tree
            .iter()
            .flatten()
            .map(|node| Tree::new(node.hierarchical_name.clone().unwrap_or_else(|| node.id.clone()))),
    );
    tree
}
