//! Simulates tenants, networks, clocks and disks around the real client and the real provisioning engine: in one thread, in
//! virtual time, from a seed.
//!
//! ```
//! use thought_industries_simulator::{Setup, run};
//!
//! let run = run(&Setup::draw(7));
//! assert_eq!(run.broken(), Vec::<String>::new());
//! println!("{} events in {:?} of the world's time", run.history.len(), run.duration);
//! ```
//!
//! *Invariant*: nothing in a world depends on anything but its [`Setup`].

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a world that cannot go on is a defect of the simulator, which is reported with its seed"
)]

mod clock;
mod disk;
mod history;
mod life;
mod message;
mod network;
mod process;
mod run;
mod script;
mod setup;
mod shrink;
mod tenant;
mod world;

pub use history::{Change, Event, What};
pub use run::{Run, run};
pub use setup::{
    DiskSetup, Edit, EditKind, FaultKind, HeaderSetup, NetworkSetup, ProcessSetup, Row, Script, Setup, TenantLimits,
    TenantSetup,
};
pub use shrink::shrink;

/// The example of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
