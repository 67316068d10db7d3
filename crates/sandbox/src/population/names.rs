//! Names of users and places, as varied as those of a tenant with customers on several continents.

use super::Chance;

/// A first name, and its spelling in an email address.
const FIRST: [(&str, &str); 32] = [
    ("Zoë", "zoe"),
    ("Jürgen", "juergen"),
    ("Łukasz", "lukasz"),
    ("Ángela", "angela"),
    ("Siobhán", "siobhan"),
    ("Renée", "renee"),
    ("Søren", "soren"),
    ("美咲", "misaki"),
    ("Олена", "olena"),
    ("عمر", "omar"),
    ("Nguyệt", "nguyet"),
    ("प्रिया", "priya"),
    ("Chloé", "chloe"),
    ("Amara", "amara"),
    ("Bilal", "bilal"),
    ("Carla", "carla"),
    ("Dmitri", "dmitri"),
    ("Elena", "elena"),
    ("Femi", "femi"),
    ("Grace", "grace"),
    ("Hana", "hana"),
    ("Ivan", "ivan"),
    ("Joy", "joy"),
    ("Kwame", "kwame"),
    ("Leila", "leila"),
    ("Mateo", "mateo"),
    ("Noor", "noor"),
    ("Oscar", "oscar"),
    ("Petra", "petra"),
    ("Quentin", "quentin"),
    ("Rosa", "rosa"),
    ("Tom", "tom"),
];

/// A last name, and its spelling in an email address.
const LAST: [(&str, &str); 29] = [
    ("O'Brien", "obrien"),
    ("Müller", "mueller"),
    ("Kowalczyk", "kowalczyk"),
    ("García Márquez", "garcia-marquez"),
    ("Ødegård", "odegard"),
    ("Çelik", "celik"),
    ("Škoda", "skoda"),
    ("山田", "yamada"),
    ("Шевченко", "shevchenko"),
    ("حداد", "haddad"),
    ("Nguyễn", "nguyen"),
    ("शर्मा", "sharma"),
    ("Dubois-Lefèvre", "dubois-lefevre"),
    ("van der Berg", "vanderberg"),
    ("Adeyemi", "adeyemi"),
    ("Brown", "brown"),
    ("Costa", "costa"),
    ("Diallo", "diallo"),
    ("Evans", "evans"),
    ("Fischer", "fischer"),
    ("Haas", "haas"),
    ("Ito", "ito"),
    ("Jones", "jones"),
    ("Kim", "kim"),
    ("Lopez", "lopez"),
    ("Moreau", "moreau"),
    ("Novak", "novak"),
    ("Okafor", "okafor"),
    ("Smith", "smith"),
];

const ORGANISATIONS: [&str; 12] = [
    "Northwind Health",
    "Ateliers Lumière",
    "Bühler Werke",
    "Cedar & Finch",
    "Delta Logistics",
    "Estudio Añil",
    "Fjord Energi",
    "Granite Bank",
    "Harbor Retail",
    "Iris Robotics",
    "Jade Foods",
    "Kestrel Air",
];

/// A first and a last name, each with its spelling in an email address.
pub(super) fn person(chance: Chance) -> [(&'static str, &'static str); 2] {
    [
        *chance.named("first").pick(&FIRST).unwrap_or(&("Tom", "tom")),
        *chance.named("last").pick(&LAST).unwrap_or(&("Smith", "smith")),
    ]
}

/// The name of the n-th organization; a number is appended once all names have been used.
pub(super) fn organisation(index: u32) -> String {
    let (round, place) = (index as usize / ORGANISATIONS.len(), index as usize % ORGANISATIONS.len());
    let name = ORGANISATIONS.get(place).copied().unwrap_or_default();
    if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) }
}

/// A name as part of a URL: ASCII letters and digits, joined by hyphens.
pub(crate) fn slug(name: &str) -> String {
    let folded: String = name
        .chars()
        .map(|character| match character {
            'è' | 'é' | 'ë' => 'e',
            'ü' => 'u',
            'ñ' => 'n',
            other if other.is_ascii_alphanumeric() => other.to_ascii_lowercase(),
            _ => ' ',
        })
        .collect();
    folded.split_whitespace().collect::<Vec<_>>().join("-")
}
