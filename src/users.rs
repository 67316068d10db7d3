//! Users.

mod certify;
mod create;
mod differences;
mod enrollments;
mod find;
mod get;
mod key;
mod list;
mod origin;
mod read;
mod records;
mod roles;
mod update;

pub use certify::{BulkCertified, Certification, CertifyError};
pub use create::CreateUser;
pub(crate) use create::LOOK_UPS;
pub use differences::Difference;
pub use enrollments::Enrollment;
pub(crate) use find::id_of;
pub use get::GetUser;
pub use key::UserKey;
pub use list::{BasicUsers, ListUsers};
pub use origin::Origin;
pub(crate) use roles::majority;
pub use update::{UpdateStatus, UpdateUser};

use std::collections::BTreeSet;

use crate::execute;
use crate::model::{BackgroundJob, BulkRemoveDualRoleManagerResult, DualRoleStatus};
use crate::operations::{UsersBulkImport, users_bulk_import};
use crate::tenant::Tenant;
use crate::{Error, Response, UserFields, UserStatus, routes};

/// Users: learners, managers and all others with an account.
#[derive(Debug, Clone)]
pub struct Users {
    pub(crate) tenant: Tenant,
}

impl Users {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists users with their identifying fields and their status.
    pub fn list(&self) -> ListUsers {
        ListUsers::new(self.tenant.clone())
    }

    /// Lists users with the query of the API guide: id, address, first name and `active`.
    pub fn basic(&self) -> BasicUsers {
        BasicUsers::new(self.tenant.clone())
    }

    /// Reads one user with everything they hold, by id, e-mail address or `externalCustomerId`.
    pub fn get(&self, who: impl Into<UserKey>) -> GetUser {
        GetUser::new(self.tenant.clone(), who.into())
    }

    /// The role keys of learners: those of the [profile](crate::TenantProfile::learner_roles), or the one that more than
    /// half of the users on the first page of the list have, which is then kept. Empty if there is none.
    ///
    /// # Errors
    /// If the list cannot be read.
    pub async fn learner_roles(&self) -> Result<BTreeSet<String>, Error> {
        roles::learner_roles(&self.tenant).await
    }

    /// Creates a user, at most once.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::UserFields;
    ///
    /// let ada = UserFields::new().email("ada@example.com").first_name("Ada").last_name("Byron");
    /// let created = client.users().create(ada).verify(true).send().await?;
    /// println!("{} over {}", created.id, created.surface());
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self, fields: UserFields) -> CreateUser {
        CreateUser::new(self.tenant.clone(), fields)
    }

    /// Updates a user: only the given fields.
    pub fn update(&self, who: impl Into<UserKey>, fields: UserFields) -> UpdateUser {
        UpdateUser::new(self.tenant.clone(), who.into(), fields)
    }

    /// Activates or disables a user, including the other record of a dual-role pair.
    pub fn update_status(&self, who: impl Into<UserKey>, status: UserStatus) -> UpdateStatus {
        UpdateStatus::new(self.tenant.clone(), who.into(), status)
    }

    /// Permanently deletes a user and their history. Only v1 supports it; disabling keeps the history.
    ///
    /// # Errors
    /// If the user is not found, or no surface of the tenant deletes users; the message names the alternative.
    pub async fn delete(&self, who: impl Into<UserKey>) -> Result<Response<()>, Error> {
        records::delete(&self.tenant, &who.into()).await
    }

    /// Gives a learner a second record with a manager role. `role` is a role key such as `client-manager`.
    ///
    /// # Errors
    /// If the user is not found, or already has two records ([`is_conflict`](Error::is_conflict)).
    pub async fn make_dual_role(
        &self,
        who: impl Into<UserKey>,
        role: Option<&str>,
    ) -> Result<Response<DualRoleStatus>, Error> {
        records::make_dual_role(&self.tenant, &who.into(), role).await
    }

    /// Removes the manager records of dual-role pairs, given by the ids of these records. Ids without a pair are
    /// returned as invalid.
    ///
    /// # Errors
    /// If the tenant fails.
    pub async fn remove_dual_role(
        &self,
        manager_ids: &[String],
    ) -> Result<Response<BulkRemoveDualRoleManagerResult>, Error> {
        records::remove_dual_role(&self.tenant, manager_ids).await
    }

    /// Imports users in the background from a CSV file at a URL that the tenant can read: at most 1,000 rows, with the
    /// columns `email`, `firstName` and `lastName` (help center). [`Jobs::wait`](crate::Jobs::wait) waits for the job.
    ///
    /// # Errors
    /// If the tenant refuses the import. The job reports the result of each row.
    pub async fn bulk_import(&self, import: users_bulk_import::Variables) -> Result<Response<BackgroundJob>, Error> {
        let arguments = execute::to_arguments(&import)?;
        execute::write::<UsersBulkImport>(&self.tenant, &routes::USERS_BULK_IMPORT, &arguments).await
    }

    /// Gives a user a certificate for something they completed elsewhere. Returns the certificate as the tenant returns
    /// it: no public document lists its fields.
    ///
    /// # Errors
    /// If the user, the course or the learning path is not found.
    pub async fn certify(
        &self,
        who: impl Into<UserKey>,
        certification: Certification,
    ) -> Result<Response<serde_json::Value>, Error> {
        certify::certify(&self.tenant, &who.into(), certification).await
    }

    /// Renews a user's certificate; of `certified`, only the course or learning path is used.
    ///
    /// # Errors
    /// If the user is not found, or has no such certificate.
    pub async fn recertify(&self, who: impl Into<UserKey>, certified: Certification) -> Result<Response<()>, Error> {
        certify::recertify(&self.tenant, &who.into(), certified).await
    }

    /// Gives certificates to several users. Users who get none are reported individually. No public document lists the
    /// fields of a record: this call sends those of [`certify`](Self::certify) and the keys that errors repeat.
    ///
    /// # Errors
    /// If the entire call fails.
    pub async fn certify_many(
        &self,
        certifications: impl IntoIterator<Item = (UserKey, Certification)>,
    ) -> Result<Response<BulkCertified>, Error> {
        certify::certify_many(&self.tenant, certifications).await
    }

    /// Lists a user's enrollments.
    ///
    /// # Errors
    /// If the user is not found, or the tenant fails.
    pub async fn enrollments(&self, who: impl Into<UserKey>) -> Result<Response<Vec<Enrollment>>, Error> {
        enrollments::list(&self.tenant, &who.into()).await
    }
}
