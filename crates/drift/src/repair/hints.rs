//! What the old schema says about where a part went: likely renames, and the reasons of deprecations.

use std::collections::{HashMap, HashSet};

use crate::level::Levels;
use crate::renames::Rename;
use crate::schema::{Deprecation, TypeKind};
use crate::{Version, compare};

/// Where parts of the old schema went.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// By coordinate, the name of the part that it was probably renamed to.
    renames: HashMap<String, String>,
    /// By coordinate, the names that the reason of its deprecation mentions.
    reasons: HashMap<String, Vec<String>>,
    /// The coordinates of the old schema.
    known: HashSet<String>,
}

/// How alike a name has to be to be taken for the same part without any other hint, from 0 to 1.
const ALIKE: f64 = 0.6;

impl Hints {
    pub(super) fn of(old: Option<&Version>, new: &Version) -> Self {
        let Some(old) = old else { return Self::default() };
        let mut hints = Self::default();
        for change in compare::compare(old, new, Levels::Own, None).changes {
            if let (Some(coordinate), Some(Rename::To(to))) = (change.coordinate, change.likely_rename) {
                hints.renames.insert(coordinate, own_name(&to).to_owned());
            }
        }
        for (name, definition) in &old.schema.types {
            hints.known.insert(name.clone());
            match &definition.kind {
                TypeKind::InputObject { fields, .. } => {
                    for field in fields {
                        hints.note(format!("{name}.{}", field.name), field.deprecation.as_ref());
                    }
                }
                TypeKind::Enum { values } => {
                    for value in values {
                        hints.note(format!("{name}.{}", value.name), value.deprecation.as_ref());
                    }
                }
                _ => {}
            }
            for field in definition.fields() {
                hints.note(format!("{name}.{}", field.name), field.deprecation.as_ref());
                for argument in &field.arguments {
                    let coordinate = format!("{name}.{}({}:)", field.name, argument.name);
                    hints.note(coordinate, argument.deprecation.as_ref());
                }
            }
        }
        hints
    }

    fn note(&mut self, coordinate: String, deprecation: Option<&Deprecation>) {
        let words = deprecation.map(|deprecation| names(deprecation.reason())).unwrap_or_default();
        self.known.insert(coordinate.clone());
        if !words.is_empty() {
            self.reasons.insert(coordinate, words);
        }
    }

    /// Whether a similar name may be the same part, although no hint says so: it is much alike, and was not there before.
    pub(super) fn may_be(&self, coordinate: &str, name: &str) -> bool {
        let own = own_name(coordinate);
        let before = coordinate.trim_end_matches(":)").strip_suffix(own).unwrap_or_default();
        let end = if coordinate.ends_with(":)") { ":)" } else { "" };
        let is_old = self.known.contains(&format!("{before}{name}{end}"));
        let likeness = strsim::normalized_damerau_levenshtein(&own.to_lowercase(), &name.to_lowercase());
        !is_old && likeness >= ALIKE
    }

    /// The names that a part may have now, the likeliest first: what the reason of its deprecation says, then what it was
    /// probably renamed to.
    pub(super) fn names<'h>(&'h self, coordinate: &str) -> impl Iterator<Item = &'h str> {
        let reasons = self.reasons.get(coordinate).into_iter().flatten();
        reasons.chain(self.renames.get(coordinate)).map(String::as_str)
    }
}

/// The name of a part itself: `a` of `T.f(a:)`.
fn own_name(coordinate: &str) -> &str {
    let inner = coordinate.trim_end_matches(":)");
    inner.rsplit(['.', '(']).next().unwrap_or(inner)
}

/// The names in the reason of a deprecation: those in backticks or quotes, otherwise the words after "use" and the like.
fn names(reason: &str) -> Vec<String> {
    let is_name = |word: &&str| {
        word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_')
            && word.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let marked = reason.split(['`', '"', '\'']).skip(1).step_by(2);
    // `User.name` and `name(first:)` are about `name`.
    let marked = marked.filter_map(|part| part.split('(').next()).filter_map(|part| part.rsplit('.').next());
    let marked: Vec<String> = marked.filter(is_name).map(str::to_owned).collect();
    if !marked.is_empty() {
        return marked;
    }
    let words = reason.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_' || letter == '.'));
    let mut words = words.filter(|word| !word.is_empty());
    let after =
        words.by_ref().find(|word| ["use", "to", "by", "favor", "favour"].contains(&word.to_lowercase().as_str()));
    let after = after.map(|_| words.take(3)).into_iter().flatten();
    after.filter_map(|word| word.trim_matches('.').rsplit('.').next()).filter(is_name).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_new_name_that_is_much_alike_may_be_the_same_part() {
        let mut hints = Hints::default();
        hints.note("T.names".to_owned(), None);
        hints.note("T.f(names:)".to_owned(), None);
        assert!(hints.may_be("T.name", "fname") && hints.may_be("U.name", "names"));
        assert!(!hints.may_be("T.name", "names") && !hints.may_be("T.f(name:)", "names"));
        assert!(!hints.may_be("T.x", "y") && !hints.may_be("T.id", "ip"));
    }

    #[test]
    fn the_reason_of_a_deprecation_names_what_to_use() {
        for (reason, expected) in [
            ("use `fullName`", vec!["fullName"]),
            ("Use `User.fullName` or `nick(first:)` instead", vec!["fullName", "nick"]),
            ("use fullName instead.", vec!["fullName", "instead"]),
            ("Deprecated in favor of fullName", vec!["of", "fullName"]),
            ("replaced by 'fullName'", vec!["fullName"]),
            ("No longer supported", vec![]),
            ("", vec![]),
            ("it isn't used", vec![]),
        ] {
            assert_eq!(names(reason), expected, "{reason}");
        }
        assert_eq!([own_name("T.f(a:)"), own_name("T.f"), own_name("T"), own_name("@d(a:)")], ["a", "f", "T", "a"]);
    }
}
