//! Reading one user.

use super::find::{InPath, id_of_other_than_path, in_path};
use super::key::UserKey;
use super::read::{by_id, profile_by_id};
use crate::model::User;
use crate::request::{CalledOperation, request};
use crate::tenant::Tenant;
use crate::{Catalog, Error, Response, routes};

/// A read of one user with everything they hold: courses, bundles, licenses with client, parent and children, learning
/// paths, waitlist and meetings. Ends in [`send`](Self::send) or [`send_partial`](Self::send_partial).
///
/// If a tenant offers only flat REST bodies, the client's record and license list complete the user; [`Response::gaps`]
/// names the fields that stay unknown.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use thought_industries::UserKey;
///
/// let user = client.users().get(UserKey::Email("ada@example.com".to_owned())).await?;
/// println!("{:?} over {}", user.last_name, user.surface());
/// for gap in user.gaps() {
///     println!("unknown: {gap}");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct GetUser {
    tenant: Tenant,
    key: UserKey,
    is_profile: bool,
}

impl GetUser {
    pub(super) fn new(tenant: Tenant, key: UserKey) -> Self {
        Self { tenant, key, is_profile: false }
    }

    /// Reads only the user's writable fields and the ids of what they hold, for a tenth of the points.
    pub fn profile(mut self) -> Self {
        self.is_profile = true;
        self
    }

    /// Reads a flat REST record as it is, with one request, instead of completing it with the client and its licenses.
    /// Over GraphQL, which returns all of it at once, nothing changes.
    pub fn record_only(mut self) -> Self {
        self.tenant = self.tenant.without_completion();
        self
    }

    /// Uses clients and licenses that were read for other users. Over GraphQL, which returns them with the user, nothing
    /// changes.
    pub fn with_catalog(mut self, catalog: &Catalog) -> Self {
        self.tenant.set_catalog(catalog);
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_GET)
    }

    async fn run(self) -> Result<Response<User>, Error> {
        let Self { tenant, key, is_profile } = self;
        let key = match key {
            UserKey::IdOrExternalCustomerId(id) => match one(&tenant, &id, is_profile).await {
                // A surface may refuse a foreign id without looking it up.
                Err(error) if error.is_not_found() || matches!(error.status(), Some(400 | 422)) => {
                    UserKey::ExternalCustomerId(id)
                }
                found => return found,
            },
            key => key,
        };
        // Paths that take the key save the look-up.
        match in_path(&tenant, &key, is_profile).await? {
            InPath::User(user) => Ok(*user),
            InPath::NoUser(error) => Err(error),
            InPath::Unknown(tried) => {
                let id = id_of_other_than_path(&tenant, &key, tried).await?;
                one(&tenant, &id, is_profile).await
            }
        }
    }
}

request! {
    /// Reads the user. An e-mail address or `externalCustomerId` takes a look-up first, unless the tenant's paths take
    /// it in place of the id. If the tenant offers nothing better, the list of users is searched, which takes one request
    /// per page. `docs/requests.md` has the number of requests for each operation.
    ///
    /// # Errors
    /// If the user is not found ([`is_not_found`](Error::is_not_found)), or the tenant fails.
    GetUser => partial Response<User>
}

async fn one(tenant: &Tenant, id: &str, is_profile: bool) -> Result<Response<User>, Error> {
    if is_profile { profile_by_id(tenant, id).await } else { by_id(tenant, id).await }
}
