//! The cost of a field, as stated in its description.

/// The points in a description that contains `additional cost of N points`. Servers state in this form what a field
/// adds to the complexity of a query.
///
/// ```
/// assert_eq!(graphql_drift::cost::points("The users. Has an additional cost of 5 points."), Some(5));
/// assert_eq!(graphql_drift::cost::points("The cost of a course."), None);
/// ```
pub fn points(description: &str) -> Option<u32> {
    let (_, rest) = description.split_once("additional cost of ")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (number, rest) = rest.split_at(digits);
    if rest.starts_with(" point") { number.parse().ok() } else { None }
}
