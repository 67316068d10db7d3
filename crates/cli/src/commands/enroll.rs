//! `ti enroll` and `ti enrollments`.

use serde::Serialize;
use thought_industries::{Date, Enrollment};

use crate::arguments::{EnrollmentsCommand, TenantArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::output::{Format, List, Row, cell, day};
use crate::tenant::connect;

pub(crate) async fn enroll(arguments: &TenantArguments, who: &str, courses: &[String]) -> Result<(), Failure> {
    let mut audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    for course in courses {
        match tenant.client.courses().enroll(course, who).await {
            Err(error) if error.is_conflict() => {
                audit.note("courses.enroll", who, std::slice::from_ref(course), "enrolled already")?;
                println!("{who} is enrolled in {course} already");
            }
            done => {
                audit.noted("courses.enroll", who, std::slice::from_ref(course), done)?;
                println!("enrolled {who} in {course}");
            }
        }
    }
    Ok(())
}

pub(crate) async fn list(
    arguments: &TenantArguments,
    format: Format,
    command: EnrollmentsCommand,
) -> Result<(), Failure> {
    let EnrollmentsCommand::List { who } = command;
    let tenant = connect(arguments).await?;
    let enrollments = tenant.client.users().enrollments(who.as_str()).await?;
    let mut list = List::new::<Enrolled>(format);
    for enrollment in enrollments.iter() {
        list.push(&Enrolled::of(enrollment))?;
    }
    list.finish()
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enrolled {
    course_id: Option<String>,
    status: Option<String>,
    completed_at: Option<Date>,
}

impl Enrolled {
    fn of(enrollment: &Enrollment) -> Self {
        let Enrollment { course_id, status, completed_at, .. } = enrollment.clone();
        Self { course_id, status, completed_at }
    }
}

impl Row for Enrolled {
    const HEADINGS: &'static [&'static str] = &["COURSE", "STATUS", "COMPLETED"];

    fn cells(&self) -> Vec<String> {
        vec![cell(self.course_id.as_ref()), cell(self.status.as_ref()), cell(self.completed_at.map(day))]
    }
}
