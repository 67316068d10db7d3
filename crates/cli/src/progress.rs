//! Progress on standard error, if that is a terminal.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use graphql_drift::printable;
use indicatif::{ProgressBar, ProgressStyle};

/// A count that goes up while a list is read. Hidden unless standard error is a terminal.
pub(crate) struct Counter(ProgressBar);

impl Counter {
    pub(crate) fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Self(bar)
    }

    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }

    /// A function that counts one item.
    pub(crate) fn on_item(&self) -> impl Fn() + Send + Sync + 'static {
        let bar = self.0.clone();
        move || bar.inc(1)
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// The visible bar, so that lines can be printed above it.
static SHOWN: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Shows in the bar what the client is waiting for.
pub(crate) fn waiting(text: &str) {
    if let Some(bar) = &*SHOWN.lock().unwrap_or_else(PoisonError::into_inner) {
        bar.set_message(printable(text));
    }
}

/// Prints a line on standard error, above the bar if one is shown.
pub(crate) fn notify(line: &str) {
    // Continue even if standard error is closed.
    let print = || _ = writeln!(std::io::stderr(), "{}", printable(line));
    match &*SHOWN.lock().unwrap_or_else(PoisonError::into_inner) {
        Some(bar) => bar.suspend(print),
        None => print(),
    }
}

/// A bar that fills while a plan is carried out. Hidden unless standard error is a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(length: usize) -> Self {
        let bar = ProgressBar::new(length as u64);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {human_pos}/{human_len} {eta} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
        Self(bar)
    }

    /// Shows the current item.
    pub(crate) fn describe(&self, text: &str) {
        self.0.set_message(printable(text));
    }

    /// Sets how long it is, which may change on the way.
    pub(crate) fn set_length(&self, length: u64) {
        self.0.set_length(length);
    }

    pub(crate) fn set(&self, position: u64) {
        self.0.set_position(position);
    }

    pub(crate) fn advance(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        *SHOWN.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.0.finish_and_clear();
    }
}
