//! People.

mod certify;
mod enrollments;
mod fields;
mod find;
mod get;
mod list;
mod scenario;
mod verify;
mod write;

pub use certify::{BulkCertified, Certification, CertifyError};
pub use enrollments::Enrollment;
pub use fields::UserFields;
pub(crate) use find::id_of;
pub use get::{GetUser, UserKey};
pub use list::{BasicUsers, ListUsers};
pub use scenario::{Done, Step};
pub use verify::Difference;
pub(crate) use write::NOTHING;
pub use write::{CreateUser, UpdateStatus, UpdateUser, UserStatus};

use crate::execute::write as write_document;
use crate::model::{BackgroundJob, BulkRemoveDualRoleManagerResult, DualRoleStatus};
use crate::operations::{UsersBulkImport, users_bulk_import};
use crate::{Answer, Client, Error, execute, routes};

/// People: learners, managers and everyone else with an account.
#[derive(Debug, Clone)]
pub struct Users {
    client: Client,
}

impl Users {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists people with what names them and says how they stand.
    pub fn list(&self) -> ListUsers {
        ListUsers::new(self.client.clone())
    }

    /// Lists people as the query of the API guide does: id, address, first name and `active`.
    pub fn basic(&self) -> BasicUsers {
        BasicUsers::new(self.client.clone())
    }

    /// Reads one person with everything they hold, by id, e-mail address or `externalCustomerId`.
    pub fn get(&self, who: impl Into<UserKey>) -> GetUser {
        GetUser::new(self.client.clone(), who.into())
    }

    /// Creates a person, at most once.
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
        CreateUser::new(self.client.clone(), fields)
    }

    /// Updates a person: the fields that are given, and no others.
    pub fn update(&self, who: impl Into<UserKey>, fields: UserFields) -> UpdateUser {
        UpdateUser::new(self.client.clone(), who.into(), fields)
    }

    /// Activates or disables a person, and the other record of a dual-role pair with them.
    pub fn update_status(&self, who: impl Into<UserKey>, status: UserStatus) -> UpdateStatus {
        UpdateStatus::new(self.client.clone(), who.into(), status)
    }

    /// Deletes a person and their history for good. Only v1 has it; disabling keeps what they did.
    ///
    /// # Errors
    /// If there is no such person, or no surface of the tenant deletes; the text names the alternative.
    pub async fn delete(&self, who: impl Into<UserKey>) -> Result<Answer<()>, Error> {
        write::delete(&self.client, &who.into()).await
    }

    /// Gives a learner a second record to manage with. `role` is a role key such as `client-manager`.
    ///
    /// # Errors
    /// If there is no such person, or they have two records already ([`is_conflict`](Error::is_conflict)).
    pub async fn make_dual_role(
        &self,
        who: impl Into<UserKey>,
        role: Option<&str>,
    ) -> Result<Answer<DualRoleStatus>, Error> {
        write::make_dual_role(&self.client, &who.into(), role).await
    }

    /// Removes the manager records of dual-role pairs, given by the ids of these records. Ids that name no pair come
    /// back as invalid.
    ///
    /// # Errors
    /// If the tenant fails.
    pub async fn remove_dual_role(
        &self,
        manager_ids: &[String],
    ) -> Result<Answer<BulkRemoveDualRoleManagerResult>, Error> {
        write::remove_dual_role(&self.client, manager_ids).await
    }

    /// Imports people from a CSV file at a URL that the tenant can read, in the background: 1,000 rows at the most,
    /// with the columns `email`, `firstName` and `lastName` (help centre). [`Jobs::wait`](crate::Jobs::wait) waits
    /// for the job.
    ///
    /// # Errors
    /// If the tenant refuses the import. What becomes of rows is told by the job.
    pub async fn bulk_import(&self, import: users_bulk_import::Variables) -> Result<Answer<BackgroundJob>, Error> {
        let arguments = execute::arguments(&import)?;
        write_document::<UsersBulkImport>(&self.client, &routes::USERS_BULK_IMPORT, &arguments).await
    }

    /// Gives a person a certificate for something they completed elsewhere. Returns the certificate as the tenant tells
    /// it: no public document lists its fields.
    ///
    /// # Errors
    /// If the person, the course or the learning path is not there.
    pub async fn certify(
        &self,
        who: impl Into<UserKey>,
        certification: Certification,
    ) -> Result<Answer<serde_json::Value>, Error> {
        certify::certify(&self.client, &who.into(), certification).await
    }

    /// Renews a certificate that a person has; of `certified`, only the course or learning path counts.
    ///
    /// # Errors
    /// If there is no such person, or they have no such certificate.
    pub async fn recertify(&self, who: impl Into<UserKey>, certified: Certification) -> Result<Answer<()>, Error> {
        certify::recertify(&self.client, &who.into(), certified).await
    }

    /// Gives certificates to several people. Those who get none are told one by one. The fields of a record stand in no
    /// public document: they are those of [`certify`](Self::certify), and the names that errors repeat.
    ///
    /// # Errors
    /// If the call as a whole fails.
    pub async fn certify_many(
        &self,
        certifications: impl IntoIterator<Item = (UserKey, Certification)>,
    ) -> Result<Answer<BulkCertified>, Error> {
        certify::certify_many(&self.client, certifications).await
    }

    /// Lists what a person is enrolled in.
    ///
    /// # Errors
    /// If there is no such person, or the tenant fails.
    pub async fn enrollments(&self, who: impl Into<UserKey>) -> Result<Answer<Vec<Enrollment>>, Error> {
        enrollments::list(&self.client, &who.into()).await
    }

    /// Provisions a learner: looks the address up, creates the person where nobody has it, enrols them in courses and
    /// adds them to groups (first scenario of the API guide). Somebody who is there is not changed.
    ///
    /// # Errors
    /// If a step fails; what was done before stays done, and provisioning again goes on from there.
    pub async fn provision(
        &self,
        fields: UserFields,
        course_ids: &[String],
        group_ids: &[String],
    ) -> Result<Done, Error> {
        scenario::provision(&self.client, fields, course_ids, group_ids).await
    }

    /// Deactivates somebody who left, and sees that they are (second scenario of the API guide). What they did is
    /// kept.
    ///
    /// # Errors
    /// If there is no such person, or the tenant does not disable them.
    pub async fn deactivate(&self, who: impl Into<UserKey>) -> Result<Done, Error> {
        scenario::deactivate(&self.client, who.into()).await
    }

    /// Syncs a profile: updates the person with this address where they differ, and creates them where nobody has it
    /// (third scenario of the API guide). Verified, since a tenant may drop custom fields without a word.
    ///
    /// # Errors
    /// If the fields have no address, or a write fails or is not applied.
    pub async fn sync_profile(&self, fields: UserFields) -> Result<Done, Error> {
        scenario::sync_profile(&self.client, fields).await
    }
}
