//! Imports of users from a CSV file, in the background.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::access::{flag, texts};
use super::fields::is_address;
use super::{Fields, Refusal, V2, Writer};
use crate::tenant::content_slug;
use crate::world::Job;

/// Reads the file that an import names. A sandbox can only reach loopback addresses. Blocks its thread meanwhile.
pub(crate) fn fetch(arguments: &Fields) -> Result<String, String> {
    let url = arguments.get("url").and_then(Value::as_str).unwrap_or_default();
    let url = reqwest::Url::parse(url).map_err(|error| format!("The file cannot be fetched: {error}"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_local = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme() != "http" || !is_local {
        return Err("The file cannot be fetched: a sandbox can only reach loopback addresses".to_owned());
    }
    let read = async {
        let client = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(PATIENCE).build()?;
        client.get(url).send().await?.error_for_status()?.text().await
    };
    let text = tokio::runtime::Handle::current().block_on(read);
    let text = text.map_err(|error| format!("The file cannot be fetched: {}", error.without_url()))?;
    if text.len() > LARGEST { Err("The file is larger than 4 MB".to_owned()) } else { Ok(text) }
}

/// Timeout and maximum size of a file.
const PATIENCE: Duration = Duration::from_secs(10);
const LARGEST: usize = 4 << 20;

/// The arguments of an import.
const ARGUMENTS: [&str; 9] =
    ["url", "inviteMessage", "bundleIds", "courseIds", "learningPathIds", "licenseIds", "clientId", "role", "dryRun"];

/// The maximum number of rows in a file (help center).
const MOST_ROWS: usize = 1_000;

/// The columns of a file: those of users, and those that configure the import (help center).
const COLUMNS: [&str; 27] = [
    "email",
    "firstName",
    "lastName",
    "externalCustomerId",
    "language",
    "telephone",
    "address1",
    "address2",
    "city",
    "state",
    "zipCode",
    "country",
    "sfContactId",
    "sfAccountId",
    "ref1",
    "ref2",
    "ref3",
    "ref4",
    "ref5",
    "ref6",
    "ref7",
    "ref8",
    "ref9",
    "ref10",
    "sendInvite",
    "status",
    "completionDate",
];

impl Writer<'_> {
    /// Starts an import and returns the index of its job. `file` is the fetched file, or the reason why it could not
    /// be.
    pub(crate) fn import(&self, arguments: &Fields, file: Result<String, String>) -> Result<u32, Refusal> {
        if arguments.get("url").and_then(Value::as_str).is_none() {
            return Err(Refusal::unprocessable("url is required"));
        }
        if let Some(unknown) = arguments.keys().find(|name| !ARGUMENTS.contains(&name.as_str())) {
            return Err(Refusal::malformed(format!("Unknown parameter {unknown}")));
        }
        if arguments.get("dryRun").is_some_and(|dry| !dry.is_boolean() && !dry.is_null()) {
            return Err(Refusal::malformed("dryRun has to be true or false"));
        }
        self.client(arguments)?;
        self.content(arguments, "Course", ["courseIds", "", ""])?;
        self.content(arguments, "LearningPath", ["learningPathIds", "", ""])?;
        let bundles = self.content(arguments, "Bundle", ["bundleIds", "", ""])?.unwrap_or_default();
        let slugs: Vec<String> = bundles.iter().filter_map(|bundle| content_slug("Bundle", *bundle)).collect();
        texts(arguments, "licenseIds")?;
        let is_dry = flag(arguments, "dryRun");
        let (description, error, is_failed) = match file.and_then(|text| {
            if is_dry {
                self.writing.rehearse(|| self.import_rows(&text, arguments, &slugs))
            } else {
                self.import_rows(&text, arguments, &slugs)
            }
        }) {
            Ok((good, bad)) => {
                let tried = if is_dry { "would be imported" } else { "imported" };
                let error = (!bad.is_empty()).then(|| format!("{} rows are invalid: {}", bad.len(), bad.join("; ")));
                (format!("{good} rows {tried}"), error, good == 0)
            }
            Err(reason) => ("Nothing imported".to_owned(), Some(reason), true),
        };
        let job = self.writing.start_job(Job::new("bulkImport", description, self.world().now(), error, is_failed));
        self.took_effect("users.bulk-import", "BackgroundJob", job);
        Ok(job)
    }

    /// Imports the rows of a file. Bad rows are listed; good rows are imported.
    fn import_rows(&self, text: &str, arguments: &Fields, bundles: &[String]) -> Result<(usize, Vec<String>), String> {
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headings = reader.headers().map_err(|error| error.to_string())?.clone();
        for required in ["email", "firstName", "lastName"] {
            if !headings.iter().any(|heading| heading == required) {
                return Err(format!("The column {required} is missing"));
            }
        }
        if let Some(unknown) = headings.iter().find(|heading| !COLUMNS.contains(heading)) {
            return Err(format!("The column {unknown} is unknown"));
        }
        let rows: Vec<csv::StringRecord> =
            reader.records().collect::<Result<_, _>>().map_err(|error| error.to_string())?;
        if rows.len() > MOST_ROWS {
            return Err(format!("A file has at most {MOST_ROWS} rows"));
        }
        let (mut good, mut bad) = (0, Vec::new());
        for (place, row) in rows.iter().enumerate() {
            let mut fields: Fields = headings
                .iter()
                .zip(row)
                .filter(|(name, value)| {
                    !value.is_empty() && !matches!(*name, "sendInvite" | "status" | "completionDate")
                })
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect();
            fields.insert("upsert".to_owned(), json!(true));
            if !bundles.is_empty() {
                fields.insert("bundleSlugs".to_owned(), json!(bundles));
            }
            let given = [
                ("role", "role"),
                ("clientId", "clientId"),
                ("licenseIds", "studentLicenseIds"),
                ("courseIds", "courseIds"),
                ("learningPathIds", "learningPathIds"),
            ];
            for (from, to) in given {
                if let Some(value) = arguments.get(from).filter(|value| !value.is_null()) {
                    fields.insert(to.to_owned(), value.clone());
                }
            }
            let complete = ["email", "firstName", "lastName"].iter().all(|name| fields.contains_key(*name));
            let email = fields.get("email").and_then(Value::as_str).unwrap_or_default();
            let done = if row.len() != headings.len() {
                Err(format!("it has {} fields and {} headings", row.len(), headings.len()))
            } else if !complete || !is_address(email) {
                Err("email, firstName and lastName are required".to_owned())
            } else {
                self.create(&V2, &fields).map(drop).map_err(|refusal| refusal.message)
            };
            match done {
                Ok(()) => good += 1,
                // The first line is the heading.
                Err(reason) => bad.push(format!("row {}: {reason}", place + 2)),
            }
        }
        Ok((good, bad))
    }
}
