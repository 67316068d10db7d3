//! A running gateway: it answers directories, carries out the outbox, and reads the roster again.

use std::time::Duration;

use axum::serve::Listener;
use futures::future::select;

use crate::error::ScimError;
use crate::gateway::Gateway;
use crate::http::router;

/// How long the gateway waits before it reads the roster again that it could not read.
const READ_AGAIN: Duration = Duration::from_secs(300);
/// How often it is looked at whether the roster is due.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Serves directories until the future is dropped. What is in the outbox then is carried out by the next gateway.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use thought_industries_scim::{Gateway, Settings, SqliteStore, serve};
///
/// let store = SqliteStore::open("scim.db".as_ref())?;
/// let gateway = Gateway::new(client, Arc::new(store), Settings::default())?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// serve(gateway, listener).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// If the store fails.
pub async fn serve<L>(gateway: Gateway, listener: L) -> Result<(), ScimError>
where
    L: Listener<Addr: std::fmt::Debug>,
{
    let routes = router(gateway.clone());
    let answering = Box::pin(async move {
        // Serving ends only when it is dropped.
        _ = axum::serve(listener, routes).await;
        Ok(())
    });
    let working = Box::pin(async {
        // Which users a connection may change is not known before the roster was read.
        gateway.wait_until_ready().await;
        gateway.work().await
    });
    let reading = Box::pin(gateway.keep_roster());
    let both = Box::pin(async { select(working, reading).await.factor_first().0 });
    select(answering, both).await.factor_first().0
}

impl Gateway {
    async fn wait_until_ready(&self) {
        while self.check_ready().is_err() {
            self.inner.client.pause(Duration::from_secs(1)).await;
        }
    }

    /// Reads the roster whenever it is due.
    async fn keep_roster(&self) -> Result<(), ScimError> {
        loop {
            let read_at = self.blocking(Self::roster_read_at).await?;
            let refresh = i64::try_from(self.inner.settings.refresh.as_millis()).unwrap_or(i64::MAX);
            let is_due = read_at.is_none_or(|read_at| self.now().saturating_sub(read_at) >= refresh);
            if !is_due {
                self.inner.client.pause(LOOK_AGAIN).await;
                continue;
            }
            match self.read_roster(read_at.is_none()).await {
                Ok(read) => tracing::info!(users = read.users, gone = read.gone, "the roster was read"),
                Err(error) => {
                    tracing::error!(%error, "the roster was not read to its end");
                    self.inner.client.pause(READ_AGAIN).await;
                }
            }
        }
    }
}
