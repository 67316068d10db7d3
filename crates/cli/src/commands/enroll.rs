//! `ti enroll` and `ti enrollments`.

use serde::Serialize;
use thought_industries::{Date, Enrollment};

use super::targets;
use crate::arguments::{EnrollArguments, EnrollmentsCommand, TenantArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::format::{cell, day};
use crate::lock;
use crate::output::{Format, List, Row};
use crate::tenant::connect;

pub(crate) async fn enroll(arguments: &TenantArguments, settings: EnrollArguments) -> Result<(), Failure> {
    let keys = targets::read(&settings.who)?;
    let audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let _lock = lock::for_write(&tenant)?;
    let mut absent = targets::Absent::default();
    for (key, course) in keys.iter().flat_map(|key| settings.course.iter().map(move |course| (key, course))) {
        match tenant.client.courses().enroll(course, key.as_str()).await {
            // The user has what was requested, and the remaining courses still have to be enrolled in.
            Err(error) if error.is_conflict() => {
                audit.record("courses.enroll", key, std::slice::from_ref(course), "already enrolled")?;
                absent.has_found();
                println!("{key} is already enrolled in {course}");
            }
            Err(error) if keys.len() > 1 && error.is_not_found() => {
                audit.record("courses.enroll", key, std::slice::from_ref(course), "not found")?;
                absent.add(key, error)?;
            }
            done => {
                audit.recorded("courses.enroll", key, std::slice::from_ref(course), done)?;
                absent.has_found();
                println!("enrolled {key} in {course}");
            }
        }
    }
    absent.finish()
}

pub(crate) async fn list(
    arguments: &TenantArguments,
    format: Format,
    command: EnrollmentsCommand,
) -> Result<(), Failure> {
    let EnrollmentsCommand::List { key } = command;
    let tenant = connect(arguments).await?;
    let enrollments = tenant.client.users().enrollments(key.as_str()).await?;
    let mut list = List::new::<Enrolled>(format)?;
    for enrollment in enrollments.iter() {
        list.push(&Enrolled::of(enrollment))?;
    }
    list.finish()
}

#[derive(Default, Serialize)]
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
