//! Exports of other systems, with invented users: each is learned, read, and planned on both dialects, as a careful person
//! would have planned it.

use futures::TryStreamExt as _;
use thought_industries::model::User;
use thought_industries::{Client, UserKey, UserStatus};
use thought_industries_provision::{Action, Learned, Planner, Policy, Proof, Roster};
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::place::{builder_of, read, tenant};

/// What an export says about a person.
struct Person<'p> {
    id: &'p str,
    first: &'p str,
    last: &'p str,
    email: &'p str,
    is_active: bool,
}

/// How a system writes an export.
struct Export {
    system: &'static str,
    head: &'static str,
    row: fn(&Person<'_>) -> String,
    foot: &'static str,
}

fn word(is_active: bool, words: [&'static str; 2]) -> &'static str {
    words[usize::from(!is_active)]
}

const EXPORTS: [Export; 9] = [
    Export {
        system: "ADP Workforce Now",
        head: "Associate ID,Legal First Name,Legal Last Name,Work Contact: Work Email,Position Status,Hire Date,Home \
               Department Description\n",
        row: |p| {
            let status = word(p.is_active, ["Active", "Terminated"]);
            format!("{},{},{},{},{status},03/31/2020,Sales\n", p.id, p.first, p.last, p.email)
        },
        foot: "",
    },
    Export {
        system: "BambooHR",
        head: "\"Employee #\",\"First Name\",\"Last Name\",\"Work Email\",\"Status\",\"Employment Status\",\"Hire Date\",\"Job Title\"\n",
        row: |p| {
            let (status, employment) =
                (word(p.is_active, ["Active", "Inactive"]), word(p.is_active, ["Full-Time", "Terminated"]));
            format!("{},\"{}\",\"{}\",{},{status},{employment},2020-03-31,Engineer\n", p.id, p.first, p.last, p.email)
        },
        foot: "",
    },
    Export {
        system: "Google Workspace",
        head: "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path \
               [Required],Status [READ ONLY],Last Sign In [READ ONLY],Employee ID\n",
        row: |p| {
            let status = word(p.is_active, ["Active", "Suspended"]);
            format!("{},{},{},****,/,{status},2026/11/01 10:00:00,{}\n", p.first, p.last, p.email, p.id)
        },
        foot: "",
    },
    Export {
        system: "Microsoft Entra",
        head: "userPrincipalName,displayName,surname,mail,givenName,objectId,userType,jobTitle,department,accountEnabled,\
               usageLocation,employeeId\n",
        row: |p| {
            let enabled = word(p.is_active, ["True", "False"]);
            format!(
                "{},{} {},{},{},{},0b1c,Member,,Sales,{enabled},DE,{}\n",
                p.email, p.first, p.last, p.last, p.email, p.first, p.id
            )
        },
        foot: "",
    },
    Export {
        system: "Okta",
        head: "login,firstName,lastName,email,status,employeeNumber,statusChanged,lastLogin\n",
        row: |p| {
            let status = word(p.is_active, ["ACTIVE", "DEPROVISIONED"]);
            format!("{},{},{},{},{status},{},2026-01-01T00:00:00.000Z,\n", p.email, p.first, p.last, p.email, p.id)
        },
        foot: "",
    },
    Export {
        system: "Personio",
        head: "sep=;\nVorname;Nachname;E-Mail;Status;Einstellungsdatum;Abteilung;Personalnummer\n",
        row: |p| {
            let status = word(p.is_active, ["Aktiv", "Inaktiv"]);
            format!("{};{};{};{status};31.03.2020;Vertrieb, Süd;{}\n", p.first, p.last, p.email, p.id)
        },
        foot: "",
    },
    Export {
        system: "Rippling",
        head: "Employee number,First name,Last name,Work email,Employment status,Start date,Work location,Personal email\n",
        row: |p| {
            let status = word(p.is_active, ["Active", "Terminated"]);
            format!("{},{},{},{},{status},2020-03-31,Berlin,\n", p.id, p.first, p.last, p.email)
        },
        foot: "",
    },
    Export {
        system: "SAP SuccessFactors",
        head: "STATUS,USERID,USERNAME,FIRSTNAME,LASTNAME,MI,EMAIL,MANAGER,HR,DEPARTMENT\n\
               Status,User ID,Username,First Name,Last Name,Middle Name,Email Address,Manager,HR,Department\n",
        row: |p| {
            let status = word(p.is_active, ["active", "inactive"]);
            format!("{status},{},{},{},{},,{},NO_MANAGER,NO_HR,Sales\n", p.id, p.email, p.first, p.last, p.email)
        },
        foot: "",
    },
    Export {
        system: "Workday",
        head: "All Workers\nRun on 11/22/2026, by the scheduler\n\nEmployee ID,Worker,Legal Name - First Name,Legal Name - Last \
               Name,Email - Primary Work,Worker Status,Hire Date,Cost Center\n",
        row: |p| {
            let status = word(p.is_active, ["Active", "Terminated"]);
            format!(
                "{},\"{}, {}\",{},{},{},{status},03/31/2020,4711\n",
                p.id, p.last, p.first, p.first, p.last, p.email
            )
        },
        foot: "Total,5\n",
    },
];

fn export(of: &Export, people: &[Person<'_>]) -> String {
    of.head.to_owned() + &people.iter().map(of.row).collect::<String>() + of.foot
}

/// A file of these bytes.
/// What a plan does, whatever the ids are.
async fn planned(client: &Client, roster: &Roster) -> Vec<(Action, String, Vec<String>)> {
    let plan = Planner::new(Policy::default()).plan(client, roster).await.expect("a plan");
    let mut entries: Vec<_> = plan
        .entries
        .iter()
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let fields =
                entry.changes.iter().map(|change| change.field.clone()).filter(|field| field != "externalCustomerId");
            (entry.action, entry.label().to_owned(), fields.collect())
        })
        .collect();
    entries.sort_by(|a, b| a.1.cmp(&b.1));
    entries
}

#[tokio::test]
async fn exports_of_nine_systems_are_learned_and_planned_alike() {
    for dialect in Dialect::ALL {
        let (_sandbox, client, users) = tenant(dialect).await;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let [stays, renamed, left, ..] = users.as_slice() else { panic!("too few learners") };
        let of = |user: &User| {
            (text(&user.external_customer_id), text(&user.first_name), text(&user.last_name), text(&user.email))
        };
        let [stays, renamed, left] = [of(stays), of(renamed), of(left)];
        let person = |(id, first, last, email): &'_ (String, String, String, String), is_active| {
            (id.clone(), first.clone(), last.clone(), email.clone(), is_active)
        };
        let mut people = vec![person(&stays, true), person(&renamed, true), person(&left, false)];
        people[1].2 = "Müller".to_owned();
        people.push(("N-1".to_owned(), "Zoë".to_owned(), "New".to_owned(), "zoe.new@example.com".to_owned(), true));
        // A person who left before they came is not created.
        people.push(("N-2".to_owned(), "Old".to_owned(), "Gone".to_owned(), "old.gone@example.com".to_owned(), false));
        let people: Vec<Person<'_>> = people
            .iter()
            .map(|(id, first, last, email, is_active)| Person { id, first, last, email, is_active: *is_active })
            .collect();
        let mut expected = vec![
            (Action::Deactivate, left.3.clone(), vec!["status".to_owned()]),
            (Action::Update, renamed.3.clone(), vec!["lastName".to_owned()]),
            (
                Action::Create,
                "zoe.new@example.com".to_owned(),
                ["email", "firstName", "lastName"].map(str::to_owned).to_vec(),
            ),
        ];
        expected.sort_by(|a, b| a.1.cmp(&b.1));
        for one in &EXPORTS {
            let text = export(one, &people);
            let learned = Learned::of(text.as_bytes(), "export.csv").unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!((learned.system, learned.rows), (Some(one.system), people.len()), "{text}");
            assert!(!learned.is_undecided(), "{}", learned.to_config());
            let roster = read(text.as_bytes(), &learned.to_config());
            let roster = roster.unwrap_or_else(|error| panic!("{}: {error}\n{}", one.system, learned.to_config()));
            let mut found = planned(&client, &roster).await;
            for (_, _, fields) in &mut found {
                fields.sort_unstable();
            }
            assert_eq!(found, expected, "{dialect}, {}: {}", one.system, learned.to_config());
            let proof = Proof::of(&client, &roster).await.expect("a proof");
            assert_eq!((proof.rows, proof.by_email, proof.new, proof.renamed), (5, 3, 2, 1), "{}", one.system);
        }
    }
}

/// The rows of a roster, as address, last name and status.
fn users(roster: &Roster) -> Vec<(String, String, Option<bool>)> {
    roster
        .users()
        .map(|user| user.expect("a row"))
        .map(|user| {
            let text = |field| user.text(field).unwrap_or_default().to_owned();
            (text("email"), text("lastName"), user.disabled)
        })
        .collect()
}

/// Two users, as most variants have them.
fn two() -> Vec<(String, String, Option<bool>)> {
    vec![
        ("ada@example.com".to_owned(), "Müller".to_owned(), Some(false)),
        ("bob@example.com".to_owned(), "Byron".to_owned(), Some(true)),
    ]
}

#[test]
fn an_export_of_no_known_system_is_learned_by_what_columns_are_called() {
    for (head, active, disabled) in [
        ("E-Mail-Adresse;Rufname;Familienname;Mitarbeiterstatus;Personal-Nr.", "Aktiv", "Inaktiv"),
        ("Adresse e-mail;Prénom;Nom de famille;Statut;Matricule", "Actif", "Inactif"),
        ("Correo electrónico;Nombre;Apellidos;Is Active;Número de empleado", "Activo", "Inactivo"),
        // Several systems have these headings, so that none of them is recognized.
        ("E-mail;First name;Last name;Status;Employee code", "Active", "Inactive"),
        ("Business Email;FORENAME;family_name;Employee Status;Staff No.", "Current", "Left"),
        // As programs that take letters apart write it.
        ("Courriel;Pre\u{301}nom;Nom;Statut;Matricule", "1", "0"),
    ] {
        let text =
            format!("{head}\nada@example.com;Ada;Müller;{active};P-1\nbob@example.com;Bob;Byron;{disabled};P-2\n");
        let learned = Learned::of(text.as_bytes(), "export.csv").unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert!(learned.system.is_none() && !learned.is_undecided(), "{text}{}", learned.to_config());
        let roster = read(text.as_bytes(), &learned.to_config()).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(users(&roster), two(), "{text}");
    }
}

const PLAIN: &str = "email,lastName,status\nada@example.com,Müller,active\nbob@example.com,Byron,disabled\n";

#[test]
fn a_table_is_read_however_a_program_wrote_it() {
    let utf16 = |text: &str| -> Vec<u8> {
        [vec![0xFF, 0xFE], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat()
    };
    let latin =
        |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect() };
    let tabs = PLAIN.replace(',', "\t");
    for (what, bytes) in [
        ("plain", PLAIN.as_bytes().to_vec()),
        ("Unicode text of Excel", utf16(&tabs)),
        ("Windows-1252", latin(&PLAIN.replace(',', ";"))),
        ("a byte order mark", format!("\u{FEFF}{PLAIN}").into_bytes()),
        ("a line for Excel", format!("sep=;\r\n{}", PLAIN.replace(',', ";")).into_bytes()),
        ("titles", format!("Users, as of today\n\nExported; by Ada; for Bob; and Eve\n{PLAIN}").into_bytes()),
        ("a count", format!("{PLAIN}\nTotal: 2,,\n").into_bytes()),
        ("old line ends", PLAIN.replace('\n', "\r").into_bytes()),
        ("cells behind the heading", PLAIN.replace('\n', ",,\n").into_bytes()),
        ("another case", PLAIN.replace("email,lastName,status", "E-MAIL , Last Name,Status").into_bytes()),
        ("what no eye sees", PLAIN.replace("ada@", "\u{200B}mailto:ada@").replace("Byron", " Byron\u{A0}").into_bytes()),
        ("another normal form", PLAIN.replace("Müller", "Mu\u{308}ller").into_bytes()),
        ("JSON", br#"[{"email":"ada@example.com","lastName":"M\u00fcller","status":"active"},{"email":"bob@example.com","lastName":"Byron","disabled":true}]"#.to_vec()),
        ("lines of JSON", b"{\"email\":\"ada@example.com\",\"lastName\":\"M\xC3\xBCller\",\"disabled\":false}\n{\"E-Mail\":\"bob@example.com\",\"lastName\":\"Byron\",\"status\":\"inactive\"}\n".to_vec()),
        ("what ti lists", b"id,email,firstName,lastName,roleKey,disabled,externalCustomerId,createdAt,lastActiveAt\nu-1,ada@example.com,,M\xC3\xBCller,student,false,,2026-01-01T00:00:00.000Z,\nu-2,bob@example.com,,Byron,student,true,,2026-01-01T00:00:00.000Z,\n".to_vec()),
    ] {
        let roster = read(&bytes, "").unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(users(&roster), two(), "{what}");
    }
    let short = "email,lastName,status\nada@example.com\n";
    assert_eq!(
        users(&read(short.as_bytes(), "").expect("a short row")),
        [("ada@example.com".to_owned(), String::new(), None)]
    );
}

#[test]
fn what_cannot_be_right_is_refused_with_the_reason() {
    for (what, text, config, reason) in [
        (
            "unknown columns",
            "email,Surname,Lohn\n",
            "",
            "the columns `Surname` (perhaps `lastName`), `Lohn` are not fields",
        ),
        ("a placeholder", "email,lastName\na@example.com,NULL\n", "", "line 2: lastName: `NULL` stands for nothing"),
        (
            "digits that are lost",
            "email,externalCustomerId\na@example.com,1.23E+05\n",
            "",
            "a number that a spreadsheet has shortened",
        ),
        ("a look-alike", "email\n\u{430}da@example.com\n", "", "mixes letters that look alike: `\u{430}` is Cyrillic"),
        ("a turned line", "email,lastName\na@example.com,x\u{202E}y\n", "", "U+202E"),
        (
            "a word that is no status",
            "email,status\na@example.com,On leave\nb@example.com,On leave\n",
            "",
            "line 2 and 1 more: status: `On leave` is not a status",
        ),
        ("cells without a heading", "email,\na@example.com,x\n", "", "line 2: cell 2 is in a column without a heading"),
        ("too many cells", "email\na@example.com,x\n", "", "line 2: the row has 2 cells and the heading 1 columns"),
        (
            "a date in another form",
            "email,Hired\na@example.com,31.12.2026\n",
            "[columns]\nHired = \"start\"",
            "`31.12.2026` is not a date such as",
        ),
        ("two columns of one field", "email,E-Mail\n", "", "the column `email` is a duplicate"),
        (
            "a count that others follow",
            "email\nTotal 2\na@example.com\n",
            "",
            "line 2: `Total 2` is not an e-mail address",
        ),
    ] {
        let error = read(text.as_bytes(), config).err().unwrap_or_else(|| panic!("{what} is read"));
        assert!(error.contains(reason), "{what}: {error}");
    }
}

#[test]
fn the_words_and_days_of_a_company_are_understood() {
    let settings = "placeholders = [\"n/a\"]\n[columns]\nHired = \"start\"\nLeft = \"end\"\n\
                    [values.status]\nactive = [\"Employed\", \"On Leave\"]\ndisabled = [\"Gone\"]\n\
                    [dates]\nstart = \"%d.%m.%Y\"\nend = \"%d.%m.%Y\"\n";
    let text = "email,status,Hired,Left,lastName\n\
                a@example.com,on leave,01.01.2020,,n/a\n\
                b@example.com,Gone,,,B\n\
                c@example.com,Employed,,21.11.2026,C\n\
                d@example.com,Employed,,22.11.2026,D\n\
                e@example.com,Employed,23.11.2026,,E\n";
    let roster = read(text.as_bytes(), settings).expect("a roster");
    let found: Vec<_> = users(&roster).into_iter().map(|(_, last, disabled)| (last, disabled)).collect();
    // The last day is a day at work, and the first one is not there yet.
    let expected = [("", false), ("B", true), ("C", true), ("D", false), ("E", false)];
    assert_eq!(found, expected.map(|(last, disabled)| (last.to_owned(), Some(disabled))));
    let starts: Vec<_> = roster.users().map(|user| user.expect("a row").starts).collect();
    assert_eq!(starts, [None, None, None, None, Some("2026-11-23".to_owned())]);
}

#[tokio::test]
async fn a_starter_is_not_created_before_their_day_and_a_status_is_not_ignored() {
    let (_sandbox, client, users) = tenant(Dialect::Documented).await;
    let email = users[0].email.as_deref().expect("an address");
    let text = format!("email,Hired,Worker Status\nnew@example.com,2126-01-01,Active\n{email},2000-01-01,Terminated\n");
    let settings =
        "[columns]\nHired = \"start\"\n\"Worker Status\" = \"status\"\n[values.status]\ndisabled = [\"Terminated\"]\n";
    let roster = read(text.as_bytes(), settings).expect("a roster");
    let plan = Planner::new(Policy::default()).plan(&client, &roster).await.expect("a plan");
    assert_eq!((plan.totals.waiting, plan.totals.create, plan.totals.deactivate), (1, 0, 1));
    // Nor does a user who left come back before their day.
    let id = UserKey::Id(users[0].id.clone());
    client.users().update_status(id, UserStatus::Disabled).await.expect("disabled");
    for (hired, reactivated) in [("2126-01-01", 0), ("2000-01-01", 1)] {
        let text = format!("email,Hired,Worker Status\n{email},{hired},Active\n");
        let roster = read(text.as_bytes(), settings).expect("a roster");
        let plan = Planner::new(Policy::default()).plan(&client, &roster).await.expect("a plan");
        assert_eq!(plan.totals.reactivate, reactivated, "{hired}");
    }

    let roster =
        read(text.as_bytes(), "ignore = [\"Worker Status\"]\n[columns]\nHired = \"start\"\n").expect("a roster");
    let all = Policy::default().deactivate_missing(true);
    let error = Planner::new(all).plan(&client, &roster).await.expect_err("the status is ignored");
    assert!(error.to_string().contains("`Worker Status` looks like a status and is not read"), "{error}");
}

#[test]
fn what_cells_do_not_decide_is_left_to_a_person() {
    let text = "Employee ID,Legal First Name,Primary Work Email,Worker Status,Hire Date\n\
                1,Ada,ada@example.com,Active,03/04/2020\n2,Bob,bob@example.com,On Leave,05/06/2021\n";
    let learned = Learned::of(text.as_bytes(), "workers.csv").expect("learned");
    assert!(learned.is_undecided());
    let proposed = learned.to_config();
    for line in [
        "match = [\"externalCustomerId\", \"email\"]",
        "active = [\"Active\"]",
        "# Decide: \"On Leave\" (1 rows) belongs to one of them.",
        "# Decide: start = \"%m/%d/%Y\"",
        "# Decide: start = \"%d/%m/%Y\"",
    ] {
        assert!(proposed.lines().any(|own| own == line), "{line}\n{proposed}");
    }
    // Where addresses are in the column of the login only, that one is the address.
    let text = "userPrincipalName,displayName,surname,mail,givenName,accountEnabled\nada@example.com,Ada,B,,Ada,True\n";
    let learned = Learned::of(text.as_bytes(), "users.csv").expect("learned");
    assert!(learned.to_config().contains("\"userPrincipalName\" = \"email\""), "{}", learned.to_config());
    let error = Learned::of("Name,Telephone\nAda,1\n".as_bytes(), "people.csv").expect_err("no addresses");
    assert!(error.to_string().contains("no column has e-mail addresses"), "{error}");
}

#[tokio::test]
async fn a_proof_counts_rows_although_several_records_have_an_address() {
    for dialect in Dialect::ALL {
        let sandbox = Sandbox::new(dialect).users(250).start().await.expect("a sandbox starts");
        let client = builder_of(&sandbox);
        let client = client.build().expect("right settings");
        let all: Vec<User> = client.users().list().items().try_collect().await.expect("all users");
        let mut records: Vec<&str> = all.iter().filter_map(|user| user.email.as_deref()).collect();
        let shown = records.len();
        records.sort_unstable();
        records.dedup();
        assert!(records.len() < shown, "{dialect}: the sandbox has users with two records");
        let roster =
            read(format!("email\n{}\nnew@example.com\n", records.join("\n")).as_bytes(), "").expect("a roster");
        let proof = Proof::of(&client, &roster).await.expect("a proof");
        assert_eq!((proof.rows, proof.new), (records.len() + 1, 1), "{dialect}: {proof:?}");
        assert_eq!(proof.by_email, records.len(), "{dialect}: {proof:?}");
    }
}
