//! A query that asks for its root field several times.

use super::{Document, Field, Operation, Selected};

impl Document<'_> {
    /// The query with its root field once for each value, which replaces the variable and is beside the response key. `None`
    /// if it has more than one operation or root field, or takes the variable elsewhere.
    ///
    /// ```
    /// use thought_industries_spec::Document;
    ///
    /// let document = Document::parse("query Q($role: Role, $page: Int) { users(role: $role, page: $page) { id } }");
    /// let values = ["2", "3"].map(|page| (format!("page{page}"), page.to_owned()));
    /// assert_eq!(
    ///     document.and_then(|document| document.repeated("page", &values)).as_deref(),
    ///     Some("query Q($role: Role){page2: users(role: $role, page: 2){id} page3: users(role: $role, page: 3){id}}"),
    /// );
    /// ```
    pub fn repeated(&self, variable: &str, values: &[(String, String)]) -> Option<String> {
        let [operation] = self.operations.as_slice() else { return None };
        let [Selected::Field(root)] = operation.selected.as_slice() else { return None };
        let fill = |(key, value): &'_ (String, String)| Some((key.clone(), filled(root.tail, variable, value)?));
        let texts: Vec<(String, String)> = values.iter().map(fill).collect::<Option<_>>()?;
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

/// Arguments with a value instead of a variable; `None` if they do not have the variable.
fn filled(arguments: &str, variable: &str, value: &str) -> Option<String> {
    let (before, after) = arguments.match_indices('$').find_map(|(place, _)| {
        let after = arguments.get(place + 1..)?.strip_prefix(variable)?;
        let is_whole = !after.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        is_whole.then_some((arguments.get(..place)?, after))
    })?;
    Some(format!("{before}{value}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_query_with_one_list_is_repeated() {
        let values = ["1", "2"].map(|page| (format!("page{page}"), page.to_owned()));
        let pages = |text: &str| Document::parse(text).expect("a document").repeated("page", &values);
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
