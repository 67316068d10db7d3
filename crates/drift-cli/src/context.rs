//! The program that runs the commands.

use std::process::Command;

/// The program that runs the commands.
#[derive(Debug, Clone)]
pub struct Context {
    /// Called with each program (git) before it is started, so that its environment can be changed.
    pub prepare: fn(&mut Command),
}

impl Default for Context {
    fn default() -> Self {
        Self { prepare: |_| {} }
    }
}
