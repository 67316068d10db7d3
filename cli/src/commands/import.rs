//! `ti import`: the tenant's own import of a CSV file, with its job waited for.

use std::path::Path;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use thought_industries::operations::users_bulk_import::Variables;
use thought_industries::{Input, UserFields};
use tokio::net::TcpListener;

use crate::arguments::{ImportArguments, TenantArguments};
use crate::audit::Audit;
use crate::failure::Failure;
use crate::output::printable;
use crate::progress::Counter;
use crate::tenant::connect;

/// The most rows that a tenant takes (help centre).
const MOST_ROWS: usize = 1_000;

/// What has to be there of everybody (help centre).
const REQUIRED: [&str; 3] = ["email", "firstName", "lastName"];

pub(crate) async fn run(arguments: &TenantArguments, settings: ImportArguments) -> Result<(), Failure> {
    let checked = check(&settings.roster)?;
    let bad = settings.bad.clone().unwrap_or_else(|| settings.roster.with_extension("bad.csv"));
    if bad == settings.roster {
        return Err(Failure::CouldNotRun {
            reason: "--bad names the roster itself".to_owned(),
            help: Some("nothing was written; give another name"),
        });
    }
    if !checked.bad.is_empty() {
        write_bad(&bad, &checked)?;
        println!("{} rows cannot be imported; they stand in {} with the reason", checked.bad.len(), bad.display());
    }
    if checked.good == 0 {
        return Err(Failure::CouldNotRun { reason: "there is nobody to import".to_owned(), help: None });
    }
    if settings.at.is_some() && !checked.bad.is_empty() {
        return Err(Failure::CouldNotRun {
            reason: "the file that the tenant would fetch has rows that cannot be imported".to_owned(),
            help: Some("nothing was written; take them out of the file and put it there again"),
        });
    }
    let mut audit = Audit::open(arguments.audit.as_deref())?;
    let tenant = connect(arguments).await?;
    let served = match &settings.at {
        Some(url) => Served { url: url.clone(), task: None },
        None if is_local(&tenant.url) => Served::start(checked.text).await?,
        None => {
            return Err(Failure::CouldNotRun {
                reason: "the tenant has to fetch the file, and cannot reach this machine".to_owned(),
                help: Some(
                    "put the file where the tenant can read it, and say --at URL; or use `ti plan`, which needs no file there",
                ),
            });
        }
    };
    let import = Variables {
        url: served.url.clone(),
        dry_run: settings.dry_run.into(),
        client_id: settings.client.clone().into(),
        bundle_ids: Input::Absent,
        course_ids: Input::Absent,
        invite_message: Input::Absent,
        learning_path_ids: Input::Absent,
        license_ids: Input::Absent,
        role: Input::Absent,
    };
    let done = tenant.client.users().bulk_import(import).await;
    let target = settings.roster.display().to_string();
    let started = audit.noted("users.bulk-import", &target, &[], done)?;
    let counter = Counter::new("looks at the job");
    let job = tenant.client.jobs().wait(started.id.as_str(), |_| counter.count()).await?;
    drop(counter);
    let status = job.status.as_ref().map(ToString::to_string).unwrap_or_default();
    let description = job.description.as_deref().unwrap_or("the tenant says nothing more");
    println!("{}: {}", printable(&status), printable(description));
    match &job.error_message {
        Some(message) => {
            println!("the tenant says: {}", printable(message));
            Err(Failure::Found)
        }
        None if checked.bad.is_empty() && status == "complete" => Ok(()),
        None => Err(Failure::Found),
    }
}

/// A file, checked as far as that can be done here.
struct Checked {
    headings: csv::StringRecord,
    good: usize,
    /// Rows that the tenant would refuse, with the reason.
    bad: Vec<(csv::StringRecord, String)>,
    /// The file without them.
    text: Vec<u8>,
}

fn check(path: &Path) -> Result<Checked, Failure> {
    let wrong = |reason: String| Failure::CouldNotRun {
        reason: format!("{}: {reason}", path.display()),
        help: Some("nothing was written; a file has the columns email, firstName and lastName"),
    };
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let headings = reader.headers().map_err(|error| wrong(error.to_string()))?.clone();
    for required in REQUIRED {
        match headings.iter().filter(|heading| *heading == required).count() {
            1 => {}
            0 => return Err(wrong(format!("line 1: the column {required} is missing"))),
            _ => return Err(wrong(format!("line 1: the column {required} stands there twice"))),
        }
    }
    let known = |heading: &str| {
        UserFields::NAMES.contains(&heading) || matches!(heading, "sendInvite" | "status" | "completionDate")
    };
    if let Some(unknown) = headings.iter().find(|heading| !known(heading)) {
        return Err(wrong(format!("line 1: `{unknown}` is no column of an import")));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&headings)?;
    let (mut good, mut bad) = (0, Vec::new());
    for record in reader.records() {
        let record = record.map_err(|error| wrong(error.to_string()))?;
        let missing = REQUIRED.into_iter().find(|required| {
            let place = headings.iter().position(|heading| heading == *required);
            place.and_then(|place| record.get(place)).is_none_or(|text| text.trim().is_empty())
        });
        let reason = if record.len() == headings.len() {
            missing.map(|missing| format!("{missing} is missing"))
        } else {
            Some(format!("there are {} cells and {} columns", record.len(), headings.len()))
        };
        match reason {
            Some(reason) => bad.push((record, reason)),
            None => {
                writer.write_record(&record)?;
                good += 1;
            }
        }
    }
    if good > MOST_ROWS {
        return Err(wrong(format!(
            "there are {good} people, and an import takes {MOST_ROWS}: split the file, or use `ti plan`"
        )));
    }
    let text = writer.into_inner().map_err(|error| wrong(error.to_string()))?;
    Ok(Checked { headings, good, bad, text })
}

fn write_bad(path: &Path, checked: &Checked) -> Result<(), Failure> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(checked.headings.iter().chain(["reason"]))?;
    for (record, reason) in &checked.bad {
        writer.write_record(record.iter().chain([reason.as_str()]))?;
    }
    let bytes = writer.into_inner().map_err(|error| Failure::could_not_run(&error))?;
    crate::plan::write_whole(path, &bytes)
}

fn is_local(url: &str) -> bool {
    ["http://127.0.0.1", "http://localhost", "http://[::1]"].iter().any(|start| url.starts_with(start))
}

/// The file, served to a tenant on this machine until the value is dropped.
struct Served {
    url: String,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Served {
    async fn start(text: Vec<u8>) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/people.csv", listener.local_addr()?);
        // Whatever is asked for, this is the one file.
        let router = Router::new().fallback(move || async move { ([(CONTENT_TYPE, "text/csv")], text) });
        let task = tokio::spawn(async move {
            // Serving ends when the task is aborted, and with nothing else.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { url, task: Some(task) })
    }
}
