//! A company and its tenant, drawn from a seed, with anomalies of each kind whose truth is known.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use thought_industries::Date;
use thought_industries_identity::{Account, FindingKind, Identity, ScimLink, Source, SourceKind, Status, Tenant};

/// The time of all runs.
pub(crate) fn now() -> Date {
    "2026-11-22T12:00:00Z".parse().expect("a date")
}

/// What is read, and what is true of it.
pub(crate) struct World {
    pub(crate) staff: Vec<Identity>,
    pub(crate) directory: Vec<Identity>,
    pub(crate) users: Vec<Account>,
    pub(crate) scim: Vec<ScimLink>,
    /// Whose each user is, by the number of the employee. Users of no one are absent.
    pub(crate) owners: BTreeMap<String, String>,
    /// The keys that have to be found, and no others of their kinds.
    pub(crate) expected: BTreeSet<String>,
}

/// The kinds whose findings are known exactly.
pub(crate) const EXACT: [FindingKind; 7] = [
    FindingKind::AdminWithoutPerson,
    FindingKind::Leaver,
    FindingKind::Orphan,
    FindingKind::Duplicate,
    FindingKind::Ambiguous,
    FindingKind::GhostSeat,
    FindingKind::Drift,
];

const FIRST: [&str; 12] =
    ["Ada", "Zo\u{eb}", "Jos\u{e9}", "Mei", "Bj\u{f6}rn", "Anna", "Omar", "Ivy", "Noor", "Per", "Lea", "Ken"];
const LAST: [&str; 10] =
    ["Byron", "O'Neil", "M\u{fc}ller", "Garc\u{ed}a", "Li", "Smith", "van Dam", "Nowak", "Kaya", "Sato"];

/// An employee without an anomaly: what each source has.
struct Drawn {
    number: usize,
    first: &'static str,
    last: &'static str,
    employee: String,
    id: String,
    address: String,
    staff: Identity,
    directory: Identity,
    user: Account,
}

fn left(day: &str) -> Status {
    Status::Left(Some(day.into()))
}

impl World {
    /// A company of so many employees. Each of them has one case, in turn, so that every kind occurs.
    pub(crate) fn new(seed: u64, persons: usize) -> Self {
        let mut world = Self {
            staff: Vec::new(),
            directory: Vec::new(),
            users: Vec::new(),
            scim: Vec::new(),
            owners: BTreeMap::new(),
            expected: BTreeSet::new(),
        };
        let mut rng = Rng::with_seed(seed);
        for number in 0..persons {
            world.add(number, &mut rng);
        }
        world.add_strangers(persons, &mut rng);
        world
    }

    fn expect(&mut self, kind: FindingKind, ids: &str) {
        self.expected.insert(format!("{}/{ids}", kind.name()));
    }

    fn own(&mut self, user: Account, owner: &str) {
        self.owners.insert(user.id.to_string(), owner.to_owned());
        self.users.push(user);
    }

    fn add(&mut self, number: usize, rng: &mut Rng) {
        let (first, last) = (FIRST[rng.usize(..FIRST.len())], LAST[rng.usize(..LAST.len())]);
        let (employee, id, address) =
            (format!("E{number:06}"), format!("u-{number}"), format!("p{number}@corp.example"));
        let staff = Identity::new().number(&employee).name(first, last).address(&address);
        let directory = staff.clone().key(&format!("00u{number}"));
        let user = Account::new(&id).name(first, last).email(&address).number(&employee).role("student");
        let drawn = Drawn { number, first, last, employee, id, address, staff, directory, user };
        // Half of the employees have no anomaly.
        match number % 28 {
            0..=8 => self.add_linked(drawn),
            9..=16 => self.add_other(drawn),
            _ => {
                self.both(drawn.staff, drawn.directory);
                self.own(drawn.user, &drawn.employee);
            }
        }
    }

    /// Users whom each of the rules links.
    fn add_linked(&mut self, drawn: Drawn) {
        let Drawn { number, first, last, employee, id, address, staff, directory, user } = drawn;
        match number % 28 {
            // Another case and form of the same address, and no number.
            0 => {
                self.both(staff, directory);
                let user = Account::new(&id).name(first, last).email(&address.to_uppercase()).role("student");
                self.own(user, &employee);
            }
            1 => {
                let staff = staff.status(left("2026-10-31"));
                self.both(staff, directory);
                self.own(user, &employee);
                self.expect(FindingKind::Leaver, &id);
            }
            // Only the directory has disabled them, and has no number.
            2 => {
                let directory =
                    Identity::new().key(&format!("00u{number}")).address(&address).status(Status::Left(None));
                self.both(staff, directory);
                self.own(user, &employee);
                self.expect(FindingKind::Leaver, &id);
            }
            // The number links although the address has changed.
            3 => {
                self.both(staff, directory);
                self.own(user.email(&format!("married{number}@corp.example")), &employee);
                self.expect(FindingKind::Drift, &format!("{id}/email"));
            }
            // Only the alias of the directory links.
            4 => {
                let alias = format!("alias{number}@corp.example");
                self.both(staff, directory.alias(&alias));
                let user = Account::new(&id).name(first, last).email(&alias).role("student");
                self.own(user, &employee);
                self.expect(FindingKind::Drift, &format!("{id}/email"));
            }
            // Only the renamed domain links.
            5 => {
                self.both(staff, directory);
                let user = Account::new(&id).name(first, last).email(&format!("p{number}@old.example")).role("student");
                self.own(user, &employee);
                self.expect(FindingKind::Drift, &format!("{id}/email"));
            }
            // Only the link of the gateway links.
            6 => {
                self.both(staff, directory);
                let user = Account::new(&id).name(first, last).email(&format!("elsewhere{number}@mail.example"));
                self.own(user.role("student"), &employee);
                self.scim.push(ScimLink::new(&id, Some(format!("00u{number}")), "unknown"));
                self.expect(FindingKind::Drift, &format!("{id}/email"));
            }
            // Two users of one person.
            7 => {
                self.both(staff, directory);
                self.own(user, &employee);
                let second = format!("u-{number}b");
                let again = Account::new(&second).name(first, last).email(&format!("second{number}@corp.example"));
                self.own(again.number(&employee).role("student"), &employee);
                self.expect(FindingKind::Duplicate, &format!("hr:{employee}"));
                self.expect(FindingKind::Drift, &format!("{second}/email"));
            }
            // Both records of a dual role are one user.
            8 => {
                self.both(staff, directory);
                let second = format!("u-{number}m");
                let mut learner = user;
                learner.other_record = Some(second.as_str().into());
                let mut manager = Account::new(&second).name(first, last).email(&address).role("manager");
                manager.other_record = Some(id.as_str().into());
                manager.is_second_record = true;
                self.own(learner, &employee);
                self.own(manager, &employee);
            }
            _ => unreachable!("{number}"),
        }
    }

    /// Users whom no rule may link, seats, and differences that are none.
    fn add_other(&mut self, drawn: Drawn) {
        let Drawn { number, first, last, employee, id, address, staff, directory, user } = drawn;
        match number % 28 {
            // The address was given to someone new: the user is still that of the number, who is in no source.
            9 => {
                self.both(staff, directory);
                let user = Account::new(&id).name("Former", "Holder").email(&address).number(&format!("X{number}"));
                self.users.push(user.role("student"));
                self.expect(FindingKind::Ambiguous, &id);
            }
            // A customer with a number that an employee has as well.
            10 => {
                self.both(staff, directory);
                let user = Account::new(&id).name("Other", "Person").email(&format!("c{number}@customer.example"));
                self.users.push(user.number(&employee).role("student"));
                self.expect(FindingKind::Ambiguous, &id);
            }
            // Two employees share a mailbox.
            11 => {
                let shared = format!("shared{number}@corp.example");
                self.staff.push(staff.address(&shared));
                self.staff
                    .push(Identity::new().number(&format!("{employee}S")).name("Second", "Sharer").address(&shared));
                self.users.push(Account::new(&id).name("Front", "Desk").email(&shared).role("student"));
                self.expect(FindingKind::Ambiguous, &id);
            }
            12 => {
                let mut held = user;
                held.is_disabled = true;
                held.seats = vec!["license-1".into()];
                self.both(staff, directory);
                self.own(held, &employee);
                self.expect(FindingKind::GhostSeat, &id);
            }
            13 => {
                let mut idle = user;
                idle.seats = vec!["license-1".into(), "license-2".into()];
                idle.last_active = "2026-01-05T08:00:00Z".parse().ok();
                self.both(staff, directory);
                self.own(idle, &employee);
                self.expect(FindingKind::GhostSeat, &id);
            }
            14 => {
                self.both(staff, directory);
                self.own(user.name(first, "Maiden"), &employee);
                self.expect(FindingKind::Drift, &format!("{id}/lastName"));
            }
            // Two positions of one employee, of which one has ended.
            15 => {
                self.staff.push(staff.clone().status(left("2025-01-31")));
                self.both(staff, directory);
                self.own(user, &employee);
            }
            // A decomposed accent is the same name, and a dot in the address another mailbox.
            16 => {
                self.both(staff.name("Zoe\u{308}", last), directory.name("Zoe\u{308}", last));
                self.own(user.name("Zo\u{eb}", last), &employee);
            }
            _ => unreachable!("{number}"),
        }
    }

    fn both(&mut self, staff: Identity, directory: Identity) {
        self.staff.push(staff);
        self.directory.push(directory);
    }

    /// Users of no one: customers, who are none of the company's business, orphans, and administrators.
    fn add_strangers(&mut self, persons: usize, rng: &mut Rng) {
        for number in 0..persons / 20 + 3 {
            let name = |user: Account| user.name(FIRST[number % FIRST.len()], LAST[number % LAST.len()]);
            let customer = Account::new(&format!("c-{number}")).email(&format!("someone{number}@customer.example"));
            self.users.push(name(customer.role("student")));
            if rng.u8(..4) == 0 {
                let orphan = Account::new(&format!("o-{number}")).email(&format!("gone{number}@corp.example"));
                self.users.push(name(orphan.role("student")));
                self.expect(FindingKind::Orphan, &format!("o-{number}"));
            }
            if rng.u8(..8) == 0 {
                let admin = Account::new(&format!("a-{number}")).email(&format!("root{number}@agency.example"));
                self.users.push(name(admin.role("administrator")));
                self.expect(FindingKind::AdminWithoutPerson, &format!("a-{number}"));
            }
        }
    }

    /// The sources, complete and fresh.
    pub(crate) fn sources(&self) -> Vec<Source> {
        vec![
            Source::new(SourceKind::Hr, "hr.csv", now(), self.staff.clone()),
            Source::new(SourceKind::Idp, "okta.json", now(), self.directory.clone()),
        ]
    }

    pub(crate) fn tenant(&self) -> Tenant {
        Tenant::new("https://tenant.example/", now(), self.users.clone(), ["student".to_owned()])
    }
}
