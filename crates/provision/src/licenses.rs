//! The licenses of a tenant, with the seats that are left.

use std::collections::{BTreeMap, HashMap};

use futures::TryStreamExt as _;
use thought_industries::Client;
use thought_industries::model::Client as ClientRecord;

use crate::error::Error;

/// Licenses by SKU and by id, with their seats.
#[derive(Debug, Default)]
pub(crate) struct LicenseIndex {
    /// The ids of each SKU.
    pub(crate) by_sku: BTreeMap<String, Vec<String>>,
    /// The seat limit and the client of each license; `None` for no limit.
    pub(crate) limits: HashMap<String, (Option<i64>, String)>,
    /// The seat limit of each client, and how many of its seats are taken.
    pub(crate) clients: HashMap<String, (Option<i64>, i64)>,
    /// The name of each license that has one.
    pub(crate) names: HashMap<String, String>,
    /// Whether the licenses were read at all.
    pub(crate) is_known: bool,
}

impl LicenseIndex {
    /// Reads the licenses of one client, or of all.
    pub(crate) async fn read(client: &Client, scope: Option<&str>) -> Result<Self, Error> {
        let clients = match scope {
            Some(id) => vec![client.clients().get(id).send().await?.into_inner()],
            None => client.clients().list().items().try_collect().await?,
        };
        let mut index = Self { is_known: true, ..Self::default() };
        let ids = clients.iter().map(|own: &ClientRecord| own.id.clone()).collect::<Vec<_>>();
        for (own, licenses) in clients.into_iter().zip(client.licenses().of_clients(ids).await?) {
            for license in licenses {
                if let Some(sku) = license.sku {
                    index.by_sku.entry(sku).or_default().push(license.id.clone());
                }
                index.names.extend(license.name.map(|name| (license.id.clone(), name)));
                index.limits.insert(license.id, (license.seats_limit, own.id.clone()));
            }
            // Seats that codes promise are not free. A count that is not shown is less than any other.
            let taken = own.seats_allocated_count.max(own.seats_used_count).unwrap_or_default();
            index.clients.insert(own.id, (own.seats_limit, taken));
        }
        Ok(index)
    }
}
