//! `ti tap`: the export as a Singer tap.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thought_industries_export::singer::{Names, SingerSink, catalog, checkpoint_of, selection_of};
use thought_industries_export::{Completeness, Export, STREAMS, Selection, Usage};
use thought_industries_provision::read_small;

use crate::arguments::{TapArguments, TenantArguments};
use crate::failure::Failure;
use crate::tenant::{Address, connect_for_export, connect_for_run_at};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// The file of `--config`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    url: Option<String>,
    subdomain: Option<String>,
    api_key: Option<String>,
    #[serde(default)]
    deep: bool,
    #[serde(default)]
    names: NamesOption,
}

#[derive(Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum NamesOption {
    #[default]
    Api,
    Snake,
}

pub(crate) async fn run(mut tenant: TenantArguments, settings: &TapArguments) -> Result<(), Failure> {
    let config: Config = settings.config.as_deref().map(read).transpose()?.unwrap_or_default();
    let names = match config.names {
        NamesOption::Api => Names::Api,
        NamesOption::Snake => Names::Snake,
    };
    if settings.discover {
        println!("{}", serde_json::to_string_pretty(&catalog(config.deep, names))?);
        return Ok(());
    }
    let selection = match settings.catalog.as_deref().map(read::<Value>).transpose()? {
        Some(catalog) => selection_of(&catalog, config.deep, names)?,
        None => {
            let all = STREAMS.iter().filter(|stream| stream.in_all);
            Selection::of_streams(all.map(|stream| stream.name), config.deep)?
        }
    };
    let state: Option<Value> = settings.state.as_deref().map(read).transpose()?;
    let kept = state.as_ref().map(checkpoint_of).transpose()?.flatten();
    let usage = Usage::default();
    let connected = match (config.address(), config.api_key) {
        (Some(address), Some(key)) => connect_for_run_at(&address, key, &tenant)?,
        (address, _) => {
            match address {
                Some(Address::Url(url)) => tenant.url = Some(url),
                Some(Address::Subdomain(subdomain)) => tenant.subdomain = Some(subdomain),
                _ => {}
            }
            connect_for_export(&tenant, None, usage.clone()).await?
        }
    };
    let mut sink = SingerSink::new(BufWriter::new(std::io::stdout()), names, connected.client.now());
    let export = Export::new(&connected.client, selection, "-").usage(usage);
    let done = export.run_into(&mut sink, kept.map(|kept| (kept, Vec::new())), &mut |_| {}).await?;
    sink.finish(&done)?;
    let Some(report) = done.report() else { return Ok(()) };
    for reason in &report.reasons {
        // Continue even if standard error is closed.
        _ = writeln!(std::io::stderr(), "{}", graphql_drift::printable(reason));
    }
    if report.complete == Completeness::Unproven { Err(Failure::Unproven) } else { Ok(()) }
}

impl Config {
    fn address(&self) -> Option<Address> {
        let url = self.url.clone().map(Address::Url);
        url.or_else(|| self.subdomain.clone().map(Address::Subdomain))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let wrong = |error: &dyn std::fmt::Display| {
        let reason = format!("cannot read {}: {error}", path.display());
        Failure::new(reason, "correct the file; `ti tap --help` says what it has")
    };
    let bytes = read_small(path, LARGEST).map_err(|error| wrong(&error))?;
    // An error of JSON may name a value: only its place is shown, because the file can have a key.
    serde_json::from_slice(&bytes).map_err(|error| wrong(&format!("line {}: not as expected", error.line())))
}
