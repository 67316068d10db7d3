//! Approvals of plans, and each way in which one is refused.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::*;
use crate::desired::MatchBy;
use crate::plan::{PlanSource, Totals};
use crate::policy::Policy;
use crate::spool::Spool;

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

fn plan(tenant: &str) -> Plan {
    Plan {
        version: crate::plan::VERSION,
        tenant: tenant.to_owned(),
        made: date("2026-11-22T08:00:00Z"),
        made_by: Some("eve".to_owned()),
        expires: Some(date("2026-11-29T08:00:00Z")),
        source: PlanSource::Roster {
            name: "roster.csv".to_owned(),
            digest: "00".to_owned(),
            matched_by: MatchBy::Email.into(),
            policy: Policy::default(),
        },
        read_digest: String::new(),
        totals: Totals::default(),
        left_disabled: 0,
        unseen: std::collections::BTreeMap::new(),
        census: None,
        raised: Vec::new(),
        seats: Vec::new(),
        entries: Spool::default(),
        digest: String::new(),
    }
    .sealed()
    .expect("a plan")
}

/// Two keys, of which the approvers have the first.
struct Place {
    folder: TempDir,
    ada: ApprovalKey,
    eve: ApprovalKey,
}

impl Place {
    fn new() -> Self {
        let key = |name| ApprovalKey::generate(name).expect("a key");
        Self { folder: tempfile::tempdir().expect("a folder"), ada: key("Ada \"B\" Byron"), eve: key("Eve") }
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        mode(&path, 0o644);
        path
    }

    fn approvers(&self, required: usize, keys: &[&ApprovalKey]) -> Result<Approvers, Error> {
        let lines: Vec<String> = keys.iter().map(|key| key.line()).collect();
        let text = format!("required = {required}\n[approvers]\n{}\n", lines.join("\n"));
        Approvers::read(&self.write("approvers.toml", &text))
    }

    fn approvals(&self, approvals: Vec<Approval>) -> Approvals {
        Approvals { path: self.folder.path().join("plan.json.approval"), lines: approvals }
    }
}

fn mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).expect("set");
    #[cfg(not(unix))]
    let _ = (path, mode);
}

const NOW: &str = "2026-11-23T08:00:00Z";

#[test]
fn an_approved_plan_passes_and_names_its_approvers() {
    let place = Place::new();
    let plan = plan("https://acme.example/");
    let path = place.folder.path().join("plan.json.approval");
    for key in [&place.ada, &place.eve, &place.ada] {
        let mut approvals = Approvals::read(&path).expect("approvals");
        approvals.add(key.approve(&plan, date(NOW)).expect("approved")).expect("written");
    }
    let approvals = Approvals::read(&path).expect("approvals");
    assert_eq!(approvals.lines.len(), 2, "an approver who signs again replaces the first signature");
    let both = place.approvers(2, &[&place.ada, &place.eve]).expect("approvers");
    assert_eq!(both.check(&plan, &approvals, date(NOW)).expect("approved"), ["Ada \"B\" Byron", "Eve"]);
    // The approvals of an earlier plan at the same place are worthless.
    let mut approvals = approvals;
    let later = plan_of_other_tenant();
    approvals.add(place.ada.approve(&later, date(NOW)).expect("approved")).expect("written");
    assert_eq!(Approvals::read(&path).expect("approvals").lines.len(), 1);
}

fn plan_of_other_tenant() -> Plan {
    plan("https://other.example/")
}

/// Why a plan is refused.
fn refusal(approvers: &Approvers, plan: &Plan, approvals: &Approvals, now: &str) -> String {
    let error = approvers.check(plan, approvals, date(now)).expect_err("refused");
    assert!(error.help().is_some_and(|help| help.starts_with("nothing was written")), "{error}");
    error.to_string()
}

#[test]
fn every_other_plan_is_refused() {
    let place = Place::new();
    let own = plan("https://acme.example/");
    let approvers = place.approvers(1, &[&place.ada]).expect("approvers");
    let signed = place.ada.approve(&own, date(NOW)).expect("approved");
    let refused = |plan: &Plan, approval: &[Approval], now: &str, reason: &str| {
        let message = refusal(&approvers, plan, &place.approvals(approval.to_vec()), now);
        assert!(message.contains(reason), "{reason}: {message}");
    };
    let one = std::slice::from_ref(&signed);
    approvers.check(&own, &place.approvals(one.to_vec()), date(NOW)).expect("approved");
    refused(&own, &[], NOW, "the plan is not approved");
    refused(&plan_of_other_tenant(), one, NOW, "of another plan");
    let mut changed = plan("https://acme.example/");
    changed.totals.deactivate = 1;
    refused(&changed.sealed().expect("sealed"), one, NOW, "of another plan");
    refused(
        &own,
        &[place.eve.approve(&own, date(NOW)).expect("approved")],
        NOW,
        "0 of 1 needed approvals; the keys of no",
    );
    refused(&own, one, "2026-11-29T08:00:00Z", "the plan expired at 2026-11-29T08:00:00.000Z");
    // Each part of the statement is signed: the time of the approval, the tenant, and the expiry of the plan.
    let later = Approval { at: date("2026-11-24T08:00:00Z"), ..signed.clone() };
    refused(&own, &[later], NOW, "the signature of Ada \"B\" Byron is not one of this plan");
    for forged in [
        Plan { expires: Some(date("2027-11-29T08:00:00Z")), ..plan("https://acme.example/") },
        Plan { tenant: "https://other.example/".to_owned(), ..plan("https://acme.example/") },
    ] {
        // A digest that still matches, as if it did not cover these.
        refused(&Plan { digest: own.digest.clone(), ..forged }, one, NOW, "is not one of this plan");
    }
    // The signature of one approver does not count as that of another one.
    let stolen = Approval { public_key: place.eve.approve(&own, date(NOW)).expect("approved").public_key, ..signed };
    let both = place.approvers(1, &[&place.ada, &place.eve]).expect("approvers");
    assert!(refusal(&both, &own, &place.approvals(vec![stolen]), NOW).contains("the signature of Eve"));
}

#[test]
fn two_approvals_of_one_approver_are_one() {
    let place = Place::new();
    let plan = plan("https://acme.example/");
    let both = place.approvers(2, &[&place.ada, &place.eve]).expect("approvers");
    let times = [NOW, "2026-11-24T08:00:00Z"].map(|at| place.ada.approve(&plan, date(at)).expect("approved"));
    let message = refusal(&both, &plan, &place.approvals(times.to_vec()), NOW);
    assert!(message.ends_with("1 of 2 needed approvals"), "{message}");
}

#[test]
fn an_expired_plan_is_not_approved() {
    let error = Place::new().ada.approve(&plan("https://acme.example/"), date("2026-12-01T00:00:00Z"));
    assert!(error.expect_err("expired").to_string().starts_with("the plan expired at"));
    let endless = Plan { expires: None, ..plan("https://acme.example/") };
    let error = Place::new().ada.approve(&endless, date(NOW)).expect_err("endless");
    assert!(error.to_string().starts_with("the plan does not say until when"), "{error}");
}

#[test]
fn a_file_of_approvers_is_refused_with_the_reason() {
    let place = Place::new();
    let read = |text: &str| Approvers::read(&place.write("approvers.toml", text)).expect_err(text).to_string();
    let (ada, eve) = (place.ada.public(), place.eve.public());
    for (text, reason) in [
        (String::new(), "line 1: missing field `approvers`"),
        ("[approvers]".to_owned(), "1 approvals are required of 0 approvers"),
        (format!("required = 2\n[approvers]\nada = \"{ada}\""), "2 approvals are required of 1 approvers"),
        (format!("required = 0\n[approvers]\nada = \"{ada}\""), "0 approvals are required"),
        (format!("[approvers]\nada = \"{ada}\"\neve = \"{ada}\""), "ada and eve have the same key"),
        (
            format!("[approvers]\nada = \"{}\"", ada.replace("ed25519-public:", "")),
            "the key of ada is not a public key",
        ),
        (format!("[approvers]\nada = \"{ada}00\""), "the key of ada is not a public key"),
        // The identity is a key for which one signature holds for every message.
        (format!("[approvers]\nada = \"{PUBLIC}01{}\"", "0".repeat(62)), "the key of ada is not a public key"),
        (format!("[approvers]\nada = \"{ada}\"\n[aprovers]\neve = \"{eve}\""), "line 3: unknown field `aprovers`"),
    ] {
        assert!(read(&text).contains(reason), "{reason}: {}", read(&text));
    }
}

const PUBLIC: &str = "ed25519-public:";

#[test]
fn a_secret_key_is_never_printed_and_never_taken_for_a_public_one() {
    let place = Place::new();
    let path = place.folder.path().join("ada.key");
    place.ada.write_new(&path).expect("written");
    let text = fs::read_to_string(&path).expect("text");
    let secret = text.split("ed25519-secret:").nth(1).expect("a secret").get(..64).expect("digits");
    assert!(!format!("{:?}", place.ada).contains(secret));
    let error = Approvers::read(&place.write("approvers.toml", &text)).expect_err("a secret key");
    assert!(error.to_string().contains("this file has a secret key") && !error.to_string().contains(secret));
    // A key that was damaged is not repeated.
    for damaged in [text.replace("secret = ", "secret = 5"), text.replace("secret:", "secret:0"), String::new()] {
        let path = place.write("damaged.key", &damaged);
        mode(&path, 0o600);
        let error = ApprovalKey::read(&path).expect_err("no key");
        assert!(!error.to_string().contains(secret), "{error}");
    }
    let again = ApprovalKey::generate("Ada").expect("a key").write_new(&path).expect_err("it exists");
    assert!(again.help().is_some_and(|help| help.contains("a new file")));
    assert_eq!(fs::read_to_string(&path).expect("text"), text, "a key is never replaced");
    for name in ["", " ", "Ada\nByron", &"a".repeat(201)] {
        assert!(ApprovalKey::generate(name).is_err(), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn keys_that_others_can_read_or_write_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let place = Place::new();
    let path = place.folder.path().join("ada.key");
    place.ada.write_new(&path).expect("written");
    assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600);
    for bits in [0o640, 0o604, 0o620] {
        mode(&path, bits);
        let error = ApprovalKey::read(&path).expect_err("open to others");
        assert!(error.to_string().contains(&format!("(mode {bits:04o})")), "{error}");
        assert!(error.help().is_some_and(|help| help.contains("chmod 600")));
    }
    mode(&path, 0o400);
    assert_eq!(ApprovalKey::read(&path).expect("a key").name(), "Ada \"B\" Byron");
    let path = place.write("approvers.toml", &format!("[approvers]\n{}\n", place.ada.line()));
    Approvers::read(&path).expect("approvers");
    mode(&path, 0o664);
    let error = Approvers::read(&path).expect_err("others can add approvers");
    assert!(error.to_string().contains("other users can write this file"), "{error}");
}

#[test]
fn a_file_that_is_no_approval_is_named_with_its_line() {
    let place = Place::new();
    let signed = place.ada.approve(&plan("https://acme.example/"), date(NOW)).expect("approved");
    let line = serde_json::to_string(&signed).expect("JSON");
    for (text, reason) in [
        (format!("{line}\n\n{{}}"), "line 3: no approval: missing field"),
        (line.replace("\"version\":1", "\"version\":2"), "line 1: an approval of version 2"),
    ] {
        let error = Approvals::read(&place.write("plan.json.approval", &text)).expect_err(&text);
        assert!(error.to_string().contains(reason), "{error}");
    }
}
