//! The client and its configuration.

mod builder;

#[cfg(feature = "cynic")]
use cynic::Operation;
use graphql_client::GraphQLQuery;

pub use builder::ClientBuilder;

use crate::capabilities::Capabilities;
use crate::connect::{Diagnosis, connect};
use crate::execute::{Execute, Run, graphql};
use crate::profile::{EndpointProfile, TenantProfile};
use crate::request::{CalledOperation, Request};
use crate::runtime::{GeneratedOperation, OperationVariables};
use crate::tenant::Tenant;
use crate::{
    ActingUser, Assessments, Clients, Content, Coupons, CourseGroups, Courses, Date, Error, Events, Groups, Jobs,
    Licenses, Logs, Meetings, RedemptionCodes, Secret, Users, Webhooks,
};

/// A client of one tenant. Cloning is cheap. Clones share connections, limits and what is learned about the tenant.
#[derive(Debug, Clone)]
pub struct Client {
    tenant: Tenant,
}

impl Client {
    /// A builder for a client.
    ///
    /// ```
    /// use thought_industries::Client;
    ///
    /// let client = Client::builder().set_subdomain("acme").set_api_key("key").build()?;
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// A client for the tenant at a subdomain of thoughtindustries.com.
    ///
    /// ```
    /// use thought_industries::Client;
    ///
    /// let client = Client::new("acme", "key")?;
    /// assert_eq!(client.url(), "https://acme.thoughtindustries.com/");
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the subdomain is not a DNS label, or the key is empty.
    pub fn new(subdomain: impl Into<String>, api_key: impl Into<Secret>) -> Result<Self, Error> {
        Self::builder().set_subdomain(subdomain).set_api_key(api_key).build()
    }

    /// A client configured from the environment: `TI_URL` or `TI_SUBDOMAIN`, and `TI_API_KEY`.
    ///
    /// # Errors
    /// If one of them is missing or invalid; the message names it.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env().build()
    }

    /// Users.
    pub fn users(&self) -> Users {
        Users::new(self.tenant.clone())
    }

    /// Clients (Panorama).
    pub fn clients(&self) -> Clients {
        Clients::new(self.tenant.clone())
    }

    /// Courses and enrollments.
    pub fn courses(&self) -> Courses {
        Courses::new(self.tenant.clone())
    }

    /// Content of many users at once.
    pub fn content(&self) -> Content {
        Content::new(self.tenant.clone())
    }

    /// Groups.
    pub fn groups(&self) -> Groups {
        Groups::new(self.tenant.clone())
    }

    /// Background jobs.
    pub fn jobs(&self) -> Jobs {
        Jobs::new(self.tenant.clone())
    }

    /// Webhooks.
    pub fn webhooks(&self) -> Webhooks {
        Webhooks::new(self.tenant.clone())
    }

    /// Events, such as completions and logins.
    pub fn events(&self) -> Events {
        Events::new(self.tenant.clone())
    }

    /// Course groups: courses with all their runs.
    pub fn course_groups(&self) -> CourseGroups {
        CourseGroups::new(self.tenant.clone())
    }

    /// Attempts at assessments.
    pub fn assessments(&self) -> Assessments {
        Assessments::new(self.tenant.clone())
    }

    /// Meetings: the live sessions of courses.
    pub fn meetings(&self) -> Meetings {
        Meetings::new(self.tenant.clone())
    }

    /// Coupons.
    pub fn coupons(&self) -> Coupons {
        Coupons::new(self.tenant.clone())
    }

    /// Redemption codes.
    pub fn redemption_codes(&self) -> RedemptionCodes {
        RedemptionCodes::new(self.tenant.clone())
    }

    /// Logs, such as that of logins by single sign-on.
    pub fn logs(&self) -> Logs {
        Logs::new(self.tenant.clone())
    }

    /// Reads on behalf of a user, with the token of their login.
    pub fn acting_as(&self, token: impl Into<Secret>) -> ActingUser {
        ActingUser::new(self.tenant.acting_as(token.into()))
    }

    /// Licenses.
    pub fn licenses(&self) -> Licenses {
        Licenses::new(self.tenant.clone())
    }

    /// The current time by the tenant's clock, which is what the times in its responses are compared with. The `Date` headers
    /// of responses show how far the client's clock differs; before the first response, this is the client's time.
    ///
    /// ```
    /// let client = thought_industries::Client::new("acme", "key")?;
    /// assert!(client.now().as_millisecond() > 0);
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    pub fn now(&self) -> Date {
        self.tenant.now()
    }

    /// Waits by the client's [clock](crate::ClientBuilder::with_clock), as retries do. With a clock of a test, the wait is over
    /// at once.
    ///
    /// ```
    /// # async fn run(client: thought_industries::Client) {
    /// use std::time::Duration;
    ///
    /// client.pause(Duration::from_secs(30)).await;
    /// # }
    /// ```
    pub fn pause(&self, duration: std::time::Duration) -> futures::future::BoxFuture<'_, ()> {
        self.tenant.sender().clock.sleep(duration)
    }

    /// The tenant's address, such as `https://acme.thoughtindustries.com/`.
    pub fn url(&self) -> &str {
        self.tenant.base().as_str()
    }

    /// What is known about the tenant so far: the surfaces of each operation, and which of them lack it.
    ///
    /// ```
    /// use thought_industries::{Client, Surface};
    ///
    /// let known = Client::new("acme", "key")?.capabilities();
    /// assert_eq!(known.routes("users.delete"), [Surface::RestV1]);
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::from(self.profile())
    }

    /// What was learned about the tenant so far, as data to keep: see
    /// [`with_profile`](ClientBuilder::with_profile).
    ///
    /// ```no_run
    /// # fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// std::fs::write("tenant.json", serde_json::to_string(&client.profile())?)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn profile(&self) -> TenantProfile {
        profile_of(&self.tenant)
    }

    /// Learns what the tenant is with reads only: its endpoints, where each takes the key, the shape and paging of its
    /// bodies, how it reports that a record does not exist, and its role keys. Surfaces are asked in parallel, each with
    /// a handful of requests. Clones share the result; earlier findings are discarded.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let profile = client.connect().await?;
    /// println!("role keys in use: {:?}", profile.role_keys);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If no surface responds as it should: none accepts the key, or the address is not that of a tenant; or the tenant
    /// cannot be reached. [`diagnose`](Self::diagnose) shows the responses.
    pub fn connect(&self) -> Request<TenantProfile> {
        Request::new(&self.tenant, CalledOperation::query("connect"), |tenant| async move {
            connect(&tenant).await.map_err(|failed| failed.error)?;
            Ok(profile_of(&tenant))
        })
    }

    /// Connects, and reports each request, what came back, and what was concluded. The report contains no key, no user
    /// and no value of a response.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// for check in client.diagnose().await?.checks {
    ///     println!("{} {}: {}, {}", check.method, check.path, check.response, check.conclusion);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Only if its [timeout](Request::with_timeout) runs out, or there is no Tokio runtime. A tenant that cannot be used
    /// is a [`failure`](Diagnosis::failure) of the report.
    pub fn diagnose(&self) -> Request<Diagnosis> {
        Request::new(&self.tenant, CalledOperation::query("diagnose"), |tenant| async move {
            let (checks, failure) = match connect(&tenant).await {
                Ok(checks) => (checks, None),
                Err(failed) => (failed.checks, Some(failed.error)),
            };
            Ok(Diagnosis { profile: profile_of(&tenant), checks, failure })
        })
    }

    /// Runs an operation that `thought-industries-codegen` has generated, from your schema and documents or from those of
    /// this crate. The variables name the operation, and everything else is known: its surfaces, its cost, and whether it
    /// may be retried. A query is sent without the fields that the tenant lacks, which [`Response::gaps`](crate::Response::gaps)
    /// names.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::operations::user_by_id;
    ///
    /// let response = client.run(user_by_id::Variables::new("d5a1fd66")).await?;
    /// let user = response.user_by_id.as_ref();
    /// println!("{:?} without {:?}", user.and_then(|user| user.email.as_deref()), response.gaps());
    /// # Ok(())
    /// # }
    /// ```
    pub fn run<V>(&self, variables: V) -> Run<V::Operation>
    where
        V: OperationVariables<Operation: GeneratedOperation<Variables = V, ResponseData: Send>> + Send + Sync,
    {
        Run::new(&self.tenant, variables)
    }

    /// Runs your own operation: any type that implements `GraphQLQuery`, such as a struct that derives it. It is sent
    /// to the tenant's GraphQL endpoint and to no other surface.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::operations::{UsersBasic, users_basic};
    ///
    /// let variables = users_basic::Variables::new().page(2);
    /// let response = client.execute::<UsersBasic>(variables).await?;
    /// println!("{} users", response.users.len());
    /// # Ok(())
    /// # }
    /// ```
    pub fn execute<Q: GraphQLQuery>(&self, variables: Q::Variables) -> Execute<Q::ResponseData> {
        let body = Q::build_query(variables);
        let request = graphql::request_text(body.query, body.operation_name, body.variables);
        Execute::new(&self.tenant, body.operation_name, request)
    }

    /// Runs an operation derived with cynic against [`schema`](crate::schema).
    #[cfg(feature = "cynic")]
    pub fn execute_cynic<T, V: serde::Serialize>(&self, operation: &Operation<T, V>) -> Execute<T> {
        let request = serde_json::to_string(operation);
        let request =
            request.map_err(|error| Error::invalid_argument(format!("the variables cannot be serialized: {error}")));
        let name = match &operation.operation_name {
            Some(std::borrow::Cow::Borrowed(name)) => *name,
            _ => "",
        };
        Execute::new(&self.tenant, name, request)
    }

    /// Posts a raw GraphQL request, a JSON object with `query`, to the tenant's endpoint. Intended for tools, such as
    /// introspection; use [`execute`](Self::execute) for everything else. For a mutation,
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let response = client.post_graphql(r#"{"query":"{ __typename }"}"#).await?;
    /// println!("{}: {} bytes", response.path, response.body.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the tenant has no endpoint, does not accept the key, or responds with something other than JSON. The caller
    /// handles errors inside the GraphQL response.
    pub fn post_graphql(&self, request: impl Into<String>) -> Request<RawResponse> {
        let request = request.into();
        Request::new(&self.tenant, graphql::raw_operation(&request), |tenant| async move {
            let (path, body) = graphql::post_raw(&tenant, &request).await?;
            Ok(RawResponse { path, body })
        })
    }
}

/// The response to a raw GraphQL request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawResponse {
    /// The path of the endpoint, such as `/helium`.
    pub path: String,
    /// The body: JSON, whatever it says.
    pub body: Vec<u8>,
}

/// What was learned about a tenant so far.
fn profile_of(tenant: &Tenant) -> TenantProfile {
    let mut profile = tenant.known().profile().clone();
    profile.limits.extend(tenant.sender().reported_limits());
    // A failure that may pass is not kept, unless the surface has another endpoint.
    let has_another = |surface| tenant.endpoint(surface).is_some();
    let doubtful = profile.endpoints.iter_mut().filter(|endpoint| endpoint.doubt.is_some());
    doubtful.filter(|endpoint| !has_another(endpoint.surface)).for_each(EndpointProfile::forget);
    profile
}
