//! `ti listen`.

mod consumer;

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::future::{BoxFuture, select_all};
use thought_industries::Secret;
use thought_industries_events::{Acceptance, Filled, Filler, Inbox, InvalidAcceptance, Receiver, Worker};
use tokio::net::TcpListener;

use crate::arguments::{ConsumerArguments, FillArguments, ListenArguments, TenantArguments};
use crate::failure::{Failure, with_causes};
use crate::progress::notify;
use crate::saved::variable;
use crate::tenant::{Tenant, check_store, connect_for_run};

type Part<'p> = BoxFuture<'p, Result<(), Failure>>;

pub(crate) async fn run(arguments: &TenantArguments, settings: ListenArguments) -> Result<(), Failure> {
    let acceptance = acceptance(&settings)?;
    let inbox = Arc::new(Inbox::open(&settings.store.path)?);
    let _claim = inbox.claim()?;
    let receiver = Receiver::new(Arc::clone(&inbox), acceptance).map_err(invalid)?;
    let mut worker = worker(&inbox, &settings)?;
    let tenant = if settings.fill.no_fill { None } else { Some(connected(arguments, &inbox).await?) };
    let listener = TcpListener::bind(settings.bind).await.map_err(|error| Failure::CouldNotRun {
        reason: format!("cannot listen on {}: {error}", settings.bind),
        help: Some("name another address with --bind"),
    })?;
    notify(&format!("listening on http://{}", listener.local_addr()?));
    if settings.accept_unsigned && settings.path_secret_env.is_none() {
        notify("any sender can leave hints: put a secret into the path with --path-secret-env");
    }
    let receiving: Part<'_> = async {
        receiver.serve(listener).await;
        Ok(())
    }
    .boxed();
    let handing: Part<'_> = match &mut worker {
        Some(worker) => worker.run().map(|done| Ok(done?)).boxed(),
        None => pending().boxed(),
    };
    let filling: Part<'_> = match &tenant {
        Some(tenant) => fill(tenant, &inbox, &settings.fill),
        None => pending().boxed(),
    };
    let stopped =
        tokio::signal::ctrl_c().map(|stopped| stopped.map_err(|error| Failure::could_not_run(&error))).boxed();
    let (ended, _, rest) = select_all([receiving, handing, filling, stopped]).await;
    drop(rest);
    let (counts, kept) = (receiver.counts(), inbox.counts()?);
    notify(&format!(
        "{} events were new, {} known; {} requests had no right signature, {} were refused otherwise, {} failed",
        counts.new, counts.known, counts.unsigned, counts.refused, counts.failed
    ));
    notify(&format!("the inbox has {} events to hand over, and {} that were given up", kept.new, kept.dead));
    ended
}

fn invalid(error: InvalidAcceptance) -> Failure {
    Failure::new(
        error.to_string(),
        "name the variable of the secret with --secret-env, or take events that are not signed with --accept-unsigned",
    )
}

/// What is accepted, with the secrets of the environment.
fn acceptance(settings: &ListenArguments) -> Result<Acceptance, Failure> {
    let secrets = settings.secret_env.iter().map(|name| secret(name).map(Secret::from));
    let mut acceptance = Acceptance::signed(secrets.collect::<Result<Vec<_>, _>>()?);
    if settings.accept_unsigned {
        acceptance = acceptance.or_unsigned();
    }
    if let Some(name) = &settings.path_secret_env {
        acceptance = acceptance.below_path(&secret(name)?).map_err(|error| {
            Failure::new(error.to_string(), "use a random text, such as that of `openssl rand -hex 32`")
        })?;
    }
    acceptance.check().map_err(invalid)?;
    Ok(acceptance)
}

fn secret(name: &str) -> Result<String, Failure> {
    let help = "set it to the secret that the webhook was registered with (`ti webhooks create --secret-env`)";
    let secret = variable(name).filter(|secret| !secret.trim().is_empty());
    secret.ok_or_else(|| Failure::new(format!("the variable {name} for a secret is not set"), help))
}

fn worker(inbox: &Arc<Inbox>, settings: &ListenArguments) -> Result<Option<Worker>, Failure> {
    let ConsumerArguments { out, exec, forward, forward_secret_env, tries } = &settings.consumer;
    let worker = match (out, exec, forward.as_ref().zip(forward_secret_env.as_ref())) {
        (Some(path), ..) => Worker::new(Arc::clone(inbox), consumer::file(path, inbox)?),
        (_, Some(command), _) => Worker::new(Arc::clone(inbox), consumer::command(command, secrets_of(settings))),
        (.., Some((url, name))) => Worker::new(Arc::clone(inbox), consumer::forward(url, &secret(name)?)?),
        _ => return Ok(None),
    };
    Ok(Some(worker.with_tries(*tries)))
}

/// The variables with secrets, which are not for commands.
fn secrets_of(settings: &ListenArguments) -> Vec<String> {
    settings.secret_env.iter().chain(&settings.path_secret_env).cloned().collect()
}

async fn connected(arguments: &TenantArguments, inbox: &Inbox) -> Result<Tenant, Failure> {
    let tenant = connect_for_run(arguments).await.map_err(|failure| match failure {
        Failure::CouldNotRun { reason, .. } => Failure::new(
            reason,
            "name the tenant whose event feed fills gaps, and its key; or receive webhooks only, with --no-fill",
        ),
        other => other,
    })?;
    let known = inbox.note("tenant")?;
    check_store(known.as_deref(), &tenant.url)?;
    if known.is_none() {
        inbox.set_note("tenant", &tenant.url)?;
    }
    Ok(tenant)
}

fn fill<'p>(tenant: &Tenant, inbox: &Arc<Inbox>, settings: &'p FillArguments) -> Part<'p> {
    let mut filler = Filler::new(tenant.client.clone(), Arc::clone(inbox));
    if !settings.fill.is_empty() {
        filler = filler.with_kinds(settings.fill.iter().cloned());
    }
    filler = settings.since.into_iter().fold(filler, Filler::with_since);
    let mut problems = BTreeMap::new();
    async move { Ok(filler.run(settings.fill_every, |filled| report(filled, &mut problems)).await?) }.boxed()
}

/// Reports gaps that were filled, and problems that are new.
fn report(filled: &[Filled], problems: &mut BTreeMap<String, String>) {
    for of_kind in filled {
        let kind = of_kind.kind.to_string();
        if of_kind.new > 0 {
            notify(&format!("{} events of the kind {kind} were missing", of_kind.new));
        }
        match of_kind.problem.as_ref().map(|problem| with_causes(problem)) {
            Some(problem) => {
                if problems.get(&kind) != Some(&problem) {
                    notify(&format!("gaps of the kind {kind} cannot be filled: {problem}"));
                    problems.insert(kind, problem);
                }
            }
            None => {
                if problems.remove(&kind).is_some() {
                    notify(&format!("gaps of the kind {kind} are filled again"));
                }
            }
        }
    }
}
