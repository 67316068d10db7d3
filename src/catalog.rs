//! Clients that are read once for many users.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use futures::lock::Mutex as Turn;

use serde_json::Value;

use crate::Error;

/// Clients and their licenses, kept while many users are read: where a tenant offers only flat records of users, each
/// [`Users::get`](crate::Users::get) would read the client and its licenses again. It holds up to 1,000 clients, the latest.
/// Cloning is cheap, and clones share what they hold.
///
/// What it holds is as old as the first read. Use one for a report or an export, and none to see the effect of a write.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client, ids: Vec<String>) -> Result<(), thought_industries::Error> {
/// use thought_industries::Catalog;
///
/// let catalog = Catalog::new();
/// for id in ids {
///     let user = client.users().get(id).with_catalog(&catalog).await?;
///     println!("{:?}", user.client.as_ref().and_then(|client| client.name.as_ref()));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Catalog(Arc<Mutex<Shelf>>);

/// A client and its licenses, as REST returns them.
pub(crate) struct ClientContext {
    pub(crate) client: Value,
    /// The licenses by id.
    pub(crate) licenses: BTreeMap<String, Value>,
    /// Whether the list of licenses was read to its end.
    pub(crate) is_whole: bool,
}

#[derive(Default)]
struct Shelf {
    clients: BTreeMap<String, Slot>,
    /// The ids of the clients, the oldest first.
    order: VecDeque<String>,
}

/// A client, once it was read: `None` if the tenant does not show it. Reads at the same time wait for the first one.
type Slot = Arc<Turn<Option<Option<Arc<ClientContext>>>>>;

/// How many clients are held.
const MOST: usize = 1_000;

impl Catalog {
    /// An empty catalog.
    pub fn new() -> Self {
        Self::default()
    }

    /// The client with this id, read if it is not held.
    ///
    /// # Errors
    /// Those of the read. Nothing is held then.
    pub(crate) async fn client(
        &self,
        id: &str,
        read: impl Future<Output = Result<Option<Arc<ClientContext>>, Error>>,
    ) -> Result<Option<Arc<ClientContext>>, Error> {
        let slot = self.slot(id);
        let mut held = slot.lock().await;
        if let Some(known) = &*held {
            return Ok(known.clone());
        }
        let client = read.await?;
        *held = Some(client.clone());
        Ok(client)
    }

    fn slot(&self, id: &str) -> Slot {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = inner.clients.get(id) {
            return Arc::clone(slot);
        }
        if inner.order.len() >= MOST
            && let Some(oldest) = inner.order.pop_front()
        {
            inner.clients.remove(&oldest);
        }
        let slot = Slot::default();
        inner.order.push_back(id.to_owned());
        inner.clients.insert(id.to_owned(), Arc::clone(&slot));
        slot
    }
}

/// Shows how many clients it holds, not which.
impl std::fmt::Debug for Catalog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let clients = self.0.lock().unwrap_or_else(PoisonError::into_inner).order.len();
        f.debug_struct("Catalog").field("clients", &clients).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    /// Asks for a client that the tenant does not show. Whether that was read.
    fn reads(catalog: &Catalog, id: &str) -> bool {
        let mut is_read = false;
        let read = async {
            is_read = true;
            Ok(None)
        };
        catalog.client(id, read).now_or_never().expect("no wait").expect("no failure");
        is_read
    }

    #[test]
    fn a_client_is_read_once_and_the_oldest_leave_first() {
        let catalog = Catalog::new();
        assert!(reads(&catalog, "c-0"));
        assert!(!reads(&catalog.clone(), "c-0"), "what is absent is not asked for again");
        for number in 1..=MOST {
            assert!(reads(&catalog, &format!("c-{number}")));
        }
        assert!(!reads(&catalog, "c-2"));
        assert!(reads(&catalog, "c-0"), "the oldest has left");
        assert_eq!(format!("{catalog:?}"), "Catalog { clients: 1000 }");
    }

    #[test]
    fn a_failed_read_is_repeated() {
        let catalog = Catalog::new();
        let failed = catalog.client("c-1", async { Err(Error::settings("no network")) });
        assert!(failed.now_or_never().expect("no wait").is_err());
        assert!(reads(&catalog, "c-1"));
    }
}
