//! Meetings: the live sessions of courses.

use crate::execute::run;
use crate::model::Meeting;
use crate::operations::{MeetingById, meeting_by_id, meetings_list};
use crate::records::{Records, record_list, records_with_id};
use crate::request::Request;
use crate::tenant::Tenant;
use crate::{Response, routes};

/// Meetings: the live sessions of courses, on site or as webinars.
#[derive(Debug, Clone)]
pub struct Meetings {
    tenant: Tenant,
}

impl Meetings {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists meetings.
    pub fn list(&self) -> ListMeetings {
        ListMeetings::new(&self.tenant, meetings_list::Variables::new())
    }

    /// Reads one meeting.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// let meeting = client.meetings().get("<meeting id>").await?;
    /// println!("{:?} at {:?}", meeting.start_date, meeting.location);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the meeting is not found ([`is_not_found`](crate::Error::is_not_found)), or the tenant fails.
    pub fn get(&self, id: impl Into<String>) -> Request<Response<Meeting>> {
        let (spec, variables) = (&routes::MEETINGS_GET, meeting_by_id::Variables { id: id.into() });
        Request::new(&self.tenant, spec, move |tenant| async move {
            run::<MeetingById>(&tenant, spec, variables, &[], None).await?.reject_partial(spec.name)
        })
    }
}

records_with_id!(Meeting);

record_list! {
    /// A list of meetings; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use futures::TryStreamExt as _;
    ///
    /// let mut meetings = client.meetings().list().set_course_id("<course id>").items();
    /// while let Some(meeting) = meetings.try_next().await? {
    ///     println!("{:?} {:?}", meeting.start_date, meeting.title);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[derive(Debug, Clone)]
    #[must_use = "a request is sent only when it is awaited"]
    ListMeetings of Meeting: MeetingsList, meetings_list, MEETINGS_LIST,
    paged by number,
    |page| Records::new(page.meetings.into_iter().flatten(), page.page_info),
    {
        /// Only meetings of this course, by id.
        set_course_id: course_id, String;
    }
}
