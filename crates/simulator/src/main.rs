//! `simulate`: runs many worlds, and shows the shortest history of each that breaks a promise.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use thought_industries_simulator::{Setup, run, shrink};

/// Run worlds: the client and the engine against tenants, networks, clocks and disks that misbehave, in virtual time. Exit 0:
/// every promise was kept; 1: a promise was broken.
#[derive(Parser)]
#[command(name = "simulate")]
struct Arguments {
    /// The seed of the first world; with --runs 1, its history is printed
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// The number of worlds, at least
    #[arg(long, default_value_t = 2_000)]
    runs: u64,

    /// Go on with more worlds until so many minutes are over
    #[arg(long)]
    minutes: Option<u64>,

    /// The number of threads; each world is in one
    #[arg(long, default_value_t = 2)]
    jobs: usize,

    /// Stop after so many worlds that broke a promise
    #[arg(long, default_value_t = 5)]
    failures: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Panics inside a world are reported with its history.
    std::panic::set_hook(Box::new(|_| ()));
    let started = Instant::now();
    let until = arguments.minutes.map(|minutes| Duration::from_secs(minutes * 60));
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    let lock = || failed.lock().unwrap_or_else(PoisonError::into_inner);
    std::thread::scope(|scope| {
        for _ in 0..arguments.jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let has_time = until.is_some_and(|until| started.elapsed() < until);
                    if (number >= arguments.runs && !has_time) || lock().len() >= arguments.failures {
                        return;
                    }
                    let seed = arguments.seed.wrapping_add(number);
                    let broken = run(&Setup::draw(seed)).broken();
                    done.fetch_add(1, Ordering::Relaxed);
                    if let Some(first) = broken.first() {
                        println!("seed {seed}: {first}");
                        lock().push(seed);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if arguments.runs == 1 && failed.is_empty() {
        let setup = Setup::draw(arguments.seed);
        println!("{setup:#?}");
        run(&setup).history.iter().for_each(|event| println!("{event}"));
    }
    if let Some(seed) = failed.iter().min() {
        let (setup, run) = shrink(&Setup::draw(*seed));
        println!("\nThe shortest history found of seed {seed}:\n{setup:#?}");
        run.history.iter().for_each(|event| println!("{event}"));
        println!("\nRepeat it with: cargo xtask simulate --runs 1 --seed {seed}");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{} worlds in {seconds:.0} s, {} broke a promise", done.into_inner(), failed.len());
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
