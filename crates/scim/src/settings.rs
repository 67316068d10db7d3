//! The settings of a gateway.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

/// The settings of a gateway. All have defaults; `scim.toml` may set them.
///
/// ```
/// use thought_industries_scim::Settings;
///
/// let settings = Settings::parse("hold-seconds = 20\n[brake]\nmost = 10\n")?;
/// assert_eq!((settings.hold.as_secs(), settings.brake.most), (20, 10));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Settings {
    /// The address at which directories reach the gateway, for the locations of resources: `https://scim.example.com/scim/v2`.
    pub base: String,
    /// How long a request waits for its write: 25 seconds.
    pub hold: Duration,
    /// How many writes a minute the tenant takes: 60. Writes are spread over the minute, and waits are estimated by it.
    pub writes_per_minute: u32,
    /// How many users are written to at once: 4.
    pub at_once: usize,
    /// How often the whole roster is read again: every 24 hours.
    pub refresh: Duration,
    /// The pause between two pages of the roster: 5 seconds, which takes a tenth of the tenant's limit.
    pub page_pause: Duration,
    /// How many requests a second each connection may make: 50. What comes faster waits for its turn, at most as long as
    /// `hold`.
    pub requests_per_second: u32,
    /// When deactivations wait for an administrator.
    pub brake: Brake,
    /// Whether nothing is written to the tenant.
    pub is_dry_run: bool,
    /// The folder of the [locks](thought_industries_provision::TenantLock) of tenants: while another program of this machine
    /// runs a plan, writes wait.
    pub locks: Option<PathBuf>,
}

/// When deactivations wait for an administrator.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Brake {
    /// How many users one connection may deactivate within an hour: 50.
    pub most: u64,
    /// What share of the users it sees, in percent: 5. Judged from 100 users.
    pub percent: f64,
}

impl Default for Brake {
    fn default() -> Self {
        Self { most: 50, percent: 5.0 }
    }
}

impl Brake {
    /// Whether one more deactivation waits, after so many within an hour, of so many users.
    pub fn holds(&self, disabled: u64, users: u64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "no tenant has that many users")]
        let share = (disabled + 1) as f64 * 100.0 / users.max(1) as f64;
        disabled >= self.most || (users >= 100 && share > self.percent)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base: "http://127.0.0.1:8080/scim/v2".to_owned(),
            hold: Duration::from_secs(25),
            writes_per_minute: 60,
            at_once: 4,
            refresh: Duration::from_secs(24 * 3_600),
            page_pause: Duration::from_secs(5),
            requests_per_second: 50,
            brake: Brake::default(),
            is_dry_run: false,
            locks: None,
        }
    }
}

/// The form of `scim.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
struct File {
    base: Option<String>,
    hold_seconds: Option<u64>,
    writes_per_minute: Option<u32>,
    at_once: Option<usize>,
    refresh_hours: Option<u64>,
    page_pause_seconds: Option<u64>,
    requests_per_second: Option<u32>,
    brake: Brake,
}

impl Settings {
    /// Reads settings from TOML.
    ///
    /// # Errors
    /// What is wrong, with its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let own = Self::default();
        let seconds = |given: Option<u64>, own: Duration| given.map_or(own, Duration::from_secs);
        let base = file.base.map(|base| base.trim_end_matches('/').to_owned());
        if let Some(base) = base.as_ref().filter(|base| !base.starts_with("http://") && !base.starts_with("https://")) {
            return Err(format!(
                "`base` is `{base}`: write the whole address, such as https://scim.example.com/scim/v2"
            ));
        }
        let settings = Self {
            base: base.unwrap_or(own.base),
            hold: seconds(file.hold_seconds, own.hold),
            writes_per_minute: file.writes_per_minute.unwrap_or(own.writes_per_minute),
            at_once: file.at_once.unwrap_or(own.at_once),
            refresh: file.refresh_hours.map_or(own.refresh, |hours| Duration::from_secs(hours.saturating_mul(3_600))),
            page_pause: seconds(file.page_pause_seconds, own.page_pause),
            requests_per_second: file.requests_per_second.unwrap_or(own.requests_per_second),
            brake: file.brake,
            is_dry_run: false,
            locks: None,
        };
        let is_within = |name: &str, value: u64, least: u64, most: u64| {
            let is_fine = (least..=most).contains(&value);
            if is_fine { Ok(()) } else { Err(format!("`{name}` is {value}: write {least} to {most}")) }
        };
        is_within("hold-seconds", settings.hold.as_secs(), 1, 55)?;
        is_within("writes-per-minute", settings.writes_per_minute.into(), 1, 6_000)?;
        is_within("at-once", settings.at_once as u64, 1, 32)?;
        is_within("refresh-hours", settings.refresh.as_secs() / 3_600, 1, 8_760)?;
        is_within("requests-per-second", settings.requests_per_second.into(), 1, 10_000)?;
        Ok(settings)
    }

    /// How many writes may be begun at once after a pause, and how many in each minute behind them: together, no minute has more
    /// than the tenant takes.
    pub(crate) fn even_writes(&self) -> (u32, u32) {
        let at_once = (self.writes_per_minute / 12).clamp(1, 10);
        (at_once, self.writes_per_minute.saturating_sub(at_once).max(1))
    }

    /// Reads settings from a file.
    ///
    /// # Errors
    /// If the file cannot be read, or what is wrong in it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_have_defaults_and_bounds() {
        assert_eq!(Settings::parse(""), Ok(Settings::default()));
        assert_eq!(
            Settings::parse("base = \"https://x.example/scim/v2/\"").expect("settings").base,
            "https://x.example/scim/v2"
        );
        for (text, reason) in [
            ("hold-seconds = 300", "`hold-seconds` is 300: write 1 to 55"),
            ("at-once = 0", "`at-once` is 0: write 1 to 32"),
            ("base = \"x.example\"", "write the whole address"),
            ("holdseconds = 3", "unknown field"),
        ] {
            assert!(Settings::parse(text).expect_err(text).contains(reason), "{text}");
        }
    }

    #[test]
    fn the_brake_holds_by_count_and_from_a_hundred_users_by_share() {
        let brake = Brake::default();
        for (disabled, users, holds) in [
            (0, 3, false),
            (49, 99, false),
            (50, 99, true),
            (4, 100, false),
            (5, 100, true),
            (49, 10_000, false),
            (50, 10_000, true),
        ] {
            assert_eq!(brake.holds(disabled, users), holds, "{disabled} of {users}");
        }
    }
}
