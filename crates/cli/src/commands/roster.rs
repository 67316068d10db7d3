//! `ti roster`.

use std::path::Path;

use thought_industries_provision::{Learned, LearnedColumn, Proof, write_atomically};

use super::plan;
use crate::arguments::{RosterCommand, TenantArguments};
use crate::failure::Failure;
use crate::tenant::connect;

pub(crate) async fn run(arguments: &TenantArguments, command: RosterCommand) -> Result<(), Failure> {
    let RosterCommand::Learn { export, out } = command;
    let learned = learn(&export)?;
    report(&learned);
    match &out {
        Some(out) if out.exists() => {
            let reason = format!("{} exists", out.display());
            return Err(Failure::new(reason, "nothing was written; give another name with --out"));
        }
        Some(out) => write_atomically(out, learned.to_config().as_bytes())?,
        None => println!("\n{}", learned.to_config()),
    }
    let written = out.as_deref().map(|out| format!("written to {}; ", out.display())).unwrap_or_default();
    if learned.is_undecided() {
        println!("{written}decide what is marked there, and compare it with the tenant by `ti plan`");
        return Err(Failure::Found);
    }
    // Standard input was read already.
    if export != Path::new("-") {
        prove(arguments, &export, &learned).await?;
    }
    println!("{written}review it, and plan with `ti plan {} --config FILE --out plan.json`", export.display());
    Ok(())
}

fn learn(export: &Path) -> Result<Learned, Failure> {
    if export == Path::new("-") {
        return Ok(Learned::of(std::io::stdin(), "standard input")?);
    }
    let name = export.display().to_string();
    let file = std::fs::File::open(export).map_err(|error| {
        Failure::new(format!("{name}: cannot be read: {error}"), "nothing was read; give the name of the export")
    })?;
    Ok(Learned::of(file, &name)?)
}

/// Prints what the columns are.
fn report(learned: &Learned) {
    let system = learned.system.map(|system| format!(", with headings of {system}")).unwrap_or_default();
    println!("{}: {} rows{system}", learned.name, learned.rows);
    for note in &learned.notes {
        println!("{note}");
    }
    for column in &learned.columns {
        println!("  {}", line(column));
    }
}

fn line(column: &LearnedColumn) -> String {
    let field = column.field.unwrap_or("not read");
    let words: Vec<String> = column
        .words
        .iter()
        .map(|(word, meaning, rows)| format!("{word} = {} ({rows})", meaning.unwrap_or("undecided")))
        .collect();
    let example = column.example.as_deref().filter(|_| words.is_empty()).unwrap_or_default();
    let dates = column.dates.join(" or ");
    let about: Vec<String> =
        [example.to_owned(), dates, words.join(", ")].into_iter().filter(|text| !text.is_empty()).collect();
    format!("{:<32} {field:<20} {}", column.heading, about.join("  ")).trim_end().to_owned()
}

/// Compares the users of the export with the tenant.
async fn prove(arguments: &TenantArguments, export: &Path, learned: &Learned) -> Result<(), Failure> {
    let roster = plan::read(export, &learned.config()?)?;
    let tenant = connect(arguments).await?;
    let Proof { rows, by_email, by_external_id, new, renamed, other_id, .. } =
        Proof::of(&tenant.client, &roster).await?;
    let by_id = if by_external_id > 0 {
        format!("{by_external_id} more have the external id of a user; ")
    } else {
        String::new()
    };
    println!(
        "{by_email} of {rows} rows match a user by e-mail address; {by_id}{new} are new; {renamed} would be renamed"
    );
    if other_id > 0 {
        println!(
            "{other_id} of these users have another externalCustomerId than their row: if the tenant keeps other ids there, \
             ignore that column, or map it to a custom field"
        );
    }
    Ok(())
}
