//! Starting and stopping a sandbox.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::deliveries::{Deliveries, Sender};
use crate::faults::{FaultRate, Faults};
use crate::in_process::InProcessSandbox;
use crate::limits::{Limiter, Limits};
use crate::population::Population;
use crate::received::{Log, Received};
use crate::tenant::Tenant;
use crate::unknowns::Unknowns;
use crate::world::{Clock, Ledger, Settings};
use crate::{Dialect, Effect, Error, connection, http, mutations, schema};

/// A sandbox to be started. Two sandboxes with the same settings contain the same users.
#[derive(Debug, Clone)]
#[must_use]
pub struct Sandbox {
    dialect: Dialect,
    users: u64,
    seed: u64,
    port: u16,
    schema: Option<String>,
    limits: Option<Limits>,
    faults: Vec<FaultRate>,
    learner_role: Option<String>,
    unknowns: Unknowns,
}

impl Sandbox {
    /// The key of every sandbox.
    pub const API_KEY: &str = http::API_KEY;

    /// A sandbox of 250 users on any free port.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            users: 250,
            seed: 1,
            port: 0,
            schema: None,
            limits: None,
            faults: Vec::new(),
            learner_role: None,
            unknowns: Unknowns::none(),
        }
    }

    /// Sets the number of users. They are computed on demand, so a million need no memory.
    pub fn users(mut self, users: u64) -> Self {
        self.users = users;
        self
    }

    /// Sets the seed that the users are computed from. The default is 1.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the port to listen on; 0, the default, takes any free port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves another schema at the GraphQL endpoint: SDL or introspection JSON. Its fields get made-up values of the
    /// right types; REST is not affected.
    pub fn schema(mut self, text: impl Into<String>) -> Self {
        self.schema = Some(text.into());
        self
    }

    /// Enforces limits. By default, nothing is limited.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = Some(limits);
        self
    }

    /// Injects a fault at a given rate. The same requests in the same order get the same faults. May be called several
    /// times.
    pub fn fault(mut self, fault: FaultRate) -> Self {
        self.faults.push(fault);
        self
    }

    /// Sets the role key of learners; other role keys of learners are then unknown. By default, the key is `learner` in
    /// the documented dialect and `student` in the observed one, and either is accepted.
    pub fn learner_role(mut self, key: impl Into<String>) -> Self {
        self.learner_role = Some(key.into());
        self
    }

    /// Sets what the public documents leave open. Their dialect, if they have one, replaces that of [`Sandbox::new`].
    pub fn unknowns(mut self, unknowns: Unknowns) -> Self {
        self.dialect = unknowns.dialect.unwrap_or(self.dialect);
        self.unknowns = unknowns;
        self
    }

    /// Starts listening, and serves until the returned value is dropped. Needs a tokio runtime with I/O.
    ///
    /// # Errors
    /// If the port is taken, the schema is not valid, or the number of users is out of range.
    pub async fn start(self) -> Result<RunningSandbox, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))
            .await
            .map_err(|source| Error::Listen { port: self.port, source })?;
        let address = listener.local_addr().map_err(|source| Error::Listen { port: self.port, source })?;
        let (dialect, unknowns) = (self.dialect, Arc::new(self.unknowns.clone()));
        let (router, tenant, log) = self.serve(Clock::default(), http::Workers::Pool)?;
        // Serving only ends when the task is aborted.
        let service = router.into_make_service_with_connect_info::<connection::Cut>();
        let task = tokio::spawn(async move {
            _ = axum::serve(connection::CuttableListener(listener), service).await;
        });
        Ok(RunningSandbox { dialect, address, tenant, log, task, unknowns })
    }

    /// The same tenant without a socket. Everything happens at once and in the order of the calls, at the time that `now`
    /// returns, so that a simulation can repeat it. Faults that cut connections need a socket.
    ///
    /// # Errors
    /// If the schema is not valid, or the number of users is out of range.
    pub fn in_process(self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Result<InProcessSandbox, Error> {
        let (router, tenant, _) = self.serve(Clock::new(now), http::Workers::Caller)?;
        Ok(InProcessSandbox::new(router, tenant))
    }

    /// The tenant, its surfaces, and the log of what they receive.
    fn serve(self, clock: Clock, workers: http::Workers) -> Result<(Router, Arc<Tenant>, Arc<Log>), Error> {
        let size = u32::try_from(self.users).ok().filter(|users| *users > 0).ok_or(Error::Size(self.users))?;
        let schema = match &self.schema {
            Some(text) => Some((schema::foreign(text)?, false)),
            None if self.dialect == Dialect::Documented => None,
            None => Some((schema::of_dialect(self.dialect)?, true)),
        };
        let ledger = Ledger::new(self.settings(clock));
        let tenant = Tenant::new(schema, Population::new(self.seed, size), ledger, mutations::carry_out)?;
        let log = Arc::new(Log::new());
        let limiter = self.limits.map(|limits| Arc::new(Limiter::new(limits)));
        let tenant = Arc::new(tenant);
        let misbehaves = !self.faults.is_empty();
        let faults = misbehaves.then(|| Arc::new(Faults::new(self.faults, self.seed, Arc::clone(&tenant))));
        let unknowns = Arc::new(self.unknowns);
        let served =
            http::Site { tenant: Arc::clone(&tenant), dialect: self.dialect, limiter, faults, unknowns, workers };
        Ok((http::router(&served, Arc::clone(&log)), tenant, log))
    }
}

impl Sandbox {
    fn settings(&self, clock: Clock) -> Settings {
        let of_dialect = match self.dialect {
            Dialect::Documented => "learner",
            Dialect::Observed => "student",
        };
        let set = self.learner_role.as_ref().or(self.unknowns.learner_role.as_ref());
        Settings {
            learner_role: set.cloned().unwrap_or_else(|| of_dialect.to_owned()),
            is_only_learner_role: set.is_some(),
            page_size: self.unknowns.page_size,
            has_short_pages: Faults::has_short_pages(&self.faults),
            clock,
        }
    }
}

/// A running sandbox. Dropping it stops it.
#[derive(Debug)]
pub struct RunningSandbox {
    dialect: Dialect,
    address: SocketAddr,
    tenant: Arc<Tenant>,
    log: Arc<Log>,
    task: JoinHandle<()>,
    unknowns: Arc<Unknowns>,
}

impl RunningSandbox {
    /// Its address, such as `http://127.0.0.1:49213`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The key that it accepts.
    pub fn api_key(&self) -> &'static str {
        Sandbox::API_KEY
    }

    /// The dialect it follows.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The paths at which it serves GraphQL, with the same schema; possibly none.
    pub fn graphql_paths(&self) -> Vec<&'static str> {
        self.unknowns.graphql_paths_of(self.dialect)
    }

    /// What was set for it where the public documents are open.
    pub fn unknowns(&self) -> &Unknowns {
        &self.unknowns
    }

    /// The newest received requests, oldest first; 10,000 at most.
    pub fn received(&self) -> Vec<Received> {
        self.log.entries()
    }
}

impl RunningSandbox {
    /// The writes that took effect, oldest first: one for each changed record.
    pub fn effects(&self) -> Vec<Effect> {
        self.tenant.world().effects()
    }
}

impl RunningSandbox {
    /// Lets the events of the feed happen one after the other, and delivers them to a webhook. From now on the feed has only
    /// what has happened.
    ///
    /// # Errors
    /// If the address or a kind cannot be used.
    pub fn deliver(&self, deliveries: Deliveries) -> Result<Sender, Error> {
        Sender::new(Arc::clone(&self.tenant), deliveries)
    }
}

impl Drop for RunningSandbox {
    fn drop(&mut self) {
        self.task.abort();
    }
}
