//! Several pages of a list in one query.

use super::{Document, Field, Operation, Selected};

/// The response key of the page with a number.
///
/// ```
/// assert_eq!(thought_industries_spec::page_key(7), "page7");
/// ```
pub fn page_key(number: i64) -> String {
    format!("page{number}")
}

impl Document<'_> {
    /// The query with its root field once for each page, whose number replaces the variable. `None` if it has more than one
    /// operation or root field, or takes the number elsewhere.
    ///
    /// ```
    /// use thought_industries_spec::Document;
    ///
    /// let document = Document::parse("query Q($role: Role, $page: Int) { users(role: $role, page: $page) { id } }");
    /// assert_eq!(
    ///     document.and_then(|document| document.pages("page", 2..=3)).as_deref(),
    ///     Some("query Q($role: Role){page2: users(role: $role, page: 2){id} page3: users(role: $role, page: 3){id}}"),
    /// );
    /// ```
    pub fn pages(&self, variable: &str, numbers: impl Iterator<Item = i64>) -> Option<String> {
        let [operation] = self.operations.as_slice() else { return None };
        let [Selected::Field(root)] = operation.selected.as_slice() else { return None };
        let texts: Vec<(String, String)> = numbers
            .map(|number| Some((page_key(number), filled(root.tail, variable, number)?)))
            .collect::<Option<_>>()?;
        let selected = texts.iter().map(|(key, tail)| {
            let (alias, name, selected) = (Some(key.as_str()), root.name, root.selected.clone());
            Selected::Field(Field { alias, name, tail, selected })
        });
        let Operation { kind, name, variables, directives, .. } = operation.clone();
        let operation = Operation { kind, name, variables, directives, selected: selected.collect() };
        let mut repeated = Document { operations: vec![operation], fragments: self.fragments.clone() };
        repeated.drop_unused();
        let is_named = repeated.operations.iter().flat_map(|operation| &operation.variables);
        if is_named.into_iter().any(|left| left.name == variable) {
            return None;
        }
        Some(repeated.to_string())
    }
}

/// Arguments with a number instead of a variable; `None` if they do not have the variable.
fn filled(arguments: &str, variable: &str, number: i64) -> Option<String> {
    let (before, after) = arguments.match_indices('$').find_map(|(place, _)| {
        let after = arguments.get(place + 1..)?.strip_prefix(variable)?;
        let is_whole = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        is_whole.then_some((arguments.get(..place)?, after))
    })?;
    Some(format!("{before}{number}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_query_with_one_list_is_repeated() {
        let pages = |text: &str| Document::parse(text).expect("a document").pages("page", 1..=2);
        assert_eq!(
            pages(
                "query Q($page: Int, $pages: Int) { a: l(pages: $pages, page: $page) { ...F } } fragment F on T { id }"
            ),
            Some(
                "query Q($pages: Int){page1: l(pages: $pages, page: 1){...F} page2: l(pages: $pages, page: 2){...F}}\n\
                 fragment F on T{id}"
                    .to_owned()
            )
        );
        for other in [
            "query Q($page: Int) { a(page: $page) { id } b { id } }",
            "query Q { a { id } }",
            "query Q($pages: Int) { a(page: $pages) { id } }",
            "query Q($page: Int) { a(page: $page) { b(page: $page) } }",
            "query A($page: Int) { a(page: $page) { id } } query B { b }",
        ] {
            assert_eq!(pages(other), None, "{other}");
        }
    }
}
