//! What the columns of other systems are called, and what their words for a status mean. `docs/rosters.md` has the same
//! table with its sources; a test holds them together.

use super::names::{self, normal};

/// A system whose exports are recognized.
#[derive(Debug)]
pub(crate) struct System {
    pub(crate) name: &'static str,
    /// Its headings, each with the field that it is; empty for a column that says nothing about the user's account.
    pub(crate) headings: &'static [(&'static str, &'static str)],
    pub(crate) active: &'static [&'static str],
    pub(crate) disabled: &'static [&'static str],
}

/// All systems, by name.
pub(crate) const SYSTEMS: [System; 9] = [
    System {
        name: "ADP Workforce Now",
        headings: &[
            ("Associate ID", "externalCustomerId"),
            ("Legal First Name", "firstName"),
            ("Legal Last Name", "lastName"),
            ("Work Contact: Work Email", "email"),
            ("Position Status", "status"),
            ("Hire Date", "start"),
            ("Termination Date", "end"),
            ("File Number", ""),
            ("Payroll Company Code", ""),
            ("Position ID", ""),
            ("Home Department Description", ""),
            ("Job Title Description", ""),
            ("Location Description", ""),
            ("Reports To Name", ""),
        ],
        active: &["Active"],
        disabled: &["Terminated", "Inactive", "Deceased"],
    },
    System {
        name: "BambooHR",
        headings: &[
            ("Employee #", "externalCustomerId"),
            ("First Name", "firstName"),
            ("Last Name", "lastName"),
            ("Work Email", "email"),
            ("Status", "status"),
            ("Hire Date", "start"),
            ("Termination Date", "end"),
            ("Employment Status", ""),
            ("Preferred Name", ""),
            ("Job Title", ""),
            ("Department", ""),
            ("Division", ""),
            ("Location", ""),
            ("Reporting to", ""),
            ("Supervisor", ""),
        ],
        active: &["Active"],
        disabled: &["Inactive", "Terminated"],
    },
    System {
        name: "Google Workspace",
        headings: &[
            ("Employee ID", "externalCustomerId"),
            ("First Name [Required]", "firstName"),
            ("Last Name [Required]", "lastName"),
            ("Email Address [Required]", "email"),
            ("Status [READ ONLY]", "status"),
            ("primaryEmail", "email"),
            ("name.givenName", "firstName"),
            ("name.familyName", "lastName"),
            ("suspended", "disabled"),
            ("externalIds.0.value", "externalCustomerId"),
            ("id", ""),
            ("archived", ""),
            ("Password [Required]", ""),
            ("Password Hash Function [UPLOAD ONLY]", ""),
            ("Org Unit Path [Required]", ""),
            ("New Primary Email [UPLOAD ONLY]", ""),
            ("Recovery Email", ""),
            ("Last Sign In [READ ONLY]", ""),
            ("Email Usage [READ ONLY]", ""),
            ("Employee Type", ""),
            ("Employee Title", ""),
            ("Manager Email", ""),
            ("Department", ""),
            ("Cost Center", ""),
        ],
        active: &["Active"],
        disabled: &["Suspended", "Archived"],
    },
    System {
        name: "Microsoft Entra",
        headings: &[
            ("employeeId", "externalCustomerId"),
            ("givenName", "firstName"),
            ("surname", "lastName"),
            ("mail", "email"),
            ("accountEnabled", "status"),
            ("id", ""),
            ("employeeHireDate", "start"),
            ("employeeLeaveDateTime", "end"),
            ("userPrincipalName", ""),
            ("displayName", ""),
            ("objectId", ""),
            ("id", ""),
            ("userType", ""),
            ("jobTitle", ""),
            ("department", ""),
            ("usageLocation", ""),
            ("alternateEmailAddress", ""),
            ("createdDateTime", ""),
            ("isHybrid", ""),
            ("invitationState", ""),
            ("companyName", ""),
            ("creationType", ""),
            ("directorySynced", ""),
        ],
        active: &["True"],
        disabled: &["False"],
    },
    System {
        name: "Okta",
        headings: &[
            ("employeeNumber", "externalCustomerId"),
            ("firstName", "firstName"),
            ("lastName", "lastName"),
            ("email", "email"),
            ("status", "status"),
            ("login", ""),
            ("user.login", ""),
            ("user.email", "email"),
            ("user.firstName", "firstName"),
            ("user.lastName", "lastName"),
            ("user.status", "status"),
            ("user.id", ""),
            ("user.employeeNumber", "externalCustomerId"),
            ("Username", ""),
            ("Primary email", "email"),
            ("profile.email", "email"),
            ("profile.employeeNumber", "externalCustomerId"),
            ("profile.firstName", "firstName"),
            ("profile.lastName", "lastName"),
            ("profile.login", ""),
            ("id", ""),
            ("secondEmail", ""),
            ("mobilePhone", ""),
            ("statusChanged", ""),
            ("lastLogin", ""),
            ("activated", ""),
            ("department", ""),
            ("title", ""),
            ("managerId", ""),
        ],
        active: &["ACTIVE", "PASSWORD_EXPIRED", "LOCKED_OUT", "RECOVERY", "Password expired", "Locked out"],
        disabled: &["DEPROVISIONED", "SUSPENDED", "Deactivated"],
    },
    System {
        name: "Personio",
        headings: &[
            ("ID", "externalCustomerId"),
            ("Personio ID", "externalCustomerId"),
            ("Employee ID", "externalCustomerId"),
            ("First name", "firstName"),
            ("Last name", "lastName"),
            ("Email", "email"),
            ("Status", "status"),
            ("Hire date", "start"),
            ("Termination date", "end"),
            ("Vorname", "firstName"),
            ("Nachname", "lastName"),
            ("E-Mail", "email"),
            ("Einstellungsdatum", "start"),
            ("Austrittsdatum", "end"),
            ("Personalnummer", "externalCustomerId"),
            ("Department", ""),
            ("Abteilung", ""),
            ("Position", ""),
            ("Office", ""),
            ("Standort", ""),
            ("Team", ""),
            ("Supervisor", ""),
            ("Vorgesetzter", ""),
            ("Employment type", ""),
            ("Contract end date", ""),
            ("Subcompany", ""),
        ],
        active: &["active", "aktiv"],
        disabled: &["inactive", "inaktiv"],
    },
    System {
        name: "Rippling",
        headings: &[
            ("Employee number", "externalCustomerId"),
            ("Employee ID", "externalCustomerId"),
            ("First name", "firstName"),
            ("Last name", "lastName"),
            ("Work email", "email"),
            ("Employment status", "status"),
            ("Role state", "status"),
            ("Start date", "start"),
            ("End date", "end"),
            ("Termination date", "end"),
            ("Full name", ""),
            ("Personal email", ""),
            ("Department", ""),
            ("Title", ""),
            ("Manager", ""),
            ("Work location", ""),
            ("Employment type", ""),
            ("Country", ""),
        ],
        active: &["Active"],
        disabled: &["Terminated"],
    },
    System {
        name: "SAP SuccessFactors",
        headings: &[
            ("USERID", "externalCustomerId"),
            ("User ID", "externalCustomerId"),
            ("FIRSTNAME", "firstName"),
            ("First Name", "firstName"),
            ("LASTNAME", "lastName"),
            ("Last Name", "lastName"),
            ("EMAIL", "email"),
            ("Email Address", "email"),
            ("STATUS", "status"),
            ("HIREDATE", "start"),
            ("COMPANYEXITDATE", "end"),
            ("USERNAME", ""),
            ("MI", ""),
            ("GENDER", ""),
            ("MANAGER", ""),
            ("HR", ""),
            ("DEPARTMENT", ""),
            ("DIVISION", ""),
            ("LOCATION", ""),
            ("JOBCODE", ""),
            ("TITLE", ""),
            ("TIMEZONE", ""),
            ("EMPID", ""),
            ("DEFAULT_LOCALE", ""),
        ],
        active: &["active", "t"],
        disabled: &["inactive", "f"],
    },
    System {
        name: "Workday",
        headings: &[
            ("Employee ID", "externalCustomerId"),
            ("Worker ID", "externalCustomerId"),
            ("Legal Name - First Name", "firstName"),
            ("Legal First Name", "firstName"),
            ("Preferred First Name", "firstName"),
            ("Legal Name - Last Name", "lastName"),
            ("Legal Last Name", "lastName"),
            ("Preferred Last Name", "lastName"),
            ("Email - Primary Work", "email"),
            ("Primary Work Email", "email"),
            ("Worker Status", "status"),
            ("Active Status", "status"),
            ("Hire Date", "start"),
            ("Termination Date", "end"),
            ("Worker", ""),
            ("Worker Type", ""),
            ("Business Title", ""),
            ("Cost Center", ""),
            ("Supervisory Organization", ""),
            ("Manager", ""),
            ("Location", ""),
            ("On Leave", ""),
        ],
        active: &["Active", "Yes"],
        disabled: &["Terminated", "Inactive", "No"],
    },
];

/// The field of a heading of any system, or of exports in general; empty for a known heading without a field.
pub(super) fn field_of(heading: &str) -> Option<&'static str> {
    let own = normal(heading);
    let known = SYSTEMS.iter().flat_map(|system| system.headings);
    let fields = known.filter(|(known, _)| normal(known) == own).map(|(_, field)| *field);
    // A heading that is a field in one system is more telling than one that is none in another.
    fields.max_by_key(|field| !field.is_empty()).or_else(|| names::field_of(heading))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_in_the_documentation_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rosters.md");
        let documented = std::fs::read_to_string(path).expect("the documentation");
        for system in &SYSTEMS {
            let row = documented.lines().find(|line| line.starts_with(&format!("| {} |", system.name)));
            let row = row.unwrap_or_else(|| panic!("docs/rosters.md has no row for {}", system.name));
            for (heading, field) in system.headings.iter().filter(|(_, field)| !field.is_empty()) {
                assert!(
                    row.contains(&format!("`{field}`: ")) && row.contains(&format!("\"{heading}\"")),
                    "{heading}: {row}"
                );
            }
            for word in system.active.iter().chain(system.disabled) {
                assert!(row.contains(word), "{word}: {row}");
            }
        }
    }

    #[test]
    fn a_heading_has_one_meaning_in_a_system() {
        for system in &SYSTEMS {
            for (place, (heading, field)) in system.headings.iter().enumerate() {
                let other = system.headings.iter().take(place).find(|(other, _)| normal(other) == normal(heading));
                assert!(other.is_none_or(|(_, other)| other == field), "{}: {heading}", system.name);
            }
        }
    }
}
