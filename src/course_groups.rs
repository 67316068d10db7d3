//! Course groups: courses with all their runs.

use crate::execute::run;
use crate::model::CourseGroup;
use crate::operations::{
    CourseGroupById, CourseGroupBySlug, course_group_by_id, course_group_by_slug, course_groups_list,
};
use crate::records::{Records, record_list, records_with_id};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::{Response, routes};

/// Course groups. A course group is what a catalogue offers, and its courses are the runs of it.
#[derive(Debug, Clone)]
pub struct CourseGroups {
    tenant: Tenant,
}

impl CourseGroups {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists course groups.
    pub fn list(&self) -> ListCourseGroups {
        ListCourseGroups::new(&self.tenant, course_groups_list::Variables::new())
    }

    /// Reads one course group with its courses, by id.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let group = client.course_groups().get("<course group id>").await?;
    /// println!("{:?}: {:?}", group.title, group.courses);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the course group is not found ([`is_not_found`](crate::Error::is_not_found)), or the tenant fails.
    pub fn get(&self, id: impl Into<String>) -> Request<Response<CourseGroup>> {
        let (spec, variables) = (&routes::COURSE_GROUPS_GET, course_group_by_id::Variables { id: id.into() });
        Request::new(&self.tenant, spec, move |tenant| async move {
            run::<CourseGroupById>(&tenant, spec, variables, &[], None).await?.reject_partial(spec.name)
        })
    }

    /// Reads one course group with its courses, by its slug: the last part of its address.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let group = client.course_groups().get_by_slug("fire-safety-at-work").await?;
    /// println!("{}", group.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the course group is not found ([`is_not_found`](crate::Error::is_not_found)), or the tenant fails.
    pub fn get_by_slug(&self, slug: impl Into<String>) -> Request<Response<CourseGroup>> {
        let spec = &routes::COURSE_GROUPS_GET_BY_SLUG;
        let variables = course_group_by_slug::Variables { slug: slug.into() };
        Request::new(&self.tenant, spec, move |tenant| async move {
            run::<CourseGroupBySlug>(&tenant, spec, variables, &[], None).await?.reject_partial(spec.name)
        })
    }
}

records_with_id!(CourseGroup);

record_list! {
    /// A list of course groups; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send). TI's own
    /// plugin reads it from v2, in pages of 25 to 1,000.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut groups = client.course_groups().list().set_archived(false).set_per_page(1000).items();
    /// while let Some(group) = groups.try_next().await? {
    ///     println!("{} {:?}", group.id, group.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListCourseGroups of CourseGroup: CourseGroupsList, course_groups_list, COURSE_GROUPS_LIST,
    paged by cursor and size,
    |page| Records::new(page.course_groups.into_iter().flatten().flatten(), page.page_info),
    {
        /// Only course groups of this kind, such as `courseGroup`, `webinar` or `video`.
        set_kind: kind, String;
        /// Only templates, or only what is not a template.
        set_is_template: is_template, bool;
        /// Only archived course groups, or only the others.
        set_archived: archived, bool;
    }
}
