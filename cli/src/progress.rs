//! Progress bars: only on a terminal, and only for what takes longer than a second.
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// All bars of the program: cores of a build file are checked side by side.
fn bars() -> &'static MultiProgress {
    static BARS: OnceLock<MultiProgress> = OnceLock::new();
    BARS.get_or_init(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(5)))
}

/// A bar that appears after the first second.
pub struct Progress {
    what: String,
    unit: &'static str,
    total: u64,
    done: AtomicU64,
    start: Instant,
    terminal: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// For a check of `total` vectors.
    pub fn new(what: &str, total: u64) -> Self {
        Self::counting(what, total, "vectors")
    }

    /// For `total` steps of something.
    pub fn counting(what: &str, total: u64, unit: &'static str) -> Self {
        Self {
            what: what.into(),
            unit,
            total,
            done: AtomicU64::new(0),
            start: Instant::now(),
            terminal: stderr().is_terminal(),
            bar: OnceLock::new(),
        }
    }

    /// For something that does not tell how far it is: it only shows that it goes on.
    pub fn waiting(what: &str) -> Self {
        let progress = Self::new(what, 0);
        if progress.terminal {
            let bar = bars().add(ProgressBar::new_spinner().with_message(what.to_owned()));
            bar.enable_steady_tick(Duration::from_secs(1));
            progress.bar.get_or_init(|| bar);
        }
        progress
    }

    /// So many steps more are done. May be called from any thread, often.
    pub fn add(&self, steps: u64) {
        let done = self.done.fetch_add(steps, Ordering::Relaxed) + steps;
        if self.terminal && self.start.elapsed() > Duration::from_secs(1) {
            self.bar.get_or_init(|| self.draw()).set_position(done);
        }
    }

    fn draw(&self) -> ProgressBar {
        let bar = bars().add(ProgressBar::new(self.total));
        let style = format!("{{msg}} {{bar:30}} {{percent:>3}} %  {{human_pos}} {}, {{eta}} left", self.unit);
        bar.set_style(ProgressStyle::with_template(&style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_message(self.what.clone());
        bar
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
            bars().remove(bar);
        }
    }
}
