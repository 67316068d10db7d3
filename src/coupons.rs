//! Coupons.

use crate::model::Coupon;
use crate::operations::{coupons_list, course_coupons_list};
use crate::records::{Records, record_list, records_with_id};
use crate::tenant::Tenant;

/// Coupons: codes that reduce a price.
#[derive(Debug, Clone)]
pub struct Coupons {
    tenant: Tenant,
}

impl Coupons {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists the coupons that are not for particular courses.
    pub fn list(&self) -> ListCoupons {
        ListCoupons::new(&self.tenant, coupons_list::Variables::new())
    }

    /// Lists the coupons for these courses, by id.
    pub fn of_courses(&self, course_ids: impl IntoIterator<Item = impl Into<String>>) -> ListCourseCoupons {
        let course_ids: Vec<String> = course_ids.into_iter().map(Into::into).collect();
        let mut list = ListCourseCoupons::new(&self.tenant, course_coupons_list::Variables::new(course_ids));
        list.is_filtered = true;
        list
    }
}

records_with_id!(Coupon);

record_list! {
    /// A list of coupons; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let coupons: Vec<_> = client.coupons().list().items().try_collect().await?;
    /// println!("{} coupons", coupons.len());
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListCoupons of Coupon: CouponsList, coupons_list, COUPONS_LIST,
    paged by number,
    |page| Records::new(page.coupons.into_iter().flatten(), page.page_info)
}

record_list! {
    /// A list of the coupons of courses; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut coupons = client.coupons().of_courses(["<course id>"]).set_active(true).items();
    /// while let Some(coupon) = coupons.try_next().await? {
    ///     println!("{:?}: {:?} %", coupon.code, coupon.percent_off);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListCourseCoupons of Coupon: CourseCouponsList, course_coupons_list, COUPONS_OF_COURSES,
    paged by number,
    |page| Records::new(page.coupons.into_iter().flatten(), page.page_info),
    {
        /// Only the coupon with this code.
        set_code: code, String;
        /// Only active coupons, or only the others.
        set_active: active, bool;
    }
}
