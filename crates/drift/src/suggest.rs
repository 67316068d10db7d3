//! Suggestions for misspelled names.

/// The candidate closest to `name`, if any is close enough for `name` to be a typo of it.
///
/// ```
/// assert_eq!(graphql_drift::closest("fristName", ["lastName", "firstName"]), Some("firstName"));
/// assert_eq!(graphql_drift::closest("shoeSize", ["lastName", "firstName"]), None);
/// ```
pub fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let limit = 1 + name.chars().count() / 3;
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
