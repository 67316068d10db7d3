//! Redemption codes.

use crate::execute::run;
use crate::model::RedemptionCodeGroup;
use crate::operations::{RedemptionCodeGroupById, redemption_code_group_by_id, redemption_codes_list};
use crate::records::{Records, record_list, records_with_id};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::{Response, routes};

/// Redemption codes, which give access to content, in the groups in which they were made.
#[derive(Debug, Clone)]
pub struct RedemptionCodes {
    tenant: Tenant,
}

impl RedemptionCodes {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists groups of codes.
    pub fn list(&self) -> ListRedemptionCodes {
        ListRedemptionCodes::new(&self.tenant, redemption_codes_list::Variables::new())
    }

    /// Reads one group of codes.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let group = client.redemption_codes().get("<group id>").await?;
    /// println!("{:?} of {:?} redeemed", group.redeemed_codes_count, group.total_codes_count);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the group is not found ([`is_not_found`](crate::Error::is_not_found)), or the tenant fails.
    pub fn get(&self, id: impl Into<String>) -> Request<Response<RedemptionCodeGroup>> {
        let spec = &routes::REDEMPTION_CODES_GET;
        let variables = redemption_code_group_by_id::Variables { id: id.into() };
        Request::new(&self.tenant, spec, move |tenant| async move {
            run::<RedemptionCodeGroupById>(&tenant, spec, variables, &[], None).await?.reject_partial(spec.name)
        })
    }
}

records_with_id!(RedemptionCodeGroup);

record_list! {
    /// A list of groups of redemption codes; ends in [`items`](Self::items), [`pages`](Self::pages) or
    /// [`send`](Self::send). A page has 50 according to the v2 reference.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut groups = client.redemption_codes().list().items();
    /// while let Some(group) = groups.try_next().await? {
    ///     println!("{:?}: {:?} of {:?}", group.label, group.redeemed_codes_count, group.total_codes_count);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListRedemptionCodes of RedemptionCodeGroup: RedemptionCodesList, redemption_codes_list, REDEMPTION_CODES_LIST,
    paged by number,
    |page| Records::new(page.redemption_code_groups.into_iter().flatten(), page.page_info),
    {
        /// Only groups that match this search expression.
        set_query: query, String;
        /// The order, as the tenant spells it; the reference does not list its values.
        set_sort: sort, String;
    }
}
