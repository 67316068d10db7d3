//! The commands.

mod capabilities;
mod clients;
mod licenses;
mod sandbox;
mod schema;
mod users;

use clap::CommandFactory as _;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

/// Runs a command to its end.
pub(crate) fn run(arguments: Arguments) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::could_not_run(&error))?;
    let Arguments { tenant, output, command, .. } = arguments;
    runtime.block_on(async {
        match command {
            Command::Users(command) => users::run(&tenant, output, command).await,
            Command::Clients(command) => clients::run(&tenant, output, command).await,
            Command::Licenses(command) => licenses::run(&tenant, output, command).await,
            Command::Capabilities { live } => capabilities::run(&tenant, output, live).await,
            Command::Schema(command) => schema::run(&tenant, command).await,
            Command::Sandbox(_) | Command::Completions { .. } if tenant.is_given() => Err(Failure::CouldNotRun {
                reason: "this command needs no tenant".to_owned(),
                help: Some("leave out --sandbox, --url and --subdomain; a sandbox's dialect is given by `--dialect`"),
            }),
            Command::Sandbox(settings) => sandbox::run(settings).await,
            Command::Completions { shell } => {
                clap_complete::generate(shell, &mut Arguments::command(), "ti", &mut std::io::stdout());
                Ok(())
            }
        }
    })
}

/// Says what a route could not give.
fn tell_gaps<T>(answer: &thought_industries::Answer<T>) {
    if !answer.gaps().is_empty() {
        eprint!("{}", gap_note(&answer.surface().to_string(), answer.gaps()));
    }
}

/// The gaps, grouped by the object that lacks them, in lines that fit a terminal.
fn gap_note(surface: &str, gaps: &[String]) -> String {
    const WIDTH: usize = 100;
    let mut groups: std::collections::BTreeMap<&str, Vec<&str>> = std::collections::BTreeMap::new();
    for gap in gaps {
        let (owner, field) = gap.rsplit_once('.').unwrap_or(("", gap));
        groups.entry(owner).or_default().push(field);
    }
    let mut out = format!("note: {surface} does not give these fields, which are missing, not empty:\n");
    for (owner, fields) in groups {
        let mut line = if owner.is_empty() { "  ".to_owned() } else { format!("  {owner}: ") };
        for (place, field) in fields.iter().enumerate() {
            let comma = if place + 1 == fields.len() { "" } else { ", " };
            if line.chars().count() + field.len() + comma.len() > WIDTH && !line.trim().is_empty() {
                out.push_str(line.trim_end());
                out.push('\n');
                line.replace_range(.., "    ");
            }
            line.push_str(field);
            line.push_str(comma);
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_grouped_and_fit_a_terminal() {
        let mut gaps: Vec<String> = (0..30).map(|number| format!("client.field{number}")).collect();
        gaps.push("bio".to_owned());
        let note = gap_note("REST v2", &gaps);
        assert!(note.contains("\n  bio\n") && note.contains("\n  client: field0, field1,"));
        assert!(note.lines().all(|line| line.chars().count() <= 100), "{note}");
        assert!(gaps.iter().all(|gap| note.contains(gap.rsplit('.').next().unwrap_or_default())));
    }
}
