//! Compares the users of an export with the staff list of HR, and prints what is found:
//! `cargo run -p thought-industries-identity --example findings -- users.ndjson hr.csv`.

use std::path::Path;

use thought_industries::Date;
use thought_industries_identity::{GraphConfig, Source, SourceKind, State, Tenant, reconcile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(users), Some(staff)) = (arguments.next(), arguments.next()) else {
        return Err("name an export of users and a staff list".into());
    };
    let (config, now) = (GraphConfig::default(), Date::now());
    let tenant = Tenant::of_export(Path::new(&users), &config)?;
    let staff = Source::read(SourceKind::Hr, Path::new(&staff), &config, true, now)?;
    let mut state = State::default();
    let report = state.settle(reconcile(vec![staff], &tenant, &[], &config, state.memory(), now))?;
    for finding in &report.findings {
        println!("{}: {}", finding.finding.kind.title(), finding.finding.subject);
        for evidence in &finding.finding.evidence {
            println!("  {}: {}", evidence.source.name(), evidence.fact);
        }
    }
    Ok(())
}
