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
mod progress;
mod read;
mod records;
mod roles;
mod rows;
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
pub use origin::{Attempts, Origin};
pub use records::MakeDualRole;
pub(crate) use roles::majority;
pub use rows::{ListUserRows, UserRow, UserRows};
pub use update::{UpdateStatus, UpdateUser};

use std::collections::BTreeSet;

use serde_json::Value;

use crate::execute;
use crate::model::{BackgroundJob, BulkRemoveDualRoleManagerResult, ZendeskContent};
use crate::operations::{UsersBulkImport, users_bulk_import};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::{Response, UserFields, UserStatus, routes};

/// Users: learners, managers and all others with an account.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
/// let user = client.users().get("ada@example.com").await?;
/// println!("{:?}", user.last_name);
/// # Ok(())
/// # }
/// ```
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

    /// Lists users as small rows, for rosters of many: the fields of [`list`](Self::list) in a seventh of the memory.
    pub fn rows(&self) -> ListUserRows {
        ListUserRows::new(self.tenant.clone())
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
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// for role in client.users().learner_roles().await? {
    ///     println!("{role}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the list cannot be read.
    pub fn learner_roles(&self) -> Request<BTreeSet<String>> {
        let spec = &routes::USERS_LIST;
        Request::new(&self.tenant, spec, |tenant| async move { roles::learner_roles(&tenant).await })
    }

    /// Creates a user, at most once.
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

    /// Permanently deletes a user and their history. Only v1 supports it; disabling keeps the history. Idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// client.users().delete("ada@example.com").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user is not found, or no surface of the tenant deletes users; the message names the alternative.
    pub fn delete(&self, who: impl Into<UserKey>) -> Request<Response<()>> {
        let who = who.into();
        let spec = &routes::USERS_DELETE;
        Request::new(&self.tenant, spec, |tenant| async move { records::delete(&tenant, &who).await })
    }

    /// Gives a learner a second record with a manager role.
    pub fn make_dual_role(&self, who: impl Into<UserKey>) -> MakeDualRole {
        MakeDualRole::new(self.tenant.clone(), who.into())
    }

    /// Removes the manager records of dual-role pairs, given by the ids of these records. Ids without a pair are
    /// returned as invalid. Not idempotent; [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let removed = client.users().remove_dual_role(["<id of a manager record>"]).await?;
    /// println!("{removed:?}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the tenant fails.
    pub fn remove_dual_role(
        &self,
        manager_ids: impl IntoIterator<Item = impl Into<String>>,
    ) -> Request<Response<BulkRemoveDualRoleManagerResult>> {
        let ids: Vec<String> = manager_ids.into_iter().map(Into::into).collect();
        let spec = &routes::USERS_REMOVE_DUAL_ROLE;
        Request::new(&self.tenant, spec, |tenant| async move { records::remove_dual_role(&tenant, &ids).await })
    }

    /// Imports users in the background from a CSV file at a URL that the tenant can read: at most 1,000 rows, with the
    /// columns `email`, `firstName` and `lastName` (help center). [`Jobs::wait`](crate::Jobs::wait) waits for the job.
    /// Not idempotent; [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::operations::users_bulk_import::Variables;
    ///
    /// let import = Variables::new("https://files.example/users.csv");
    /// let started = client.users().bulk_import(import).await?;
    /// let job = client.jobs().wait(&started.id).await?;
    /// println!("{:?}", job.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the tenant refuses the import. The job reports the result of each row.
    pub fn bulk_import(&self, import: users_bulk_import::Variables) -> Request<Response<BackgroundJob>> {
        let spec = &routes::USERS_BULK_IMPORT;
        Request::new(&self.tenant, spec, move |tenant| async move {
            execute::write::<UsersBulkImport>(&tenant, spec, &execute::to_arguments(&import)?).await
        })
    }

    /// Gives a user a certificate for something they completed elsewhere. Returns the certificate as the tenant returns
    /// it: no public document lists its fields. Not idempotent; [Cancellation](crate#cancellation) describes what
    /// dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::Certification;
    ///
    /// let certification = Certification::course("<course id>").send_email(true);
    /// let certificate = client.users().certify("ada@example.com", certification).await?;
    /// println!("{}", *certificate);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user, the course or the learning path is not found.
    pub fn certify(&self, who: impl Into<UserKey>, certification: Certification) -> Request<Response<Value>> {
        let who = who.into();
        let spec = &routes::USERS_CERTIFY;
        Request::new(&self.tenant, spec, |tenant| async move { certify::certify(&tenant, &who, certification).await })
    }

    /// Renews a user's certificate; of `certified`, only the course or learning path is used. Not idempotent;
    /// [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::Certification;
    ///
    /// client.users().recertify("ada@example.com", Certification::course("<course id>")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user is not found, or has no such certificate.
    pub fn recertify(&self, who: impl Into<UserKey>, certified: Certification) -> Request<Response<()>> {
        let who = who.into();
        let spec = &routes::USERS_RECERTIFY;
        Request::new(&self.tenant, spec, |tenant| async move { certify::recertify(&tenant, &who, certified).await })
    }

    /// Gives certificates to several users. Users who get none are reported individually. No public document lists the
    /// fields of a record: this call sends those of [`certify`](Self::certify) and the keys that errors repeat. Not
    /// idempotent; [Cancellation](crate#cancellation) describes what dropping its future means.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::Certification;
    ///
    /// let course = || Certification::course("<course id>");
    /// let done = client.users().certify_many([("ada@example.com", course()), ("alan@example.com", course())]).await?;
    /// println!("{} certificates, {} errors", done.granted_count, done.errors.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the entire call fails.
    pub fn certify_many(
        &self,
        certifications: impl IntoIterator<Item = (impl Into<UserKey>, Certification)>,
    ) -> Request<Response<BulkCertified>> {
        let certifications = certifications.into_iter().map(|(who, certification)| (who.into(), certification));
        let arguments = certify::arguments(certifications);
        let spec = &routes::USERS_CERTIFY_MANY;
        Request::new(&self.tenant, spec, |tenant| async move { certify::certify_many(&tenant, &arguments).await })
    }

    /// Lists a user's enrollments.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// for enrollment in client.users().enrollments("ada@example.com").await?.iter() {
    ///     println!("{:?}: {:?}", enrollment.course_id, enrollment.status);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user is not found, or the tenant fails.
    pub fn enrollments(&self, who: impl Into<UserKey>) -> Request<Response<Vec<Enrollment>>> {
        let who = who.into();
        let spec = &routes::USERS_ENROLLMENTS;
        Request::new(&self.tenant, spec, |tenant| async move { enrollments::list(&tenant, &who).await })
    }

    /// Lists a user's enrollments in courses and learning paths, each with the progress in percent and the certificate:
    /// what a support desk sees. It is the only read of v2 that shows them.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// for enrollment in client.users().progress("ada@example.com").await?.iter() {
    ///     println!("{:?}: {:?} %", enrollment.title, enrollment.percent_complete);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the user is not found ([`is_not_found`](crate::Error::is_not_found)), or the tenant fails.
    pub fn progress(&self, who: impl Into<UserKey>) -> Request<Response<Vec<ZendeskContent>>> {
        let (spec, who) = (&routes::USERS_PROGRESS, who.into());
        Request::new(&self.tenant, spec, |tenant| async move { progress::list(&tenant, &who).await })
    }
}
