//! The summary as an e-mail in a file (RFC 5322), for a program that sends it.

use std::path::Path;

use jiff::fmt::rfc2822;
use thought_industries::Date;
use thought_industries_provision::write_atomically;

use super::report::Report;
use crate::arguments::SyncArguments;
use crate::failure::Failure;

/// The longest line of a body, in characters: RFC 5322 wants at most 78, and refuses more than 998.
const LONGEST: usize = 900;

/// Writes the summary to a file as an e-mail.
pub(super) fn write(report: &Report, path: &Path, settings: &SyncArguments) -> Result<(), Failure> {
    let text = message(report, &settings.mail_from, &settings.mail_to)?;
    Ok(write_atomically(path, text.as_bytes())?)
}

fn message(report: &Report, from: &str, to: &[String]) -> Result<String, Failure> {
    let mut lines = vec![
        format!("Date: {}", date(report.at)?),
        format!("From: {from}"),
        // Names of tenants are letters and digits, so that the head is ASCII.
        format!("Subject: ti sync, {}", report.headline()),
        format!("Message-ID: <{}.ti-sync@{}>", report.at.as_millisecond(), from.rsplit('@').next().unwrap_or(from)),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=utf-8".to_owned(),
        "Content-Transfer-Encoding: 8bit".to_owned(),
        // Automatic replies to a report of a program are noise.
        "Auto-Submitted: auto-generated".to_owned(),
    ];
    if !to.is_empty() {
        // An address a line keeps each line short.
        lines.insert(2, format!("To: {}", to.join(",\r\n ")));
    }
    lines.push(String::new());
    for line in report.text().lines() {
        let letters: Vec<char> = line.chars().collect();
        if letters.is_empty() {
            lines.push(String::new());
        }
        lines.extend(letters.chunks(LONGEST).map(|part| part.iter().collect()));
    }
    Ok(lines.join("\r\n") + "\r\n")
}

fn date(at: Date) -> Result<String, Failure> {
    let at = jiff::Timestamp::from_millisecond(at.as_millisecond()).map_err(|error| Failure::could_not_run(&error))?;
    let text = rfc2822::DateTimePrinter::new().timestamp_to_string(&at);
    text.map_err(|error| Failure::could_not_run(&error))
}

#[cfg(test)]
mod tests {
    use super::super::report::{Outcome, TenantReport};
    use super::*;

    #[test]
    fn a_mail_has_a_head_and_lines_that_end_as_they_have_to() {
        let at: Date = "2026-11-22T08:25:38Z".parse().expect("a date");
        let tenants =
            vec![TenantReport::new("acme", Outcome::Unchanged), TenantReport::new("initech", Outcome::Failed)];
        let to = ["ops@example.com", "hr@example.com"].map(str::to_owned);
        let text = message(&Report::of(tenants, at), "ti@example.com", &to).expect("a mail");
        assert_eq!(
            text,
            "Date: Sun, 22 Nov 2026 08:25:38 -0000\r\nFrom: ti@example.com\r\nTo: ops@example.com,\r\n hr@example.com\r\n\
             Subject: ti sync, 2 tenants: 1 failed; 1 unchanged\r\n\
             Message-ID: <1795335938000.ti-sync@example.com>\r\nMIME-Version: 1.0\r\n\
             Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\
             Auto-Submitted: auto-generated\r\n\r\n2 tenants: 1 failed; 1 unchanged\r\n\r\nacme: unchanged\r\n\r\n\
             initech: failed\r\n"
        );
    }
}
