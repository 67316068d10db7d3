//! What users get by their attributes: licenses, courses and roles, beside what their rows say.

mod condition;

use serde::Deserialize;
use serde_json::Value;

use crate::desired::DesiredUser;
pub use condition::Condition;

/// What users get of whom a condition holds. Rules add to each other and to what a row says; nothing is revoked when a
/// condition holds no longer.
///
/// ```toml
/// [[rules]]
/// when = 'department = "Sales" and country in ["DE", "AT"]'
/// licenses = ["SALES-2026"]
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// For whom it is.
    pub when: Condition,
    /// The SKUs of licenses to hold as a student.
    #[serde(default)]
    pub licenses: Vec<String>,
    /// The SKUs of licenses to hold as a manager.
    #[serde(default)]
    pub manager_licenses: Vec<String>,
    /// The ids of courses.
    #[serde(default)]
    pub courses: Vec<String>,
    /// The ids of learning paths.
    #[serde(default)]
    pub learning_paths: Vec<String>,
    /// The role key.
    pub role: Option<String>,
}

impl Rule {
    /// The lists that it adds to.
    fn lists(&self) -> [(&'static str, &Vec<String>); 4] {
        [
            ("studentLicenseSkus", &self.licenses),
            ("managerLicenseSkus", &self.manager_licenses),
            ("courseIds", &self.courses),
            ("learningPathIds", &self.learning_paths),
        ]
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.role.is_none() && self.lists().iter().all(|(_, items)| items.is_empty())
    }

    /// Gives a user what the rule has for them. `values` are those of an attribute.
    ///
    /// # Errors
    /// If the user has another role already.
    pub(crate) fn apply(&self, user: &mut DesiredUser, values: impl Fn(&str) -> Vec<String>) -> Result<(), String> {
        if !self.when.holds(values) {
            return Ok(());
        }
        for (field, given) in self.lists().into_iter().filter(|(_, given)| !given.is_empty()) {
            let list = user.fields.entry(field).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                for item in given {
                    if !list.iter().any(|known| known.as_str() == Some(item)) {
                        list.push(item.as_str().into());
                    }
                }
            }
        }
        if let Some(role) = &self.role {
            match user.text("role") {
                Some(own) if own != role => {
                    return Err(format!("a rule gives the role `{role}`, and the user has the role `{own}` already"));
                }
                _ => _ = user.fields.insert("role".to_owned(), role.as_str().into()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(text: &str) -> Rule {
        toml::from_str(text).expect("a rule")
    }

    #[test]
    fn rules_add_to_each_other_and_a_role_is_given_once() {
        let rules = [
            rule("when = 'a = \"x\"'\nlicenses = [\"S1\", \"S2\"]\nrole = \"learner\""),
            rule("when = 'b = \"x\"'\nlicenses = [\"S2\", \"S3\"]\ncourses = [\"c\"]"),
            rule("when = 'a = \"y\"'\nlicenses = [\"S9\"]"),
        ];
        let mut user = DesiredUser::new().with("studentLicenseSkus", json!(["S0"]));
        for rule in &rules {
            rule.apply(&mut user, |_| vec!["X".to_owned()]).expect("applied");
        }
        let expected = json!({ "studentLicenseSkus": ["S0", "S1", "S2", "S3"], "role": "learner", "courseIds": ["c"] });
        assert_eq!(Value::Object(user.fields.clone()), expected);
        let error = rule("when = 'a = \"x\"'\nrole = \"boss\"").apply(&mut user, |_| vec!["x".to_owned()]);
        assert_eq!(error, Err("a rule gives the role `boss`, and the user has the role `learner` already".to_owned()));
    }

    #[test]
    fn the_documentation_names_what_rules_give_and_its_conditions_hold() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/rosters.md");
        let documented = std::fs::read_to_string(path).expect("the documentation");
        let (_, section) = documented.split_once("## Rules").expect("a section");
        let (section, _) = section.split_once("\n## ").expect("a section behind it");
        let error = toml::from_str::<Rule>("when = 'a = \"b\"'\nx = 1").expect_err("no field").to_string();
        let (_, fields) = error.split_once("expected one of").expect("the fields");
        let fields: Vec<&str> = fields.split('`').skip(1).step_by(2).collect();
        assert_eq!(fields.len(), 6, "{error}");
        for field in fields {
            assert!(section.contains(&format!("`{field}`")), "{field}");
        }
        let conditions = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let conditions: Vec<&str> = conditions.filter(|text| text.contains(' ')).collect();
        assert_eq!(conditions.len(), 4);
        for text in conditions {
            text.parse::<Condition>().unwrap_or_else(|error| panic!("{text}: {error}"));
        }
        // The example of a configuration is one.
        let example = documented.split("```toml").nth(1).and_then(|text| text.split("```").next()).expect("an example");
        let config = crate::SyncConfig::parse(example).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config.rules.len(), 1);
    }
}
