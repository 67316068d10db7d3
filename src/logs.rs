//! Logs of a tenant.

use serde_json::Value;

use crate::events::{EventKind, TenantEvent};
use crate::operations::logs_list;
use crate::records::{Records, record_list};
use crate::tenant::Tenant;

/// The name of the log of logins by single sign-on.
const SSO: &str = "sso";

/// Logs, such as that of logins by single sign-on.
#[derive(Debug, Clone)]
pub struct Logs {
    tenant: Tenant,
}

impl Logs {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists logins by single sign-on, newest first.
    pub fn sso(&self) -> ListSsoLog {
        ListSsoLog::new(&self.tenant, logs_list::Variables::new(SSO))
    }
}

record_list! {
    /// The log of logins by single sign-on; ends in [`items`](Self::items), [`pages`](Self::pages) or
    /// [`send`](Self::send). The reference does not describe its entries: they are in [`raw`](TenantEvent::raw), and
    /// [`items`](Self::items) has entries that are equal in everything once.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut log = client.logs().sso().items();
    /// while let Some(entry) = log.try_next().await? {
    ///     println!("{:?} {:?}", entry.at, entry.raw);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListSsoLog of TenantEvent: LogsList, logs_list, LOGS_LIST,
    paged by cursor and size,
    |page| {
        let entries = page.data.into_iter().flatten().filter(Value::is_object);
        Records::new(entries.map(|entry| TenantEvent::of_feed(&EventKind::from(SSO), entry)), page.page_info)
    }
}
