//! Made-up values: of the right type, plausible for the field's name, occasionally null where the schema allows it, and
//! reproducible.

use apollo_compiler::ast::{FieldDefinition, Type};
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::ExtendedType;
use serde_json::{Value, json};

use super::{Node, Place, Resolved};
use crate::population::{Chance, date, embedded_id};

/// A nullable value is null once in this many times.
const NULL_ONE_IN: u64 = 7;

/// Lists of made-up entries are shorter than this.
const LIST_BOUND: u64 = 3;

pub(super) fn of<'t>(node: &Node<'t>, field: &'t FieldDefinition) -> Resolved<'t> {
    if field.name == "id" && field.ty.inner_named_type() == "ID" && !field.ty.is_list() {
        return Resolved::leaf(node.id());
    }
    if let Some(ids) = ids_of_sibling(node, field) {
        return ids;
    }
    value(node, &field.ty, field.name.as_str(), node.chance().named(field.name.as_str()))
}

/// The emptiest value: null, or an empty value where null is not allowed.
pub(super) fn nothing<'t>(node: &Node<'t>, name: &str) -> Resolved<'t> {
    match node.field(name).map(|field| &field.ty) {
        Some(ty) if ty.is_list() => Resolved::List(Vec::new()),
        Some(ty) if ty.is_non_null() => Resolved::leaf(match ty.inner_named_type().as_str() {
            "Boolean" => json!(false),
            "Int" | "Float" => json!(0),
            _ => json!(""),
        }),
        _ => Resolved::null(),
    }
}

impl Node<'_> {
    fn id(&self) -> String {
        match &self.place {
            Place::Entity(index) => self.world.population.id(self.type_name, *index),
            _ => embedded_id(self.chance()),
        }
    }
}

/// `courseId` is the id of `course`, and `courseIds` are those of `courses`, if a type has both.
fn ids_of_sibling<'t>(node: &Node<'t>, field: &'t FieldDefinition) -> Option<Resolved<'t>> {
    if field.ty.inner_named_type() != "ID" {
        return None;
    }
    let name = field.name.as_str();
    let sibling = match name.strip_suffix("Ids") {
        Some(stem) => node.field(&format!("{stem}s"))?,
        None => node.field(name.strip_suffix("Id")?)?,
    };
    let refers = node.served.schema.types.get(sibling.ty.inner_named_type()).is_some_and(|ty| !ty.is_leaf());
    if !refers || depth(&sibling.ty) != depth(&field.ty) {
        return None;
    }
    let referred = node.value(sibling, &JsonMap::new()).ok()?;
    if referred.is_null() && field.ty.is_non_null() {
        // The object is null, but its id is required.
        let chance = node.chance().named(sibling.name.as_str());
        return Some(ids(&value(node, &sibling.ty.clone().non_null(), sibling.name.as_str(), chance)));
    }
    Some(ids(&referred))
}

/// How many lists wrap a type.
fn depth(ty: &Type) -> usize {
    if ty.is_list() { 1 + depth(ty.item_type()) } else { 0 }
}

fn ids<'t>(referred: &Resolved<'t>) -> Resolved<'t> {
    match referred {
        Resolved::Leaf(_) => Resolved::null(),
        Resolved::Object(object) => Resolved::leaf(object.id()),
        Resolved::List(items) => Resolved::List(items.iter().map(ids).collect()),
    }
}

fn value<'t>(node: &Node<'t>, ty: &Type, field: &str, chance: Chance) -> Resolved<'t> {
    if !ty.is_non_null() && chance.named("null").one_in(NULL_ONE_IN) {
        return Resolved::null();
    }
    if ty.is_list() {
        let length = chance.named("length").below(LIST_BOUND);
        let items = (0..length).map(|place| value(node, ty.item_type(), field, chance.at(place)));
        return Resolved::List(items.collect());
    }
    let Some((name, definition)) = node.served.schema.types.get_key_value(ty.inner_named_type()) else {
        return Resolved::null();
    };
    match definition {
        ExtendedType::Object(_) => object(node, name, chance),
        ExtendedType::Interface(_) | ExtendedType::Union(_) => {
            let mut possible = possible_types(node, definition);
            possible.sort_unstable();
            chance.named("type").pick(&possible).map_or_else(Resolved::null, |name| object(node, name, chance))
        }
        ExtendedType::Enum(definition) => {
            let values: Vec<&str> = definition.values.keys().map(apollo_compiler::Name::as_str).collect();
            chance.named("value").pick(&values).map_or_else(Resolved::null, |value| Resolved::leaf(*value))
        }
        ExtendedType::Scalar(_) => Resolved::leaf(scalar(name, field, chance)),
        // An input object never occurs in a response.
        ExtendedType::InputObject(_) => Resolved::null(),
    }
}

fn possible_types<'t>(node: &Node<'t>, definition: &'t ExtendedType) -> Vec<&'t str> {
    match definition {
        ExtendedType::Union(union) => union.members.iter().map(|member| member.as_str()).collect(),
        _ => node
            .served
            .implementers
            .get(definition.name())
            .map(|implementers| implementers.objects.iter().map(apollo_compiler::Name::as_str).collect())
            .unwrap_or_default(),
    }
}

fn object<'t>(node: &Node<'t>, type_name: &'t str, chance: Chance) -> Resolved<'t> {
    match node.world.population.count(type_name) {
        Some(count) => {
            let index = chance.named("which").below(u64::from(count));
            node.entity(type_name, u32::try_from(index).unwrap_or_default())
        }
        None => Resolved::Object(node.at(type_name, Place::Inside(chance))),
    }
}

fn scalar(type_name: &str, field: &str, chance: Chance) -> Value {
    match type_name {
        "Boolean" => json!(chance.named("value").one_in(2)),
        "Int" => json!(whole_number(field, chance)),
        "Float" => json!(f64::from(u16::try_from(chance.named("value").below(20_000)).unwrap_or_default()) / 4.0),
        "ID" | "UUID" => json!(embedded_id(chance)),
        "Date" | "DateTime" => json!(made_up_date(field, chance.named("date"))),
        "JSON" => json!({ "level": chance.named("value").below(5) }),
        "HexColor" => json!(format!("#{:06x}", chance.named("value").below(0x100_0000))),
        "URL" | "AbsoluteOrRelativeURL" => json!(format!("https://assets.example.com/{field}/{}", digits(chance))),
        "RelativeURL" => json!(format!("/{field}/{}", digits(chance))),
        "Slug" => json!(format!("{}-{}", words(chance, 2, "-"), digits(chance))),
        _ => json!(text(field, chance)),
    }
}

/// Creation times are earlier than change times.
fn made_up_date(field: &str, chance: Chance) -> String {
    match field {
        "createdAt" => date(chance, 2019, 2021),
        "updatedAt" => date(chance, 2025, 2025),
        _ => date(chance, 2022, 2024),
    }
}

fn whole_number(field: &str, chance: Chance) -> u64 {
    let bound = match field {
        name if name.ends_with("InCents") => 50_000,
        name if name.ends_with("Days") => 365,
        name if name.ends_with("Seconds") => 3_600,
        _ => 50,
    };
    chance.named("value").below(bound)
}

fn text(field: &str, chance: Chance) -> String {
    let name = field.to_lowercase();
    let has = |part: &str| name.contains(part);
    if has("email") {
        format!("{}@example.com", words(chance, 1, ""))
    } else if has("asset") || has("url") {
        format!("https://assets.example.com/{field}/{}", digits(chance))
    } else if has("html") {
        format!("<p>{}.</p>", words(chance, 6, " "))
    } else if has("description") || has("body") || has("bio") {
        format!("{}.", words(chance, 8, " "))
    } else if has("sku") {
        format!("SKU-{}", digits(chance))
    } else if has("currency") {
        pick(chance, &["USD", "EUR", "CHF", "JPY"])
    } else if has("timezone") {
        pick(chance, &["Europe/Berlin", "America/New_York", "Asia/Tokyo"])
    } else if has("country") {
        pick(chance, &["US", "DE", "FR", "JP", "VN"])
    } else if has("city") {
        pick(chance, &["Zürich", "Québec", "São Paulo", "大阪", "Boston"])
    } else if has("language") || name == "lang" {
        pick(chance, &["en", "fr", "de-CH", "ja"])
    } else if has("telephone") || has("phone") {
        format!("+1 555 {}", digits(chance))
    } else if has("zip") {
        digits(chance)
    } else {
        words(chance, 2, " ")
    }
}

fn pick(chance: Chance, from: &[&str]) -> String {
    chance.named("value").pick(from).copied().unwrap_or_default().to_owned()
}

fn digits(chance: Chance) -> String {
    format!("{:05}", chance.named("digits").below(100_000))
}

const WORDS: [&str; 16] = [
    "amber", "birch", "copper", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "juniper", "kelp", "linen",
    "maple", "nickel", "opal", "prairie",
];

fn words(chance: Chance, count: u64, separator: &str) -> String {
    let words: Vec<&str> =
        (0..count).filter_map(|place| chance.named("word").at(place).pick(&WORDS).copied()).collect();
    words.join(separator)
}
