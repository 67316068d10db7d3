//! `ti sandbox`.

mod like;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

use futures::future::{Either, select};
use graphql_drift::printable;
use like::Like;
use serde::{Deserialize, Serialize};
use thought_industries::Dialect;
use thought_industries_sandbox::{
    Deliveries, Dialect as SandboxDialect, Limits, RunningSandbox, Sandbox, Sender, Unknowns,
};

use crate::arguments::{DeliveryArguments, SandboxArguments};
use crate::diagnosis::Document;
use crate::failure::Failure;
use crate::saved::{remove_keys, variable};

/// What a sandbox prints when it serves.
#[derive(Deserialize, Serialize)]
struct Place {
    url: String,
    api_key: String,
    dialect: String,
}

/// Prints the address of the tenant in one line of JSON, then serves until interrupted.
pub(crate) async fn run(dialect: Option<Dialect>, settings: SandboxArguments) -> Result<(), Failure> {
    // The report is read, and the draw is printed, before a process of its own starts.
    let unknowns = unknowns(dialect, &settings)?;
    if settings.background {
        return in_background();
    }
    let dialect = match dialect {
        Some(Dialect::Observed) => SandboxDialect::Observed,
        _ => SandboxDialect::Documented,
    };
    let mut sandbox =
        Sandbox::new(dialect).unknowns(unknowns).users(settings.users).seed(settings.seed).port(settings.port);
    if let Some(path) = &settings.schema {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::CouldNotRun {
            reason: format!("cannot read {}: {error}", path.display()),
            help: Some("give a file with SDL or introspection JSON"),
        })?;
        sandbox = sandbox.schema(text);
    }
    sandbox = settings.fault.iter().fold(sandbox, |sandbox, fault| sandbox.fault(*fault));
    if let Some(limits) = limits(&settings)? {
        sandbox = sandbox.limits(limits);
    }
    let running = sandbox.start().await.map_err(|error| Failure::could_not_run(&error))?;
    let place =
        Place { url: running.url(), api_key: running.api_key().to_owned(), dialect: running.dialect().to_string() };
    let mut out = std::io::stdout();
    writeln!(out, "{}", serde_json::to_string(&place)?)?;
    out.flush()?;
    let stopped = Box::pin(tokio::signal::ctrl_c());
    let stopped = match sender(&running, &settings.deliveries)? {
        Some(mut sender) => {
            let delivering = Box::pin(sender.run(settings.deliveries.time_factor));
            // Deliveries do not end by themselves.
            match select(stopped, delivering).await {
                Either::Left((stopped, _)) => stopped,
                Either::Right(((), stopped)) => stopped.await,
            }
        }
        None => stopped.await,
    };
    stopped.map_err(|error| Failure::could_not_run(&error))
}

/// What delivers events, if they are to be delivered.
fn sender(sandbox: &RunningSandbox, settings: &DeliveryArguments) -> Result<Option<Sender>, Failure> {
    let Some(url) = &settings.deliver_to else { return Ok(None) };
    let mut deliveries = Deliveries::new(settings.deliver_as, url);
    for name in &settings.deliver_secret_env {
        let help = "set it to the secret that the receiver has";
        let secret = variable(name).ok_or_else(|| Failure::new(format!("the variable {name} is not set"), help))?;
        deliveries = deliveries.secret(secret);
    }
    deliveries = settings.deliver_fault.iter().fold(deliveries, |deliveries, fault| deliveries.fault(*fault));
    sandbox.deliver(deliveries).map(Some).map_err(|error| Failure::could_not_run(&error))
}

/// What is set for the sandbox where the public documents are open.
fn unknowns(dialect: Option<Dialect>, settings: &SandboxArguments) -> Result<Unknowns, Failure> {
    let unknowns = match (settings.unknowns, &settings.like) {
        (Some(seed), _) => {
            let drawn = Unknowns::draw(seed);
            eprint!("{drawn}");
            drawn
        }
        (None, Some(path)) => {
            let Like { unknowns, notes } = Like::of(&Document::read(path)?);
            for note in notes {
                eprintln!("note: {}", printable(&note));
            }
            unknowns
        }
        (None, None) => return Ok(Unknowns::none()),
    };
    if dialect.is_some() {
        return Err(Failure::new("--unknowns and --like set the dialect", "leave out --dialect"));
    }
    Ok(unknowns)
}

/// Starts this command again as a process of its own, and prints the variables with which a shell reaches it.
fn in_background() -> Result<(), Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::CouldNotRun {
        reason: format!("cannot start a sandbox in the background: {error}"),
        help: Some("leave out --background, and use a second terminal"),
    };
    let mut command = Command::new(std::env::current_exe().map_err(|error| failed(&error))?);
    command.args(std::env::args_os().skip(1).filter(|argument| argument != "--background"));
    remove_keys(&mut command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // Ctrl-C in the shell is not for the sandbox.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut sandbox = command.spawn().map_err(|error| failed(&error))?;
    let mut line = String::new();
    // The line is printed once the sandbox accepts requests, so that the variables can be used at once.
    if let Some(out) = sandbox.stdout.take() {
        BufReader::new(out).read_line(&mut line)?;
    }
    let Ok(place) = serde_json::from_str::<Place>(&line) else {
        let mut errors = String::new();
        if let Some(mut pipe) = sandbox.stderr.take() {
            pipe.read_to_string(&mut errors)?;
        }
        let reason = errors.lines().next().unwrap_or_default();
        return Err(failed(&reason.strip_prefix("error: ").unwrap_or(reason)));
    };
    let mut out = std::io::stdout();
    writeln!(out, "export TI_URL={}", place.url)?;
    writeln!(out, "export TI_API_KEY={}", place.api_key)?;
    writeln!(out, "export TI_SANDBOX_PID={}", sandbox.id())?;
    Ok(())
}

/// The limits to enforce, if any.
fn limits(settings: &SandboxArguments) -> Result<Option<Limits>, Failure> {
    let cannot = |reason: String| Failure::CouldNotRun {
        reason,
        help: Some("--limits is off, documented, enterprise, or a TOML file with lines such as `rest-requests = 120`"),
    };
    let limits = match settings.limits.as_str() {
        "off" if settings.window.is_some() => {
            return Err(cannot("--window needs --limits".to_owned()));
        }
        "off" => return Ok(None),
        "documented" => Limits::documented(),
        "enterprise" => Limits::enterprise(),
        file => {
            let text = std::fs::read_to_string(file).map_err(|error| cannot(format!("cannot read {file}: {error}")))?;
            Limits::parse(&text).map_err(|error| cannot(format!("{file}: {error}")))?
        }
    };
    match settings.window {
        Some(window) => limits.with_window(window).map(Some).map_err(cannot),
        None => Ok(Some(limits)),
    }
}
