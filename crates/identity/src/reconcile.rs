//! A run: from sources and a tenant to an outcome.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use thought_industries::Date;

use crate::account::{Account, Tenant};
use crate::config::GraphConfig;
use crate::gather;
use crate::judge::Judge;
use crate::link::{Linker, Verdict};
use crate::memory::Memory;
use crate::report::{Counts, Link, Outcome};
use crate::rule::ScimLink;
use crate::source::{Source, SourceKind, SourceReport};
use crate::unit;

/// From how many rows on a source that shrinks is doubted.
const FEWEST_ROWS: usize = 20;

/// Links the users of a tenant with the persons of sources, and finds what differs. The order of what is given has no effect.
///
/// ```
/// use thought_industries_identity::{
///     Account, FindingKind, GraphConfig, Identity, Memory, Source, SourceKind, Status, Tenant, reconcile,
/// };
///
/// let now = "2026-11-22T12:00:00Z".parse()?;
/// let left = Identity::new().number("7").address("ada@example.com").status(Status::Left(Some("2026-10-31".into())));
/// let hr = Source::new(SourceKind::Hr, "hr.csv", now, vec![left]);
/// let ada = Account::new("u-1").email("ada@example.com").role("student");
/// let tenant = Tenant::new("https://example.test/", now, vec![ada], ["student".to_owned()]);
/// let outcome = reconcile(vec![hr], &tenant, &[], &GraphConfig::default(), &Memory::default(), now);
/// assert_eq!(outcome.findings[0].kind, FindingKind::Leaver);
/// # Ok::<(), thought_industries::InvalidDate>(())
/// ```
pub fn reconcile(
    sources: Vec<Source>,
    tenant: &Tenant,
    scim: &[ScimLink],
    config: &GraphConfig,
    memory: &Memory,
    now: Date,
) -> Outcome {
    let mut reports: Vec<SourceReport> = sources.iter().map(|source| report(source, config, memory, now)).collect();
    let doubts = shrunk(SourceKind::Tenant, tenant.accounts.len(), config, memory);
    let doubts = tenant.doubts.iter().cloned().chain(doubts).collect();
    let (kind, rows) = (SourceKind::Tenant, tenant.accounts.len());
    let own = SourceReport::judge(kind, &tenant.url, tenant.read, rows, doubts, now, config.tenant_hours);
    reports.push(own.with_notes(&tenant.notes));
    reports.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));

    let persons = gather::persons(sources, &config.domains);
    let linker = Linker::new(&persons, &config.domains, tenant.accounts.iter().filter_map(|own| own.number.as_deref()));
    let mut units = unit::units(tenant);
    let mut notes = unit::link(&mut units, &linker, scim, &memory.by_hand);
    if !linker.are_numbers_shared() && tenant.accounts.iter().any(|own| own.number.is_some()) {
        let field = &config.number;
        notes.push(format!("no `{field}` of the tenant is the number of an employee: users are linked by other keys"));
    }
    let given: Vec<SourceKind> = reports.iter().map(|source| source.kind).collect();
    for kind in memory.rows.keys().filter(|kind| !given.contains(kind)) {
        notes.push(format!(
            "{} was read in an earlier run and not in this one: no finding counts as fixed",
            kind.title()
        ));
    }
    let today = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or_default().to_zoned(TimeZone::UTC).date();
    let judge = Judge { persons: &persons, tenant, units: &units, sources: &reports, config, memory, today, now };
    let (findings, seats) = judge.findings();

    let mut counts = Counts { users: units.len(), persons: persons.len(), ..Counts::default() };
    let mut links = Vec::new();
    for unit in &units {
        let Verdict::One { person, rule, .. } = &unit.verdict else { continue };
        *counts.linked.entry(*rule).or_default() += 1;
        let Some(person) = persons.get(*person) else { continue };
        let link = |own: &Account| Link { account: own.id.to_string(), person: person.key.to_string(), rule: *rule };
        links.extend(unit.records().map(link));
    }
    links.sort_unstable();
    Outcome { made: now, tenant: tenant.url.clone(), sources: reports, counts, links, findings, seats, notes }
}

fn report(source: &Source, config: &GraphConfig, memory: &Memory, now: Date) -> SourceReport {
    let most_hours = match source.kind {
        SourceKind::Hr => config.hr.max_hours,
        _ => config.idp.max_hours,
    };
    let mut source_doubts = shrunk(source.kind, source.identities.len(), config, memory);
    source_doubts.extend(source.doubts.iter().cloned());
    let rows = source.identities.len();
    SourceReport::judge(source.kind, &source.name, source.made, rows, source_doubts, now, most_hours)
        .with_notes(&source.notes)
}

/// Why a source is doubted that has far fewer rows than before: an export may have been cut or filtered.
fn shrunk(kind: SourceKind, rows: usize, config: &GraphConfig, memory: &Memory) -> Vec<String> {
    let before = memory.rows.get(&kind).copied().filter(|before| *before >= FEWEST_ROWS);
    let percent = usize::try_from(100_u32.saturating_sub(config.shrink_percent)).unwrap_or_default();
    let has_shrunk = before.filter(|before| rows * 100 < before * percent);
    has_shrunk.map(|before| format!("it has {rows} rows, and {before} in an earlier run")).into_iter().collect()
}

impl Outcome {
    /// Whether what this run does not find is gone: all sources that were ever used are there, complete and fresh.
    pub(crate) fn is_whole(&self, memory: &Memory) -> bool {
        let is_given = |kind: &SourceKind| self.sources.iter().any(|source| source.kind == *kind);
        self.sources.iter().all(|source| source.is_sound) && memory.rows.keys().all(is_given)
    }
}
