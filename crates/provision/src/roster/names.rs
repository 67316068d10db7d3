//! How headings are compared, and what columns are called in exports of any system, in several languages.

use unicode_normalization::UnicodeNormalization as _;

/// Headings, by the field that they are. A heading is left out if some exports use it for another field: `State` may be a
/// part of a country, `Name` is a whole name, `ID` may be that of the row, and `Active` is a
/// value as well, which would make a row of values look like the heading.
const HEADINGS: [(&str, &[&str]); 7] = [
    (
        "email",
        &[
            "E-mail address",
            "Work e-mail address",
            "Business email",
            "Company email",
            "Corporate email",
            "Work mail",
            "E-Mail-Adresse",
            "Dienstliche E-Mail",
            "Adresse e-mail",
            "Courriel",
            "E-mail professionnel",
            "Correo electrónico",
            "Correo",
            "Indirizzo e-mail",
            "E-mailadres",
            "E-postadress",
        ],
    ),
    (
        "externalCustomerId",
        &[
            "Employee no",
            "Employee code",
            "Personnel number",
            "Personnel no",
            "Staff ID",
            "Staff number",
            "Staff no",
            "Worker number",
            "Payroll number",
            "Mitarbeiternummer",
            "Personal-Nr.",
            "Mitarbeiter-ID",
            "Matricule",
            "Número de empleado",
            "Matricola",
            "Personeelsnummer",
            "Anställningsnummer",
        ],
    ),
    (
        "firstName",
        &["Forename", "Given names", "First", "Rufname", "Prénom", "Nombre", "Nome", "Voornaam", "Förnamn", "Fornavn"],
    ),
    (
        "lastName",
        &[
            "Family name",
            "Last",
            "Surnames",
            "Familienname",
            "Zuname",
            "Nom",
            "Nom de famille",
            "Apellidos",
            "Apellido",
            "Cognome",
            "Achternaam",
            "Efternamn",
            "Etternavn",
        ],
    ),
    (
        "status",
        &[
            "Employee status",
            "Account status",
            "User status",
            "Account enabled",
            "Is active",
            "Mitarbeiterstatus",
            "Beschäftigungsstatus",
            "Statut",
            "Estado del empleado",
        ],
    ),
    (
        "start",
        &[
            "First day",
            "First day of work",
            "Date of joining",
            "Joining date",
            "Date hired",
            "Eintritt",
            "Eintrittsdatum",
            "Date d'entrée",
            "Date d'embauche",
            "Fecha de alta",
            "Fecha de ingreso",
            "Data di assunzione",
            "Datum in dienst",
        ],
    ),
    (
        "end",
        &[
            "Last day",
            "Last day of work",
            "Last working day",
            "Leaving date",
            "Leave date",
            "Exit date",
            "Separation date",
            "Date of leaving",
            "Austritt",
            "Letzter Arbeitstag",
            "Date de sortie",
            "Date de départ",
            "Fecha de baja",
            "Data di cessazione",
            "Datum uit dienst",
        ],
    ),
];

/// A heading as it is compared: without case, spaces and marks.
pub(crate) fn normal(heading: &str) -> String {
    heading.nfc().filter(|c| c.is_alphanumeric() || *c == '#').flat_map(char::to_lowercase).collect()
}

/// Whether a name in a configuration means this heading.
pub(super) fn is_same(name: &str, heading: &str) -> bool {
    name == heading || (!normal(name).is_empty() && normal(name) == normal(heading))
}

/// The field of a heading, whatever system it is from.
pub(super) fn field_of(heading: &str) -> Option<&'static str> {
    let own = normal(heading);
    let has = |headings: &[&str]| headings.iter().any(|known| normal(known) == own);
    HEADINGS.iter().find(|(_, headings)| has(headings)).map(|(field, _)| *field)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_heading_has_one_meaning() {
        let mut all = BTreeMap::new();
        for (field, heading) in HEADINGS.iter().flat_map(|(field, own)| own.iter().map(move |heading| (field, heading)))
        {
            assert_eq!(all.insert(normal(heading), field), None, "{heading}");
        }
        assert_eq!(field_of("LAST_DAY"), Some("end"));
        assert_eq!(field_of("State"), None);
    }
}
