//! `ti export`.

mod explain;
mod progress;

use std::path::{Path, PathBuf};

use graphql_drift::printable;
use thought_industries_export::{
    Completeness, Export, Exported, Manifest, Pseudonyms, Selection, Status, Usage, status, verify, write_changes,
};

use self::progress::Shown;
use crate::arguments::{ExportArguments, ExportCommand, TenantArguments};
use crate::failure::Failure;
use crate::output::{Format, Output};
use crate::saved::variable;
use crate::tenant::connect_for_export;

pub(crate) async fn run(
    tenant: &TenantArguments,
    output: Option<Output>,
    settings: ExportArguments,
) -> Result<(), Failure> {
    let is_json = is_json(output)?;
    match &settings.command {
        Some(ExportCommand::Status { path }) => return show_status(path, is_json),
        Some(ExportCommand::Verify { path }) => return check(path),
        None => {}
    }
    let selection = selection(&settings)?;
    let (what, out) = (settings.what.as_deref().unwrap_or_default(), settings.out.clone().unwrap_or_default());
    // Before anything is read: an earlier export that cannot be compared is known at once.
    let earlier = settings.changed_since.as_deref().map(|run| earlier(run, &out)).transpose()?;
    let usage = Usage::default();
    let connected = connect_for_export(tenant, settings.share, usage.clone()).await?;
    if settings.explain {
        return explain::run(&connected.client, tenant, &selection, settings.share, &usage, is_json).await;
    }
    let mut export = Export::new(&connected.client, selection, &out).resume(settings.resume).usage(usage);
    if let Some(format) = settings.format {
        export = export.format(format);
    }
    let mut shown = Shown::new(settings.progress, settings.quiet);
    let done = export.run(&mut |progress| shown.show(progress)).await;
    drop(shown);
    let manifest = done?;
    if is_json {
        println!("{}", serde_json::to_string_pretty(&manifest)?);
    }
    if !settings.quiet {
        summarize(what, &out, &manifest);
    }
    if let Some((earlier, changes)) = earlier {
        let counts = write_changes(&earlier, &Exported::open(&out)?, &[], &changes)?;
        for count in counts.iter().filter(|_| !settings.quiet) {
            let (added, changed, absent) = (count.added, count.changed, count.absent);
            eprintln!("{}: {added} added, {changed} changed, {absent} absent, in {}", count.stream, changes.display());
        }
    }
    verdict(&manifest, settings.strict)
}

/// The JSON of `-o json`; other formats are for lists.
fn is_json(output: Option<Output>) -> Result<bool, Failure> {
    match output.map(|output| (output, Format::of(Some(output)))) {
        None | Some((_, Ok(Format::Table))) => Ok(false),
        Some((_, Ok(Format::Json))) => Ok(true),
        Some((output, _)) => Err(output.unsupported(&["table", "json"])),
    }
}

fn selection(settings: &ExportArguments) -> Result<Selection, Failure> {
    let mut selection = Selection::of(settings.what.as_deref().unwrap_or_default())?.deep(settings.deep)?;
    if let Some(role) = &settings.role {
        selection = selection.role(role.as_str())?;
    }
    if !settings.columns.is_empty() {
        selection = selection.columns(settings.columns.iter().map(|column| column.trim()))?;
    }
    if !settings.pseudonymize.is_empty() {
        let key = variable("TI_PSEUDONYM_KEY").ok_or_else(|| {
            let help = "set it to a random text of 16 bytes or more, such as that of `openssl rand -hex 32`, and keep it secret";
            Failure::new("pseudonyms need a key in TI_PSEUDONYM_KEY", help)
        })?;
        selection = selection.pseudonyms(Pseudonyms::new(key, &settings.pseudonymize)?)?;
    }
    Ok(selection)
}

/// The earlier export, and the file for what changed since.
fn earlier(run: &Path, out: &Path) -> Result<(Exported, PathBuf), Failure> {
    let mut name = out.as_os_str().to_owned();
    name.push(".changes.ndjson");
    let changes = PathBuf::from(name);
    if changes.symlink_metadata().is_ok() {
        let reason = format!("{}: the file exists", changes.display());
        return Err(Failure::new(reason, "nothing was overwritten; move it away, or give another file with --out"));
    }
    let earlier = Exported::open(run)?;
    if earlier.manifest().report.complete == Completeness::Unproven {
        let reason = format!("{} may be incomplete: what it lacks would look new", run.display());
        return Err(Failure::new(reason, "compare with a complete export"));
    }
    eprintln!("all rows are read and compared: the tenant does not report which of them changed");
    Ok((earlier, changes))
}

fn summarize(what: &str, out: &Path, manifest: &Manifest) {
    let report = &manifest.report;
    let state = match report.complete {
        Completeness::Proven => "proven to be complete",
        Completeness::ChangedWhileRead => "changed while it was read",
        _ => "may be incomplete",
    };
    eprintln!("{what}: {} rows in {}, {state}", report.rows, out.display());
    for stream in report.streams.iter().filter(|_| report.streams.len() > 1) {
        eprintln!("  {}: {} rows", stream.stream, stream.rows);
    }
    for reason in &report.reasons {
        eprintln!("  {}", printable(reason));
    }
    if report.rejects > 0 {
        eprintln!("  {} entries were rejected: see the file `rejects.ndjson` beside it", report.rejects);
    }
    if !report.gaps.is_empty() {
        eprintln!("  not provided by the tenant: {}", printable(&report.gaps.join(", ")));
    }
}

fn verdict(manifest: &Manifest, is_strict: bool) -> Result<(), Failure> {
    match manifest.report.complete {
        Completeness::Proven => Ok(()),
        Completeness::ChangedWhileRead if !is_strict => Ok(()),
        _ => Err(Failure::Unproven),
    }
}

fn show_status(path: &Path, is_json: bool) -> Result<(), Failure> {
    match status(path)? {
        Status::Done(manifest) if is_json => println!("{}", serde_json::to_string_pretty(&manifest)?),
        Status::Done(manifest) => {
            let report = &manifest.report;
            println!("{}: done, {}", path.display(), report.complete.name());
            println!("tenant    {}", printable(&report.tenant));
            println!("run       {}, {} to {}", report.run_id, report.started_at, report.finished_at);
            println!(
                "requests  {}, {} points, {} throttled",
                report.usage.requests, report.usage.points, report.usage.throttled
            );
            for stream in &report.streams {
                println!("{:<9} {} rows, {}", stream.stream, stream.rows, stream.complete.name());
            }
        }
        Status::Begun(begun) if is_json => println!("{}", serde_json::to_string_pretty(&begun)?),
        Status::Begun(begun) => {
            println!("{}: not done, {} rows so far; continue it with --resume", path.display(), begun.rows);
            for (list, entries, total) in &begun.lists {
                let total = total.map(|total| format!(" of {total}")).unwrap_or_default();
                println!("{list:<9} {entries}{total}");
            }
        }
        _ => return Err(Failure::NotFound(format!("{}: no export", path.display()))),
    }
    Ok(())
}

fn check(path: &Path) -> Result<(), Failure> {
    let exported = Exported::open(path)?;
    let problems = verify(&exported)?;
    if problems.is_empty() {
        println!("{}: {} rows, as the manifest says", path.display(), exported.manifest().report.rows);
        return Ok(());
    }
    for problem in problems {
        println!("{}", printable(&problem));
    }
    Err(Failure::Found)
}
