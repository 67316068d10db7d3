//! Reads on behalf of a user.

use crate::execute::Run;
use crate::operations::{
    CurrentUser, UserCertificates, UserContentItems, UserCourseProgress, UserWaitlist, current_user, user_certificates,
    user_content_items, user_course_progress, user_waitlist,
};
use crate::runtime::{GeneratedOperation, OperationVariables};
use crate::tenant::Tenant;

/// Reads on behalf of a user, whose token goes along in the header `authToken`: what that user sees of their own content.
/// Only GraphQL has these queries, and a tenant that lacks one reports it as for other reads. The token is that of a
/// login, and lives as long as the role's settings say. It is never printed.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client, token: String) -> Result<(), thought_industries::Error> {
/// let ada = client.acting_as(token);
/// for certificate in ada.certificates().await?.user_certificates.iter().flatten().flatten() {
///     println!("{:?} {:?}", certificate.identifier, certificate.issued_at);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct ActingUser {
    tenant: Tenant,
}

impl ActingUser {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Reads the profile of the user; null if the token is not that of a user.
    ///
    /// ```no_run
    /// # async fn run(ada: thought_industries::ActingUser) -> Result<(), thought_industries::Error> {
    /// println!("{:?}", ada.profile().await?.current_user);
    /// # Ok(())
    /// # }
    /// ```
    pub fn profile(&self) -> Run<CurrentUser> {
        self.run(current_user::Variables::new())
    }

    /// Reads the user's certificates that are valid. [`run`](Self::run) takes the other arguments of the query.
    ///
    /// ```no_run
    /// # async fn run(ada: thought_industries::ActingUser) -> Result<(), thought_industries::Error> {
    /// use thought_industries::operations::user_certificates::Variables;
    ///
    /// let valid = ada.certificates().await?;
    /// let all = ada.run(Variables::new().include_expired_certificates(true)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn certificates(&self) -> Run<UserCertificates> {
        self.run(user_certificates::Variables::new())
    }

    /// Reads the content that the user has access to. It costs 3 points more than its fields.
    ///
    /// ```no_run
    /// # async fn run(ada: thought_industries::ActingUser) -> Result<(), thought_industries::Error> {
    /// for content in ada.content().await?.user_content_items.iter().flatten() {
    ///     println!("{:?}", content.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn content(&self) -> Run<UserContentItems> {
        self.run(user_content_items::Variables::new())
    }

    /// Reads how far the user is in a course: the share in percent, the time, and the views. It costs 5 points more than
    /// its fields.
    ///
    /// ```no_run
    /// # async fn run(ada: thought_industries::ActingUser) -> Result<(), thought_industries::Error> {
    /// let progress = ada.course_progress("<course id>").await?.into_inner().user_course_progress;
    /// println!("{:?}", progress.and_then(|progress| progress.percent_complete));
    /// # Ok(())
    /// # }
    /// ```
    pub fn course_progress(&self, course_id: impl Into<String>) -> Run<UserCourseProgress> {
        self.run(user_course_progress::Variables { id: course_id.into() })
    }

    /// Reads the content that the user is on the waitlist of.
    ///
    /// ```no_run
    /// # async fn run(ada: thought_industries::ActingUser) -> Result<(), thought_industries::Error> {
    /// println!("{} waiting", ada.waitlist().await?.user_waitlist.iter().flatten().count());
    /// # Ok(())
    /// # }
    /// ```
    pub fn waitlist(&self) -> Run<UserWaitlist> {
        self.run(user_waitlist::Variables::new())
    }

    /// Runs any generated operation on behalf of the user, as [`Client::run`](crate::Client::run) does for the owner of the key.
    ///
    /// ```no_run
    /// # async fn run(ada: thought_industries::ActingUser) -> Result<(), thought_industries::Error> {
    /// use thought_industries::operations::current_user;
    ///
    /// println!("{:?}", ada.run(current_user::Variables::new()).await?.current_user);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run<V>(&self, variables: V) -> Run<V::Operation>
    where
        V: OperationVariables<Operation: GeneratedOperation<Variables = V, ResponseData: Send>> + Send + Sync,
    {
        Run::new(&self.tenant, variables)
    }
}
