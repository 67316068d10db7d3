//! Imports of people from a CSV file, in the background.

use serde_json::{Value, json};

use super::access::{flag, texts};
use super::fields::is_address;
use super::{Desk, Fields, Refusal, V2};
use crate::world::Job;

/// Reads the file that an import names. A sandbox reaches loopback addresses alone. Blocks its thread meanwhile.
pub(crate) fn fetch(arguments: &Fields) -> Result<String, String> {
    let url = arguments.get("url").and_then(Value::as_str).unwrap_or_default();
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    if !local.iter().any(|start| url.starts_with(start)) {
        return Err("The file cannot be fetched: a sandbox reaches loopback addresses alone".to_owned());
    }
    let read = async { reqwest::get(url).await?.error_for_status()?.text().await };
    tokio::runtime::Handle::current().block_on(read).map_err(|error| format!("The file cannot be fetched: {error}"))
}

/// The most rows of a file (help centre).
const MOST_ROWS: usize = 1_000;

/// Columns of a file: those of people, and those that are about the import (help centre).
const COLUMNS: [&str; 26] = [
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
];

impl Desk<'_> {
    /// Starts an import; the index of its job. The file was fetched before, or could not be.
    pub(crate) fn import(&self, arguments: &Fields, file: Result<String, String>) -> Result<u32, Refusal> {
        if arguments.get("url").and_then(Value::as_str).is_none() {
            return Err(Refusal::unprocessable("url is required"));
        }
        let client = self.client(arguments)?;
        self.content(arguments, "Course", ["courseIds", "", ""])?;
        self.content(arguments, "LearningPath", ["learningPathIds", "", ""])?;
        texts(arguments, "licenseIds")?;
        let is_dry = flag(arguments, "dryRun");
        let (description, error, is_failed) = match file
            .and_then(|text| self.import_rows(&text, arguments, client.is_some(), is_dry))
        {
            Ok((good, bad)) => {
                let tried = if is_dry { "would be imported" } else { "imported" };
                let error = (!bad.is_empty()).then(|| format!("{} rows are invalid: {}", bad.len(), bad.join("; ")));
                (format!("{good} rows {tried}"), error, good == 0)
            }
            Err(reason) => ("Nothing imported".to_owned(), Some(reason), true),
        };
        let job = self.writing.start_job(Job::new("bulkImport", description, error, is_failed));
        self.took_effect("users.bulk-import", "BackgroundJob", job);
        Ok(job)
    }

    /// Imports the rows of a file; bad rows are listed, and good ones proceed.
    fn import_rows(
        &self,
        text: &str,
        arguments: &Fields,
        has_client: bool,
        is_dry: bool,
    ) -> Result<(usize, Vec<String>), String> {
        let mut reader = csv::ReaderBuilder::new().from_reader(text.trim_start_matches('\u{feff}').as_bytes());
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
                .filter(|(name, value)| !value.is_empty() && !matches!(*name, "sendInvite" | "status"))
                .map(|(name, value)| (name.to_owned(), json!(value)))
                .collect();
            fields.insert("upsert".to_owned(), json!(true));
            for (from, to) in [("role", "role"), ("clientId", "clientId"), ("licenseIds", "studentLicenseIds")] {
                if let Some(value) = arguments.get(from).filter(|value| !value.is_null())
                    && (has_client || from != "clientId")
                {
                    fields.insert(to.to_owned(), value.clone());
                }
            }
            let complete = ["email", "firstName", "lastName"].iter().all(|name| fields.contains_key(*name));
            let email = fields.get("email").and_then(Value::as_str).unwrap_or_default();
            let done = if !complete || !is_address(email) {
                Err("email, firstName and lastName are required".to_owned())
            } else if is_dry {
                self.plain(&V2, &fields, self.world().user_by_email(email)).map(drop).map_err(|refusal| refusal.message)
            } else {
                self.create(&V2, &fields).map(drop).map_err(|refusal| refusal.message)
            };
            match done {
                Ok(()) => good += 1,
                // The heading is the first line.
                Err(reason) => bad.push(format!("row {}: {reason}", place + 2)),
            }
        }
        Ok((good, bad))
    }
}
