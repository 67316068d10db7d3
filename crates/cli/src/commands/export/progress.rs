//! The progress of an export on standard error: a bar, or JSON lines.

use std::io::Write as _;
use std::time::Instant;

use serde::Serialize;
use thought_industries_export::Progress;

use crate::arguments::ProgressForm;
use crate::progress::Bar;

/// How many entries there are between two lines of JSON.
const STEP: u64 = 1_000;

/// What is shown of an export.
pub(super) enum Shown {
    Nothing,
    Bar(Bar),
    Json { begun: Instant, last: Option<(&'static str, bool, u64)> },
}

/// A line of JSON.
#[derive(Serialize)]
struct Line<'p> {
    #[serde(flatten)]
    progress: &'p Progress,
    entries_per_second: f64,
    seconds_left: Option<f64>,
}

impl Shown {
    pub(super) fn new(form: ProgressForm, is_quiet: bool) -> Self {
        match form {
            _ if is_quiet => Self::Nothing,
            ProgressForm::Bar => Self::Bar(Bar::new(0)),
            ProgressForm::Json => Self::Json { begun: Instant::now(), last: None },
        }
    }

    pub(super) fn show(&mut self, progress: &Progress) {
        match self {
            Self::Nothing => {}
            Self::Bar(bar) => {
                bar.set_length(progress.total.and_then(|total| u64::try_from(total).ok()).unwrap_or(progress.entries));
                bar.set(progress.entries);
                let comparing = if progress.is_comparing { ", comparing" } else { "" };
                bar.describe(&format!("{}{comparing}", progress.stream));
            }
            Self::Json { begun, last } => {
                let now = (progress.stream, progress.is_comparing, progress.entries / STEP);
                if *last == Some(now) {
                    return;
                }
                *last = Some(now);
                let line = serde_json::to_string(&Line::of(progress, begun.elapsed().as_secs_f64()));
                // Continue even if standard error is closed.
                _ = line.map(|line| writeln!(std::io::stderr(), "{line}"));
            }
        }
    }
}

impl<'p> Line<'p> {
    #[expect(clippy::cast_precision_loss, reason = "counts of entries are far below 2^52")]
    fn of(progress: &'p Progress, seconds: f64) -> Self {
        let rate = progress.entries as f64 / seconds.max(0.001);
        let left = progress.total.map(|total| (total as f64 - progress.entries as f64).max(0.0) / rate.max(0.001));
        Self { progress, entries_per_second: rate, seconds_left: left }
    }
}
