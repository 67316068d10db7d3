//! Plans, carries out and rolls back changes to the users of a Thought Industries tenant.
//!
//! Three steps, each with a file in between that a person can read:
//!
//! 1. A [`Planner`] compares a [`Roster`] with the tenant and makes a [`Plan`]. It reads, and writes nothing. A [`Policy`]
//!    says which users it may change, and [`Guards`] how many in which way, also by the [`History`] of past runs.
//! 2. An [`Executor`] carries out exactly that plan. A user who has changed since is left alone. A [`Journal`] has each
//!    entry before and after it is carried out: a run that was killed goes on from there, and writes each change once.
//! 3. [`Rollback`] makes of a journal the plan that rolls the run back.
//!
//! A [`TenantLock`] keeps two programs of this machine from writing to one tenant at once. A [`FailureLimit`] stops a run that
//! goes wrong, and a [`Canary`] lets its first changes be looked at.
//!
//! ```no_run
//! # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_provision::Error> {
//! use futures::TryStreamExt as _;
//! use thought_industries_provision::{
//!     Executor, FileAudit, FileJournal, Planner, Policy, Roster, SyncConfig,
//! };
//!
//! let roster = Roster::read("roster.csv".as_ref(), &SyncConfig::new(), client.now())?;
//! let plan = Planner::new(Policy::default()).plan(&client, &roster).await?;
//! let journal = FileJournal::open("run.jsonl".as_ref(), &plan)?;
//! journal.start(&plan, "ada", client.now())?;
//! let audit = FileAudit::open("run.audit.jsonl".as_ref())?;
//! let executor = Executor::new(&client, &journal, &audit, "ada");
//! let mut steps = std::pin::pin!(executor.run(&plan));
//! while let Some(step) = steps.try_next().await? {
//!     println!("{}: {}", step.entry.label(), step.kind().name());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant*: nothing here prints or parses a command line; the caller decides what to show.

mod approval;
mod audit;
mod census;
mod config;
mod desired;
mod diff;
mod error;
mod estimate;
mod executor;
mod expiry;
mod files;
mod found_by;
mod guards;
mod journal;
mod licenses;
mod limit;
mod lock;
mod lost_zeros;
mod outcome;
mod plan;
mod planner;
mod policy;
mod proven;
mod provenance;
mod read_ahead;
mod reason;
mod renames;
mod rollback;
mod roster;
mod rules;
mod run;
mod seat_changes;
pub mod seats;
pub mod sheet;
mod spool;
mod step;
mod tenant_index;
mod user_pages;

pub use approval::{Approval, ApprovalKey, Approvals, Approvers};
pub use audit::{AuditRecord, AuditSink, FileAudit};
pub use config::{PlanConfig, SyncConfig, TenantConfig};
pub use desired::{DesiredUser, MatchBy, MatchKeys, insert_field};
pub use error::{Error, ErrorKind};
pub use estimate::Estimate;
pub use expiry::Lifetime;
pub use files::{read_small, write_atomically, write_json};
pub use found_by::FoundBy;
pub use guards::{Census, Counted, GuardKind, Guards, History, InvalidGuard, Limit, RaisedGuard};
pub use journal::{FileJournal, Journal, JournalStorage};
pub use limit::{Canary, CanaryResult, FailureLimit, InvalidLimit};
pub use lock::TenantLock;
pub use outcome::{EntryOutcome, EntryState, Obstacle, OutcomeKind};
pub use plan::{Action, Change, Entry, Plan, PlanSource, Totals};
pub use planner::{Planner, UserPlan};
pub use policy::{Policy, Renames, Starters, is_learner, takes_seat};
pub use provenance::Provenance;
pub use reason::Reason;
pub use rollback::Rollback;
pub use roster::{EachRow, Learned, LearnedColumn, Proof, Roster, RosterFile, is_email, parse_cell};
pub use rules::{Condition, Rule};
pub use run::Executor;
pub use seat_changes::SeatChange;
pub use spool::Spool;
pub use step::{Step, StepResult};
pub use user_pages::UserPages;

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
